#!/usr/bin/env bash
# Makes build/venv, the Python that tests, the demo and the extension use.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

venv=build/venv
requirements=python/requirements-dev.txt

# Debian's own interpreter: the one that python3-dev has headers for.
if [[ ! -x $venv/bin/python ]] || ! "$venv/bin/python" -c 'import pip' 2>/dev/null; then
  rm -rf "$venv"
  /usr/bin/python3 -m venv "$venv"
fi
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-input \
  --retries 5 -r "$requirements"
touch "$venv/.complete"
