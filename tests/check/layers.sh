#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The layer rules of the design, mechanically:
#  1. src/<stage> includes only sekimori/*, base/*, its own folder and generated tables; only src/app includes other stages.
#  2. A header in include/sekimori includes only headers ranked before it.
#  3. Each foreign library is included by one folder.
#  4. The top level is fixed.
set -eu
fail=0
say() { echo "layers: $1" >&2; fail=1; }
rank="err time addr cursor hash digest table text yaml packet layers source field event oui policy flow part defrag observer ring pipeline correlate suggest match alert sink notes report coverage"
for f in src/*/*.[ch]; do
    stage=${f#src/}; stage=${stage%%/*}
    for inc in $(sed -n 's/^ *# *include *"\([^"]*\)".*/\1/p' "$f"); do
        case "$inc" in
        sekimori/*|base/*|"$stage"/*|*.gen.h) ;;
        *) [ "$stage" = app ] || say "$f includes $inc" ;;
        esac
    done
done
for h in include/sekimori/*.h; do
    me=$(basename "$h" .h)
    case " $rank " in *" $me "*) ;; *) say "$h has no rank in tests/check/layers.sh" ;; esac
    before=" ${rank%%" $me"*} "
    for inc in $(sed -n 's/^ *# *include *"sekimori\/\([a-z_]*\)\.h".*/\1/p' "$h"); do
        case "$before" in *" $inc "*) ;; *) say "$h includes $inc, which is not ranked before it" ;; esac
    done
done
only() { # header folder
    for f in $(grep -rlE "^ *# *include *[<\"]$1[>\"]" src include || true); do
        case "$f" in "src/$2/"*) ;; *) say "$f includes $1: only src/$2 may" ;; esac
    done
}
only 'pcap(/[a-z]+)?\.h' capture
only 'archive(_entry)?\.h' capture
only 'zlib\.h' capture
only 'ndpi_api\.h' flow
only 'jansson\.h' base
only 'yaml\.h' base
only 'gcrypt\.h' base
for top in $(git ls-files 2>/dev/null | sed 's,/.*,,' | sort -u); do
    case "$top" in
    Makefile|README.md|LICENSE|src|include|signatures|captures|tests|deploy|.*) ;;
    *) say "$top does not belong at the top" ;;
    esac
done
exit $fail
