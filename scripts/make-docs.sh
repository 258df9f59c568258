#!/usr/bin/env bash
# Writes the reference pages of the dialect's operations and of the passes into
# build/docs, out of the tables that the code is generated from.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

mkdir -p build/docs
tblgen() { # generator, table, page
  /usr/lib/llvm-22/bin/mlir-tblgen "$1" "${@:4}" -I include -I /usr/lib/llvm-22/include \
    "include/treadle/$2" -o "build/docs/$3"
  echo "build/docs/$3"
}

tblgen -gen-dialect-doc Dialect/Treadle/IR/TreadleOps.td Dialect.md -dialect=treadle
while IFS= read -r table; do
  name=${table#include/treadle/}
  name=${name%/Passes.td}
  tblgen -gen-pass-doc "${table#include/treadle/}" "Passes-${name//\//-}.md"
done < <(find include/treadle -name Passes.td | sort)
