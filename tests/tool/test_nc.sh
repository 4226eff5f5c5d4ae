#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# runnel called as nc beside netcat-openbsd: the same dialogues, each of the two
# in both roles. What the real ones do with each other is what is wanted.
# Prints TAP.
# usage: test_nc.sh PATH-OF-RUNNEL
set -u
tool=$1
. "$(dirname "$0")/support.sh"
if ! command -v nc.openbsd >/dev/null; then
    echo 'NOT RUN: nc: there is no netcat-openbsd' >&2
    echo '1..0 # SKIP there is no netcat-openbsd'
    exit
fi
mkdir "$dir/ours" "$dir/theirs"
ln -s "$(realpath "$tool")" "$dir/ours/nc"
ln -s "$(command -v nc.openbsd)" "$dir/theirs/nc"
ours=$dir/ours/nc theirs=$dir/theirs/nc

printf 'request\nmore\n' >"$dir/request"
printf 'the whole reply\n' >"$dir/reply"
: >"$dir/nothing"
closed_port
closed=$port

# One dialogue: what both print, and their exit codes, as one text.
dialogue() { # server, client, place (arguments), server's letters, client's letters
    local server=$1 client=$2 place=$3
    rm -f "$dir/place"
    start nc timeout 20 "$server" -v -l $4 $place <"$reply"
    timeout 20 "$client" $5 $place <"$dir/request" >"$dir/got"
    echo "client $?: $(<"$dir/got")"
    wait "$pid"
    echo "server $?: $(<"$dir/nc.out")"
}

same() { # place, server's letters, client's letters
    local want got pair
    want=$(dialogue "$theirs" "$theirs" "$@")
    for pair in "$ours $theirs" "$theirs $ours" "$ours $ours"; do
        got=$(dialogue $pair "$@")
        diff <(echo "$want") <(echo "$got") || { echo "with $pair"; return 1; }
    done
    [[ $want == *request*more* || $want == *'whole reply'* ]] || { echo "$want"; return 1; }
}
# At 127.0.0.1, which is everybody's: a free port may be taken before it is used,
# but hardly three times. PORT stands for it.
at_a_free_port() { # command...
    local try said
    for try in 1 2 3; do
        closed_port 127.0.0.1
        said=$("${@//PORT/$port}") && return
    done
    echo "$said"
    return 1
}

reply=$dir/reply
check 'a request and its reply, both with -N' same "$own $closed" -N -N
check 'by IPv4' same "$own $closed" '-4 -N' '-4 -n -N'
check 'by a unix socket' same "$dir/place" '-U -N' '-U -N'
check 'by one without a file' same "@runnel-test-$$" '-U -N' '-U -N'
check 'by name' at_a_free_port same 'localhost PORT' '-4 -N' '-4 -N'
check 'the client waits a second after the input, -q 1' same "$own $closed" '-N' '-q 1'
check 'a silence of a second ends it, -w 1' same "$own $closed" '-w 1' '-w 1'
check 'without standard input' same "$own $closed" -N '-d -w 1'
# Whether a reply comes before such an end is a matter of luck, so there is none.
reply=$dir/nothing
check 'the client ends after the input, -q 0' same "$own $closed" -N '-q 0'
check 'from a source address' same "$own $closed" -N '-N -s 127.0.0.5'

# One that asks and leaves: what it says, and its exit code.
says_the_same() { # arguments...
    local want got
    want=$(timeout 20 "$theirs" "$@" 2>&1 <"$dir/nothing"; echo "exit $?")
    got=$(timeout 20 "$ours" "$@" 2>&1 <"$dir/nothing"; echo "exit $?")
    diff <(echo "$want") <(echo "$got")
}
start server "$tool" listen --keep 0 "$own"
open=$port server=$pid
check 'a scan of an open port' says_the_same -z "$own" "$open"
check 'with -v' says_the_same -zv "$own" "$open"
check 'with -v and -n' says_the_same -znv "$own" "$open"
check 'a scan of a closed port says nothing' says_the_same -z "$own" "$closed"
check 'but with -v' says_the_same -zv "$own" "$closed"
check 'a scan of a range' says_the_same -znv -w 2 "$own" "$((open - 1))-$open"
check 'the other way round' says_the_same -znv -w 2 "$own" "$open-$((open - 1))"
check 'several ports' says_the_same -znv -w 2 "$own" "$closed" "$open" "$closed-$closed"
check 'the name of a service' says_the_same -znv -w 2 "$own" http
check 'connecting to a closed port' says_the_same "$own" "$closed"
check 'connecting to a closed port with -v' says_the_same -v -w 2 "$own" "$closed"

