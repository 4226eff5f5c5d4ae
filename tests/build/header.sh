#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Each header compiles alone, as C and as C++, without a warning. Prints TAP.
# usage: header.sh INCLUDE-FOLDER
set -u
. "$(dirname "$0")/../support/tap.sh"
warnings=(-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror)
for header in runnel runnel_tls; do
    for standard in c11 c17; do
        check "$header.h alone is $standard" \
            gcc -std=$standard "${warnings[@]}" -Wold-style-definition -I"$1" \
            -x c -fsyntax-only - <<<"#include <$header.h>"
    done
    for standard in c++11 c++17 c++20; do
        check "$header.h alone is $standard" \
            g++ -std=$standard "${warnings[@]}" -Wold-style-cast -I"$1" \
            -x c++ -fsyntax-only - <<<"#include <$header.h>"
    done
done
plan
