#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Branch coverage and MC/DC of src/ (clang, source-based): every suite of the
# library runs on an instrumented build, the fault sweep in full. Each branch
# that none reaches is printed with its reason (tests/cov/reasons.list); one
# without, and a reason that is not needed any more, is a failure.
# usage: cov.sh BUILD-FOLDER
#        cov.sh BUILD-FOLDER short   the pure files by their own unit tests alone, each
#                                    branch and condition of them, as TAP, for the suite
set -eu
cd "$(dirname "$0")/.."
build=$(realpath -m "$1")/cov${2+-$2}
for tool in clang-19 llvm-profdata-19 llvm-cov-19 python3; do
    command -v $tool >/dev/null && continue
    [ "${2-}" != short ] || printf '1..1\nnot ok 1 - cov: '
    echo "NOT RUN: cov: there is no $tool"
    exit 1
done
mkdir -p "$build"
counting=(-fprofile-instr-generate -fcoverage-mapping -fcoverage-mcdc)

# The pure files by the tests of each.
short() {
    local name programs=() pure=(window line marks duration size)
    local sources=("${pure[@]/#/stream/}") headers=("${pure[@]/#/stream/}")
    sources=("${sources[@]/%/.c}") headers=("${headers[@]/%/.h}")
    rm -rf "$build"/*.profraw
    for name in window line line_marks marks arithmetic; do
        # What is not pure is not counted, and comes as it is built.
        clang-19 -O1 "${straight[@]}" "${counting[@]}" \
            "tests/unit/test_$name.c" tests/support/scripted.c "${sources[@]/#/src/}" \
            "$build/../librunnel.a" -lcmocka -lpthread -o "$build/$name" || return
        LLVM_PROFILE_FILE=$build/$name.profraw timeout 60 "$build/$name" >"$build/$name.log" 2>&1 ||
            { cat "$build/$name.log"; return 1; }
        programs+=(-object "$build/$name")
    done
    llvm-profdata-19 merge -o "$build/all.profdata" "$build"/*.profraw &&
        llvm-cov-19 export -instr-profile="$build/all.profdata" "${programs[@]:1}" src \
            >"$build/export.json" 2>"$build/export.log" || { cat "$build/export.log"; return 1; }
    python3 tests/cov/judge.py "$build/export.json" tests/cov/reasons.list "$PWD/src" "${sources[@]}" "${headers[@]}"
}
if [ "${2-}" = short ]; then
    . scripts/straight.sh
    . tests/support/tap.sh
    check_told 'pure files by their own tests' short
    plan
    exit
fi
# Counters are written at exit, so nothing may leave without it; threads count
# in step.
[ -e "$build/build.ninja" ] ||
    CC=clang-19 meson setup "$build" -Dtests=enabled -Dbuildtype=debug -Db_lundef=false \
        -Dc_args="-O1 ${counting[*]} -fprofile-update=atomic -D_exit=exit" \
        -Dc_link_args=-fprofile-instr-generate >"$build.log" 2>&1 || { cat "$build.log"; exit 1; }
ninja -C "$build" >"$build.log" 2>&1 || { tail -40 "$build.log"; exit 1; }

rm -rf "$build/profiles"
# %m: a file for each program, into which its processes merge theirs.
export RUNNEL_LATE_MS=5000 # slow, and it is not the time that counts
export LLVM_PROFILE_FILE=$build/profiles/%m.profraw
began=$SECONDS
# Every long text or sequence in every cutting takes minutes so, and goes no other
# way than the short ones.
mapfile -t tests < <(meson test -C "$build" --list --suite={unit,conform,fault,tls} 2>/dev/null |
    sed 's/.* \/ //' | grep -vxE 'cuttings|smuggling_reader')
# Whether they pass is judged elsewhere (make check); here, what they reach.
meson test -C "$build" --no-rebuild -t 5 "${tests[@]}" >"$build/tests.log" 2>&1 ||
    grep -E ' (FAIL|TIMEOUT|ERROR) ' "$build/tests.log" || true
"$build/tests/test_cuttings" 5 3 >"$build/cuttings.log" 2>&1
# Its own judgement is not wanted here: on a busy machine a point may move.
"$build/tests/sweep/sweep" --jobs "$(nproc)" >"$build/sweep.log" 2>&1 || true
tail -1 "$build/sweep.log"
echo "the suites took $((SECONDS - began)) s"

# The shared library too, so that what no program links is not forgotten.
programs=("$build"/librunnel.so -object "$build"/tests/sweep/sweep)
[ ! -e "$build/src/tls/librunnel-tls.so" ] || programs+=(-object "$build/src/tls/librunnel-tls.so")
for program in "$build"/tests/test_*; do
    [ -f "$program" ] && programs+=(-object "$program")
done
unset LLVM_PROFILE_FILE
llvm-profdata-19 merge -o "$build/all.profdata" "$build"/profiles/*.profraw
# It warns of main, which each program has its own of.
llvm-cov-19 export -instr-profile="$build/all.profdata" "${programs[@]}" src \
    >"$build/export.json" 2>"$build/export.log" ||
    { cat "$build/export.log"; exit 1; }
exec python3 tests/cov/judge.py "$build/export.json" tests/cov/reasons.list "$PWD/src"
