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
<<<<<<< HEAD
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

skip() {
    echo "SKIPPED: instructions: $1" >&2
    echo "1..0 # SKIP $1"
    exit 0
}
valgrind --tool=callgrind --callgrind-out-file=/dev/null true 2>/dev/null || skip 'valgrind cannot run here'
built_by=$(strings -a "$pure" | grep -m1 '^GCC: (')
wanted=$(sed -n 's/^# built by //p' "$limits")
[[ $(uname -m) = x86_64 && $built_by = *"$wanted"* ]] ||
    skip "the limits are for x86_64 and $wanted, this is $(uname -m), ${built_by:-another compiler}"

# The C library's oldest routines, so that every x86-64 machine counts the same:
# not one of what it chooses others by. Nor does memory get filled, as meson's
# tests ask for.
unset MALLOC_PERTURB_
hwcaps=-AVX_Fast_Unaligned_Load,-AVX2,-AVX512F,-AVX512VL,-AVX512BW,-ERMS,-FSRM,-BMI2
export GLIBC_TUNABLES=glibc.cpu.hwcaps=$hwcaps,-SSSE3,-SSE4_1,-SSE4_2

instructions() { # program, arguments... : of that process, not of its children
    valgrind --tool=callgrind --callgrind-out-file=/dev/null --log-file="$dir/log.%p" "$@" &
    local pid=$!
    wait $pid && awk '/Collected *:/ {print $NF}' "$dir/log.$pid"
}
=======
# shellcheck source=tests/cost/callgrind.sh
. "$here/callgrind.sh"
for_this_machine "$pure"
>>>>>>> f27d730 (Lua: what a line costs, counted, beside its floor; a cheaper iterator)

items=4000
for job in readln readln-8 readln-1024 readln-crlf writeln writev-64k; do
    limited "instructions-$job" "$(each instructions "$pure" $job)"
done
items=200
for how in plain timeout; do
    limited "instructions-round-trip-$how" "$(each instructions "$round_trips" $how)"
done
plan
