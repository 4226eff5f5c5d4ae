#!/bin/sh
# SPDX-License-Identifier: MIT
# Run a Lua with the module of a build. One that was built with AddressSanitizer
# needs its library before everything else, as the interpreter is not built so;
# what the interpreter itself leaks at its end is not looked for.
# usage: with.sh FOLDER-WITH-THE-MODULE SANITIZERS LUA ARGUMENT...
set -eu
folder=$1
sanitizers=$2
shift 2
export LUA_PATH="$folder/?.lua;;" LUA_CPATH="$folder/?.so;;"
unset LUA_PATH_5_2 LUA_PATH_5_3 LUA_PATH_5_4 LUA_CPATH_5_2 LUA_CPATH_5_3 LUA_CPATH_5_4 LUA_INIT
case $sanitizers in
*address*)
    LD_PRELOAD="$(gcc -print-file-name=libasan.so) $(gcc -print-file-name=libubsan.so)"
    ASAN_OPTIONS=detect_leaks=0:allocator_may_return_null=1:${ASAN_OPTIONS-}
    UBSAN_OPTIONS=halt_on_error=1:${UBSAN_OPTIONS-}
    export LD_PRELOAD ASAN_OPTIONS UBSAN_OPTIONS
    ;;
esac
exec "$@"
