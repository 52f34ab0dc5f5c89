#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A capture that is cut while it is read ends that file only: the next one is read whole, the program lives (a reader
# of a map would get SIGBUS). The cut is made while the reader waits for a pipe between the two halves of its input
# list, and once more at a moment nobody chooses. Environment: SEKIMORI. Exit 0 pass, else fail.
set -u
here=$(cd "$(dirname "$0")" && pwd)
fail() { echo "FAIL: $*"; exit 1; }
[ -n "${SEKIMORI:-}" ] || fail "SEKIMORI (path of the program) is not set"

work=$(mktemp -d "${TMPDIR:-/tmp}/sekimori-cut.XXXXXX") || fail "no temporary folder"
reader=
cleanup() {
    [ -n "$reader" ] && kill "$reader" 2>/dev/null && wait "$reader" 2>/dev/null
    rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 1' INT TERM HUP

after=$(/usr/bin/python3 "$here/make_capture.py" "$work/after.pcap" 3000000) || fail "cannot write"
counted() {
    /usr/bin/python3 -c 'import json, sys; print(json.load(sys.stdin)["packets"])' <"$work/out" ||
        fail "no JSON object with packets: $(head -c 200 "$work/out")"
}

# 1. Cut while surely unread: the reader hangs at a named pipe before it.
large=$(/usr/bin/python3 "$here/make_capture.py" "$work/cut.pcap" 50000000) || fail "cannot write"
mkfifo "$work/pipe"
timeout 60 "$SEKIMORI" read --count "$work/pipe" "$work/cut.pcap" "$work/after.pcap" >"$work/out" 2>"$work/err" &
reader=$!
# Opening returns when the reader has opened it: the list of inputs, with the old size, is made by then. It never returns
# if the reader ends before that.
timeout 60 sh -c 'exec 9>"$1/pipe" && truncate -s 1000100 "$1/cut.pcap" && cat "$1/after.pcap" >&9' sh "$work" ||
    fail "the pipe could not be written: $(cat "$work/err")"
wait $reader
status=$?
reader=
cat "$work/err"
whole=$(((1000100 - 24) / 316))
[ $status = 3 ] || fail "exit $status instead of 3"
[ "$(counted)" = $((2 * after + whole)) ] || fail "$(counted) packets counted, $((2 * after + whole)) are there"
grep -q 'cut.pcap:[0-9]*: file ends inside a packet' "$work/err" || fail "the cut is not told with its place"

# 2. Cut while it is being read, again and again: whatever the moment, the file behind it is read.
for delay in 0 0.01 0.02 0.04 0.08 0.16; do
    large=$(/usr/bin/python3 "$here/make_capture.py" "$work/cut.pcap" 100000000) || fail "cannot write"
    timeout 60 "$SEKIMORI" read --count "$work/cut.pcap" "$work/after.pcap" >"$work/out" 2>"$work/err" &
    reader=$!
    sleep $delay
    truncate -s 1000100 "$work/cut.pcap"
    wait $reader
    status=$?
    reader=
    n=$(counted)
    [ $status = 0 ] || [ $status = 3 ] || fail "exit $status instead of 0 or 3 after a cut at $delay s"
    [ "$n" -ge $((after + whole)) ] && [ "$n" -le $((after + large)) ] ||
        fail "$n packets counted after a cut at $delay s, between $((after + whole)) and $((after + large)) expected"
    echo "cut at $delay s: $n of $((after + large)) packets, exit $status"
done
echo pass
