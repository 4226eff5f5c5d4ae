#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# What can be counted exactly: instructions, system calls, heap, beside the limits
# of tests/cost/limits.list. usage: cost.sh BUILD-FOLDER
set -u
build=$1
# shellcheck source=scripts/count.sh
. "$(dirname "$0")/count.sh"
meson configure "$build" -Dtests=enabled
meson compile -C "$build" >"$build/cost.log" 2>&1 || { cat "$build/cost.log"; exit 1; }
log=$build/meson-logs/testlog.txt
meson test -C "$build" --no-rebuild --suite cost >"$build/cost.log" 2>&1
result=$?
grep -aE '^(ok|not ok|#|SKIPPED)' "$log"
count "$log"
echo "$passed passed, $bad failed, $skipped skipped"
exit $result
