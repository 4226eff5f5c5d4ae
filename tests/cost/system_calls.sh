#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# How many system calls a round trip, a connection and a write cost, counted by
# strace; and the heap of an idle stream. Prints TAP.
# usage: system_calls.sh LIMITS PATH-OF-ROUND_TRIPS PATH-OF-CONNECTIONS
set -u
limits=$1 round_trips=$2 connections=$3
trips=1000
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/cost/common.sh
. "$here/common.sh"
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

for how in plain unbuffered timeout deadline; do
    strace -o "$dir/trace" "$round_trips" $how $trips ||
        { number=$((number + 1)); echo "not ok $number - $how: the program failed"; }
    at_most "$how: sends in $trips round trips" $trips "$(calls sendto sendmsg)"
    # One more receive looks for unread input when closing.
    at_most "$how: receives" $((trips + 1)) "$(calls recvfrom recvmsg)"
    at_most "$how: waits" 0 "$(calls poll ppoll select epoll_wait)"
    at_most "$how: options set" 3 "$(calls setsockopt)"
done
# A token has to be watched: two calls more, and only where the call waits.
strace -o "$dir/trace" "$round_trips" token $trips
at_most "token: sends" $trips "$(calls sendto sendmsg)"
at_most "token: receives" $((2 * trips + 1)) "$(calls recvfrom recvmsg)"
at_most "token: waits" $trips "$(calls ppoll)"

all_calls() { # job, count
    strace -o "$dir/trace" "$connections" "$@" && grep -cE '^[a-z_0-9]+\(' "$dir/trace"
}

items=100
for job in connect accept writev; do
    limited "calls-$job" "$(each all_calls $job)"
    printf '# %s:' $job
    sed -nE 's/^([a-z_0-9]+)\(.*/\1/p' "$dir/trace" | sort | uniq -c |
        awk -v n=$items '$1 >= n {printf " %s %s", $1 / n / 2, $2} END {print ""}'
done
limited heap-idle "$("$connections" idle $items)"
plan
