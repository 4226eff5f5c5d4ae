#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The example irc_bot, in a channel of ngircd with a person. Prints TAP.
# usage: test_irc.sh EXAMPLES TOOL WITH-SERVER
set -u
. "$(dirname "$0")/support.sh"
beside irc

# A person, by the tool: what is said goes to descriptor 7, 6 has what is heard.
mkfifo "$dir/say"
exec 6< <(exec timeout -k 5 60 "$tool" connect --line --crlf 127.0.0.1 "$PORT" <"$dir/say")
person=$!
exec 7>"$dir/say"
say() { printf '%s\n' "$@" >&7; }
hear() { # words: up to the line that has them; others are passed over
    local line
    while read -r -t 20 line <&6; do
        [[ $line == PING* ]] && say "PONG ${line#PING }"
        [[ $line != *"$1"* ]] || return 0
    done
    echo "never heard: $1"
    return 1
}

say 'NICK ann' 'USER ann 0 * :Ann'
hear ' 001 ann'
say 'JOIN #test'
hear '366 ann #test'
timeout -k 5 60 "$examples/example-irc_bot" 127.0.0.1 "$PORT" bert '#test' 2>"$dir/err" &
bot=$!
check 'the bot joins the channel' hear ':bert!~bert@127.0.0.1 JOIN :#test'
say 'PRIVMSG #test :bert: hello'
check 'it greets who greets it' hear 'PRIVMSG #test :ann: hello'
say 'PRIVMSG #test :nobody in particular' 'PRIVMSG #test :bert: time'
check 'it knows the time, and says nothing else' hear 'UTC'
check 'a name that is taken' runs 1 irc_bot 127.0.0.1 "$PORT" ann '#test'
check 'is told' says err 'the name ann is taken'
say 'PRIVMSG #test :bert: go away'
check 'it leaves when it is told' hear 'as you wish, ann'
ended 'and ends well' "$bot" 0
check 'nobody there' runs 1 irc_bot 127.0.0.1 1 bert '#test'
check 'is told, too' says err 'connection refused'
exec 7>&-
kill "$person" 2>/dev/null
plan
