#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The header compiles alone, as C and as C++, without a warning. Prints TAP.
# usage: header.sh INCLUDE-FOLDER
set -u
warnings=(-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror)
number=0
check() { # name, command...
    local name=$1
    shift
    number=$((number + 1))
    if output=$("$@" 2>&1); then echo "ok $number - $name"; else
        echo "not ok $number - $name"
        echo "$output" | sed 's/^/# /'
    fi
}
for standard in c11 c17; do
    check "the header alone is $standard" \
        gcc -std=$standard "${warnings[@]}" -Wold-style-definition -I"$1" \
        -x c -fsyntax-only - <<<'#include <runnel.h>'
done
for standard in c++11 c++17 c++20; do
    check "the header alone is $standard" \
        g++ -std=$standard "${warnings[@]}" -Wold-style-cast -I"$1" \
        -x c++ -fsyntax-only - <<<'#include <runnel.h>'
done
echo "1..$number"
