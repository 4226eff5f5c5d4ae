#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The example deflate, with itself and with one that does not compress. Prints TAP.
# usage: test_deflate.sh EXAMPLES TOOL WITH-SERVER
set -u
. "$(dirname "$0")/support.sh"

there_and_back() { # file
    serve deflate 0 && runs 0 deflate 127.0.0.1 "$port" <"$1" && cmp "$1" "$dir/out" &&
        over "$pid"
}
smaller() { # what the client told: fewer bytes went
    read -r plain _ _ _ small <"$dir/err" && [ "$small" -lt "$((plain / 2))" ]
}

seq 300000 >"$dir/large"
echo hello >"$dir/small"
: >"$dir/empty"
check 'much goes there and back' there_and_back "$dir/large"
check 'and is less on its way' smaller
check 'a line goes there and back' there_and_back "$dir/small"
check 'nothing does, too' there_and_back "$dir/empty"
serve deflate 0
mkfifo "$dir/keyboard"
timeout 60 "$examples/example-deflate" 127.0.0.1 "$port" <"$dir/keyboard" >"$dir/heard" 2>/dev/null &
client=$!
exec 7>"$dir/keyboard"
echo hello >&7
check 'a line is answered while more may come' comes "$dir/heard" hello
exec 7>&-
ended 'the client ends' "$client" 0
talks 'this is plain text, and no stream of zlib'
check 'what was not compressed' runs 1 deflate 127.0.0.1 "$port" <"$dir/small"
check 'is told' says err 'this was not compressed'
start cut "$tool" listen 0 --exec printf '\x78\x9c'
check 'an end that nobody announced' runs 1 deflate 127.0.0.1 "$port" <"$dir/small"
check 'is no end' says err 'reset'
plan
