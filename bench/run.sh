#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Some jobs, quickly: what an item costs each client, and as a ratio to raw.
# usage: run.sh BUILD-FOLDER JOB...; PEERS (names, or all), ROUNDS, TURNS and
# SECONDS_EACH may be set (common.sh).
set -u
build=$1
shift
# shellcheck source=bench/common.sh
. "$(dirname "$0")/common.sh"

which=${PEERS:-raw runnel unlocked stdio}
[ "$which" = all ] && which=${order[*]}
for name in $which; do
    [ -n "${client[$name]:-}" ] || { echo "no client $name; there are: ${order[*]}" >&2; exit 2; }
done
for title in "$@"; do
    [ -n "$(job "$title")" ] || { echo "no job $title; see bench/jobs.list" >&2; exit 2; }
done
# shellcheck disable=SC2046,SC2086 # words
header
for title in "$@"; do
    measure "$title" $(job "$title") $which | rows
done
