#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# How many system calls a round trip costs, counted by strace. Prints TAP.
# usage: system_calls.sh PATH-OF-ROUND_TRIPS
set -u
program=$1
trips=1000
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

if ! strace -o /dev/null true 2>/dev/null; then
    echo 'SKIPPED: strace cannot trace here' >&2
    echo '1..0 # SKIP strace cannot trace here'
    exit 0
fi

calls() { # name... : how many of them were made
    local pattern
    pattern=$(IFS='|'; echo "$*")
    grep -cE "^($pattern)\(" "$dir/trace"
}

number=0
at_most() { # what, limit, got
    number=$((number + 1))
    if [ "$3" -le "$2" ]; then echo "ok $number - $1: $3"; else
        echo "not ok $number - $1: $3, more than $2"
    fi
}

for how in plain unbuffered timeout deadline; do
    strace -o "$dir/trace" "$program" $how $trips ||
        { number=$((number + 1)); echo "not ok $number - $how: the program failed"; }
    at_most "$how: sends in $trips round trips" $trips "$(calls sendto sendmsg)"
    # One more receive looks for unread input when closing.
    at_most "$how: receives" $((trips + 1)) "$(calls recvfrom recvmsg)"
    at_most "$how: waits" 0 "$(calls poll ppoll select epoll_wait)"
    at_most "$how: options set" 3 "$(calls setsockopt)"
done
# A token has to be watched: two calls more, and only where the call waits.
strace -o "$dir/trace" "$program" token $trips
at_most "token: sends" $trips "$(calls sendto sendmsg)"
at_most "token: receives" $((2 * trips + 1)) "$(calls recvfrom recvmsg)"
at_most "token: waits" $trips "$(calls ppoll)"
echo "1..$number"
