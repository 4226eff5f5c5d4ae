#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# One script with LuaSocket and with runnel.luasocket: what it prints is the
# same, line by line. Prints TAP.
# usage: luasocket.sh SCRIPT LUA
set -u
real=$(timeout 30 "$2" "$1" socket 2>&1)
ours=$(timeout 30 "$2" "$1" runnel.luasocket 2>&1)
count=$(wc -l <<<"$real")
echo "1..$count"
for ((n = 1; n <= count; n++)); do
    want=$(sed -n "${n}p" <<<"$real")
    got=$(sed -n "${n}p" <<<"$ours")
    if [ "$want" = "$got" ]; then echo "ok $n - ${want:0:60}"; else
        echo "not ok $n - ${want:0:60}"
        echo "# LuaSocket: $want"
        echo "# runnel:    $got"
    fi
done
[ "$real" = "$ours" ] && [ "$count" -gt 60 ]
