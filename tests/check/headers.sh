#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Every public header compiles alone, with gcc and with clang, and twice in a row.
set -eu
fail=0
for h in "$@"; do
    name=${h#include/}
    for cc in gcc "${CLANG:-clang}"; do
        printf '#include "%s"\n#include "%s"\nextern int sk_header_check;\n' "$name" "$name" |
            eval $cc -std=c17 -Wall -Wextra -Wpedantic -Werror "$CHECK_CPPFLAGS" -fsyntax-only -x c - || { echo "$h: not alone with $cc" >&2; fail=1; }
    done
done
exit $fail
