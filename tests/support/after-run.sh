#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What `make run` says under its table: where the lines lie and how to look closer.
# usage: after-run.sh SEKIMORI POLICY ALERTS
set -eu
sekimori=$1 policy=$2 alerts=$3
lines=$(wc -l <"$alerts")
first=$(sed -n '1s/.*"rule":{"id":"\([A-Z0-9-]*\)".*/\1/p' "$alerts")
case "${LC_ALL:-${LC_MESSAGES:-${LANG:-}}}" in
ja*)
    printf '\nJSON %s 行: %s\n' "$lines" "$alerts"
    printf 'くわしく見るには:\n' ;;
*)
    printf '\n%s JSON lines: %s\n' "$lines" "$alerts"
    printf 'look closer:\n' ;;
esac
cat <<EOF
  $sekimori explain -c $policy ${first:-V6-011}
  head -n 1 $alerts | $sekimori explain -c $policy -
  $sekimori read -c $policy --wide captures/office-day.pcapng
  $sekimori read --events=icmpv6.ra captures/office-day.pcapng
  $sekimori read --help
EOF
