#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# connect: how input and output end, what the options change, signals, --json
# and --log. Prints TAP.
# usage: test_connect.sh PATH-OF-RUNNEL
set -u
tool=$1
. "$(dirname "$0")/common.sh"
head -c $large /dev/urandom >"$dir/large"
printf 'one\ntwo\r\nthree' >"$dir/lines"
: >"$dir/nothing"

# A server that prints what it got when its input has ended, and then answers.
answer() { # answer, its options...
    rm -f "$dir/asked"
    printf '%s' "$1" >"$dir/answer"
    serve l "$tool" listen 0 "${@:2}" --exec sh -c "cat >$dir/asked; cat $dir/answer" </dev/null
}
asked_for() { printf "$1" | cmp - "$dir/asked"; }

bytes_of_log() { # what was sent, out of the hex
    python3 -c 'import re, sys
for line in open(sys.argv[1]):
    found = re.search("Z > ([0-9a-f ]*)", line)
    if found:
        sys.stdout.buffer.write(bytes.fromhex(found.group(1)))' "$dir/log"
}

# ---- Where to
for target in '127.0.0.1:%s' 'localhost %s' 'localhost:%s'; do
    answer hello
    check "to $target" run 0 connect $(printf "$target" "$port") <"$dir/lines"
    check 'its answer' is "$(cat "$dir/out")" hello
    check 'what it was asked' cmp "$dir/asked" "$dir/lines"
done
"$tool" listen '[::1]:0' --exec cat 2>"$dir/six" </dev/null &
pid=$!
started+=("$pid")
until_true find_port
check 'to [::1]:port' run 0 connect "[::1]:$port" <"$dir/lines"
check 'its answer' cmp "$dir/out" "$dir/lines"
"$tool" listen "unix:$dir/socket" --exec cat 2>/dev/null </dev/null &
started+=($!)
until_true listens_at "$dir/socket"
check 'to unix:path' run 0 connect "unix:$dir/socket" <"$dir/lines"
check 'its answer' cmp "$dir/out" "$dir/lines"
check 'the path is gone when it has listened' until_true test ! -e "$dir/socket"
answer hello
check 'from a port and address' run 0 connect --source 127.0.0.2 -4 localhost "$port" --json <"$dir/lines"
check 'as --json tells' is "$(member err 'o["local_address"]')" 127.0.0.2

# ---- How it ends
mkfifo "$dir/silent"
exec 9<>"$dir/silent"
serve l "$tool" listen 0 --exec echo early </dev/null
check 'an input that is silent does not hold up the end' \
    run 0 connect 127.0.0.1 "$port" <"$dir/silent"
answer hello
mkfifo "$dir/slow"
{
    cat "$dir/lines"
    until_true test -e "$dir/go"
} >"$dir/slow" &
check 'the end of a pipe half-closes' bash -c "touch $dir/go; exec $tool connect 127.0.0.1 $port <$dir/slow >$dir/out"
check 'and the answer comes' is "$(cat "$dir/out")" hello
rm "$dir/go"
answer never
check '--eof=close does not wait for the answer' run 0 connect --eof=close 127.0.0.1 "$port" <"$dir/lines"
check 'it is not there' is "$(cat "$dir/out")" ''
check 'but all was sent' until_true cmp -s "$dir/asked" "$dir/lines"
serve l "$tool" listen 0 --exec echo early </dev/null
check '--eof=ignore goes on to the peer'"'"'s end' run 0 connect --eof=ignore 127.0.0.1 "$port" <"$dir/nothing"
check 'with what it said' is "$(cat "$dir/out")" early
answer hello
check '--idle is exit code 5' run 5 connect --idle 50ms --eof=ignore 127.0.0.1 "$port" <"$dir/nothing"
check 'and told' complains 'no byte has moved for 50'
answer hello
check '--deadline is exit code 5' run 5 connect --deadline 0.5s --eof=ignore --json=$dir/json 127.0.0.1 "$port" <"$dir/nothing"
check 'and told' complains 'not through after 500'
check 'by --json, too' is "$(member json 'o["ended"], o["exit"], o["bytes_sent"]')" "('deadline', 5, 0)"
serve l "$tool" listen 0 --exec true </dev/null
timeout $PATIENCE "$tool" connect 127.0.0.1 "$port" </dev/zero >/dev/null 2>"$dir/err"
check 'a peer that goes away amid what is sent is exit code 6' is $? 6
check 'and told' complains "127.0.0.1:$port"

