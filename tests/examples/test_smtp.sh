#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The example smtp_send, with aiosmtpd, which insists on TLS, and with servers that
# say no. Prints TAP.
# usage: test_smtp.sh EXAMPLES TOOL WITH-SERVER
set -u
. "$(dirname "$0")/support.sh"
if [ -z "${PORT-}" ]; then # of its own authority, for this machine
    export CERTIFICATE=$dir/certificate
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=test \
        -addext subjectAltName=DNS:localhost -keyout "$dir/key" -out "$dir/only" 2>/dev/null
    cat "$dir/only" "$dir/key" >"$CERTIFICATE"
fi
beside smtp

deliver() { # expected exit code, arguments...
    local want=$1
    shift
    runs "$want" smtp_send "$@" <"$dir/mail"
}
plainly() { # to a server without TLS
    env -u CERTIFICATE "$with_server" smtp sh -c \
        '"$1" --plain 127.0.0.1 "$PORT" ann@here.example bert@there.example <"$2"' \
        sh "$examples/example-smtp_send" "$dir/mail"
}
got() { # the server has printed the mail: its lines, between two rulers
    comes "$FOLDER/log" "$2" && comes "$FOLDER/log" '------------ END MESSAGE ------------' || return 1
    grep -v '^X-Peer: ' "$FOLDER/log" | sed -n '/MESSAGE FOLLOWS/,/END MESSAGE/p' | sed '1d;$d' |
        diff "$1" -
}

printf 'Subject: dots\n\n.\n..\n.x\nlast mark\n' >"$dir/mail"
check 'a mail is sent' deliver 0 --ca "$CERTIFICATE" localhost "$PORT" ann@here.example bert@there.example
check 'and arrives as it was, dots and all' got "$dir/mail" 'last mark'
check 'a certificate of nobody we trust' deliver 1 localhost "$PORT" ann@here.example bert@there.example
check 'is refused' says err 'certificate'
check 'a certificate for another name' deliver 1 --ca "$CERTIFICATE" 127.0.0.1 "$PORT" ann@here.example bert@there.example
check 'is refused, too' says err 'not valid for 127.0.0.1'
check 'without TLS, where that was said' plainly
check 'an address with a bracket' deliver 1 --ca "$CERTIFICATE" localhost "$PORT" 'a>' b
check 'is told' says err 'a blank or a bracket'
{ printf 'Subject: long\n\n'; head -c 2000 /dev/zero | tr '\0' x; echo; } >"$dir/mail"
check 'a line that no mail may have' deliver 1 --ca "$CERTIFICATE" localhost "$PORT" a@x.example b@y.example
check 'is told, too' says err 'the message'
talks '220 hello\r\n250-first\r\n250 last\r\n550 not from you\r\n'
check 'a server that says no' deliver 1 --plain 127.0.0.1 "$port" a@x.example b@y.example
check 'is cited' says err '550 not from you'
talks '220 hello\r\n250 nothing to offer\r\n'
check 'a server without TLS' deliver 1 127.0.0.1 "$port" a b
check 'is not sent anything' says err 'has no TLS'
talks '220 hello\n'
check 'a server whose lines end otherwise' deliver 1 --plain 127.0.0.1 "$port" a b
check 'is not believed' says err 'bare CR or LF'
plan