# What the server says with -v; the client's port is a matter of luck.
server_says_the_same() { # server's letters, client's, place
    local nc
    for nc in theirs ours; do
        start nc "${!nc}" $1 $3 </dev/null
        timeout 20 "$theirs" -N $2 $3 <"$dir/request"
        wait "$pid"
        wait # for the last of what it says
        { echo "$line"; cat "$dir/nc.err"; } | sed 's/[0-9]*$//' >"$dir/$nc.said"
    done
    diff "$dir/theirs.said" "$dir/ours.said" && grep -q 'Connection received on' "$dir/ours.said"
}
check 'a server says who has come, by name' at_a_free_port server_says_the_same -lv '' '127.0.0.1 PORT'
check 'by address with -n' at_a_free_port server_says_the_same -lvn '' '127.0.0.1 PORT'
check 'by path' server_says_the_same -lvU -U "$dir/said"
rm -f "$dir/said"

code_is_the_same() { # arguments...
    local want got
    timeout 20 "$theirs" "$@" >"$dir/out" 2>&1 <"$dir/nothing"
    want=$?
    timeout 20 "$ours" "$@" >"$dir/out" 2>"$dir/err" <"$dir/nothing"
    got=$?
    [ $got -eq $want ] && [ $got -eq 1 ] || { echo "exit $got, not $want"; return 1; }
    [ "$(wc -l <"$dir/err")" -eq 1 ] || { cat "$dir/err"; return 1; }
}
check 'a name with -n' code_is_the_same -n localhost "$open"
check 'no port' code_is_the_same localhost
check 'a port that cannot be' code_is_the_same localhost 70000
check 'is shown' says err '"70000"'
check 'a path that is not there' code_is_the_same -U "$dir/nowhere"
check 'a name that is not there' code_is_the_same nowhere.invalid 80
check '-k without -l' code_is_the_same -k "$own" "$open"
check 'a bad time' code_is_the_same -w soon "$own" "$open"
check 'is shown' says err '"soon"'
check 'a bad -q' code_is_the_same -q soon "$own" "$open"
check 'a port in use' code_is_the_same -l "$own" "$open"
check 'a letter that nobody has' exits 1 nc -Q "$own" "$open"
check 'is named' says err '"-Q"'
for letter in b D F I i M m O P r S T t u V W X x Z c e; do
    check "a letter that is not there, -$letter" exits 1 nc -$letter "$own" "$open"
    check 'is named, and what it would be' one_line
    check 'in these words' says err "nc: -$letter is not there ("
done
check 'a time is called as it was written' complains 1 '-w takes a time' nc -w -1 "$own" "$open"
check 'a bad source port' code_is_the_same -p soon "$own" "$open"
check 'is shown' says err '"soon"'
check 'a bad source address' code_is_the_same -s 1.2.3 "$own" "$open"
check 'is shown' says err '"1.2.3"'
check 'a source of the other family' code_is_the_same -s ::1 "$own" "$open"
check 'is told' says err 'the source address ::1 is of another family'
check 'a source port in use' code_is_the_same -s "$own" -p "$open" "$own" "$open"
check 'is told' says err "the source port $open is in use"

# -k: one client after another.
after_another() { # server, client
    local got=''
    start nc "$1" -v -k -l "$own" "$closed" <"$dir/nothing"
    for word in one two three; do
        echo $word | timeout 20 "$2" -N -w 5 "$own" "$closed" || got="exit $?"
    done
    # The last one's bytes are there when its end is answered.
    kill "$pid"
    wait "$pid" 2>/dev/null
    diff <(printf '%s\n' one two three) "$dir/nc.out" && [ -z "$got" ]
}
check '-k serves one after another' after_another "$ours" "$ours"
check 'and the real ones' after_another "$ours" "$theirs"

check 'runnel nc is the same' exits 0 nc -zv "$own" "$open"
check 'in its words' says err 'succeeded!'
check 'with --json, too' exits 0 nc -z --json "$own" "$open"
check 'of its own' says err '"command":"nc"'
kill "$server"
plan
