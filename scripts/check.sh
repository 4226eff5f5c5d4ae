#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Every test: as built, and again with buffers of a few bytes under
# AddressSanitizer and UndefinedBehaviorSanitizer, and under ThreadSanitizer.
# Ends with the sum of all test cases; a skipped one is shown and counted.
# usage: check.sh BUILD-FOLDER
set -u
build=$1
failed=0

set_up() { # folder, options...
    local dir=$1
    shift
    if [ -e "$dir/build.ninja" ]; then
        meson configure "$dir" -Dtests=enabled
    else
        meson setup "$dir" -Dtests=enabled --werror "$@" >"$build.log" 2>&1 ||
            { cat "$build.log"; exit 1; }
        rm -f "$build.log"
    fi
}

check() { # title, folder, suites to leave out...
    echo
    echo "== $1"
    local dir=$2
    shift 2
    meson compile -C "$dir" >"$dir/compile.log" 2>&1 || {
        cat "$dir/compile.log"
        exit 1
    }
    # Limits are there for what hangs; a machine that others slow does not hang.
    meson test -C "$dir" --no-rebuild --print-errorlogs --timeout-multiplier 3 "${@/#/--no-suite=}" || failed=1
}

set_up "$build"
set_up "$build/asan" -Dtiny_buffers=true -Db_sanitize=address,undefined -Db_lundef=false
set_up "$build/tsan" -Dtiny_buffers=true -Db_sanitize=thread -Db_lundef=false

check 'as built' "$build"
check 'AddressSanitizer, UndefinedBehaviorSanitizer, tiny buffers' "$build/asan" build
check 'ThreadSanitizer, tiny buffers' "$build/tsan" build lua one_thread

echo
echo '== fuzzing, short and from fixed seeds (longer: make fuzz T=60)'
scripts/fuzz.sh "$build" >"$build/fuzz.log" 2>&1 || failed=1
cat "$build/fuzz.log"

echo
echo '== the figures of the short forms (longer: the targets in docs/testing.md)'
forms='sweep(-pairs)?|sim|soak|smuggling|the proof|programs built before.*|cross .*|san .*|mistakes.*|pure files.*'
grep -hE "^((not )?ok +[0-9]+ - |# )?($forms): |^[0-9]+ cases\$" "$build"/meson-logs/testlog.txt |
    sed -E 's/^(ok +[0-9]+ - |# )//; s/^[0-9]+ cases$/cuttings: &/'

fuzzed() { # passed or failed
    awk -v what="^$1" '/^fuzzing: / {for (i = 2; i <= NF; i++) if ($i ~ what) n = $(i - 1)} END {print n + 0}' \
        "$build/fuzz.log"
}

. scripts/count.sh
logs=("$build"/meson-logs/testlog.txt "$build"/{asan,tsan}/meson-logs/testlog.txt)
count "${logs[@]}"
passed=$((passed + $(fuzzed passed)))
bad=$((bad + $(fuzzed failed)))
[ $failed = 0 ] || { echo && failures "${logs[@]}" && grep -E '[1-9][0-9]* findings' "$build/fuzz.log"; }
echo
echo "$passed passed, $bad failed, $skipped skipped"
exit $failed
