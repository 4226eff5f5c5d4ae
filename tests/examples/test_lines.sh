#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The example line_server, with many clients at once and to its end. Prints TAP.
# usage: test_lines.sh EXAMPLES TOOL WITH-SERVER
set -u
. "$(dirname "$0")/support.sh"

answered() { # what a client is answered: a text through the tool
    diff <(printf "$1" | tr a-z A-Z) <(printf "$1" | timeout 30 "$tool" connect 127.0.0.1 "$port")
}
many() { # clients, each with some lines
    local clients=() i
    for i in $(seq "$1"); do
        seq -f "line %g of $i" 200 >"$dir/in$i"
        timeout 60 "$tool" connect 127.0.0.1 "$port" <"$dir/in$i" >"$dir/out$i" &
        clients+=($!)
    done
    wait "${clients[@]}"
    for i in $(seq "$1"); do
        cmp <(tr a-z A-Z <"$dir/in$i") "$dir/out$i" || return 1
    done
}

serve line_server 0
check 'lines come back in capitals' answered 'one\ntwo\n'
check 'the last one without an ending, too' answered 'abc\n'
check 'twenty clients at once' many 20
# One that has asked, and one that is silent, when the signal comes.
mkfifo "$dir/silent"
timeout 60 "$tool" connect 127.0.0.1 "$port" <"$dir/silent" >"$dir/heard" &
client=$!
exec 7>"$dir/silent"
echo question >&7
check 'a client is answered' comes "$dir/heard" QUESTION
kill -TERM "$pid"
check 'a signal ends it' over "$pid"
ended 'and its clients see the end' "$client" 0
exec 7>&-
plan
