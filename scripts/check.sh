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
    meson test -C "$dir" --no-rebuild --print-errorlogs "${@/#/--no-suite=}" || failed=1
}

set_up "$build"
set_up "$build/asan" -Dtiny_buffers=true -Db_sanitize=address,undefined -Db_lundef=false
set_up "$build/tsan" -Dtiny_buffers=true -Db_sanitize=thread -Db_lundef=false

check 'as built' "$build"
check 'AddressSanitizer, UndefinedBehaviorSanitizer, tiny buffers' "$build/asan" build
check 'ThreadSanitizer, tiny buffers' "$build/tsan" build

# cmocka's lines and TAP's, out of the logs of all three.
logs=$(cat "$build"/meson-logs/testlog.txt "$build"/{asan,tsan}/meson-logs/testlog.txt)
sum() { # FAILED or SKIPPED: cmocka lists them again, behind "N test(s), listed"
    awk -v what="$1" '$2 == what && $5 == "test(s)," {n += $4} END {print n + 0}' <<<"$logs"
}
passed=$(grep -cE '^(\[       OK \]|ok [0-9]+ - )' <<<"$logs")
bad=$(($(sum FAILED) + $(grep -cE '^not ok [0-9]+ ' <<<"$logs")))
skipped=$(($(sum SKIPPED) + $(grep -cE '^1\.\.0 # SKIP' <<<"$logs")))
grep -E '^SKIPPED: ' <<<"$logs" | sort | uniq -c
echo
echo "$passed passed, $bad failed, $skipped skipped"
exit $failed