# A peer that takes nothing: what is sent is in the system, unconfirmed.
cat >"$dir/deaf" <<'P'
import socket, sys
s = socket.socket()
s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
s.bind(("127.0.0.1", 0))
s.listen()
c = s.accept()[0]
sys.stdin.read()
P
head -c 100000 "$dir/large" >"$dir/some"
mkfifo "$dir/until"
for end in deadline:5 TERM:143; do
    exec 8<>"$dir/until"
    serve deaf python3 "$dir/deaf" <"$dir/until" 8>&-
    before=$(date +%s%N)
    if [ $end = deadline:5 ]; then
        check '--deadline bounds closing, too' run 5 connect --eof=close --deadline 200ms 127.0.0.1 "$port" <"$dir/some"
        check 'it is told' complains 'timed out'
    else
        "$tool" connect --eof=close 127.0.0.1 "$port" <"$dir/some" 2>"$dir/err" &
        client=$!
        started+=($client)
        until_true eval "ss -Htn state fin-wait-1 'dport = :$port' | grep -q ."
        kill -TERM $client
        ends 'a signal ends closing' $client 143
    fi
    # Without them closing gives up after two seconds.
    check 'at once' test $((($(date +%s%N) - before) / 1000000)) -lt 1900
    exec 8>&-
    wait "$pid"
done

# One that takes its time: the system has all of it at once, and no byte moves
# in the program for three seconds.
cat >"$dir/leisurely" <<'P'
import socket, time
s = socket.socket()
s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
s.bind(("127.0.0.1", 0))
s.listen()
c = s.accept()[0]
total = 0
begun = time.monotonic()
while data := c.recv(1000):
    total += len(data)
    time.sleep(max(0, begun + 3 * total / 300000 - time.monotonic()))
c.sendall(b"%d" % total)
P
head -c 300000 "$dir/large" >"$dir/some"
serve leisurely python3 "$dir/leisurely" </dev/null
check '--idle does not take a slow peer for a silent one' run 0 connect --idle 1500ms 127.0.0.1 "$port" <"$dir/some"
check 'which gets all' is "$(cat "$dir/out")" 300000

# ---- What is sent and printed
answer "$(printf 'a\rb\r\nc\n.')"
check '--line prints LF' run 0 connect --line 127.0.0.1 "$port" <"$dir/lines"
check 'for every ending' is "$(od -An -c "$dir/out" | tr -d ' ')" 'a\nb\nc\n.'
answer ''
check '--crlf sends CRLF' run 0 connect --crlf 127.0.0.1 "$port" <"$dir/lines"
check 'where it was not there' asked_for 'one\r\ntwo\r\nthree'
for mode in none line full; do
    answer hello
    check "--buffering=$mode loses nothing" run 0 connect --buffering=$mode 127.0.0.1 "$port" <"$dir/large"
    check 'of what is sent' cmp "$dir/asked" "$dir/large"
    serve l "$tool" listen 0 --buffering=$mode <"$dir/large"
    check "--buffering=$mode" run 0 connect --buffering=$mode 127.0.0.1 "$port" <"$dir/nothing"
    check 'nor of what is printed' cmp "$dir/out" "$dir/large"
done
# Lines wait for their ends, and a full buffer for the end of the input.
serve l "$tool" listen 0 --exec cat </dev/null
mkfifo "$dir/in"
"$tool" connect --buffering=line 127.0.0.1 "$port" <"$dir/in" >"$dir/echo" &
connected=$!
started+=($connected)
exec 8>"$dir/in"
printf 'whole\nhalf' >&8
check '--buffering=line sends a line' until_true size_is "$dir/echo" 6
printf ' more\n' >&8
check 'and the next when it is one' until_true size_is "$dir/echo" 16
exec 8>&-
ends 'it ends' $connected 0

