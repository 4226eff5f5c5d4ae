#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# What programs that are built already rely on: the last release against what is
# here; then what is exported, how it is hardened and which system calls it makes.
# A release is kept as a dump of each library's types and calls and the values of
# its constants (tests/abi/release), which is what is compared, also with changes
# that break programs and with some that fit: each must be judged rightly.
# usage: abi.sh BUILD-FOLDER
#        abi.sh BUILD-FOLDER compare   the first alone, printed as TAP, for the suite
#        abi.sh BUILD-FOLDER dump      what is here becomes the last release
set -u
cd "$(dirname "$0")/.." || exit 1
build=$1
work=$(realpath -m "$build")/abi${2+-$2}
failed=0
libraries=(runnel runnel_tls) # each by the name of its header
rm -rf "$work"
mkdir -p "$work"

# Names and values of the constants: abidiff sees none that no function takes.
names() { # header
    grep -oE '^ +RN_[A-Z0-9_]+ = |^#define RN_[A-Z0-9_]+ +[^ ].*' "$1" |
        grep -oE 'RN_[A-Z0-9_]+' | grep -vxE 'RN_API|RN_PRINTF' | sort -u
}
values() { # folder of the headers, library: of the names on standard input
    {
        printf '#include <stdio.h>\n#include <%s.h>\nint main(void) {\n' "$2"
        sed 's/.*/printf("%s %lld\\n", "&", (long long)&);/'
        echo '}'
    } | cc -x c -I"$1" - -o "$work/constants" && "$work/constants"
}

# Without what is called and not ours, which is half of it.
dump() { # folder with include and the built libraries; into another folder
    local name
    mkdir -p "$2"
    for name in "${libraries[@]}"; do
        abidw --drop-private-types --headers-dir "$1/include" --no-corpus-path --no-comp-dir-path \
            --short-locs --no-parameter-names --no-elf-needed "$1/$name.so" |
            awk '/<function-decl/ && !/elf-symbol-id/ {skip = !/\/>/; next}
                !skip {print} /<\/function-decl>/ {skip = 0}' >"$2/$name.abi" &&
            names "$1/include/$name.h" | values "$1/include" "$name" >"$2/$name.constants" || return
    done
}

# Each difference that may break a program, a line each; additions are none.
differences() { # dump of before, folder now
    local code now name
    for name in "${libraries[@]}"; do
        abidiff --fail-no-debug-info --no-added-syms --drop-private-types \
            --headers-dir2 "$2/include" "$1/$name.abi" "$2/$name.so" >"$work/diff" 2>&1
        code=$?
        { echo "== $2, $name"; cat "$work/diff"; } >>"$work/log"
        [ $code -eq 0 ] || grep -E '^ +\[[A-Z]\] ' "$work/diff" ||
            echo "abidiff ended with $code: $(tail -1 "$work/diff")"
        now=$(cut -d' ' -f1 "$1/$name.constants" | values "$2/include" "$name" 2>&1)
        diff "$1/$name.constants" <(echo "$now") | grep '^>'
    done
}

