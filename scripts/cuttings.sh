#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Every text of CR, LF, x and NUL in every cutting and mode (tests/unit/
# test_cuttings.c): read by lines, and with other reads mixed in, up to one
# length; by every turn of three calls up to another. One line of figures.
# usage: cuttings.sh BUILD-FOLDER LENGTH LENGTH-BY-EVERY-TURN
set -u
build=$1
if [ -e "$build/build.ninja" ]; then
    meson configure "$build" -Dtests=enabled
else
    meson setup "$build" -Dtests=enabled >/dev/null
fi
ninja -C "$build" tests/test_cuttings >"$build/compile.log" 2>&1 || { cat "$build/compile.log"; exit 1; }
"$build/tests/test_cuttings" "$2" "$3" >"$build/cuttings.log" 2>&1
result=$?
[ $result -eq 0 ] || cat "$build/cuttings.log"
echo "cuttings: texts up to $2 bytes, by every turn up to $3," \
    "$(awk '$2 == "cases" {n += $1} END {printf "%.0f", n}' "$build/cuttings.log") cases," \
    "$(grep -c '^\[  FAILED  \] every' "$build/cuttings.log") bad, $SECONDS s"
exit $result
