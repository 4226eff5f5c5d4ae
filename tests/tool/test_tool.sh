#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The tool, end to end, as a person at a shell uses it. Prints TAP.
# usage: test_tool.sh PATH-OF-RUNNEL
set -u
tool=$1
dir=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null; rm -rf "$dir"' EXIT
number=0

ok() { # name, command...: the command's success is the result
    local name=$1
    shift
    number=$((number + 1))
    if "$@"; then echo "ok $number - $name"; else
        echo "not ok $number - $name"
        sed 's/^/# /' "$dir"/out "$dir"/err 2>/dev/null
    fi
}

run() { # expected exit code, arguments...: what it prints goes to out and err
    local want=$1
    shift
    "$tool" "$@" >"$dir/out" 2>"$dir/err"
    local got=$?
    [ $got -eq "$want" ] || { echo "# exit $got, not $want"; return 1; }
}

says() { grep -qF -- "$2" "$dir/$1"; }

# Start a listener in the background; its port is in $port. Its standard input
# is the file $1, its output goes to the file $2, its messages to a pipe.
listen() {
    rm -f "$dir/log"
    mkfifo "$dir/log"
    "$tool" listen 0 <"$1" >"$2" 2>"$dir/log" &
    listener=$!
    exec 9<"$dir/log"
    local line
    read -r -t 20 line <&9
    port=${line##*:}
}

listener_ends() { # expected exit code
    wait "$listener"
    local got=$?
    exec 9<&-
    rm -f "$dir/log"
    [ $got -eq "$1" ] || { echo "# listener: exit $got, not $1"; return 1; }
}

printf 'request\r\nmore' >"$dir/request"
printf 'the whole reply\n' >"$dir/reply"
head -c 3000000 /dev/urandom >"$dir/large"
: >"$dir/nothing"

listen "$dir/reply" "$dir/got"
ok 'connect sends its input and prints the reply' \
    run 0 connect localhost "$port" <"$dir/request"
ok 'listen ends well' listener_ends 0
ok 'the reply is whole' cmp -s "$dir/out" "$dir/reply"
ok 'the request is whole' cmp -s "$dir/got" "$dir/request"

listen "$dir/large" "$dir/got"
ok 'three million bytes go both ways' run 0 connect 127.0.0.1 "$port" <"$dir/large"
ok 'listen ends well after them' listener_ends 0
ok 'they arrive there' cmp -s "$dir/got" "$dir/large"
ok 'they arrive here' cmp -s "$dir/out" "$dir/large"

listen "$dir/reply" "$dir/got"
ok 'without standard input the reply still comes' run 0 connect localhost "$port" <&-
ok 'listen ends well then' listener_ends 0
ok 'the reply came' cmp -s "$dir/out" "$dir/reply"

listen "$dir/large" "$dir/got"
"$tool" connect localhost "$port" <"$dir/nothing" >/dev/full 2>"$dir/err"
code=$?
ok 'a full standard output is exit code 7' test $code -eq 7
ok 'and is named' says err 'No space left'
kill "$listener" 2>/dev/null
wait "$listener" 2>/dev/null
exec 9<&-

listen "$dir/reply" "$dir/got"
"$tool" connect localhost "$port" <"$dir/nothing" >&- 2>"$dir/err"
code=$?
ok 'a closed standard output is exit code 7' test $code -eq 7
wait "$listener" 2>/dev/null
exec 9<&-

listen "$dir/nothing" "$dir/nothing2"
ok 'a port in use is named' run 1 listen "$port"
ok 'with its number' says err "listen on 127.0.0.1:$port: address already in use"
kill "$listener"
wait "$listener" 2>/dev/null
exec 9<&-
ok 'nobody there is exit code 4' run 4 connect 127.0.0.1 "$port" <"$dir/nothing"
ok 'and is named' says err "connect to 127.0.0.1:$port: connection refused"
ok 'an unknown name is exit code 3' run 3 connect nowhere.invalid 80
ok 'and is named' says err 'look up nowhere.invalid: '

ok 'lookup of a name' run 0 lookup localhost
ok 'gives its address' says out 127.0.0.1
ok 'lookup of an address' run 0 lookup 127.0.0.1
ok 'gives its name' says out localhost
ok 'lookup of half an address is exit code 2' run 2 lookup 127.1
ok 'and shows it' says err '"127.1"'

ok 'no command is exit code 2' run 2
ok 'with help' says err 'runnel connect HOST PORT'
ok 'help is no error' run 0 --help
ok 'version' run 0 --version
ok 'an unknown command is exit code 2' run 2 conect
ok 'and is shown' says err '"conect"'
ok 'a missing argument is exit code 2' run 2 connect localhost
ok 'a bad port is exit code 2' run 2 connect localhost 80x
ok 'and is shown' says err '"80x"'
ok 'port 65536 too' run 2 connect localhost 65536
ok 'port 0 too' run 2 connect localhost 0
ok 'and is explained' says err 'port 0 is not from 1 to 65535'
ok 'an empty port too' run 2 connect localhost ''
ok 'a port with a line break in it too' run 2 connect localhost $'8\n0'
ok 'and is shown on one line' cmp -s "$dir/err" <(echo 'runnel: port "8\x0a0" is not a number from 0 to 65535')

"$tool" demo 0177.0.0.1 80 >&- 2>"$dir/err"
ok 'of two failures the first is the exit code' test $? -eq 2
ok 'and it alone is told' test "$(wc -l <"$dir/err")" = 1
mkfifo "$dir/nobody"
exec 8<>"$dir/nobody" 9>"$dir/nobody" 8<&-
"$tool" demo >&9 2>"$dir/err"
ok 'printing for nobody is exit code 7' test $? -eq 7
ok 'and is told' says err 'standard output: Broken pipe'
exec 9>&-

ok 'the demo runs' run 0 demo
ok 'it has a log and a report, too' run 0 demo --idle 20s --log "$dir/demo.log" --json="$dir/demo.json"
ok 'with what was said' grep -q '3 < 3: third, after an empty one (25 bytes)' "$dir/demo.log"
ok 'and how much' grep -q '"bytes_sent":126,.*"exit":0' "$dir/demo.json"
ok 'by name' says out '-> localhost (127.0.0.1:'
ok 'in three modes' test "$(grep -cE '^(unbuffered|line-buffered|buffered)$' "$dir/out")" = 3
ok 'to the end' test "$(grep -c 'bye after 3 lines' "$dir/out")" = 3
echo "1..$number"
