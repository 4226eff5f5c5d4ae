#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The C suites on other machines than the one at hand: see tests/cross. Each gets
# a cmocka of its own, from Debian's source. What a target cannot run is told,
# with the reason, and counted.
# usage: cross.sh BUILD-FOLDER [TARGET...]
set -u
cd "$(dirname "$0")/.." || exit 1
work=$PWD/$1/cross
shift
targets=("$@")
[ ${#targets[@]} -gt 0 ] || targets=(musl i386 s390x)
. scripts/count.sh
suites=(unit conform fault sweep examples peers netns)
failed=0
figures=()

# Programs that a target cannot run, by target: name, and why.
cannot=(
    's390x forwarder    the test would start a program of another processor'
    's390x epoll_echo   the test would start a program of another processor'
    's390x sweep        its runs differ under qemu-user, so that points are missed'
)

# Debian's source of cmocka, in $work/source; the system's own lists of packages
# stay as they are.
get_cmocka() {
    [ -e "$work/source/src/cmocka.c" ] && return
    local dir=$work/apt release
    release=$(. /etc/os-release && echo "$VERSION_CODENAME")
    rm -rf "$dir" "$work/source"
    mkdir -p "$dir"/{lists,cache/archives}/partial
    chmod -R a+rwX "$dir"
    echo "deb-src http://deb.debian.org/debian $release main" >"$dir/sources.list"
    local options=(-qq -o "Dir::Etc::SourceList=$dir/sources.list" -o Dir::Etc::SourceParts=/dev/null
        -o "Dir::State::Lists=$dir/lists" -o "Dir::Cache=$dir/cache")
    (cd "$dir" && apt-get "${options[@]}" update && apt-get "${options[@]}" source cmocka) >"$dir/log" 2>&1 &&
        mv "$dir"/cmocka-*/ "$work/source" && rm -rf "$dir" && return
    cat "$dir/log"
    echo 'NOT RUN: cross: there is no source of cmocka' >&2
    exit 1
}

build_cmocka() { # folder, compiler
    local has=(INTTYPES_H MALLOC_H SIGNAL_H STRINGS_H GCC_THREAD_LOCAL_STORAGE CLOCK_REALTIME
        SIGLONGJMP STRSIGNAL STRUCT_TIMESPEC)
    mkdir -p "$1"
    "$2" -O2 -g -w -I"$work/source/include" "${has[@]/#/-DHAVE_}" -c "$work/source/src/cmocka.c" -o "$1/cmocka.o" &&
        ar rcs "$1/libcmocka.a" "$1/cmocka.o" &&
        printf 'Name: cmocka\nDescription: unit tests\nVersion: 1\nLibs: -L%s -lcmocka\nCflags: -isystem %s\n' \
            "$1" "$work/source/include" >"$1/cmocka.pc"
}

build() { # target
    local dir=$work/$1 compiler
    compiler=$(sed -n "s/^c = '\(.*\)'/\1/p" "tests/cross/$1.ini")
    [ -e "$dir/build.ninja" ] || {
        rm -rf "$dir"
        build_cmocka "$work/$1-cmocka" "$compiler" || return
        # Nothing but that cmocka: what pkg-config knows is for this machine.
        PKG_CONFIG_PATH='' PKG_CONFIG_LIBDIR="$work/$1-cmocka" \
            meson setup "$dir" --werror -Dtool=disabled -Dtls=disabled -Dlua=disabled --cross-file "tests/cross/$1.ini" || return
    }
    meson compile -C "$dir"
}

run() { # target
    local dir=$work/$1 line name reason omitted=(tls) tests
    echo "NOT RUN: cross $1: tls: there is no OpenSSL for it"
    for line in "${cannot[@]}"; do
        read -r target name reason <<<"$line"
        [ "$target" = "$1" ] || continue
        echo "NOT RUN: cross $1: $name: $reason"
        omitted+=("$name")
    done
    mapfile -t tests < <(meson test -C "$dir" --list "${suites[@]/#/--suite=}" 2>/dev/null |
        sed -n 's/.* \/ //p' | grep -vxF "$(printf '%s\n' "${omitted[@]-}")")
    # One at a time: many of them measure time.
    meson test -C "$dir" --no-rebuild --num-processes 1 --timeout-multiplier 3 \
        "${tests[@]}" >"$dir/log" 2>&1 || { failed=1; grep -E ' (FAIL|TIMEOUT|ERROR) ' "$dir/log"; }
    count "$dir/meson-logs/testlog.txt"
    figures+=("$1 $passed passed, $bad failed, $((skipped + ${#omitted[@]})) not run")
    [ "$passed" -gt 0 ] && [ "$bad" -eq 0 ] || failed=1
}

mkdir -p "$work"
get_cmocka
for target in "${targets[@]}"; do
    if build "$target" >"$work/$target.log" 2>&1; then
        run "$target"
    else
        tail -20 "$work/$target.log"
        figures+=("$target not built")
        failed=1
    fi
done
line=$(printf ' | %s' "${figures[@]}")
echo "cross: ${line# | }"
exit $failed
