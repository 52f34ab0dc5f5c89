#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# clang-tidy over the named files, two at a time; what it finds is an error. CHECK_CPPFLAGS is quoted for a shell.
set -eu
printf '%s\n' "$@" | xargs -P 2 -n 4 sh -c '
    eval "set -- \"\$@\" -- $CHECK_CPPFLAGS -std=c17 -include src/base/banned.h"
    out=$(clang-tidy --quiet --warnings-as-errors="*" "$@" 2>/dev/null) || { printf "%s\n" "$out"; exit 1; }
' sh
