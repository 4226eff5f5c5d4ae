#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The exit codes, one by one, for each command that can have them: each with one
# line that has the target or the value in it, and each told by --json, which is
# one valid object on every way out. Prints TAP.
# usage: test_exits.sh PATH-OF-RUNNEL
set -u
tool=$1
. "$(dirname "$0")/support.sh"
export LC_ALL=C
printf abc >"$dir/file"
mkdir "$dir/in"
: >"$dir/nothing"
start server "$tool" listen --keep 0 "$own" --exec cat </dev/null
server=$pid open=$port
start deaf "$tool" listen --keep --eof=ignore 0 "$own" --exec sleep 1000 </dev/null
deaf=$pid silent=$port
closed_port
closed=$port
# One that resets: it closes with what it was sent unread.
cat >"$dir/reset.py" <<'P'
import socket, struct, sys
s = socket.create_server((sys.argv[1], 0))
print("listening on %s:%d" % s.getsockname(), file=sys.stderr, flush=True)
while True:
    c, _ = s.accept()
    c.recv(1)
    c.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    c.close()
P
start reset python3 "$dir/reset.py" "$own"
reset=$pid resets=$port

report() { # exit code, how it ended: the object in $dir/json
    python3 - "$dir/json" "$1" "$2" <<'P'
import json, sys
lines = open(sys.argv[1]).read().splitlines()
assert len(lines) == 1, lines
r = json.loads(lines[0])
code = int(sys.argv[2])
assert r["exit"] == code and r["ended"] == sys.argv[3], r
assert isinstance(r["total_ms"], float) and r["command"], r
assert code == 0 or code > 128 or r["message"], r
P
}

ends_so() { # exit code, how --json says it ended, words of the one line, arguments...
    local code=$1 ended=$2 words=$3 got
    shift 3
    rm -f "$dir/json"
    timeout 30 "$tool" "$1" -q --json="$dir/json" "${@:2}" <"$dir/nothing" >"$dir/out" 2>"$dir/err"
    is_code $? "$code" && report "$code" "$ended" || return
    # With -q the object tells it; a mistake in what was typed is a line, too.
    [ "$code" -eq 0 ] || [ "$code" -eq 2 ] || [ ! -s "$dir/err" ] || { cat "$dir/err"; return 1; }
    timeout 30 "$tool" "$@" <"$dir/nothing" >"$dir/out" 2>"$dir/err"
    is_code $? "$code" || return
    if [ "$code" -ne 0 ]; then
        grep '^runnel: ' "$dir/err" | grep -qF -- "$words" && [ "$(grep -c '^runnel: ' "$dir/err")" -eq 1 ] ||
            { cat "$dir/err"; return 1; }
    fi
}
to() { # exit code, how it ended, words, arguments...
    check "exit code $1: ${*:4}" ends_so "$@"
}

# 0: all went well
to 0 peer '' connect "$own:$open"
to 0 peer '' relay - "tcp:$own:$open"
to 0 answer '' wait "$own:$open"
to 0 answer '' ping -c 1 "$own:$open"
to 0 answer '' lookup localhost
to 0 answer '' hostname
# 1: anything else
to 1 other "listen on $own:$open: address already in use" listen "$open" "$own"
to 1 other "listen on $own:$open: address already in use" receive "$own:$open" "$dir/in"
to 1 other "listen on $own:$open: address already in use" relay "listen:$own:$open" exec:cat
to 1 other 'no answer of a receiver' send "$dir/file" "$own:$open"
# 2: the command line
to 2 usage 'port "80x"' connect "$own:80x"
to 2 usage '"localhost" has no port' wait localhost
to 2 usage '"[::1]": an IPv6 address with a port' ping '[::1]'
to 2 usage 'host "unix:/x" is no IPv6 address' connect '[unix:/x]:80'
to 2 usage 'port "99999"' connect --source "$own:99999" "$own:$open"
to 2 usage 'port "abc"' connect --source "$own:abc" "$own:$open"
to 2 usage 'source address "" is empty' connect --source '' "$own:$open"
to 2 usage 'source address ::1 is of another family' connect --source ::1 "$own:$open"
to 2 usage '"x" is none of tcp:' relay - x
to 2 usage 'port "x"' listen x
to 2 usage 'port "x"' receive x "$dir/in"
to 2 usage 'port "x"' send "$dir/file" localhost x
to 2 usage '"127.1"' lookup 127.1
# 3: the name
for command in connect 'ping -c 1' "send $dir/file"; do
    to 3 lookup 'look up nowhere.invalid: ' $command nowhere.invalid 80
done
to 3 lookup 'look up nowhere.invalid: ' relay - tcp:nowhere.invalid:80
to 3 lookup 'look up nowhere.invalid: ' lookup nowhere.invalid
to 3 lookup 'look up nowhere.invalid: ' listen 80 nowhere.invalid
# 4: nobody there
for command in connect 'ping -c 1' "send $dir/file"; do
    to 4 refused "connect to $own:$closed: connection refused" $command "$own:$closed"
