#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The goals of goals.list beside what was measured: a line for each.
# usage: goals.sh JOBS.TSV
set -u
here=$(cd "$(dirname "$0")" && pwd)
awk '
    BEGIN {split("cpu user wall heap rss", names); for (i in names) column[names[i]] = i + 2}
    FNR == NR {
        split($0, field, "\t")
        for (i = 3; i <= 7; i++) got[field[1], field[2], i] = field[i]
        next
    }
    /^#/ {next}
    {
        i = column[$3]
        mine = got[$1, $2, i]; base = $4 == 1 ? 1 : got[$4, $5, i]
        what = $1 " " $2 ", " $3 ($4 == 1 ? "" : ", to " $4 " " $5)
        if (mine ~ /^[0-9]/ && base > 0) {
            ratio = mine / base
            printf "%-12s %-52s %8.2f (at most %g)\n", ratio <= $6 ? "met" : "MISSED", what, ratio, $6
        } else printf "%-12s %-52s\n", "NOT MEASURED", what
    }' "$1" "$here/goals.list"
