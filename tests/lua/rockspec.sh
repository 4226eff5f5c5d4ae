#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The rockspecs list what there is, and luarocks makes from them modules that
# load and talk. Prints TAP.
# usage: rockspec.sh SOURCE-FOLDER LUA-VERSION LUA
set -u
. "$(dirname "$0")/../support/tap.sh"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$1" || exit 1
rockspec=lua/runnel-scm-1.rockspec
tls=lua/runnel-tls-scm-1.rockspec
listed() { # ending, rockspec
    grep -oE '"(src|lua)/[a-z_/]+\.'"$1"'"' "$2" | tr -d '"' | sort
}
# luarocks builds inside the source tree, so it gets a copy.
make_rock() {
    mkdir -p "$work/source" && cp -r include src lua "$work/source" && cd "$work/source" &&
        timeout 300 luarocks --lua-version "$2" --tree "$work/tree" make --deps-mode=none "$3"
}
with_rocks() { # version, Lua, text
    LUA_PATH="$work/tree/share/lua/$1/?.lua" LUA_CPATH="$work/tree/lib/lua/$1/?.so" timeout 20 "$2" -e "$3"
}
talk() {
    with_rocks "$1" "$2" '
        local runnel = require "runnel"
        local server = runnel.serversocket.ServerSocket(0, "127.0.0.1")
        local client = runnel.socket.Socket("127.0.0.1", server:localPort())
        local peer = server:accept()
        client:writeLn("hello")
        assert(peer:readLn() == "hello")
        assert(runnel.version == "'"$version"'")
        assert(require("runnel.luasocket").connect)
        client:close() peer:close() server:close()'
}
# What comes is no TLS, which it must find out by itself.
talk_tls() {
    with_rocks "$1" "$2" '
        local runnel = require "runnel"
        local server = runnel.serversocket.ServerSocket(0, "127.0.0.1")
        local client = runnel.socket.Socket("127.0.0.1", server:localPort())
        local peer = server:accept()
        peer:writeLn("hello, and this is no TLS"):flush()
        local ok, e = pcall(client.startTls, client)
        assert(e.code == "tls", tostring(e))
        assert(client:is(runnel.tls.TlsSocket))
        client:abort() peer:close() server:close()'
}
# The library and the module have the same version everywhere it is written.
version=$(sed -n "s/^  version: '\(.*\)',/\1/p" meson.build)
same_version() {
    grep -q "RNI_VERSION=$version\"" $rockspec && grep -q "RNI_VERSION=$version\"" $tls
}
check 'it lists every C file' \
    diff <(listed c $rockspec) <(find src lua -name '*.c' -not -path '*/tls/*' | sort)
check 'it lists every Lua file' \
    diff <(listed lua $rockspec) <(find lua -name '*.lua' -not -path 'lua/types/*' -not -name tls.lua | sort)
check 'that of TLS lists every C file, and two more' \
    diff <(listed c $tls) <({ find src lua -name '*.c' -path '*/tls/*'; echo src/stream/window.c
        echo lua/core/pin.c; } | sort)
check 'it has the version of the library' same_version
check 'it sets no upper bound to the version of Lua' \
    bash -c "! grep -E 'lua *(<|~>)' $rockspec"
check "luarocks make, for Lua $2" make_rock "$1" "$2" $rockspec
check 'what it made loads and talks' talk "$2" "$3"
check "luarocks make of TLS, for Lua $2" make_rock "$1" "$2" $tls
check 'what it made becomes a part of it' talk_tls "$2" "$3"
# LuaJIT takes the rocks of 5.1.
if [ "$2" = 5.1 ] && command -v luajit >/dev/null; then
    check 'and in LuaJIT as well' talk "$2" luajit
    check 'with TLS' talk_tls "$2" luajit
fi
plan
