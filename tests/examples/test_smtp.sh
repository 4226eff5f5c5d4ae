#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The example smtp_send, with aiosmtpd and with a server that says no. Prints TAP.
# usage: test_smtp.sh EXAMPLES TOOL WITH-SERVER
set -u
. "$(dirname "$0")/support.sh"
beside smtp

deliver() { runs "$1" smtp_send "$2" "$3" "$4" "$5" <"$dir/mail"; }
got() { # the server has printed the mail: its lines, between two rulers
    comes "$FOLDER/log" "$2" && comes "$FOLDER/log" '------------ END MESSAGE ------------' || return 1
    grep -v '^X-Peer: ' "$FOLDER/log" | sed -n '/MESSAGE FOLLOWS/,/END MESSAGE/p' | sed '1d;$d' |
        diff "$1" -
}

printf 'Subject: dots\n\n.\n..\n.x\nlast mark\n' >"$dir/mail"
check 'a mail is sent' deliver 0 localhost "$PORT" ann@here.example bert@there.example
check 'and arrives as it was, dots and all' got "$dir/mail" 'last mark'
check 'an address with a bracket' deliver 1 127.0.0.1 "$PORT" 'a>' b
check 'is told' says err 'a blank or a bracket'
{ printf 'Subject: long\n\n'; head -c 2000 /dev/zero | tr '\0' x; echo; } >"$dir/mail"
check 'a line that no mail may have' deliver 1 127.0.0.1 "$PORT" a@x.example b@y.example
check 'is told, too' says err 'the message'
start smtp "$tool" listen 0 --exec printf '220 hello\r\n250-first\r\n250 last\r\n550 not from you\r\n'
check 'a server that says no' deliver 1 127.0.0.1 "$port" a@x.example b@y.example
check 'is cited' says err '550 not from you'
start smtp "$tool" listen 0 --exec printf '220 hello\n'
check 'a server whose lines end otherwise' deliver 1 127.0.0.1 "$port" a b
check 'is not believed' says err 'bare CR or LF'
plan
