#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# What is printed is what is compiled: the C blocks of the README are the files
# of examples/, of at most 15 lines, and the example of the header compiles; the
# calls and files that pages name exist. Prints TAP.
# usage: docs.sh SOURCE-FOLDER
set -u
. "$(dirname "$0")/../support/tap.sh"
cd "$1" || exit 1
block() { # the n-th block of the README in that language
    awk -v n="$1" -v start="^\`\`\`${2:-c}\$" '$0 ~ start {on = ++k == n; next} /^```/ {on = 0} on' README.md
}
body() { # an example without the comment that says what it is
    sed '1{/^\/\*/d}; /^-- /d' "$1"
}
header_example() {
    printf '#include <runnel.h>\n#include <stdio.h>\n#include <stdlib.h>\n'
    printf 'static void die(const char *why) { puts(why); exit(1); }\n'
    printf 'int main(void) {\n'
    sed -n '/^ \*     rn_error err;/,/^ \*     rn_free(s);/s/^ \*//p' include/runnel.h
    printf '}\n'
}
compiles() { header_example | gcc -std=c11 -Wall -Wextra -Werror -Iinclude -x c -fsyntax-only -; }

check 'the client of the README is examples/client.c' diff <(block 1) <(body examples/client.c)
check 'the server of the README is examples/server.c' diff <(block 2) <(body examples/server.c)
check 'the Lua client of the README is examples/lua/client.lua' \
    diff <(block 1 lua) <(body examples/lua/client.lua)
for i in 1 2; do
    check "block $i of the README has at most 15 lines" \
        test "$(block $i | grep -c .)" -le 15
done
check 'the example of the header compiles' compiles
bars() { sed -n '/^```text$/,/^```$/p' README.md | grep -v '^```'; }
check 'the bars of the README are those of bench/RESULTS.md (scripts/plot.sh --write)' \
    diff <(bars) <(scripts/plot.sh)
version=$(sed -n "s/^  version: '\(.*\)',/\1/p" meson.build)
check 'the newest changes are those of this version' \
    test "$(sed -n 's/^## //p' CHANGELOG.md | head -1)" = "$version"
for page in *.md docs/*.md; do
    for name in $(grep -oE '\brn_[a-z_]+' "$page" | sort -u); do
        grep -qE "\b$name\b" include/*.h || check "$name in $page exists" false
    done
    missing() { # files of this tree that the page names
        grep -oE '`(docs|examples|tests|bench|scripts|include|src|lua|tool|man)/[A-Za-z0-9_./-]*`' "$page" | tr -d '`' |
            sort -u | while read -r name; do [ -e "$name" ] || echo "$name"; done
    }
    check "what $page names is there" test -z "$(missing)"
    unheld() { # tests that the page names: `file: test`
        grep -oE '`tests/[a-z_/]+\.c: [a-z_0-9]+`' "$page" | tr -d '`:' | while read -r file test; do
            grep -qE "^$test\(|[(]$test[,)]" "$file" || echo "$file: $test"
        done
    }
    check "the tests that $page names are there" test -z "$(unheld)"
done
plan
