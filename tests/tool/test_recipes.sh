#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The recipes of the manual, letter for letter as they stand there, in network
# and mount namespaces in which its hosts, ports and paths are there. Prints TAP.
# usage: test_recipes.sh PATH-OF-RUNNEL MANUAL
set -u
if [ -z "${RUNNEL_TEST_INSIDE:-}" ]; then
    inside=(unshare --net --mount)
    [ "$(id -u)" -eq 0 ] || inside+=(--map-root-user)
    if ! "${inside[@]}" true 2>/dev/null; then
        echo '# SKIPPED: the recipes of the manual: no namespaces can be had here'
        echo '1..0 # SKIP no namespaces can be had here'
        exit
    fi
    RUNNEL_TEST_INSIDE=1 exec "${inside[@]}" "$0" "$@"
fi
tool=$(realpath "$1")
page=$(realpath "$2")
. "$(dirname "$0")/common.sh"
cd "$dir" || exit 1

mount --make-rprivate /
mount -t tmpfs tmpfs /run
ip link set lo up
ip address add 10.0.0.7/32 dev lo
printf '127.0.0.1 %s\n' localhost db cache {www,receiver,friend,mail}.example.com >hosts
mount --bind hosts /etc/hosts
export HOME=$dir PATH=$dir/path:$PATH
mkdir "$dir/path" "$dir/bin"
ln -s "$tool" "$dir/path/runnel"

mapfile -t recipes < <(sed -n 's/^\.Dl //p' "$page" | sed 's/\\e/\\/g')
tried=()
# The recipe that begins with these words, into $line.
recipe() {
    local r
    line=
    for r in "${recipes[@]}"; do [[ $r == "$1"* ]] && line=$r; done
    tried+=("$line")
}
listens() { until_true eval "ss -Hltn 'sport = :$1' | grep -q ."; } # port
there() { # what stands at a port before the recipe: its own runnel
    "$tool" listen --keep --public "$@" 2>there.err </dev/null &
    last=$!
    started+=($last)
    listens "$1"
}
behind() { # the recipe as a shell runs it, in the background; its process is $last
    setsid bash -c "$line" >behind.out 2>behind.err <"${1:-/dev/null}" &
    last=$!
    started+=($last)
}
before() { timeout $PATIENCE bash -c "$line" >out 2>err <"${1:-/dev/null}"; }
out_is() { is "$(cat out)" "$1"; }
# What a shell has started ends with it: they are a group of their own.
stop() {
    kill -- "-$last" 2>/dev/null || kill "$last"
    wait "$last" 2>/dev/null
}
printf 'one\ntwo\n' >lines

recipe 'runnel wait db:5432'
printf '#!/bin/sh\necho started\n' >start-application
chmod +x start-application
there 5432
behind
check 'no application while one is missing' is "$(cat behind.out)" ''
waiting=$last
there 6379
wait $waiting
check 'wait for a database in a script' is "$(cat behind.out)" started

recipe "printf 'GET / HTTP/1.0"
there 80 --exec sh -c 'cat >asked; printf "HTTP/1.0 200 OK\r\n\r\nhello"'
check 'send a request and get the whole reply' before
check 'whole' out_is $'HTTP/1.0 200 OK\r\n\r\nhello'
check 'to what was asked' cmp asked <(printf 'GET / HTTP/1.0\r\n\r\n')
stop

there 443
recipe 'runnel nc -zv'
check 'look whether a port is open' before
check 'in words' says err succeeded
recipe 'runnel wait --for 2s'
check 'and by exit code' before
recipe 'runnel ping'
check 'see how far away a server is' before
check 'in figures' says out '20 sent, 20 answered, 0% lost'
stop
recipe 'runnel wait --for 2s'
before
check 'which is another one where nobody is' is $? 5

recipe 'runnel relay --keep'
there 80 10.0.0.7 --exec cat
back=$last
behind
listens 8080
check 'forward a port' run 0 connect 127.0.0.1 8080 <lines
check 'there and back' cmp out lines
check 'again' run 0 connect 127.0.0.1 8080 <lines
stop
last=$back
stop

mkdir incoming
head -c 100000 /dev/urandom >backup.tar
recipe 'runnel receive'
behind
listens 7000
receiving=$last
recipe 'runnel send'
check 'transfer a file' before
wait $receiving
check 'to the other machine' is $? 0
check 'whole' cmp backup.tar incoming/backup.tar
check 'with its checksum' is "$(cut -d ' ' -f 1 out)" "$(sha256sum <backup.tar | cut -d ' ' -f 1)"

echo 'what is to be known' >notes.txt
recipe 'runnel listen --keep 8000'
behind
listens 8000
for time in first second; do
    check "serve one file, the $time time" run 0 connect 127.0.0.1:8000 </dev/null
    check 'all of it' cmp out notes.txt
done
stop

recipe 'runnel listen --public --line'
behind lines
listens 7000
chat=$last
recipe 'runnel connect --line'
printf 'three\r\n' >answer
check 'chat' before answer
check 'one way' cmp out lines
wait $chat
check 'and the other' is "$(cat behind.out)" three

recipe 'runnel connect unix:'
"$tool" listen unix:/run/app.sock --exec cat 2>/dev/null </dev/null &
started+=($!)
until_true test -S /run/app.sock
check 'talk to a unix socket' before lines
check 'there and back' cmp out lines

recipe 'runnel listen --keep --line --public'
echo before >all.log
behind
listens 5140
for word in here and there; do run 0 connect 127.0.0.1 5140 <<<$word; done
check 'collect what many send' until_true eval '[ "$(sort all.log | tr "\n" " ")" = "and before here there " ]'
stop

recipe 'runnel connect --crlf'
there 25 --exec sh -c 'echo 220 ready; exec cat >said'
printf 'EHLO me\nQUIT\n' >mail
check 'talk to a server that wants CRLF' before mail
printf 'EHLO me\r\nQUIT\r\n' >with-crlf
check 'which gets it' until_true cmp -s said with-crlf
check 'and a transcript' is "$(sed 's/^[^ ]* //' talk.log | sort | tr '\n' ,)" '< 220 ready\n,> EHLO me\r\n,> QUIT\r\n,'
stop

recipe 'ln -s'
check 'use it in the place of nc' before
there 443
check 'by its name' bin/nc -z 127.0.0.1 443

check 'every recipe was tried' diff <(printf '%s\n' "${recipes[@]}" | sort) <(printf '%s\n' "${tried[@]}" | sort -u)
plan
