#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# How many instructions a line takes inside the Lua methods, Lua's own functions
# that they call included (of which making the string is more than half), but not
# how it gets there and back. Prints TAP.
# usage: lua_instructions.sh LIMITS VERSION FOLDER-OF-THE-MODULE
set -u
limits=$1 version=$2 lua=lua$2
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/cost/common.sh
. "$here/common.sh"
# shellcheck source=tests/cost/callgrind.sh
. "$here/callgrind.sh"
for_this_machine "$3/runnel/core.so"

export LUA_PATH="$3/?.lua" LUA_CPATH="$3/?.so"
unset LUA_PATH_5_2 LUA_PATH_5_3 LUA_PATH_5_4 LUA_CPATH_5_2 LUA_CPATH_5_3 LUA_CPATH_5_4 LUA_INIT
items=4000
yes abcdefghijklmnopqrstuvwxyz01234 | head -n $((2 * items)) >"$dir/lines"

inside() { # C function, job, number: nothing where the function has another name now
    local count
    count=$(instructions "--toggle-collect=$1" "$lua" "$here/lua_lines.lua" "$dir/lines" "$2" "$3")
    [ "${count:-0}" -gt "$items" ] && echo "$count"
}

limited "instructions-lua$version-readLn" "$(each inside read_line readLn)"
limited "instructions-lua$version-iterator" "$(each inside iterate iterator)"
limited "instructions-lua$version-writeLn" "$(each inside write_line writeLn)"
plan
