#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# RESULTS.md, out of what bench.sh left in the build folder.
# usage: report.sh BUILD-FOLDER
set -u
build=$1
here=$(cd "$(dirname "$0")" && pwd)
out=$build/bench

version() { # package...
    dpkg-query -W -f '${Package} ${Version}\n' "$@" 2>/dev/null | paste -sd, | sed 's/,/, /g'
}

cat <<EOF
# What things cost

Written by \`make bench\`; do not edit. A line, a block, a round trip or a connection
is an item. CPU is the processor time of the client for an item, user and system,
by wait4(2), less that of a run without items, one behind each run; the median of
${ROUNDS:-7} rounds, in which the clients take turns. Where their goals are close, \`raw\` and
\`runnel\` run five times in each round; the others are good to some percent, up to
a quarter where blocks are moved. User time is the share that the kernel's clock
ticks saw in all runs, good to some percent. The far end is the same bare program for all,
on the other processor. Ratios are to \`raw\`: recv and send, a buffer, memchr.
\`unlocked\` is runnel with rn_set_unlocked. \`bare5.4\` is a method for that Lua which
is recv, memchr and lua_pushlstring and nothing else: the least that a line can cost
there. \`readln\` in Lua has a call for the first byte of each line, \`readln-call\` and
\`readln-for\` (a loop over an iterator) have none. Sizes of lines count the line feed;
buffers have 64 KiB and lines 32 bytes unless a job's name says otherwise; blocks
64 KiB.

$(date -u +%Y-%m-%d), $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -1), $(nproc) processors, Linux $(uname -r), load $(cut -d' ' -f1 /proc/loadavg)
when it ended; runnel $(git -C "$here" rev-parse --short HEAD 2>/dev/null || echo of no commit), $(gcc --version | head -1);
$(version libc6 libglib2.0-0 libevent-2.1-7 golang-go rustc lua-socket lua-cqueues python3 tcl8.6).

## Goals

$("$here/goals.sh" "$out/jobs.tsv" | sed 's/^/    /')

## Jobs

| job | client | CPU ns | ratio | user ns | ratio | wall ns | ratio |
|---|---|--:|--:|--:|--:|--:|--:|
EOF
awk -F'\t' '
    $3 == "-" {printf "| %s | %s | NOT RUN: %s |\n", $1, $2, $4; next}
    $2 == "raw" {for (i = 3; i <= 5; i++) raw[$1, i] = $i}
    {printf "| %s | %s", $1, $2
     for (i = 3; i <= 5; i++)
         printf " | %.1f | %s", $i, (raw[$1, i] > 0 ? sprintf("%.2f", $i / raw[$1, i]) : "")
     print " |"}' "$out/jobs.tsv"
cat <<EOF

## An idle connection

Bytes for each of 9,900: what the C library's heap grew by (C clients alone), and
the most memory that the process ever had.

| client | heap | resident |
|---|--:|--:|
EOF
awk -F'\t' '$1 == "pingpong-9900" && $3 != "-" {
    printf "| %s | %s | %s |\n", $2, ($6 > 0 || $2 == "raw" ? $6 : ""), $7}' "$out/jobs.tsv"
for axis in line buffer connections; do
    case $axis in
    line) title='A line, by its length' ;;
    buffer) title='A line of 32 bytes, by the size of the buffer' ;;
    connections) title='A round trip, by the number of open connections' ;;
    esac
    printf '\n## %s\n\nCPU nanoseconds; plotted in the build folder, `bench/%s.png`.\n\n' "$title" $axis
    awk '{printf "|"; for (i = 1; i <= NF; i++) printf " %s |", $i; print ""}
         NR == 1 {printf "|"; for (i = 1; i <= NF; i++) printf "--:|"; print ""}' "$out/$axis.txt"
done
cat <<EOF

## Counted

Instructions and system calls of the client, and bytes of heap, beside the limits
that \`make check\` holds (\`make bench-count\`).

$(sed -n 's/^ok [0-9]* - \|^not ok [0-9]* - /    /p; s/^# /    /p' "$out/count.txt")
EOF
