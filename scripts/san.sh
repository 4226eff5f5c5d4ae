#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The suites of the library under every sanitizer of both compilers, and under
# valgrind. A line of figures for each and for all; what cannot run says so, is counted,
# and a set-up that cannot be made has failed.
# usage: san.sh BUILD-FOLDER
#        san.sh BUILD-FOLDER short   programs of src/stream by clang and under valgrind,
#                                    as TAP, for the suite
set -u
cd "$(dirname "$0")/.." || exit 1
build=$(realpath -m "$1")/san${2+-$2}
mkdir -p "$build"
failed=0

pass() { # log, command...: adds its cases to $passed
    timeout 60 "${@:2}" >"$1" 2>&1 || { cat "$1"; return 1; }
    passed=$((passed + $(grep -c '^\[       OK \]' "$1")))
}

short() { # sanitizers
    local dir=$build/${1%%,*} name passed=0
    command -v clang-19 >/dev/null || { echo 'NOT RUN: there is no clang-19'; return 1; }
    local compiler=(clang-19 -O1 -g "-fsanitize=$1" -fno-sanitize-recover=all -DRNI_BUFFER_SIZE=7)
    objects "$dir" "${compiler[@]}" && mkdir -p "$dir/support" &&
        (cd "$dir/support" && "${compiler[@]}" "${straight[@]}" "-I$OLDPWD/include" \
            -c "$OLDPWD"/tests/support/{clock,peer,scripted,turning}.c) || return
    for name in "${programs[@]}"; do
        "${compiler[@]}" "${straight[@]}" "tests/unit/test_$name.c" "$dir"/*.o "$dir"/support/*.o \
            -lcmocka -lpthread -o "$dir/$name" || return
        pass "$dir/$name.log" "$dir/$name" || return
    done
    echo "$passed passed, 0 reports"
}

short_valgrind() { # as they are built
    local name passed=0
    command -v valgrind >/dev/null || { echo 'NOT RUN: there is no valgrind'; return 1; }
    for name in "$@"; do
        pass "$build/$name.log" valgrind -q --error-exitcode=9 --leak-check=full \
            "$build/../tests/test_$name" || return
    done
    echo "$passed passed, 0 reports"
}

if [ "${2-}" = short ]; then
    programs=(window line line_marks marks arithmetic read write stream busy layer below held_back)
    . scripts/straight.sh
    . tests/support/tap.sh
    check_told 'san clang-19 address,undefined' short address,undefined
    check_told 'san clang-19 memory' short memory
    check_told 'san valgrind' short_valgrind window read write
    plan
    exit
fi

passed=0 bad=0 reports=0 omitted=0
figures() { # title, folder
    local log these
    log=$(ls -t "$2"/meson-logs/testlog*.txt | head -1)
    these=("$(grep -cE '^(\[       OK \]|ok +[0-9])' "$log")"
        "$(grep -cE '^(\[  FAILED  \] [a-z_]+$|not ok )' "$log")"
        "$(grep -cE '(ERROR: [A-Za-z]*|WARNING: (Thread|Memory))Sanitizer|runtime error:|^==[0-9]+== [A-Z]' "$log")")
    echo "san $1: ${these[0]} passed, ${these[1]} failed, ${these[2]} reports"
    passed=$((passed + these[0])) bad=$((bad + these[1])) reports=$((reports + these[2]))
}

not_run() { # what, and why
    echo "NOT RUN: san $1"
    omitted=$((omitted + 1))
}

without=
set_up() { # title, folder, compiler, sanitizers
    if ! command -v "$3" >/dev/null; then
        not_run "$1: there is no $3"
        return 1
    fi
    [ -e "$2/build.ninja" ] ||
        CC=$3 meson setup "$2" -Dtests=enabled -Dtiny_buffers=true -Db_sanitize="$4" \
            -Db_lundef=false $without >"$2.log" 2>&1 || { cat "$2.log"; return 1; }
    ninja -C "$2" >"$2.log" 2>&1 || { tail -20 "$2.log"; return 1; }
}

run() { # title, folder, options of meson test...
    local title=$1 dir=$2
    shift 2
    meson test -C "$dir" --no-rebuild --no-suite=build -t "${patience:-4}" "$@" >"$dir.log" 2>&1
    local code=$?
    figures "$title" "$dir"
    [ $code -eq 0 ] || grep -E 'FAIL|TIMEOUT|ERROR' "$dir.log"
    return $code
}

under() { # compiler, sanitizers, suites and tests to leave out...
    local compiler=$1 sanitizers=$2 dir=$build/$1-${2%%,*}
    shift 2
    set_up "$compiler $sanitizers" "$dir" "$compiler" "$sanitizers" &&
        run "$compiler $sanitizers" "$dir" "$@" || failed=1
}

under gcc address,undefined
under gcc thread --no-suite=lua
under clang-19 address,undefined --no-suite=lua
under clang-19 thread --no-suite=lua
# Libraries that are not built so look like memory never written: Lua's, libuv,
# OpenSSL, jansson.
for suite in lua sweep examples tls tool; do
    not_run "clang-19 memory: $suite (its libraries are not built for it)"
done
not_run 'clang-19 memory: what the simulation says over TLS (the same)'
without='-Dtls=disabled -Dtool=disabled' under clang-19 memory --no-suite=lua --no-suite=sweep --no-suite=examples --no-suite=tls --no-suite=tool
# valgrind has descriptor limits of its own: a connection that is beyond them it
# takes and closes, which the tests of servers rightly call a fault.
without_server() {
    meson test -C "$build/plain" --list --suite=unit --suite=conform 2>/dev/null |
        sed 's/.* \/ //' | grep -vx server
}
not_run 'valgrind: unit / server (valgrind takes connections beyond the limit)'
set_up valgrind "$build/plain" gcc none &&
    patience=10 run valgrind "$build/plain" \
        --wrap='valgrind -q --max-threads=2000 --error-exitcode=9 --leak-check=full' $(without_server) || failed=1
echo "san: $passed passed, $bad failed, $reports reports, $omitted not run"
exit $failed
