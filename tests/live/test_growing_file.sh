#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A capture that another program is still writing is read to what is there, and the run ends: it neither waits for
# the writer nor crashes. Environment: SEKIMORI. Exit 0 pass, else fail.
set -u
here=$(cd "$(dirname "$0")" && pwd)
fail() { echo "FAIL: $*"; exit 1; }
[ -n "${SEKIMORI:-}" ] || fail "SEKIMORI (path of the program) is not set"

work=$(mktemp -d "${TMPDIR:-/tmp}/sekimori-growing.XXXXXX") || fail "no temporary folder"
writer=
cleanup() {
    [ -n "$writer" ] && kill "$writer" 2>/dev/null && wait "$writer" 2>/dev/null
    rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 1' INT TERM HUP

first=$(/usr/bin/python3 "$here/make_capture.py" "$work/growing.pcap" 20000000) || fail "cannot write"
# The writer appends a record every 100 us, each in two writes, until it is ended: slower than any reader.
/usr/bin/python3 - "$work/growing.pcap" "$work/started" <<'PY' &
import struct, sys, time
frame = bytes(284)
with open(sys.argv[1], "ab", buffering=0) as f:
    open(sys.argv[2], "w").close()
    second = 1800000000
    while True:
        f.write(struct.pack("<IIII", second, 0, 284, 284))
        time.sleep(0.0001)
        f.write(frame)
        second += 1
PY
writer=$!
while [ ! -e "$work/started" ]; do
    kill -0 $writer 2>/dev/null || fail "the writer did not start"
    sleep 0.05
done

timeout 60 "$SEKIMORI" read --count "$work/growing.pcap" >"$work/out" 2>"$work/err"
status=$?
kill -0 $writer 2>/dev/null || fail "the writer ended before the reader"
cat "$work/err"
# 3: the end fell inside a record, which is told; 0: between two.
[ $status = 0 ] || [ $status = 3 ] || fail "exit $status instead of 0 or 3 (124: it waited for the writer)"
counted=$(/usr/bin/python3 -c 'import json, sys; print(json.load(sys.stdin)["packets"])' <"$work/out") ||
    fail "no JSON object with packets: $(head -c 200 "$work/out")"
[ "$counted" -ge "$first" ] || fail "$counted packets counted, $first were there before it began"
[ $status = 0 ] || grep -q 'file ends inside a packet' "$work/err" || fail "exit 3, but nothing says why"
echo "pass: $counted packets, $first of them from before, exit $status"
