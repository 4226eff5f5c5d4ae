#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The examples for Lua, end to end, with real peers and with peers that
# misbehave. Prints TAP.
# usage: examples.sh INTERPRETER FOLDER-OF-THE-MODULE FOLDER-OF-THE-EXAMPLES
set -u
lua=$1
examples=$3
for name in $(compgen -v LUA_); do unset "$name"; done
export LUA_PATH="$2/?.lua;;" LUA_CPATH="$2/?.so;;"
python=/usr/bin/python3
dir=$(mktemp -d)
here=$(dirname "$0")
. "$here/examples/common.sh"

# ---- What waits for somebody who says nothing begins here and is looked at in
# the end: that takes ten seconds.

play <<'END'
    local a, b = serve(2)
    a:read() b:read()
END
silent=$server
timeout -k 5 60 "$lua" "$examples/fetch.lua" 127.0.0.1 "$port" / >"$dir/fetch.out" 2>"$dir/fetch.err" &
patient_fetch=$!
timeout -k 5 60 "$lua" "$examples/coroutines.lua" 127.0.0.1 "$port" >"$dir/co.out" 2>"$dir/co.err" &
patient_coroutines=$!

. "$here/examples/client.sh"
. "$here/examples/line_server.sh"
. "$here/examples/fetch.sh"
. "$here/examples/mail.sh"
. "$here/examples/chat.sh"
. "$here/examples/coroutines.sh"
. "$here/examples/cqueues_echo.sh"

# ---- The patient ones

wait $patient_fetch
code=$?
cp "$dir/fetch.err" "$dir/err"
ok 'fetch does not wait for ever' test $code = 1
ok 'and says that the time was over' says err 'timed out'
wait $patient_coroutines
code=$?
cp "$dir/co.err" "$dir/err"
ok 'coroutines do not wait for ever' test $code = 1
ok 'and say that nothing came' says err 'no answer in 10 seconds'
server=$silent
ok 'who was silent saw both of them go' ends well
echo "1..$number"
