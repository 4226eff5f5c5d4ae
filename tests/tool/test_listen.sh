#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# listen and relay: commands, many at once, limits, and where they listen.
# Prints TAP.
# usage: test_listen.sh PATH-OF-RUNNEL
set -u
tool=$1
here=$(dirname "$0")
. "$here/common.sh"
head -c $large /dev/urandom >"$dir/large"
seq 1000 >"$dir/lines"

# ---- Commands
serve l "$tool" listen 0 --exec cat </dev/null
check 'a command answers' run 0 connect 127.0.0.1 "$port" <"$dir/large"
check 'with all of it' cmp "$dir/out" "$dir/large"
ends 'listen ends well' "$pid" 0

serve l "$tool" listen 0 --exec sort -rn </dev/null
check 'a command sees the end of input before it answers' \
    run 0 connect 127.0.0.1 "$port" <"$dir/lines"
check 'and answers' is "$(head -1 "$dir/out")" 1000

serve l "$tool" listen 0 --exec sh -c 'exec >&-; cat >'"$dir/kept" </dev/null
check 'a command that closes its output reads on' \
    run 0 connect 127.0.0.1 "$port" <"$dir/large"
ends 'listen ends well' "$pid" 0
check 'and has all' cmp "$dir/kept" "$dir/large"

mkfifo "$dir/silent"
exec 9<>"$dir/silent"
serve l "$tool" listen 0 --exec echo brief </dev/null
check 'a command that exits ends a connection whose input is silent' \
    run 0 connect 127.0.0.1 "$port" <"$dir/silent"
check 'after its answer' is "$(cat "$dir/out")" brief
ends 'listen ends well' "$pid" 0

serve l "$tool" listen 0 --exec head -c 5 </dev/null
timeout $PATIENCE "$tool" connect 127.0.0.1 "$port" <"$dir/large" >"$dir/out" 2>"$dir/err"
check 'what a command says before it leaves input unread arrives' size_is "$dir/out" 5
ends 'listen ends well' "$pid" 0

exec 7<"$dir/large" # what our parent left open
serve l "$tool" listen 0 --exec ls /proc/self/fd </dev/null
exec 7<&-
check 'a command is asked for its descriptors' run 0 connect 127.0.0.1 "$port" </dev/null
check 'it has three, and ls its own' is "$(echo $(cat "$dir/out"))" '0 1 2 3'
serve l "$tool" listen 0 --exec sh -c 'echo $TCPREMOTEIP; exit 3' </dev/null
check 'a command knows its peer' run 0 connect 127.0.0.1 "$port" </dev/null
check 'by address' is "$(cat "$dir/out")" 127.0.0.1
ends 'a command that fails is exit code 9' "$pid" 9
check 'and told' grep -qF 'sh: exit status 3' "$dir/l.err"
check 'a command that is not there is exit code 7' run 7 listen 0 --exec no-such-program
check 'and told' complains 'run no-such-program: No such file'
check '--exec without a command is exit code 2' run 2 listen 0 --exec

# ---- A command that stays when nothing can come of it any more
stays='exec >&- <&-; echo $$ >'$dir/stays'; exec sleep 1000'
gone() { until_true eval "! kill -0 $(cat "$dir/stays") 2>/dev/null"; }
serve l "$tool" listen 0 --deadline 300ms --exec sh -c "$stays" </dev/null
check 'its connection ends' run 0 connect 127.0.0.1 "$port" </dev/null
ends 'and --deadline it, with exit code 5' "$pid" 5
check 'told' grep -qF 'sh: not through after 300 ms' "$dir/l.err"
check 'it is gone' gone
serve l "$tool" listen 0 --idle 200ms --exec sh -c "$stays" </dev/null
run 0 connect 127.0.0.1 "$port" </dev/null
ends '--idle, too' "$pid" 5
serve l "$tool" listen 0 --exec sh -c "$stays" </dev/null
check 'or else a signal' run 0 connect 127.0.0.1 "$port" </dev/null
kill -TERM "$pid"
ends 'is SIGTERM' "$pid" 143
check 'it is gone' gone
serve l "$tool" listen 0 --deadline 300ms --exec sh -c "trap '' TERM; $stays" </dev/null
run 0 connect 127.0.0.1 "$port" </dev/null
ends 'one that ignores SIGTERM does not hold up the end' "$pid" 5
check 'it is gone' gone
serve l "$tool" listen 0 --exec yes </dev/null
timeout $PATIENCE "$tool" connect 127.0.0.1 "$port" 2>/dev/null </dev/null | head -c 100 >/dev/null
ends 'one whose output nobody wants ends the connection that broke' "$pid" 6
check 'a command killed by SIGPIPE is no failure' run 0 relay exec:true exec:yes

