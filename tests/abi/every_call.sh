#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# A program that says it makes every call of the library does so. Prints TAP.
# usage: every_call.sh PROGRAM LIST
set -u
. "$(dirname "$0")/../support/tap.sh"
called=$(nm -u --without-symbol-versions "$1" | awk '$2 ~ /^rn_/ {print $2}' | sort)
left_out() {
    local calls
    calls=$(comm -23 <(sort "$1") <(echo "$2"))
    echo "$calls"
    [ -z "$calls" ]
}
check 'every call of the library is made' left_out "$2" "$called"
plan
