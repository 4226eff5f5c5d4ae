#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The simulation (tests/sim): first the seeds that failed once, then new ones.
# Or the mistakes of tests/sim/mutants.list, one at a time, each of which some
# seed must find; a crash and a loop without end are found, too.
# usage: sim.sh BUILD-FOLDER seeds [SEEDS] [FIRST]
#        sim.sh BUILD-FOLDER mutants [SEEDS]
set -u
cd "$(dirname "$0")/.." || exit 1
build=$1
began=$SECONDS
number=0
sources=$(cd src && echo *.c {stream,net,tls}/*.c)
version=$(sed -n "s/^  version: '\(.*\)',/\1/p" meson.build)

compile() { # folder with include and src, a source in src: its object
    gcc -std=c11 -O1 -w -D_POSIX_C_SOURCE=200809L -D_FILE_OFFSET_BITS=64 \
        -DRNI_VERSION="$version" -I"$1/include" -c "$1/src/$2" -o "$3"
}

# One line of the list: prints "found" with the seed, or what went wrong.
mutant() { # number, line of the list
    local name file script
    IFS='|' read -r name file script <<<"$2"
    script=${2#*|*|}
    local dir=$work/mutant$1
    mkdir -p "$dir" && cp -r include src "$dir"
    sed -i "$script" "$dir/$file"
    if cmp -s "$file" "$dir/$file"; then
        echo "NOT MADE: $name"
    elif ! compile "$dir" "${file#src/}" "$dir/mutant.o" 2>"$dir/log" ||
        ! gcc -o "$dir/sim" "$work"/sim/*.o "$dir/mutant.o" "$work/library.a" $links -lssl -lcrypto -lpthread \
            2>>"$dir/log"; then
        tail -3 "$dir/log"
        echo "NOT BUILT: $name"
    elif timeout 100 env SIM_BRIEF=1 "$dir/sim" --seeds "$seeds" >"$dir/log" 2>&1; then
        echo "NOT FOUND: $name"
    else
        echo "found: $name ($(sed -n 's/^# BAD //p' "$dir/log" | head -1 | cut -c 1-90))"
    fi
    rm -rf "$dir"
}

if [ "$2" = mutants ]; then
    seeds=${3:-20000}
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
    trap 'exit 1' HUP INT TERM
    mkdir "$work/objects" "$work/sim"
    names=$(sed -n "/^wrapped = /,/\]/{s/' + large/64'/g;p}" tests/meson.build | grep -o "'[a-z0-9_]*'" | tr -d "'")
    links=$(printf -- '-Wl,--wrap=%s ' $names)
    for file in $sources; do
        compile . "$file" "$work/objects/$(tr / _ <<<"$file").o" || exit 1
    done
    ar rcs "$work/library.a" "$work"/objects/*.o
    for file in tests/sim/*.c tests/tls/{far,certificates}.c; do
        [ "$file" != tests/sim/no_secret.c ] || continue
        gcc -std=c11 -O2 -w -fno-builtin -D_POSIX_C_SOURCE=200809L -D_FILE_OFFSET_BITS=64 \
            -Iinclude -c "$file" -o "$work/sim/$(basename "$file").o" || exit 1
    done
    # Else every mistake would be found.
    if ! gcc -o "$work/none" "$work"/sim/*.o "$work/library.a" $links -lssl -lcrypto -lpthread ||
        ! SIM_BRIEF=1 "$work/none" --seeds "$seeds" >"$work/log" 2>&1; then
        cat "$work/log"
        echo "sim: something is bad without any mistake"
        exit 1
    fi
    export -f mutant compile
    export work seeds version links
    grep -v '^#' tests/sim/mutants.list |
        while IFS= read -r line; do printf '%d\0%s\0' $((++number)) "$line"; done |
        xargs -0 -n 2 -P "$(nproc)" bash -c 'mutant "$@"' mutant | tee "$work/log"
    found=$(grep -c '^found' "$work/log")
    mutants=$(grep -vc '^#' tests/sim/mutants.list)
    echo "sim: $found of $mutants mistakes found within $seeds seeds, $((SECONDS - began)) s"
    [ "$found" -eq "$mutants" ]
    exit
fi

if [ -e "$build/build.ninja" ]; then
    meson configure "$build" -Dtests=enabled
else
    meson setup "$build" -Dtests=enabled >/dev/null
fi
ninja -C "$build" tests/sim/sim >"$build/compile.log" 2>&1 || {
    cat "$build/compile.log"
    exit 1
}
exec "$build/tests/sim/sim" --list tests/sim/seeds.list --jobs "$(nproc)" \
    --seeds "${3:-200000}" --first "${4:-$((RANDOM * 32768 * 32768 + RANDOM * 32768 + RANDOM))}"