# ---- Many at once
serve l "$tool" listen 0 --keep --exec cat </dev/null
check '200 connections at once, a command each' python3 "$here/crowd.py" "$port" 200
check 'and again' python3 "$here/crowd.py" "$port" 200
echo_port=$port echo_pid=$pid
# The shell has what it starts in the background ignore SIGINT.
serve r env --default-signal=INT "$tool" relay --keep listen:0 "tcp:127.0.0.1:$echo_port" </dev/null
check '200 at once through a relay' python3 "$here/crowd.py" "$port" 200
check 'a large one' run 0 connect 127.0.0.1 "$port" <"$dir/large"
check 'whole' cmp "$dir/out" "$dir/large"
kill -INT "$pid"
ends 'SIGINT ends the relay' "$pid" 130
kill -TERM $echo_pid
ends 'SIGTERM ends the server' $echo_pid 143
check 'no descriptor ran out' bash -c "! grep -q runnel: $dir/l.err $dir/r.err"

# The default is more than the usual number of descriptors has room for.
serve l bash -c "ulimit -Sn 64; exec '$tool' listen 0 --keep --exec cat" </dev/null
check '200 with a low soft limit of descriptors' python3 "$here/crowd.py" "$port" 200
kill "$pid"
wait "$pid" 2>/dev/null
check 'none of which failed' is "$(grep -c runnel: "$dir/l.err")" 0
serve l bash -c "ulimit -n 40; exec '$tool' listen 0 --keep --exec cat" </dev/null
python3 "$here/crowd.py" "$port" 100 >/dev/null 2>&1
served() { run 0 connect 127.0.0.1 "$port" <"$dir/lines" >/dev/null && cmp -s "$dir/out" "$dir/lines"; }
check 'too many for the hard one do not end it: who comes when they have left is served' until_true served
kill -TERM "$pid"
ends 'until a signal' "$pid" 143
cp "$(command -v cat)" "$dir/vanishing"
serve l "$tool" listen 0 --keep --exec "$dir/vanishing" </dev/null
rm "$dir/vanishing"
run 0 connect 127.0.0.1 "$port" <"$dir/lines" >/dev/null
check 'a command that has vanished does not end it' kill -0 "$pid"
cp "$(command -v cat)" "$dir/vanishing"
check 'and may be there again' run 0 connect 127.0.0.1 "$port" <"$dir/lines"
check 'and answer' cmp "$dir/out" "$dir/lines"
kill "$pid"
wait "$pid" 2>/dev/null

serve l "$tool" listen 0 --keep --max 3 --json </dev/null
check '50 into standard output, 3 at once' python3 "$here/crowd.py" "$port" 50 sink
# It ends its half before it has read all of the other.
# Without --line what comes at the same time may be mixed; nothing is lost.
check 'all bytes are there' until_true size_is "$dir/l.out" $((10 * 13 + 40 * 14))
kill "$pid"
ends 'SIGTERM ends it' "$pid" 143
check '--json counts them' is "$(member l.err 'o["connections"]')" 50
check 'and tells the end' is "$(member l.err 'o["ended"], o["exit"]')" "('signal', 143)"
# Lines that are longer than what a pipe takes at once.
cat >"$dir/long_lines.py" <<'P'
import socket, sys, threading
def send(letter):
    with socket.create_connection(("127.0.0.1", int(sys.argv[1]))) as s:
        for n in range(100):
            s.sendall(letter * (9000 + n) + b"\n")
        s.sendall(letter * 10)  # the last line has no end
        s.shutdown(socket.SHUT_WR)
        s.recv(1)
