#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The rockspec lists what there is, and luarocks makes from it a module that
# loads and talks. Prints TAP.
# usage: rockspec.sh SOURCE-FOLDER LUA-VERSION LUA
set -u
. "$(dirname "$0")/../support/tap.sh"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$1" || exit 1
rockspec=lua/runnel-scm-1.rockspec
listed() { grep -oE '"(src|lua)/[a-z_/]+\.'"$1"'"' $rockspec | tr -d '"' | sort; }
# luarocks builds inside the source tree, so it gets a copy.
make_rock() {
    mkdir "$work/source" && cp -r include src lua "$work/source" && cd "$work/source" &&
        timeout 300 luarocks --lua-version "$2" --tree "$work/tree" make --deps-mode=none $rockspec
}
talk() {
    LUA_PATH="$work/tree/share/lua/$1/?.lua" LUA_CPATH="$work/tree/lib/lua/$1/?.so" timeout 20 "$2" -e '
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
# The library and the module have the same version everywhere it is written.
version=$(sed -n "s/^  version: '\(.*\)',/\1/p" meson.build)
same_version() {
    grep -q "RNI_VERSION=$version\"" $rockspec
}
check 'it lists every C file' \
    diff <(listed c) <(find src lua -name '*.c' -not -path 'src/tls/*' | sort)
check 'it lists every Lua file' \
    diff <(listed lua) <(find lua -name '*.lua' -not -path 'lua/types/*' | sort)
check 'it has the version of the library' same_version
check 'it sets no upper bound to the version of Lua' \
    bash -c "! grep -E 'lua *(<|~>)' $rockspec"
check "luarocks make, for Lua $2" make_rock "$1" "$2"
check 'what it made loads and talks' talk "$2" "$3"
# LuaJIT takes the rocks of 5.1.
if [ "$2" = 5.1 ] && command -v luajit >/dev/null; then
    check 'and in LuaJIT as well' talk "$2" luajit
fi
plan
