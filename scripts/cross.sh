#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The C suites on other machines than the one at hand: see tests/cross. Each gets
# a cmocka of its own, from Debian's source. What a target cannot run is told,
# with the reason, and counted.
# usage: cross.sh BUILD-FOLDER [TARGET...]
#        cross.sh BUILD-FOLDER short   programs that need no cmocka, as TAP, for the suite
set -u
cd "$(dirname "$0")/.." || exit 1
work=$(realpath -m "$1")/cross
shift
targets=("$@")
[ ${#targets[@]} -gt 0 ] || targets=(musl i386 s390x)
. scripts/count.sh
suites=(unit conform fault tls sweep examples peers netns)
failed=0
figures=()

# Programs that a target cannot run, by target: name, and why.
cannot=(
    's390x forwarder    the test would start a program of another processor'
    's390x epoll_echo   the test would start a program of another processor'
    's390x sweep        its runs differ under qemu-user, so that points are missed'
)

# What Debian has, with lists of packages of its own: the system's stay as they
# are. It lies in $work/apt afterwards.
from_debian() { # "deb" or "deb-src", machine, command of apt-get...
    local dir=$work/apt kind=$1 machine=$2 release
    shift 2
    release=$(. /etc/os-release && echo "$VERSION_CODENAME")
    rm -rf "$dir"
    mkdir -p "$dir"/{lists,cache/archives}/partial
    chmod -R a+rwX "$dir"
    echo "$kind http://deb.debian.org/debian $release main" >"$dir/sources.list"
    local options=(-qq -o "APT::Architecture=$machine" -o "APT::Architectures=$machine"
        -o "Dir::Etc::SourceList=$dir/sources.list" -o Dir::Etc::SourceParts=/dev/null
        -o "Dir::State::Lists=$dir/lists" -o "Dir::Cache=$dir/cache")
    (cd "$dir" && apt-get "${options[@]}" update && apt-get "${options[@]}" "$@") >"$work/apt.log" 2>&1 ||
        { cat "$work/apt.log"; return 1; }
}

# The source of cmocka, in $work/source.
get_cmocka() {
    [ -e "$work/source/src/cmocka.c" ] && return
    rm -rf "$work/source"
    from_debian deb-src "$(dpkg --print-architecture)" source cmocka &&
        mv "$work"/apt/cmocka-*/ "$work/source" && rm -rf "$work/apt" && return
    echo 'NOT RUN: cross: there is no source of cmocka' >&2
    exit 1
}

# A machine's OpenSSL, beside its cmocka. Debian has it for its own C library.
get_openssl() { # target
    local root=$work/$1-openssl library dirs
    [ "$1" != musl ] || return
    [ ! -e "$work/$1-cmocka/openssl.pc" ] || return 0
    rm -rf "$root"
    # The package for development names the library's.
    from_debian deb "$1" download libssl-dev || return
    library=$(dpkg-deb -f "$work"/apt/libssl-dev_*.deb Depends | grep -oE 'libssl[0-9][a-z0-9]*')
    dpkg-deb -x "$work"/apt/libssl-dev_*.deb "$root" &&
        from_debian deb "$1" download "$library" &&
        dpkg-deb -x "$work/apt/$library"_*.deb "$root" && rm -rf "$work/apt" || return
    dirs=("$root"/usr/lib/*-linux-gnu)
    printf 'Name: openssl\nDescription: TLS\nVersion: 3.0\nLibs: -L%s -Wl,-rpath,%s -lssl -lcrypto\nCflags: -isystem %s -isystem %s\n' \
        "${dirs[0]}" "${dirs[0]}" "$root/usr/include" "$root/usr/include/$(basename "${dirs[0]}")" \
        >"$work/$1-cmocka/openssl.pc"
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
    local dir=$work/$1 compiler tls=disabled
    compiler=$(of "$1" c)
    # Nothing but those two: what pkg-config knows is for this machine. Compiling
    # may set up anew.
    export PKG_CONFIG_PATH='' PKG_CONFIG_LIBDIR=$work/$1-cmocka
    [ -e "$dir/build.ninja" ] || {
        rm -rf "$dir"
        build_cmocka "$work/$1-cmocka" "$compiler" || return
        get_openssl "$1" && tls=enabled
        meson setup "$dir" --werror -Dtool=disabled -Dtls=$tls -Dlua=disabled --cross-file "tests/cross/$1.ini" || return
    }
    meson compile -C "$dir"
}

run() { # target
    local dir=$work/$1 line name reason omitted=() tests patience=3
    [ -e "$work/$1-cmocka/openssl.pc" ] ||
        { echo "NOT RUN: cross $1: tls: there is no OpenSSL for it"; omitted+=(tls); }
    for line in "${cannot[@]}"; do
        read -r target name reason <<<"$line"
        [ "$target" = "$1" ] || continue
        echo "NOT RUN: cross $1: $name: $reason"
        omitted+=("$name")
    done
    mapfile -t tests < <(meson test -C "$dir" --list "${suites[@]/#/--suite=}" 2>/dev/null |
        sed -n 's/.* \/ //p' | grep -vxF "$(printf '%s\n' "${omitted[@]-}")")
    # One at a time: many of them measure time. TLS is slow under qemu-user.
    [ "$1" != s390x ] || patience=10
    meson test -C "$dir" --no-rebuild --num-processes 1 --timeout-multiplier "$patience" \
        "${tests[@]}" >"$dir/log" 2>&1 || { failed=1; grep -E ' (FAIL|TIMEOUT|ERROR) ' "$dir/log"; }
    count "$dir/meson-logs/testlog.txt"
    figures+=("$1 $passed passed, $bad failed, $((skipped + ${#omitted[@]})) not run")
    [ "$passed" -gt 0 ] && [ "$bad" -eq 0 ] || failed=1
}

of() { # target, key of its file: the words of it
    tr '\n' ' ' <"tests/cross/$1.ini" | sed -nE "s/.* $2 = (\[[^]]*\]|'[^']*').*/\1/p" |
        grep -oE "'[^']*'" | tr -d "'"
}

# Every call of the library, and the targets of the fuzzers with what they know.
short() { # target
    local dir=$work/$1-short compiler program ran=() said
    mkdir -p "$dir"
    compiler=$(of "$1" c)
    mapfile -t link < <(of "$1" c_link_args)
    mapfile -t with < <(of "$1" exe_wrapper)
    for program in "$compiler" "${with[0]-true}"; do
        command -v "$program" >/dev/null || { echo "NOT RUN: there is no $program"; return 1; }
    done
    objects "$dir/library" "$compiler" -O1 || return
    for program in calls line address stream; do
        local sources=("tests/fuzz/$program.c" tests/cross/inputs.c) arguments=("tests/fuzz/corpus/$program.hex" 20)
        [ $program != calls ] ||
            sources=(tests/cross/calls.c tests/abi/{operations,surroundings}.c) arguments=()
        "$compiler" -O1 "${straight[@]}" "${sources[@]}" "$dir"/library/*.o "${link[@]}" -lpthread -o "$dir/$program" || return
        said=$(timeout 100 "${with[@]}" "$dir/$program" "${arguments[@]}" 2>&1) ||
            { echo "$program ended with $?: $said"; return 1; }
        ran+=("$program $said,")
    done
    said=${ran[*]}
    echo "${said%,}"
}

mkdir -p "$work"
if [ "${targets[*]}" = short ]; then
    . scripts/straight.sh
    . tests/support/tap.sh
    for target in musl i386 s390x; do
        check_told "cross $target" short "$target"
    done
    plan
    exit
fi
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