threads = [threading.Thread(target=send, args=(b"abcdefghijkl"[i:i + 1],)) for i in range(12)]
[t.start() for t in threads]
[t.join() for t in threads]
P
mkfifo "$dir/lines_of_all"
{
    until_true test -e "$dir/full" # so the pipe is full when it is read
    cat
} <"$dir/lines_of_all" >"$dir/all" &
reader=$!
"$tool" listen --keep --line 0 </dev/null >"$dir/lines_of_all" 2>"$dir/l.err" &
pid=$!
started+=("$pid" $reader)
until_true find_port
python3 "$dir/long_lines.py" "$port" &
sender=$!
until_true eval "[ \"\$(ss -Htn state established 'sport = :$port' | wc -l)\" = 12 ]"
: >"$dir/full"
wait $sender
kill "$pid"
wait "$pid" $reader 2>/dev/null
unmixed() { # but for the ends without a line break
    python3 - "$dir/all" <<'P'
import itertools, sys
data = open(sys.argv[1], "rb").read()
lengths = [len(list(g)) for l in data.split(b"\n") for _, g in itertools.groupby(l)]
odd = [n for n in lengths if n != 10 and not 9000 <= n < 9110]
print(len(lengths), "pieces,", odd[:9])
sys.exit(bool(odd) or len(data) != 12 * (100 * 9000 + 4950 + 100 + 10))
P
}
check 'whole lines of many are never mixed' unmixed
check '--max without --keep is exit code 2' run 2 listen 0 --max 3

# ---- Relays
check 'a relay to a command' run 0 relay - exec:cat <"$dir/large"
check 'whole' cmp "$dir/out" "$dir/large"
serve l "$tool" relay listen:0 exec:cat </dev/null
check 'a relay from a listener' run 0 relay "tcp:127.0.0.1:$port" - <"$dir/large"
check 'whole' cmp "$dir/out" "$dir/large"
"$tool" relay "listen:unix:$dir/socket" exec:cat 2>/dev/null &
started+=($!)
until_true listens_at "$dir/socket"
check 'a relay over a unix socket' run 0 relay - "unix:$dir/socket" <"$dir/large"
check 'whole' cmp "$dir/out" "$dir/large"
check 'nobody at the far end is exit code 4' run 4 relay - "unix:$dir/nobody" </dev/null
check 'and told' complains "$dir/nobody: no such file"
for bad in '- -' '- tcp:localhost' '- here' 'listen:x -' 'exec: -' \
    '--keep - exec:cat' '--keep listen:0 listen:0' '--public - exec:cat' '-'; do
    check "relay $bad is exit code 2" run 2 relay $bad
done

# ---- Where it listens
serve l "$tool" listen 0 --keep </dev/null
check 'loopback alone' is "$(ss -Hltn "sport = :$port" | awk '{print $4}')" "127.0.0.1:$port"
kill "$pid"
serve l "$tool" listen 0 --keep --public -4 </dev/null
check '--public: every interface' is "$(ss -Hltn "sport = :$port" | awk '{print $4}')" "0.0.0.0:$port"
kill "$pid"
check '--deadline without a connection is exit code 5' run 5 listen 0 --deadline 50ms
check 'and told' says err 'not through after 50'

if [ "$(id -u)" -eq 0 ]; then plain=(setpriv --reuid 65534 --clear-groups); else plain=(); fi
cp "$tool" "$dir/runnel" && chmod 755 "$dir" "$dir/runnel"
"${plain[@]}" "$dir/runnel" listen unix:/socket </dev/null >"$dir/out" 2>"$dir/err"
check 'no permission is exit code 1' is $? 1
check 'and told' complains 'listen on /socket: permission denied'
plan