done
to 4 refused "connect to $own:$closed: connection refused" relay - "tcp:$own:$closed"
to 4 refused "connect to unix:$dir/nobody: no such file" connect "unix:$dir/nobody"
# 5: the time
to 5 deadline "$own:$silent: not through after 200 ms" connect --deadline 200ms "$own:$silent"
to 5 idle "$own:$silent: no byte has moved for 200 ms" connect --idle 200ms "$own:$silent"
to 5 deadline "$own:$silent: not through after 200 ms" relay --deadline 200ms - "tcp:$own:$silent"
to 5 idle "$own:$silent: no byte has moved for 200 ms" relay --idle 200ms - "tcp:$own:$silent"
to 5 deadline "$own:$silent: not through after 200 ms" send --deadline 200ms "$dir/file" "$own:$silent"
to 5 idle "$own:$silent: no byte has moved for 200 ms" send --idle 200ms "$dir/file" "$own:$silent"
to 5 deadline "listen on 127.0.0.1:" listen --deadline 50ms 0
to 5 deadline "listen on $dir/path: not through after 50.0 ms" listen --deadline 50ms "unix:$dir/path"
to 5 deadline "listen on 127.0.0.1:" receive --deadline 50ms 0 "$dir/in"
to 5 timeout "connect to $own:$closed: connection refused" wait --for 50ms "$own:$closed"
to 5 timeout 'no answer within 50.0 ms' wait --deadline 50ms "$own:$closed"
# 6: the connection
printf x >"$dir/nothing"
to 6 reset "$own:$resets" connect "$own:$resets"
to 6 reset "$own:$resets" relay - "tcp:$own:$resets"
to 6 reset "$own:$resets" send "$dir/file" "$own:$resets"
# 7: a file, standard input or output
to 7 local "\"$dir/none\": No such file" send "$dir/none" "$own:$open"
to 7 local "\"$dir/none/x\": No such file" receive 0 "$dir/none/x"
to 7 local "run $dir/none: No such file" listen 0 --exec "$dir/none"
to 7 local "run $dir/none: No such file" relay - "exec:$dir/none"
to 7 local "$dir/none/log: No such file" connect --log "$dir/none/log" "$own:$open"
full() { # arguments...: standard output is full, and closed
    local to
    for to in '>/dev/full' '>&-'; do
        eval '"$tool" "$@"' "$to" '<"$dir/nothing" 2>"$dir/err"'
        is_code $? 7 && one_line && says err 'standard output' || { echo "$to"; return 1; }
    done
}
check 'exit code 7: a full standard output, connect' full connect -q "$own:$open"
check 'exit code 7: a full standard output, relay' full relay -q - "tcp:$own:$open"
check 'exit code 7: a full standard output, ping' full ping -c 1 "$own:$open"
check 'exit code 7: a full standard output, lookup' full lookup localhost
check 'exit code 7: a full standard output, hostname' full hostname
check 'exit code 7: a full standard output, completion' full completion bash
check 'exit code 7: a full standard output, demo' full demo
check 'exit code 7: a full standard output, --json' full wait -q --json "$own:$open"
check 'exit code 7: a file for --json that cannot be' complains 7 "$dir/none/json" wait -q --json="$dir/none/json" "$own:$open"
# 9: the command
to 9 command 'grep: exit status 1' relay - 'exec:grep nothing-of-it'
to 9 command 'false: exit status 1' relay - exec:false
# 128 and the signal
sleeps() { # process
    local stat
    read -r stat <"/proc/$1/stat" && stat=${stat##*) } && [ "${stat%% *}" != R ]
}
signalled() { # signal, exit code, arguments...
    local signal=$1 code=$2
    shift 2
    mkfifo "$dir/said"
    env --default-signal=INT,QUIT "$tool" "$@" --json="$dir/json" <"$dir/nothing" >"$dir/out" 2>"$dir/said" &
    pid=$!
    exec 8<"$dir/said"
    read -r -t 20 -n 1 line <&8 # it is about to wait
    # ThreadSanitizer forgets a signal that comes just before that.
    for ((looks = 0; looks < 200000; looks++)); do sleeps $pid && break; done
    kill -"$signal" $pid
    wait $pid
    is_code $? "$code" && report "$code" signal
    local rc=$?
    exec 8<&-
    rm "$dir/said"
    return $rc
}
for signal in INT:130 TERM:143 HUP:129 QUIT:131; do
    for command in 'listen 0' "connect -v --eof=ignore $own:$silent" "wait -v --for 0 $own:$closed" \
        "receive 0 $dir/in" 'relay listen:0 exec:cat' 'listen --keep 0'; do
        check "exit code ${signal#*:}: $command" signalled ${signal/:/ } $command
    done
done
check 'no command left anything behind' test -z "$(ls -A "$dir/in")"

# Each code that --help has was among them, but for 8, which is in test_tls.sh.
listed=$("$tool" --help | sed -n '/^exit codes/,$s/^ *\([0-9]\{1,\}\) .*/\1/p' | tr '\n' ' ')
check 'these are all that --help has' test "$listed" = '0 1 2 3 4 5 6 7 8 9 128 '
kill "$server" "$deaf" "$reset"
plan
