#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Two hundred connections at once with each of OpenBSD's nc, ncat, socat and the
# tool itself, in both roles: nobody is answered before all are there. Each
# sends a line of its own, half-closes, and gets it back. Prints TAP.
# usage: test_crowd.sh PATH-OF-RUNNEL
# RUNNEL_TEST_CROWD: how many (200; fewer where everything is slow)
set -u
tool=$1
. "$(dirname "$0")/common.sh"
many=${RUNNEL_TEST_CROWD:-200}
PATIENCE=150 # starting as many of ncat takes its time on a busy machine
# What answers: it says that it is there, and waits until somebody opens "go".
for how in cat 'head -n 1'; do
    printf '#!/bin/sh\necho >>%s\n: <%s\nexec %s\n' "$dir/here" "$dir/go" "$how" >"$dir/${how%% *}"
done
chmod +x "$dir/cat" "$dir/head"

client() { # peer, server: of 127.0.0.1 $port
    # ncat throws away what its command answers to one that has half-closed.
    local eof=half
    [ "$2" = ncat ] && eof=ignore
    case $1 in
    runnel) timeout $PATIENCE "$tool" connect --eof=$eof 127.0.0.1 "$port" ;;
    nc) timeout $PATIENCE nc.openbsd -N 127.0.0.1 "$port" ;;
    ncat) timeout $PATIENCE ncat 127.0.0.1 "$port" ;;
    socat) timeout $PATIENCE socat -t $PATIENCE - "TCP:127.0.0.1:$port" ;;
    esac
}

server() { # peer: nc cannot serve many at once
    case $1 in
    runnel) serve server "$tool" listen --keep --max $((many + 1)) 0 --exec "$dir/cat" ;;
    ncat) serve server ncat -l -k -m $((many + 1)) -e "$dir/head" 127.0.0.1 0 ;;
    socat) serve server socat -t $PATIENCE "TCP-LISTEN:0,bind=127.0.0.1,fork,backlog=$many" "EXEC:$dir/cat" ;;
    esac
}

all_here() { size_is "$dir/here" "$many"; }
crowd() { # server, client
    local i clients=()
    rm -rf "$dir/out" "$dir/go"
    mkdir "$dir/out"
    mkfifo "$dir/go"
    : >"$dir/here"
    server "$1" </dev/null
    for ((i = 0; i < many; i++)); do
        echo "line $i" | client "$2" "$1" >"$dir/out/$i" 2>>"$dir/said" &
        clients+=($!)
    done
    until_true all_here
    check "$many of $2 are with $1 at once" all_here
    exec 7<>"$dir/go"
    local failed=0
    for i in "${clients[@]}"; do wait "$i" || failed=$((failed + 1)); done
    exec 7>&-
    check 'all of them end well' is $failed 0
    check 'each with its own line' diff <(seq 0 $((many - 1)) | sed 's/^/line /') <(sort -k 2n "$dir"/out/*)
    kill "$pid"
    wait "$pid" 2>/dev/null
}

for peer in runnel nc ncat socat; do crowd runnel $peer; done
for peer in ncat socat; do crowd $peer runnel; done
plan
