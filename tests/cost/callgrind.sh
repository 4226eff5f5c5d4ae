# SPDX-License-Identifier: MIT
# Counting with callgrind so that every machine counts the same. Read by the tests
# that do, with $limits set.
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

# Where the limits do not hold, or nothing can be counted, skip the whole test.
skip() {
    echo "SKIPPED: instructions: $1" >&2
    echo "1..0 # SKIP $1"
    exit 0
}

for_this_machine() { # a program or module of this build
    valgrind --tool=callgrind --callgrind-out-file=/dev/null true 2>/dev/null || skip 'valgrind cannot run here'
    local built_by wanted
    built_by=$(strings -a "$1" | grep -m1 '^GCC: (')
    wanted=$(sed -n 's/^# built by //p' "$limits")
    [[ $(uname -m) = x86_64 && $built_by = *"$wanted"* ]] ||
        skip "the limits are for x86_64 and $wanted, this is $(uname -m), ${built_by:-another compiler}"
}

# The C library's oldest routines, so that every x86-64 machine counts the same:
# not one of what it chooses others by. Nor does memory get filled, as meson's
# tests ask for.
unset MALLOC_PERTURB_
hwcaps=-AVX_Fast_Unaligned_Load,-AVX2,-AVX512F,-AVX512VL,-AVX512BW,-ERMS,-FSRM,-BMI2
export GLIBC_TUNABLES=glibc.cpu.hwcaps=$hwcaps,-SSSE3,-SSE4_1,-SSE4_2

instructions() { # callgrind's options, program, arguments... : not of its children
    valgrind --tool=callgrind --callgrind-out-file=/dev/null --log-file="$dir/log.%p" "$@" &
    local pid=$!
    wait $pid && awk '/Collected *:/ {print $NF}' "$dir/log.$pid"
}
