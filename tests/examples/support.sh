# SPDX-License-Identifier: MIT
# What the tests of the examples share. Read by them, with their arguments: the
# folder of the examples, the tool, and with_server. Beside a real server they
# run themselves again, as the command that with_server starts.
examples=$(realpath "$1")
tool=$(realpath "$2")
with_server=$(realpath "$3")
. "$(dirname "${BASH_SOURCE[0]}")/../tool/support.sh"

beside() { # server: the rest of the test runs with $PORT and $FOLDER
    [ -z "${PORT-}" ] || return 0
    "$with_server" "$1" "$0" "$examples" "$tool" "$with_server"
    local code=$?
    [ $code -ne 77 ] || echo "1..0 # SKIP the server is not installed"
    [ $code -ne 77 ] || code=0
    exit $code
}

# Like the tool's exits: what an example prints is in $dir/out and $dir/err.
runs() { # expected exit code, example, arguments...
    local want=$1 name=$2
    shift 2
    timeout -k 5 60 "$examples/example-$name" "$@" >"$dir/out" 2>"$dir/err"
    is_code $? "$want"
}

prints() { # text: that is what was printed
    diff <(printf "$1") "$dir/out"
}

# A server that says this, whatever it hears, to one client: when the first line
# has come, then it ends; or at once, and stays until the client has ended.
answers() { start answers "$tool" listen 0 --exec sh -c 'read -r line; printf "$0"' "$1"; }
talks() { start talks "$tool" listen 0 --exec sh -c 'printf "$0"; cat >/dev/null' "$1"; }

# Start an example that prints its port first; its output goes on in descriptor
# 8, its process is $pid.
serve() { # example, arguments...
    local name=$1
    shift
    exec 8< <(exec timeout -k 5 60 "$examples/example-$name" "$@" 2>"$dir/$name.err")
    pid=$!
    read -r -t 20 port <&8 || { cat "$dir/$name.err"; return 1; }
}

# Wait until a line of a file that grows is this one.
comes() { # file, line
    local tail rc
    exec 5< <(exec tail -n +1 -f "$1")
    tail=$!
    timeout 20 grep -qxFm1 -- "$2" <&5
    rc=$?
    exec 5<&-
    kill "$tail"
    return $rc
}

ended() { # name, process of this very shell, exit code
    wait "$2"
    local code=$?
    check "$1" is_code $code "$3"
}

over() { timeout 20 tail --pid="$1" -f /dev/null; } # the process has ended
