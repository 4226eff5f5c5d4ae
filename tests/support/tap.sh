# SPDX-License-Identifier: MIT
# Cases for shell tests that print TAP. Read by them; they end with plan.
number=0

check() { # name, command...: the command's success is the result
    local name=$1
    shift
    number=$((number + 1))
    if output=$("$@" 2>&1); then echo "ok $number - $name"; else
        echo "not ok $number - $name"
        tail -20 <<<"$output" | sed 's/^/# /'
    fi
}

check_told() { # name, command...: the same, and its last line stands behind the name
    local name=$1
    shift
    number=$((number + 1))
    if output=$("$@" 2>&1); then echo "ok $number - $name: $(tail -1 <<<"$output")"; else
        echo "not ok $number - $name: $(tail -1 <<<"$output")"
        tail -20 <<<"$output" | sed 's/^/# /'
    fi
}

# Under nohup(1) no program that is started hears SIGHUP; a shell cannot undo that.
hear_hangups() { # the script's arguments; before it does anything
    [ -z "$(trap -p HUP)" ] || exec env --default-signal=HUP "$0" "$@"
}

# A chroot without devpts(5) has no terminals to give.
have_terminals() { script -qec true /dev/null </dev/null >/dev/null 2>&1; }

check_terminal() { # name, command...: a case that needs a terminal
    if have_terminals; then
        check "$@"
        return
    fi
    number=$((number + 1))
    echo "# SKIPPED: $1: no terminal can be had here (is /dev/pts mounted?)"
    echo "ok $number - $1 # SKIP no terminal can be had here"
}

plan() { echo "1..$number"; }
