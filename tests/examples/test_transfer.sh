#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The example file_transfer, with itself and with one that cuts. Prints TAP.
# usage: test_transfer.sh EXAMPLES TOOL WITH-SERVER
set -u
. "$(dirname "$0")/support.sh"

transfer() { # file
    rm -f "$dir/copy"
    serve file_transfer receive 0 "$dir/copy" && runs 0 file_transfer send "$1" 127.0.0.1 "$port" &&
        over "$pid" && cmp "$1" "$dir/copy"
}
gone() { [ ! -e "$dir/copy" ] && [ ! -e "$dir/copy.part" ]; }

head -c 5000000 /dev/urandom >"$dir/large"
: >"$dir/empty"
check 'a file arrives' transfer "$dir/large"
check 'with its progress' says err '100 %'
check 'in steps' test "$(grep -c % "$dir/err")" -ge 20
check 'an empty one, too' transfer "$dir/empty"
rm -f "$dir/copy"
serve file_transfer receive 0 "$dir/copy"
check 'a sender that cuts' eval 'printf "1000\nshort" | timeout 20 "$tool" connect 127.0.0.1 "$port"'
check 'is noticed' over "$pid"
check 'and told' says file_transfer.err 'the sender has ended too early'
check 'and nothing has the name' gone
start no "$tool" listen 0 --exec sh -c 'head -c 5000008 >/dev/null; echo full'
check 'a receiver that has not stored it' runs 1 file_transfer send "$dir/large" 127.0.0.1 "$port"
check 'is cited' says err full
check 'a file that is not there' runs 1 file_transfer send "$dir/none" 127.0.0.1 1
check 'is told by its name' says err "$dir/none"
plan
