#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Thousands of connections, killed, slow and lossy, for so many seconds
# (tests/soak). Fails where anything is lost, grows, stays open or spins.
# usage: soak.sh BUILD-FOLDER SECONDS PAIRS TLS   so many in a hundred over TLS
#        soak.sh BUILD-FOLDER short   6 seconds of one seed, as TAP, for the suite
set -eu
build=$1
if [ "${2-}" = short ]; then
    if [ "$(id -u)" -ne 0 ]; then
        echo '1..0 # SKIP soak: a network of its own needs root'
        exit 0
    fi
    line=$(timeout -k 5 100 "$build/tests/soak/soak" 6 3000 1 10 2>&1) || { sed 's/^/# /' <<<"$line"; printf 'not '; }
    echo "ok 1 - $(tail -1 <<<"$line" | tr '|' ',')"
    echo 1..1
    exit 0
fi
if [ -e "$build/build.ninja" ]; then
    meson configure "$build" -Dtests=enabled
else
    meson setup "$build" -Dtests=enabled >/dev/null
fi
meson compile -C "$build" tests/soak/soak >"$build/compile.log" 2>&1 || {
    cat "$build/compile.log"
    exit 1
}
if [ "$(id -u)" -ne 0 ]; then
    echo 'NOT RUN: soak: a network of its own needs root' >&2
    exit 1
fi
# It ends by itself in less; this is for the day when it does not.
exec timeout -k 5 $(($2 + 60)) "$build/tests/soak/soak" "$2" "$3" "${SEED:-$RANDOM}" "${4:-10}"
