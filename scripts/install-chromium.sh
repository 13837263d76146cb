#!/usr/bin/env bash
# Installs Debian's Chromium, with which test:full tries the inspector page. Where that cannot be done it says so and ends well:
# test:full then says aloud which tests it left out.
set -uo pipefail
for name in chromium chromium-browser google-chrome-stable google-chrome; do
  command -v "$name" >/dev/null && exit 0
done
left_out() { echo "Chromium is NOT INSTALLED: $1. The tests of the inspector page are left out."; exit 0; }
command -v apt-get >/dev/null || left_out "there is no apt-get"
[[ $(id -u) == 0 ]] || left_out "apt-get wants root; install the package chromium, or set SNAPTRADE_CHROMIUM"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
export DEBIAN_FRONTEND=noninteractive
{ timeout 120 apt-get update && timeout 300 apt-get install -y --no-install-recommends chromium; } >"$log" 2>&1 ||
  { tail -n 5 "$log"; left_out "apt-get failed"; }
echo "Chromium is installed: $(command -v chromium)."
