#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# How many instructions a line, a write and a round trip take in this process,
# the C library's included, counted by callgrind. Prints TAP.
# usage: instructions.sh LIMITS PATH-OF-ROUND_TRIPS PATH-OF-PURE
set -u
limits=$1 round_trips=$2 pure=$3
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/cost/common.sh
. "$here/common.sh"
# shellcheck source=tests/cost/callgrind.sh
. "$here/callgrind.sh"
for_this_machine "$pure"

items=4000
for job in readln readln-8 readln-1024 readln-crlf writeln writev-64k; do
    limited "instructions-$job" "$(each instructions "$pure" $job)"
done
items=200
for how in plain timeout; do
    limited "instructions-round-trip-$how" "$(each instructions "$round_trips" $how)"
done
plan