# Straight from the compiler, as a release of any age may be built.
shared() { # library.so, sources...
    cc -std=c11 -g -O1 -shared -fPIC -fvisibility=hidden -D_POSIX_C_SOURCE=200809L \
        -DRNI_VERSION=0 -Iinclude -o "$@"
}
build_all() { # folder with src and include
    (cd "$1" && shared runnel.so src/*.c src/{stream,net}/*.c &&
        { [ ${#libraries[@]} -eq 1 ] || shared runnel_tls.so src/tls/*.c src/stream/window.c; }) >"$1.log" 2>&1
}

# A change of the list: prints what is wrong with how it was judged.
judge() { # number, name, verdict, sed script
    local dir=$work/change$1 found verdict
    mkdir -p "$dir"
    cp -R src include "$dir"
    sed -i "$4" "$dir"/include/*.h "$dir"/src/*.[ch] "$dir"/src/*/*.[ch]
    if [ -n "$4" ] && diff -r src "$dir/src" >/dev/null && diff -r include "$dir/include" >/dev/null; then
        echo "not made: $2"
    elif ! build_all "$dir"; then
        echo "not built: $2"
        grep -E -m 3 'error' "$dir.log"
    else
        found=$(differences "$work/dump" "$dir")
        verdict=told
        [ -n "$found" ] || verdict=fits
        [ $verdict = "$3" ] || echo "not judged as $3: $2"
    fi
    rm -rf "$dir"
}

judged() { # the whole list
    local number=0 good=0 name verdict script wrong
    while IFS='|' read -r name verdict script; do
        number=$((number + 1))
        wrong=$(judge $number "$name" "$verdict" "$script")
        if [ -z "$wrong" ]; then good=$((good + 1)); else echo "$wrong"; fi
    done < <(grep -v '^#' tests/abi/changes.list)
    figures+=", $good of $number planted ones judged rightly"
    [ $good -eq $number ] || failed=1
}

compared() { # with the last release: [lenient]
    local found
    if [ -z "$released" ]; then
        echo 'NOT RUN: abi: there is no release in tests/abi/release to compare with' >&2
        figures='no release to compare with (NOT RUN)'
        failed=1
        return
    fi
    found=$(differences "$released" "$work/present")
    figures="$(grep -c . <<<"$found") changes since $(basename "$released")"
    [ -n "$found" ] || return
    echo "$found" | sed 's/^/# /'
    # A version in the making may still change what it will be.
    [ "$(basename "$released")" != "$version" ] || [ "${1-}" != lenient ] || return
    echo "# all of it: $work/log; a release that may break programs: scripts/abi.sh $build dump"
    failed=1
}

if ! command -v abidiff >/dev/null; then
    echo 'NOT RUN: abi: there is no abidiff (package abigail-tools)' >&2
    [ "${2-}" = compare ] || exit 1
    echo '1..0 # SKIP there is no abidiff'
    exit 0
fi
if ! cc -E -include openssl/ssl.h -x c /dev/null >/dev/null 2>&1; then
    echo '# SKIPPED: NOT RUN: abi: runnel_tls: there is no OpenSSL (package libssl-dev)'
    libraries=(runnel)
    [ "${2-}" = compare ] || exit 1
fi
mkdir "$work/present"
cp -R src include "$work/present"
build_all "$work/present" || { cat "$work/present.log"; exit 1; }
released=$(ls -d tests/abi/release/* 2>/dev/null)
version=$(sed -n "s/^  version: '\(.*\)',/\1/p" meson.build)
if [ "${2-}" = dump ]; then
    rm -rf tests/abi/release
    dump "$work/present" "tests/abi/release/$version"
    exit
fi
if [ "${2-}" = compare ]; then
    compared lenient
    [ $failed -eq 0 ] || printf 'not '
    echo "ok 1 - programs built before go on running: $figures"
    echo 1..1
    exit $failed
fi
compared
dump "$work/present" "$work/dump" || exit 1
judged

if [ -e "$build/build.ninja" ]; then
    meson configure "$build" -Dtests=enabled
else
    meson setup "$build" -Dtests=enabled >/dev/null
fi
meson compile -C "$build" >"$work/compile.log" 2>&1 || { cat "$work/compile.log"; exit 1; }
meson test -C "$build" --no-rebuild --logbase abi --print-errorlogs \
    exports exports_tls hardening syscalls syscalls_tls every_call every_call_tls || failed=1
log=$build/meson-logs/abi.txt

# Of the one test's cases, by how their names begin.
oks() { grep -cE "^ok +[0-9]+ - $1" "$log"; }
all() { grep -cE "^(not )?ok +[0-9]+ - $1" "$log"; }
file='(lib)?(runnel|core-|tlscore-)[^ ]*'
listed=$(sort src/symbols.list src/tls/symbols.list)
exported=$(nm -D --defined-only "$build"/librunnel.so "$build"/src/tls/librunnel-tls.so |
    awk '$2 == "T" {print $3}' | sed 's/@.*//' | sort | comm -12 - <(echo "$listed"))
figures+=" | exports $(wc -l <<<"$exported")/$(wc -l <<<"$listed")"
figures+=" | hardening $(oks "$file: ")/$(all "$file: ")"
figures+=" on $(grep -oE "^(not )?ok +[0-9]+ - $file: " "$log" | awk '{print $NF}' | sort -u | wc -l) files"
figures+=" | system calls $(oks 'needed: ')/$(all 'needed: ')"
figures+=", with the list alone $(oks '[A-Za-z ]* with the listed')/$(all '[A-Za-z ]* with the listed')"
echo "abi: $figures"
exit $failed
