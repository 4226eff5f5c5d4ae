#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# What programs that are built already rely on: the last release (a tag v...)
# against what is here; then what is exported, how it is hardened and which
# system calls it makes. The comparison itself is tried on changes that break
# and on some that fit. No dump of a release is kept: it would be generated, and
# the tag has everything to make one.
# usage: abi.sh BUILD-FOLDER
set -u
cd "$(dirname "$0")/.." || exit 1
build=$1
work=$PWD/$build/abi
failed=0
rm -rf "$work"
mkdir -p "$work"

# Names and values of the constants: abidiff sees none that no function takes.
constants() { # names from this header, values from that one
    {
        printf '#include <stdio.h>\n#include <runnel.h>\nint main(void) {\n'
        grep -oE '^ +RN_[A-Z0-9_]+ = |^#define RN_[A-Z0-9_]+ +[^ ].*' "$1/runnel.h" |
            grep -oE 'RN_[A-Z0-9_]+' | grep -vxE 'RN_API|RN_PRINTF' | sort -u |
            sed 's/.*/printf("%s %lld\\n", "&", (long long)&);/'
        echo '}'
    } | cc -x c -I"$2" - -o "$work/constants" && "$work/constants"
}

# Each difference that may break a program, a line each; additions are none.
differences() { # folder before, folder now
    local code before now
    abidiff --fail-no-debug-info --no-added-syms --drop-private-types \
        --headers-dir1 "$1/include" --headers-dir2 "$2/include" \
        "$1/library.so" "$2/library.so" >"$work/diff" 2>&1
    code=$?
    { echo "== $1"; cat "$work/diff"; } >>"$work/log"
    [ $code -eq 0 ] || grep -E '^ +\[[A-Z]\] ' "$work/diff" ||
        echo "abidiff ended with $code: $(tail -1 "$work/diff")"
    before=$(constants "$1/include" "$1/include")
    now=$(constants "$1/include" "$2/include" 2>&1)
    diff <(echo "$before") <(echo "$now") | grep '^>'
}

# Straight from the compiler, as a release of any age may be built.
library() { # folder with src and include; makes library.so there
    (cd "$1" && cc -std=c11 -g -O1 -shared -fPIC -fvisibility=hidden -D_POSIX_C_SOURCE=200809L \
        -DRNI_VERSION=0 -Iinclude src/*.c src/*/*.c -o library.so) >"$1.log" 2>&1
}

# A change of the list: prints what is wrong with how it was judged.
judge() { # number, name, verdict, sed script
    local dir=$work/change$1 found verdict
    mkdir -p "$dir"
    cp -R src include "$dir"
    sed -i "$4" "$dir"/include/*.h "$dir"/src/*.[ch] "$dir"/src/*/*.[ch]
    if [ -n "$4" ] && diff -r src "$dir/src" >/dev/null && diff -r include "$dir/include" >/dev/null; then
        echo "not made: $2"
    elif ! library "$dir"; then
        echo "not built: $2"
        grep -E -m 3 'error' "$dir.log"
    else
        found=$(differences "$work/present" "$dir")
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

compared() { # with the last release
    local release found
    release=$(git describe --tags --abbrev=0 --match 'v*' 2>/dev/null)
    if [ -z "$release" ]; then
        echo 'NOT RUN: abi: there is no release (a tag v...) to compare with' >&2
        figures='no release to compare with (NOT RUN)'
        return
    fi
    mkdir "$work/release"
    git archive "$release" | tar -x -C "$work/release"
    library "$work/release" || { cat "$work/release.log"; exit 1; }
    found=$(differences "$work/release" "$work/present")
    [ -z "$found" ] || { echo "$found"; echo "all of it: $work/log"; failed=1; }
    figures="$(grep -c . <<<"$found") changes since $release"
}

mkdir "$work/present"
cp -R src include "$work/present"
library "$work/present" || { cat "$work/present.log"; exit 1; }
compared
judged

if [ -e "$build/build.ninja" ]; then
    meson configure "$build" -Dtests=enabled
else
    meson setup "$build" -Dtests=enabled >/dev/null
fi
meson compile -C "$build" >"$work/compile.log" 2>&1 || { cat "$work/compile.log"; exit 1; }
meson test -C "$build" --no-rebuild --logbase abi --print-errorlogs \
    exports hardening syscalls every_call || failed=1
log=$build/meson-logs/abi.txt

# Of the one test's cases, by how their names begin.
oks() { grep -cE "^ok +[0-9]+ - $1" "$log"; }
all() { grep -cE "^(not )?ok +[0-9]+ - $1" "$log"; }
file='(lib)?(runnel|core-)[^ ]*'
exported=$(nm -D --defined-only "$build/librunnel.so" | awk '{print $3}' | sed 's/@.*//' | sort | comm -12 - <(sort src/symbols.list))
figures+=" | exports $(wc -l <<<"$exported")/$(wc -l <src/symbols.list)"
figures+=" | hardening $(oks "$file: ")/$(all "$file: ")"
figures+=" on $(grep -oE "^(not )?ok +[0-9]+ - $file: " "$log" | awk '{print $NF}' | sort -u | wc -l) files"
figures+=" | system calls $(oks 'needed: ')/$(all 'needed: ')"
echo "abi: $figures"
exit $failed
