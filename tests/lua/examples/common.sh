# SPDX-License-Identifier: MIT
# What the tests of the examples share: cases, servers, scripts that talk to them.
# Read by examples.sh.

number=0
declare -A pipes=() # process: the descriptor that its output is read from

clean_up() {
    kill $(jobs -p) 2>/dev/null
    wait
    rm -rf "$dir"
}
trap clean_up EXIT
trap 'exit 1' HUP INT TERM

ok() { # name, command...: the command's success is the result
    local name=$1
    shift
    number=$((number + 1))
    if "$@"; then echo "ok $number - $name"; else
        echo "not ok $number - $name"
        head -c 2000 "$dir"/out "$dir"/err "$dir"/server.err 2>/dev/null | sed 's/^/# /'
    fi
}

skip() { # name, reason
    number=$((number + 1))
    echo "ok $number - $1 # SKIP $2"
}

# Start a server, for two minutes at the most: it is $server, and the number in
# the first line that it prints is $port.
start() { # command...
    local fd line=
    rm -f "$dir/pipe" "$dir/server.err"
    mkfifo "$dir/pipe"
    timeout -k 5 120 "$@" >"$dir/pipe" 2>"$dir/server.err" </dev/null &
    server=$!
    exec {fd}<"$dir/pipe"
    pipes[$server]=$fd
    read -r -t 20 line <&"$fd"
    [[ $line =~ ([0-9]+)$ || $line =~ port\ ([0-9]+) ]] || {
        sed 's/^/# /' "$dir/server.err"
        echo "Bail out! no port from $*"
        exit 1
    }
    port=${BASH_REMATCH[1]}
}

example() { start "$lua" "$examples/$1.lua" 0; }

stop() { # end $server
    kill "$server" 2>/dev/null
    wait "$server" 2>/dev/null
    local fd=${pipes[$server]}
    exec {fd}<&-
}

# Whether the next line that the server prints, within 20 seconds, is this one.
hear() {
    local line=
    read -r -t 20 line <&"${pipes[$server]}"
    [ "$line" = "$1" ] || { echo "# heard: $line"; return 1; }
}

# timeout(1) has one child, the server itself.
pid() { cat "/proc/$server/task/$server/children"; }
files() { ls "/proc/$(($(pid)))/fd" | wc -l; }
ticks() { awk '{ print $14 + $15 }' "/proc/$(($(pid)))/stat"; }

run() { # expected exit code, example, arguments...: it prints to out and err
    local want=$1 name=$2
    shift 2
    timeout -k 5 60 "$lua" "$examples/$name.lua" "$@" >"$dir/out" 2>"$dir/err"
    local got=$?
    [ $got -eq "$want" ] || { echo "# exit $got, not $want"; return 1; }
}

says() { grep -qF -- "$2" "$dir/$1"; }
is() { printf %b "$2" | cmp -s - "$dir/$1"; }

# A script on standard input, with clients whose every call ends in time. An
# exception by itself says nothing in the interpreter of Lua 5.1.
script() { # file
    cat - >"$1.body" && cat - "$1.body" >"$1" <<'END'
local runnel = require "runnel"
local io, socket, serversocket = runnel.io, runnel.socket, runnel.serversocket

local port = arg[1]

-- A client of the server at that port, which says these lines.
local function client(...)
    local c = socket.Socket("127.0.0.1", port, {buffering = io.LineBuffered, timeout = 20})
    for _, line in ipairs({...}) do
        c:writeLn(line)
    end
    return c
end

-- Read these lines from it.
local function expect(c, ...)
    for _, line in ipairs({...}) do
        local got = c:readLn()
        if got ~= line then
            error(("%q came, not %q"):format(got, line), 2)
        end
    end
end

-- A server for so many connections.
local function serve(count)
    local server = serversocket.ServerSocket(0, {address = "127.0.0.1", timeout = 60})
    io.StdOut:writeLn(server:localPort()):flush()
    local s = {}
    for i = 1, count do
        s[i] = server:accept({buffering = io.Buffered, newline = "strict", timeout = 20})
    end
    server:close()
    return s[1], s[2]
end

local function try(body)
    local ok, e = xpcall(body, function(e) return debug.traceback(tostring(e)) end)
    io.StdErr:writeLn(ok and "" or e)
    io.StdOut:writeLn(ok and "well" or "badly")
    os.exit(ok and 0 or 1)
end
try(function()
END
    echo "end)" >>"$1"
}

talk() { # a script on standard input, about the server at $port
    script "$dir/talk.lua"
    timeout -k 5 60 "$lua" "$dir/talk.lua" "$port" "$@" >"$dir/out" 2>"$dir/err"
}

play() { # a script on standard input that is a server
    script "$dir/play.lua"
    start "$lua" "$dir/play.lua"
}

ends() { # how: "well" or "badly"
    hear "$1"
    local rc=$?
    stop
    return $rc
}
