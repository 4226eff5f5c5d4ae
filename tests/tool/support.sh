# SPDX-License-Identifier: MIT
# What the tests of the tool share. Read by them, with the tool's path in $tool;
# they say who they are after it, and end with plan. Nothing waits by the clock:
# who listens says where, and that line is waited for.
. "$(dirname "${BASH_SOURCE[0]}")/../support/tap.sh"
hear_hangups "$@"
dir=$(mktemp -d)
chmod 755 "$dir"
trap 'kill $(jobs -p) 2>/dev/null; wait; rm -rf "$dir"' EXIT

# An address that nobody else uses, so that its ports are ours.
own=127.9.8.7

exits() { # expected exit code, arguments...: what it prints goes to out and err
    local want=$1
    shift
    "$tool" "$@" >"$dir/out" 2>"$dir/err"
    is_code $? "$want"
}

is_code() { # got, wanted
    [ "$1" -eq "$2" ] && return
    echo "exit code $1, not $2"
    cat "$dir/out" "$dir/err" 2>/dev/null
    return 1
}

says() { # out or err, words
    grep -qF -- "$2" "$dir/$1" || { cat "$dir/$1"; return 1; }
}

one_line() { # of a failure, which begins as it should
    [ "$(wc -l <"$dir/err")" -eq 1 ] && grep -q '^runnel: ' "$dir/err" || { cat "$dir/err"; return 1; }
}

complains() { # exit code, words that it says, arguments...
    local code=$1 words=$2
    shift 2
    exits "$code" "$@" && one_line && says err "$words"
}

# Start something in the background that says on stderr where it listens: its
# process is in $pid, its first line in $line, its port in $port. The file
# $1.out takes what it prints, $1.err the rest of what it says.
start() { # name, command...
    local name=$1
    shift
    rm -f "$dir/$name.pipe"
    mkfifo "$dir/$name.pipe"
    "$@" <&0 >"$dir/$name.out" 2>"$dir/$name.pipe" &
    pid=$!
    exec 9<"$dir/$name.pipe"
    line=''
    # OpenBSD's nc says that it has bound a path before it listens there.
    while read -r -t 20 line <&9 && [[ $line == Bound\ on* ]]; do :; done
    cat <&9 >"$dir/$name.err" &
    exec 9<&-
    port=${line##*[: ]}
}

ends() { # process of this very shell, expected exit code
    wait "$1"
    is_code $? "$2"
}

# A port of $own, or of another address, where nobody listens.
closed_port() { # [address]
    start closed "$tool" listen 0 "${1:-$own}"
    kill "$pid"
    wait "$pid" 2>/dev/null
}

no_caps() { # command...: as root, too, permissions hold
    if [ "$(id -u)" -eq 0 ]; then
        setpriv --inh-caps=-all --bounding-set=-all "$@"
    else
        "$@"
    fi
}
