#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The manual and the completions know every command and every option that --help
# knows, and are well formed. Prints TAP.
# usage: test_manual.sh PATH-OF-RUNNEL MANUAL
set -u
tool=$1
page=$2
. "$(dirname "$0")/support.sh"
export LC_ALL=C

commands=$("$tool" --help | sed -n 's/^  runnel \([a-z]*\) .*/\1/p')
options_of() { # command
    "$tool" "$1" --help | sed -n '/^exit codes/q; s/^  \(-[^ ]*, \)\{0,1\} *\(--[a-z0-9-]*\).*/\1 \2/p' | tr -d ,
}

# The page as text, and of it the lines of one heading.
if command -v mandoc >/dev/null; then
    mandoc -Tascii "$page" | sed $'s/.\b//g' >"$dir/page"
    lint() { ! mandoc -Tlint -W warning "$page" | grep -v 'referenced manual not found'; }
    check 'mandoc finds nothing wrong with the manual' lint
    section() { # heading
        awk -v heading="$1" '/^[^ ]/ || /^   [^ ]/ {on = $0 ~ "^ *" heading "$"} on' "$dir/page"
    }
    has() { # word, as a whole
        grep -qE -- "(^|[^a-z0-9-])$1([^a-z0-9-]|\$)" || { echo "$1 is not there"; return 1; }
    }
    check 'the manual has its exit codes' diff \
        <("$tool" --help | sed -n '/^exit codes/,$s/^ *\([0-9]\{1,\}\) .*/\1/p') \
        <(section 'EXIT STATUS' | sed -n 's/^ *\([0-9]\{1,\}\)\(+n\)\{0,1\} .*/\1/p')
    for command in $commands; do
        check "the synopsis has $command" has "runnel $command" < <(section SYNOPSIS)
        check "there is a section on $command" test -n "$(section "runnel $command")"
        for option in $(options_of "$command"); do
            check "$command $option is in the manual" has "$option" \
                < <(section "runnel $command"; section 'Common options')
        done
    done
else
    echo 'NOT RUN: manual: there is no mandoc' >&2
    check 'the manual # SKIP there is no mandoc' true
fi

for shell in bash zsh fish; do
    "$tool" completion $shell >"$dir/$shell"
    if command -v $shell >/dev/null; then
        check "$shell can read its completion" $shell -n "$dir/$shell"
    else
        echo "NOT RUN: completion: there is no $shell" >&2
        check "$shell can read its completion # SKIP there is no $shell" true
    fi
done
check 'a completion for another shell' complains 2 '"csh"' completion csh

# bash: what it offers is what there is.
offered() { # words of a command line, the last one to be completed
    (
        . "$dir/bash"
        COMP_WORDS=("$@")
        COMP_CWORD=$(($# - 1))
        _runnel
        printf '%s\n' "${COMPREPLY[@]}" | sort
    )
}
check 'bash completes commands' diff <(offered runnel '') \
    <(printf '%s\n' $commands --help --version | sort)
for command in $commands; do
    check "bash completes the options of $command" \
        diff <(offered runnel $command - | grep -v '^$') <(options_of $command | tr ' ' '\n' | grep . | sort)
    in_fish() { # fish has the long ones
        diff <(sed -n "s/.*seen_subcommand_from $command' -l \([a-z0-9-]*\).*/--\1/p" "$dir/fish" | sort) \
            <(options_of $command | grep -oE -- '--[a-z0-9-]+' | sort)
    }
    check "fish completes the options of $command" in_fish
    in_zsh() {
        diff <(sed -n "/^$command)/,/;;/p" "$dir/zsh" | grep -oE -- "^ +[^[]*" | grep -oE -- '--[a-z0-9-]+' | sort -u) \
            <(options_of $command | grep -oE -- '--[a-z0-9-]+' | sort)
    }
    check "zsh completes the options of $command" in_zsh
done
check 'bash completes the words of an option' diff <(offered runnel connect --eof = '') \
    <(printf '%s\n' close half ignore)
plan
