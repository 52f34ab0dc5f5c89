#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A capture of 1 GiB is analysed inside a memory cgroup of 256 MiB (page cache counts), and no packet is lost.
# Needs root and a memory controller, cgroup v1 or v2. Environment: SEKIMORI. Exit 0 pass, 77 skip, else fail.
set -u
here=$(cd "$(dirname "$0")" && pwd)
limit=$((256 * 1024 * 1024))

skip() { echo "skip: $*"; exit 77; }
fail() { echo "FAIL: $*"; exit 1; }

[ -n "${SEKIMORI:-}" ] || fail "SEKIMORI (path of the program) is not set"
[ "$(id -u)" = 0 ] || skip "making a memory cgroup needs root"

work=$(mktemp -d "${TMPDIR:-/tmp}/sekimori-cgroup.XXXXXX") || fail "no temporary folder"
group=
cleanup() {
    [ -n "$group" ] && rmdir "$group" 2>/dev/null
    rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 1' INT TERM HUP

[ "$(df -Pk "$work" | awk 'NR == 2 { print $4 }')" -gt $((1200 * 1024)) ] || skip "less than 1.2 GiB free in $work"
case $(stat -f -c %T "$work") in
tmpfs | ramfs) skip "$work is in memory: the file itself would count; set TMPDIR to a disk" ;;
esac

# v1: a memory hierarchy of its own. v2: the controller must be on for children of the root.
if [ -f /sys/fs/cgroup/memory/memory.limit_in_bytes ]; then
    version=1
    group=/sys/fs/cgroup/memory/sekimori-test-$$
elif [ -f /sys/fs/cgroup/cgroup.controllers ]; then
    version=2
    grep -qw memory /sys/fs/cgroup/cgroup.controllers || skip "no memory controller in cgroup v2"
    grep -qw memory /sys/fs/cgroup/cgroup.subtree_control ||
        echo +memory >/sys/fs/cgroup/cgroup.subtree_control 2>/dev/null || skip "the memory controller cannot be enabled"
    group=/sys/fs/cgroup/sekimori-test-$$
else
    skip "no memory cgroup, neither v1 nor v2"
fi
mkdir "$group" 2>/dev/null || { group=; skip "cannot make a memory cgroup"; }
if [ $version = 1 ]; then
    echo $limit >"$group/memory.limit_in_bytes" || skip "the limit cannot be set"
    echo $limit >"$group/memory.memsw.limit_in_bytes" 2>/dev/null # no escape into swap, where the kernel counts it
    peak=$group/memory.max_usage_in_bytes
else
    echo $limit >"$group/memory.max" || skip "the limit cannot be set"
    echo 0 >"$group/memory.swap.max" 2>/dev/null
    peak=$group/memory.peak
fi

packets=$(/usr/bin/python3 "$here/make_capture.py" "$work/large.pcap" $((1024 * 1024 * 1024))) || fail "cannot write"
size=$(stat -c %s "$work/large.pcap")
[ "$size" -ge $((1024 * 1024 * 1024)) ] || fail "the capture has only $size bytes"
# Pages of the file in the cache belong to whoever read them first: start with none.
sync "$work/large.pcap"
dd if="$work/large.pcap" iflag=nocache count=0 2>/dev/null

# The shell joins the group, then becomes the program.
sh -c 'echo $$ >"$1/cgroup.procs" && shift && exec "$@"' sh "$group" \
    "$SEKIMORI" read --count "$work/large.pcap" >"$work/out" 2>"$work/err"
status=$?
echo "cgroup v$version, $size bytes, $packets packets, peak $(cat "$peak" 2>/dev/null || echo unknown) bytes, exit $status"
cat "$work/err"
[ $status = 0 ] || fail "exit $status instead of 0 (137: killed for memory)"
counted=$(/usr/bin/python3 -c 'import json, sys; print(json.load(sys.stdin)["packets"])' <"$work/out") ||
    fail "no JSON object with packets: $(head -c 200 "$work/out")"
[ "$counted" = "$packets" ] || fail "$counted packets counted, $packets written"
[ -r "$peak" ] && [ "$(cat "$peak")" -gt $limit ] && fail "more than the limit was used"
echo pass
