#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# What the shared library exports is what the header declares is what the list
# says: the ABI is a text under review. Prints TAP.
# usage: exports.sh LIBRARY LIST HEADER
set -u
versioned=$(nm -D --defined-only "$1" | awk '$2 ~ /[B-Z]/ {print $3}' | sort)
exported=$(sed 's/@.*//' <<<"$versioned")
declared=$(grep -oE '\brn_[a-z_0-9]+\(' "$3" | tr -d '(' | sort -u)
api=$(tr '\n' ' ' <"$3" | grep -oE 'RN_API [^;]*;' | grep -oE '\brn_[a-z_0-9]+\(' | tr -d '(' | sort -u)
listed=$(sort "$2")

same() { # number, name, expected, got
    if [ "$3" = "$4" ]; then echo "ok $1 - $2"; else
        echo "not ok $1 - $2"
        diff <(echo "$3") <(echo "$4") | sed 's/^/# /'
    fi
}
same 1 'the library exports the names of the list' "$listed" "$exported"
same 2 'the header declares the names of the list' "$listed" "$api"
unknown=$(comm -23 <(echo "$declared") <(echo "$listed"))
same 3 'the header speaks of no call that does not exist' '' "$unknown"
same 4 'each name has the version RUNNEL_1' '' "$(grep -Ev '@@RUNNEL(_TLS)?_1$' <<<"$versioned")"
echo 1..4
