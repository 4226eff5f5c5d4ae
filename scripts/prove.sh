#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Frama-C proves the contracts in src/stream, and then that it would have seen a
# mistake: every mutant of tests/proof/mutants.list must be rejected. A last
# line tells the figures; less than all of them is a failure.
# usage: prove.sh        the goals and the mutants (about 10 minutes, 2 cores)
#        prove.sh goals  the goals alone, printed as TAP, for the test suite
set -u
cd "$(dirname "$0")/.."
files=(src/stream/{window,size,duration}.c tests/proof/moves.c) # and line.c
began=$SECONDS
number=0

for tool in frama-c why3 cvc4 z3; do
    command -v $tool >/dev/null && continue
    echo "NOT PROVED: $tool is missing; \`make prove\` installs it" >&2
    [ "${1:-}" = goals ] || exit 1
    echo "# SKIPPED: NOT PROVED: $tool is missing; make prove installs it"
    echo "1..0 # SKIP $tool is missing"
    exit 0
done

# Why3 keeps its list of provers in the home folder, and leaves files in the
# temporary one when it is stopped: it gets one of its own for both.
HOME=$(mktemp -d)
export HOME TMPDIR=$HOME
trap 'rm -rf "$HOME"' EXIT
trap 'exit 1' HUP INT TERM
why3 config detect >"$HOME/log" 2>&1 || { cat "$HOME/log"; exit 1; }

# Prove the files of a folder; leaves the figures in $proved and $goals. A
# run that breaks off, as at a syntax error, leaves 0 of 0: never a proof.
prove() { # log, cores, folder, arguments...
    local log=$1 cores=$2 dir=$3
    shift 3
    (cd "$dir" && exec timeout 1800 frama-c -wp -wp-rte -wp-prover cvc4,z3 \
        -wp-timeout "${limit:-120}" -wp-par "$cores" -wp-cache none \
        -wp-session "$log.session" -warn-unsigned-overflow \
        -warn-unsigned-downcast -machdep "${machine:-gcc_x86_64}" \
        -cpp-extra-args="-include tests/proof/string.h -Iinclude -D_POSIX_C_SOURCE=200809L" \
        "$@") >"$log" 2>&1
    read -r proved goals < <(sed -nE \
        's|.*Proved goals: +([0-9]+) / ([0-9]+).*|\1 \2|p' "$log")
    proved=${proved:-0} goals=${goals:-0}
    # Smoke tests look for contradictions; they are no goals.
    smokes=$(grep -c 'Passed. Smoke-test' "$log")
    doomed=$(grep 'Failed. Smoke-test' "$log" | sort -u | wc -l)
    proved=$((proved - smokes))
    goals=$((goals - smokes - doomed))
}

# One line of the list: prints "rejected", or what went wrong.
mutant() { # number, line of the list
    local name file functions script
    IFS='|' read -r name file functions script <<<"$2"
    local dir=$HOME/mutant$1
    mkdir -p "$dir/tests"
    cp -r src include "$dir" && cp -r tests/proof "$dir/tests"
    sed -i "$script" "$dir/$file"
    if cmp -s "$file" "$dir/$file"; then
        echo "NOT MADE: $name"
        return
    fi
    local source=${file%.h}
    source=${source%.c}.c
    # The results alone first, as they are soon tried and mostly tell. The
    # slowest goal takes a second: what takes five is not going to be valid.
    local limit=5
    prove "$dir/log" 1 "$dir" -wp-fct "$functions" -wp-prop=@ensures "$source"
    if [ "$goals" -eq "$proved" ]; then
        prove "$dir/log" 1 "$dir" -wp-fct "$functions" "$source"
    fi
    if [ "$goals" -eq 0 ]; then
        echo "NOT TRIED: $name"
        grep -iE 'error' "$dir/log"
    elif [ "$proved" -eq "$goals" ]; then
        echo "NOT REJECTED: $name"
    else
        echo "rejected, $proved of $goals goals valid: $name"
    fi
    rm -rf "$dir"
}

is_proof() { # whether the last run is one
    [ "$goals" -gt 0 ] && [ "$proved" -eq "$goals" ] && [ "$doomed" -eq 0 ]
}
complain() { # what it says of the goals that are not valid
    grep -vE ': Valid|annotating|Parsing|Passed' "$HOME/log"
    failed=1
}

failed=0
if [ "${1:-}" = goals ]; then
    prove "$HOME/log" 2 . "${files[@]}"
    is_proof || { complain | sed 's/^/# /' && printf 'not '; }
    echo "ok 1 - the proof: $proved of $goals goals valid, $((SECONDS - began)) s"
    echo 1..1
    is_proof
    exit
fi

# In the long form for 32 bits too, and that no proof is from a contradiction.
machine=gcc_x86_32 prove "$HOME/log" 2 . "${files[@]}"
is_proof || complain
figures="$proved of $goals on 32,"
prove "$HOME/log" 2 . -wp-smoke-tests -wp-smoke-timeout 1 "${files[@]}"
is_proof || complain
figures="$proved of $goals goals valid on 64 bits, $figures"
figures+=" $doomed of $((smokes + doomed)) smoke tests failed,"

# Mutants, one on each core; then what became of each.
export -f prove mutant
grep -v '^#' tests/proof/mutants.list |
    while IFS= read -r line; do printf '%d\0%s\0' $((++number)) "$line"; done |
    xargs -0 -n 2 -P "$(nproc)" bash -c 'mutant "$@"' mutant |
    tee "$HOME/mutants"
mutants=$(grep -vc '^#' tests/proof/mutants.list)
rejected=$(grep -c '^rejected' "$HOME/mutants")
figures+=" $rejected of $mutants mutants rejected"
echo "prove: $figures, $((SECONDS - began)) s"
[ $failed -eq 0 ] && [ "$mutants" -ge 20 ] && [ "$rejected" -eq "$mutants" ]
