#!/usr/bin/env bash
# Installs the Debian packages that a build needs and that are missing.
# Needs root or sudo, and only when something is missing.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

mapfile -t wanted < <(sed -e 's/#.*//' -e 's/[[:space:]]//g' -e '/^$/d' packages.txt)

# dpkg-query complains about packages it has never heard of: those are missing.
installed=$(dpkg-query -W -f '${Package} ${db:Status-Status}\n' "${wanted[@]}" 2>/dev/null || true)
missing=()
for package in "${wanted[@]}"; do
  grep -qx "$package installed" <<<"$installed" || missing+=("$package")
done
((${#missing[@]})) || exit 0

as_root=()
if ((EUID != 0)); then
  command -v sudo >/dev/null || {
    echo "setup: run as root, or install sudo: missing packages: ${missing[*]}" >&2
    exit 1
  }
  as_root=(sudo)
fi

apt() {
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get \
    -o Acquire::Retries=5 -o DPkg::Lock::Timeout=300 -y "$@" </dev/null
}

echo "setup: installing ${missing[*]}" >&2
apt -q update
apt -q install --no-install-recommends "${missing[@]}"
