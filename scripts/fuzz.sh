#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Fuzzing: each target of tests/fuzz for so many seconds (libFuzzer with
# AddressSanitizer and UndefinedBehaviorSanitizer), then the tool with random
# arguments and random calls from Lua for as long each. What is found stays in BUILD-FOLDER/fuzz and is printed.
# Without SECONDS: a short, fixed number of runs from fixed seeds, the same each
# time, so that a check fails because of what was changed and not by chance.
# usage: fuzz.sh BUILD-FOLDER [SECONDS]
set -u
cd "$(dirname "$0")/.." || exit 1
build=$1/fuzz
seconds=${2-}
mkdir -p "$build"
if ! command -v clang-19 >/dev/null; then
    echo 'NOT RUN: fuzzing: there is no clang-19' >&2
    exit 1
fi
. scripts/straight.sh
passed=0
failed=0

# The end of a part: what it did, and whether anything was found.
report() { # name, how much, findings
    echo "fuzz $1: $2, $3 findings"
    if [ "$3" -eq 0 ]; then passed=$((passed + 1)); else failed=$((failed + 1)); fi
}

compiler=(clang-19 -g -O1 -fno-sanitize-recover=undefined -DRNI_BUFFER_SIZE=64)

sanitized() { # what to build, sanitizers, sources and libraries...
    local out=$1 sanitizers=$2
    shift 2
    "${compiler[@]}" "-fsanitize=$sanitizers,address,undefined" "${straight[@]}" \
        "$@" "$build"/library/*.o -lpthread -o "$out"
}

target() { # name, runs without SECONDS, more sources and libraries
    local name=$1 work=$build/$1 runs_without=$2
    shift 2
    local known=$work/known
    rm -rf "$known"
    mkdir -p "$known" "$work/corpus"
    sanitized "$work/run" fuzzer "tests/fuzz/$name.c" "$@" ||
        { report "$name" 'not built' 1; return; }
    # The inputs that are known to reach something: one a line, in hexadecimal.
    to=$known perl -ne 'chomp; open F, ">", "$ENV{to}/known$."; print F pack("H*", $_)' \
        <"tests/fuzz/corpus/$name.hex"
    local limits=(-seed=1 -runs="$runs_without" ../known)
    [ -z "$seconds" ] || limits=(-max_total_time="$seconds" ../corpus ../known)
    mkdir -p "$work/found"
    (cd "$work/found" && exec timeout $((${seconds:-60} + 60)) ../run -print_final_stats=1 -max_len=600 \
        "${limits[@]}" >../log 2>&1)
    local code=$?
    local runs
    runs=$(awk '/stat::number_of_executed_units/ {print $2}' "$work/log")
    if [ $code -eq 0 ] && [ "${runs:-0}" -gt 0 ]; then
        report "$name" "$runs runs" 0
    else
        tail -40 "$work/log"
        report "$name" "${runs:-0} runs, in $work" 1
    fi
}

# The tool with random arguments: in a network of its own, so that a random word
# is nobody's address. Each run has a seed, which is printed when it fails.
tool_arguments() { # runs without SECONDS
    local end=$((SECONDS + ${seconds:-0})) some=${seconds:+50} seed=1 runs=0
    local private=(unshare --net)
    [ "$(id -u)" -eq 0 ] || private=(unshare --map-root-user --net)
    mkdir -p "$build/tool"
    if ! "${private[@]}" true 2>/dev/null; then
        echo 'NOT RUN: fuzz tool: no network namespace may be made' >&2
        report tool 'not run' 1
        return
    fi
    sanitized "$build/tool/runnel" leak tool/*.c src/tls/*.c -ljansson -lssl -lcrypto -ledit -lm || { report tool 'not built' 1; return; }
    while [ $SECONDS -lt $end ] || [ $runs -eq 0 ]; do
        [ -z "$seconds" ] || seed=$((RANDOM * 32768 + RANDOM))
        "${private[@]}" sh -c 'ip link set lo up && exec "$@"' sh \
            python3 tests/tool/fuzz.py "$build/tool/runnel" $seed "${some:-$1}" >"$build/tool/log" 2>&1 ||
            { cat "$build/tool/log"; report tool "tests/tool/fuzz.py" 1; return; }
        runs=$((runs + ${some:-$1}))
    done
    report tool "$runs runs" 0
}

# Random calls from Lua, each run from a seed of its own, which is printed when
# it fails.
lua_calls() { # folder, interpreter
    local folder=$1 end=$((SECONDS + ${seconds:-0})) seed=0 runs=0 code
    while if [ -n "$seconds" ]; then [ $SECONDS -lt $end ]; else [ $runs -lt 15 ]; fi; do
        seed=$((seed + 1))
        [ -z "$seconds" ] || seed=$((RANDOM * 32768 + RANDOM))
        runs=$((runs + 1))
        code=0
        tests/lua/with.sh "$folder" none timeout 60 "$2" tests/lua/fuzz.lua $seed 2000 >"$build/lua.log" 2>&1 ||
            code=$?
        [ $code -eq 0 ] && continue
        tail -20 "$build/lua.log"
        [ $code -ne 124 ] || echo 'it was still running after 60 seconds'
        report "lua ($2)" "exit $code of tests/lua/fuzz.lua $seed 2000" 1
        return
    done
    report "lua ($2)" "$((runs * 2000)) calls" 0
}

objects "$build/library" "${compiler[@]}" -fsanitize=fuzzer-no-link,address,undefined || exit 1
target address 400000
target line 100000
target stream 30000
target tls 1000 src/tls/*.c tests/tls/certificates.c -lssl -lcrypto
tool_arguments 150
for folder in "$1"/lua/*/; do
    [ -e "$folder/runnel/core.so" ] || continue
    lua_calls "$folder" "lua$(basename "$folder")"
done
echo "fuzzing: $passed passed, $failed failed"
[ $failed -eq 0 ]
