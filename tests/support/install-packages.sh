#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Install those of the named Debian packages that are missing. Daemons that come along are kept from starting by a temporary
# policy-rc.d. Without root and without a usable sudo the exact command is printed and we stop.
set -eu
missing=
for p in "$@"; do
    status=$(dpkg-query -W -f '${db:Status-Status}' "$p" 2>/dev/null) || status=
    [ "$status" = installed ] || missing="$missing $p"
done
[ -n "$missing" ] || exit 0
if [ "$(id -u)" = 0 ]; then
    as_root=
elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
    as_root=sudo
else
    echo "missing packages; run as root:  apt-get install --no-install-recommends$missing" >&2
    exit 1
fi
echo "  APT    $missing"
rc=/usr/sbin/policy-rc.d
made=
finish() { [ -z "$made" ] || $as_root rm -f $rc; }
trap finish EXIT
trap 'exit 1' INT TERM
if [ ! -e $rc ]; then
    made=1
    printf '#!/bin/sh\nexit 101\n' | $as_root tee $rc >/dev/null
    $as_root chmod 0755 $rc
fi
log=$(mktemp)
install() { $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $missing >"$log" 2>&1; }
# A package list of an older day may name files that are gone: then it is fetched anew, once.
if ! install; then
    $as_root apt-get update >"$log" 2>&1 || { cat "$log" >&2; exit 1; }
    install || { cat "$log" >&2; rm -f "$log"; exit 1; }
fi
rm -f "$log"
