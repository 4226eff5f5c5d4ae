# SPDX-License-Identifier: MIT
# What the counting tests share: the limits, and cases as TAP. Read by them;
# they end with plan.
number=0

at_most() { # what, limit, got
    number=$((number + 1))
    if awk "BEGIN {exit !(${3:-1e99} <= $2)}"; then
        echo "ok $number - $1: $3 (at most $2)"
    else
        echo "not ok $number - $1: ${3:-nothing was counted}, more than $2"
    fi
}

# For one item: the difference between a run of $items and one of twice as many,
# so that what is done once does not count.
each() { # command that counts, its arguments up to the number of items...
    local once twice
    once=$("$@" "$items") && twice=$("$@" $((2 * items))) || return
    awk "BEGIN {print ($twice - $once) / $items}"
}

limited() { # what: its limit is in the table; got
    local limit
    limit=$(awk -v what="$1" '$1 == what {print $2}' "$limits")
    at_most "$1" "${limit:-0}" "$2"
}

plan() { echo "1..$number"; }
