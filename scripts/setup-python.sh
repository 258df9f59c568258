#!/usr/bin/env bash
# Makes a Python environment: build/venv, which tests, the demo and the extension
# use, or another one: setup-python.sh VENV REQUIREMENTS
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

venv=${1:-build/venv}
requirements=${2:-python/requirements-dev.txt}

# Debian's own interpreter: the one that python3-dev has headers for.
if [[ ! -x $venv/bin/python ]] || ! "$venv/bin/python" -c 'import pip' 2>/dev/null; then
  rm -rf "$venv"
  /usr/bin/python3 -m venv "$venv"
fi
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-input \
  --retries 5 -r "$requirements"
touch "$venv/.complete"
