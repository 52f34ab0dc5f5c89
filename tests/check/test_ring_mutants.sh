#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The test of the ring's test: each release store, weakened to relaxed, must be caught by ThreadSanitizer as a data race.
# Usage: test_ring_mutants.sh [CC...], gcc and clang by default. For each compiler prints one `ok` line for the ring as it
# is and one for each mutant; fails if a mutant survives, if a pattern matches nothing, or if the ring itself is reported.
set -eu
cd "$(dirname "$0")/../.."
[ $# -gt 0 ] || set -- gcc clang
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

build() { # name: ring source is $dir/name.c
    "$cc" -std=c17 -D_GNU_SOURCE -Iinclude -Isrc -Itests/support -O1 -g -fsanitize=thread -pthread -o "$dir/$1" \
        "$dir/$1.c" tests/unit/pipeline/test_ring.c -lcmocka
}
run() { # name: exit code 66 is ThreadSanitizer's
    code=0
    TSAN_OPTIONS="halt_on_error=1 exitcode=66" RING_ITEMS=200000 timeout 120 "$dir/$1" >"$dir/$1.log" 2>&1 || code=$?
    echo "$code"
}

for cc in "$@"; do
    cp src/pipeline/ring.c "$dir/ring.c"
    build ring
    code=$(run ring)
    if [ "$code" != 0 ]; then
        cat "$dir/ring.log"
        echo "FAILED ring.c as it is: exit $code"
        exit 1
    fi
    echo "ok $cc: ring.c as it is: no race reported"

    for letter in R1 R2; do
        # The one line whose comment begins with the letter.
        sed "/memory_order_release.*\/\* $letter,/s/memory_order_release/memory_order_relaxed/" src/pipeline/ring.c >"$dir/$letter.c"
        changed=$(diff src/pipeline/ring.c "$dir/$letter.c" | grep -c '^>' || true)
        if [ "$changed" != 1 ]; then
            echo "FAILED $letter: the pattern changed $changed lines instead of 1"
            exit 1
        fi
        build "$letter"
        code=$(run "$letter")
        if [ "$code" != 66 ] || ! grep -q 'WARNING: ThreadSanitizer: data race' "$dir/$letter.log"; then
            tail -20 "$dir/$letter.log"
            echo "FAILED mutant $letter survived: exit $code"
            exit 1
        fi
        echo "ok $cc: mutant $letter (release store weakened to relaxed): ThreadSanitizer reports the race"
    done
done