# ---- --log and --json
answer "$(printf 'hello\r\n\001')"
check '--log' run 0 connect --log "$dir/log" 127.0.0.1 "$port" --json <"$dir/lines"
check 'shows what was sent, ending by ending' is "$(sed -n 's/^[^ ]*Z > //p' "$dir/log" | tr '\n' ,)" 'one\n,two\r\n,three,'
check 'and in hex what is no text' grep -q 'Z < 68 65 6c 6c 6f 0d 0a 01  *|hello' "$dir/log"
check 'losing nothing' cmp "$dir/out" "$dir/answer"
check '--json: bytes' is "$(member err 'o["bytes_sent"], o["bytes_received"]')" "(14, 8)"
check '--json: how it ended' is "$(member err 'o["ended"], o["exit"], o["address"]')" "('peer', 0, '127.0.0.1')"
check '--json: times' is "$(member err 'all(0 <= o[k] < 60000 for k in ["connect_ms", "first_byte_ms", "total_ms"])')" True
answer "$(printf 'caf\303\251 \342\202\254')"
check '--log of letters of several bytes' run 0 connect --log "$dir/log" 127.0.0.1 "$port" <"$dir/nothing"
check 'shows them' grep -q "Z < café €" "$dir/log"
for bytes in '\302\23331m' '\377\376' 'a\233b' '\300\200'; do
    answer "$(printf "$bytes")"
    check "--log of $bytes" run 0 connect --log "$dir/log" 127.0.0.1 "$port" <"$dir/nothing"
    check 'which is no text' grep -qE 'Z < [0-9a-f]{2} .*\|.*\|$' "$dir/log"
done
answer hello
check '--log --hex of a large input' run 0 connect --hex --log "$dir/log" 127.0.0.1 "$port" <"$dir/large"
check 'loses nothing' cmp "$dir/asked" "$dir/large"
check 'and shows all' is "$(bytes_of_log | cksum)" "$(cksum <"$dir/large")"
check '--json -q of a failure is one line' run 4 connect --json -q 127.0.0.1 1
check 'which tells it' is "$(member err 'o["code"], o["exit"], o["attempts"][0]["errno"]')" "('RN_E_REFUSED', 4, 'ECONNREFUSED')"
check 'a log that cannot be made is exit code 7' run 7 connect --log "$dir/no/log" 127.0.0.1 1
check 'and told' complains "$dir/no/log: No such file"
answer hello
check 'a log that is full is exit code 7' run 7 connect --log /dev/full 127.0.0.1 "$port" <"$dir/lines"
check 'and told' complains '/dev/full: No space left'

# ---- Output that does not take it
serve l "$tool" listen 0 <"$dir/large"
timeout $PATIENCE "$tool" connect 127.0.0.1 "$port" <"$dir/nothing" 2>"$dir/err" | head -c 10 >/dev/null
check 'a broken pipe is exit code 7' is "${PIPESTATUS[0]}" 7
check 'and told' complains 'standard output'

# ---- Signals, in the middle: what was received is there
head -c 200000 "$dir/large" >"$dir/part"
mkfifo "$dir/more"
for signal in INT:130 TERM:143 HUP:129; do
    for to in file pipe; do
        exec 8<>"$dir/more"
        : >"$dir/out" # who writes to it may be late to empty it
        serve l "$tool" listen 0 <"$dir/more" 8>&-
        if [ $to = file ]; then
            env --default-signal=INT "$tool" connect --eof=ignore 127.0.0.1 "$port" <"$dir/nothing" >"$dir/out" 2>"$dir/err" 8>&- &
        else
            env --default-signal=INT "$tool" connect --eof=ignore 127.0.0.1 "$port" <"$dir/nothing" 2>"$dir/err" > >(exec cat >"$dir/out") 8>&- &
        fi
        client=$!
        started+=($client)
        cat "$dir/part" >&8
        until_true size_is "$dir/out" 200000
        kill -"${signal%:*}" $client
        ends "SIG${signal%:*} amid a transfer to a $to" $client "${signal#*:}"
        exec 8>&-
        check 'what was received is there' until_true cmp "$dir/out" "$dir/part"
        check 'and nothing is said' is "$(cat "$dir/err")" ''
        wait "$pid"
    done
done

# ---- The command line
for bad in '' '127.0.0.1' 'a b c' '::1:80' '[::1] x' 'unix:/x 80' ':80' '--eof=no h 1' \
    '--deadline 1x h 1' '--deadline 1.2.3 h 1' '--idle -1 h 1' '--buffering h 1' \
    '--no-such h 1' '-x h 1' '--deadline' "$(printf 'a%.0s' {1..300}) 80"; do
    check "connect ${bad:0:40} is exit code 2" run 2 connect $bad
    check 'in one line' is "$(wc -l <"$dir/err")" 1
done
check 'options may follow' run 4 connect 127.0.0.1 1 -4
check 'help' run 0 connect --help
check 'tells the options' says out '--eof=half|close|ignore'
check 'and the exit codes' says out 'refused'
plan
