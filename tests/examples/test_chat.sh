#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The example chat, with itself. Prints TAP.
# usage: test_chat.sh EXAMPLES TOOL WITH-SERVER
set -u
. "$(dirname "$0")/support.sh"

# The one who waits, and the one who calls; each with a keyboard.
mkfifo "$dir/ann" "$dir/bert" "$dir/said"
timeout -k 5 60 "$examples/example-chat" 0 <"$dir/ann" >"$dir/ann.out" 2>"$dir/said" &
ann=$!
exec 6>"$dir/ann" 5<"$dir/said"
read -r -t 20 line <&5
port=${line##* }
cat <&5 >/dev/null 6>&- &
timeout -k 5 60 "$examples/example-chat" 127.0.0.1 "$port" <"$dir/bert" >"$dir/bert.out" 2>"$dir/bert.err" 6>&- &
bert=$!
exec 7>"$dir/bert"
echo 'hello ann' >&7
check 'what one types the other reads' comes "$dir/ann.out" '> hello ann'
echo 'hello bert' >&6
check 'and the other way round' comes "$dir/bert.out" '> hello bert'
printf 'a\033[31mb\n' >&7
check 'what would command a terminal is shown' comes "$dir/ann.out" '> a?[31mb'
head -c 5000 /dev/zero | tr '\0' x >&7
printf '\nafter it\n' >&7
check 'a line that is too long' comes "$dir/ann.out" '> (a line that was too long)'
check 'takes nothing else along' comes "$dir/ann.out" '> after it'
exec 7>&-
echo 'still here' >&6
check 'one half may end before the other' comes "$dir/bert.out" '> still here'
exec 6>&-
ended 'both have ended: one ends' "$ann" 0
ended 'and the other' "$bert" 0
check 'nobody to call' runs 1 chat 127.0.0.1 1
check 'is told' says err 'connection refused'
plan
