#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Whole transfers both ways at once between the tool and itself, OpenBSD's nc,
# ncat and socat, in both roles. The sizes differ, so that either side is the
# first to end its half. Prints TAP.
# usage: test_peers.sh PATH-OF-RUNNEL
# RUNNEL_TEST_MIB: the larger size (16; 1 with tiny buffers, 1024 is the whole)
set -u
tool=$1
. "$(dirname "$0")/common.sh"
[ "$mib" -le 64 ] || PATIENCE=600
echo "# $mib MiB one way, a third of it the other"

head -c $((mib << 20)) /dev/urandom >"$dir/large"
head -c $(((mib << 20) / 3 + 1)) "$dir/large" | tac >"$dir/small"

connect_with() { # peer: as a client of 127.0.0.1 $port
    case $1 in
    runnel) timeout $PATIENCE "$tool" connect 127.0.0.1 "$port" ;;
    nc) timeout $PATIENCE nc.openbsd -N 127.0.0.1 "$port" ;;
    ncat) timeout $PATIENCE ncat 127.0.0.1 "$port" ;;
    socat) timeout $PATIENCE socat -t $PATIENCE - "TCP:127.0.0.1:$port" ;;
    esac
}

listen_with() { # peer: "server" on a free port
    case $1 in
    runnel) serve server "$tool" listen 0 ;;
    nc) serve server nc.openbsd -N -l 127.0.0.1 0 ;;
    ncat) serve server ncat -l 127.0.0.1 0 ;;
    socat) serve server socat -t $PATIENCE - TCP-LISTEN:0,bind=127.0.0.1 ;;
    esac
}

# nc and ncat, listening, cut off what they are sending when their peer has
# ended its half, whoever the peer is: so the end of ours waits for theirs.
input_for() { # server, what it sends, what is sent to it
    cat "$dir/$3"
    case $1 in nc | ncat) until_true size_is "$dir/got" "$(stat -c %s "$dir/$2")" ;; esac
}

exchange() { # server, client, what the server sends, what the client does
    : >"$dir/got"
    listen_with "$1" <"$dir/$3"
    if [ "$1" = runnel ] || [ "$1" = socat ]; then
        connect_with "$2" <"$dir/$4" >"$dir/got"
    else
        input_for "$1" "$3" "$4" | connect_with "$2" >"$dir/got"
    fi
    check "$2 sends the $4 file to $1 and ends well" is $? 0
    ends "$1 ends well" "$pid" 0
    check "$2 has the $3 file" cmp "$dir/got" "$dir/$3"
    check "$1 has the $4 file" cmp "$dir/server.out" "$dir/$4"
}

for peer in runnel nc ncat socat; do
    exchange $peer runnel small large
    exchange $peer runnel large small
    [ $peer = runnel ] && continue
    exchange runnel $peer large small
    exchange runnel $peer small large
done
plan
