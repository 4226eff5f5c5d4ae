#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Every call to the system fails in turn (tests/sweep), or two in one run. Fails
# where less was tried than is asked for.
# usage: sweep.sh BUILD-FOLDER sweep | sweep-pairs [COUNT]
set -eu
build=$1
if [ -e "$build/build.ninja" ]; then
    meson configure "$build" -Dtests=enabled
else
    meson setup "$build" -Dtests=enabled >/dev/null
fi
meson compile -C "$build" sweep >"$build/compile.log" 2>&1 || {
    cat "$build/compile.log"
    exit 1
}
if [ "$2" = sweep ]; then
    exec "$build/tests/sweep/sweep" --jobs "$(nproc)" --kinds 20 --faults 20000
fi
count=${3:-100000}
exec "$build/tests/sweep/sweep" --jobs "$(nproc)" --pairs "$count" \
    --seed "${SEED:-$RANDOM}"
