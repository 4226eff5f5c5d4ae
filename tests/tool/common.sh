# SPDX-License-Identifier: MIT
# What the tests of the tool share: a folder of their own, programs that are
# started and waited for, and TAP. Read by them; $tool is set, plan ends them.
. "$(dirname "${BASH_SOURCE[0]}")/../support/tap.sh"
hear_hangups "$@"
dir=$(mktemp -d)
started=()
# By their ids alone: some are children of a shell of check's.
clean_up() {
    [ ${#started[@]} -eq 0 ] || kill "${started[@]}" 2>/dev/null
    rm -rf "$dir"
}
trap clean_up EXIT

mib=${RUNNEL_TEST_MIB:-16} # the larger size of whole transfers
large=$((mib > 1 ? 3000000 : 300000))
PATIENCE=40 # seconds for anything that should end by itself

until_true() { # command...: wait until it succeeds, PATIENCE at the most
    local end=$((SECONDS + PATIENCE))
    until "$@"; do
        [ $SECONDS -lt $end ] || { echo "# waited in vain: $*"; return 1; }
        sleep 0.01 # between two looks; nothing depends on how long
    done
}

# The TCP port that process $pid listens on, into $port.
find_port() {
    port=$(ss -Hltnp 2>/dev/null | sed -n "s/.*[]0-9]:\([0-9]*\) .*pid=$pid,.*/\1/p" | head -1)
    [ -n "$port" ]
}

# Its path is there a moment before somebody listens.
listens_at() { ss -Hlxn | grep -qF " $1 "; } # path of a unix socket

# Start a program that listens: its id is in $pid, its port in $port, what it
# prints goes to $name.out and $name.err. Its input is the caller's.
serve() { # name, command...
    local name=$1
    shift
    "$@" <&0 >"$dir/$name.out" 2>"$dir/$name.err" &
    pid=$!
    started+=("$pid")
    until_true find_port
}

ends() { # name, pid, expected exit code
    local got
    timeout $PATIENCE tail -s 0.01 --pid="$2" -f /dev/null ||
        { check "$1, ever" false; kill -KILL "$2"; }
    wait "$2" 2>/dev/null
    got=$?
    check "$1" is $got "$3"
}

run() { # expected exit code, arguments...: what it prints goes to out and err
    local want=$1 got
    shift
    timeout -k 5 $PATIENCE "$tool" "$@" >"$dir/out" 2>"$dir/err"
    got=$?
    [ $got -eq "$want" ] && return
    echo "exit $got, not $want"
    cat "$dir/err"
    return 1
}

says() { grep -qF -- "$2" "$dir/$1"; } # file, words
is() { [ "$1" = "$2" ] || { echo "$1, not $2"; return 1; }; }
size_is() { [ "$(stat -c %s "$1")" -eq "$2" ]; } # file, bytes

# One line on standard error, with these words in it.
complains() {
    says err "$1" && is "$(wc -l <"$dir/err")" 1
}

# A member of the object that --json printed as the last line of a file.
member() { # file, expression
    tail -n 1 "$dir/$1" | python3 -c 'import json, sys
o = json.loads(sys.stdin.readline())
print(eval(sys.argv[1], {"o": o}))' "$2"
}
