#!/usr/bin/env bash
# Builds llama.cpp for this machine into an environment that there is, as a peer of
# the benchmarks: setup-llamacpp.sh VENV. They go on without it: a build that fails
# is said, and is no error.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

venv=$1
requirements=benchmarks/requirements-llamacpp.txt
log=build/llamacpp.log

mkdir -p build
echo "llama.cpp: building from source, which takes some minutes; $log has the details" >&2

# Its default is the build machine's instructions, unless something in the
# environment says that packages are made. Images and the like are of no use here.
export CMAKE_ARGS="-DGGML_NATIVE=ON -DLLAVA_BUILD=OFF"
export CC=${CC:-clang-22} CXX=${CXX:-clang++-22}
CMAKE_BUILD_PARALLEL_LEVEL=${CMAKE_BUILD_PARALLEL_LEVEL:-$(nproc)}
export CMAKE_BUILD_PARALLEL_LEVEL
# A wheel that pip has kept could be of another machine.
options=(--verbose --no-cache-dir --disable-pip-version-check --no-input --retries 5)
# The constraint is for what pip takes to build it, too.
if PIP_CONSTRAINT=$requirements "$venv/bin/python" -m pip install "${options[@]}" \
  -r "$requirements" >"$log" 2>&1 && "$venv/bin/python" -c 'import llama_cpp' >>"$log" 2>&1; then
  exit 0
fi

reasons=$(grep -iE 'error( at|:)' "$log" | head -n 3 | cut -c1-200 | sed 's/^ */           /' || true)
"$venv/bin/python" -m pip uninstall --quiet --yes llama-cpp-python >>"$log" 2>&1 || true
cat >&2 <<END
warning: llama.cpp cannot be built here, and the benchmarks go on without it. In $log:
$reasons
         To try again: scripts/setup-llamacpp.sh $venv
END
