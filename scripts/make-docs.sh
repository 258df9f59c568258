#!/usr/bin/env bash
# Builds the documentation as a site, build/docs/site: the pages of docs/, and
# those made of the tables that the code is generated from. A link that leads
# nowhere is an error.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

venv=build/docs-venv
if [[ ! $venv/.complete -nt docs/requirements.txt ]]; then
  scripts/setup-python.sh "$venv" docs/requirements.txt
fi
/usr/bin/python3 scripts/make_docs.py build/docs/pages
{
  cat docs/mkdocs.yml
  echo "docs_dir: pages"
  echo "site_dir: site"
} > build/docs/mkdocs.yml
"$venv/bin/mkdocs" build --quiet --strict --config-file build/docs/mkdocs.yml
echo build/docs/site/index.html
