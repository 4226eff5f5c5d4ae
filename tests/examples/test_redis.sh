#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The example redis, with that server. Prints TAP.
# usage: test_redis.sh EXAMPLES TOOL WITH-SERVER
set -u
. "$(dirname "$0")/support.sh"
beside redis

redis() { # expected exit code, command...
    local want=$1
    shift
    runs "$want" redis localhost "$PORT" "$@"
}
large=$(head -c 100000 /dev/zero | tr '\0' x)

check 'a status' redis 0 PING
check 'is printed' prints 'PONG\n'
check 'a value with line breaks' redis 0 SET k $'a\r\nb \xff'
check 'comes back' redis 0 GET k
check 'as it was' prints 'a\r\nb \377\n'
check 'a large one' redis 0 SET large "$large"
check 'comes back, too' redis 0 GET large
check 'whole' prints "$large\n"
check 'nothing' redis 0 GET none
check 'is nil' prints '(nil)\n'
check 'a number' redis 0 INCR n
check 'is one' prints '1\n'
check 'several' redis 0 MSET a 1 b 2
check 'are an array' redis 0 MGET a none b
check 'in their order' prints '1\n(nil)\n2\n'
check 'an array in an array' redis 0 EVAL 'return {1, {2, "three"}, 4}' 0
check 'is printed whole' prints '1\n2\nthree\n4\n'
check 'an error' redis 1 NONSENSE
check 'is told' says err 'ERR unknown command'
answers '$10\r\nshort\r\n'
check 'a string that is cut' runs 1 redis 127.0.0.1 "$port" PING
check 'is told, too' says err 'the reply is cut'
answers 'HTTP/1.1 400 Bad Request\r\n'
check 'another server' runs 1 redis 127.0.0.1 "$port" PING
check 'is none of Redis' says err 'no Redis server'
plan
