#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Every job with every peer: a table here, bench/RESULTS.md, and plots in the
# build folder. What was missed is shown, and is no failure: a machine is noisy.
# usage: bench.sh BUILD-FOLDER
set -u
build=$1
# shellcheck source=bench/common.sh
. "$(dirname "$0")/common.sh"
out=$build/bench
jobs_tsv=$out/jobs.tsv curves_tsv=$out/curves.tsv
: >"$jobs_tsv" >"$curves_tsv"

# One Lua of each library is enough where Lua's own time is not what counts.
few=(raw runnel unlocked stdio gio libevent go rust python tcl lua5.4 luasocket5.4 cqueues5.4)
native=(raw runnel unlocked stdio gio libevent go rust)
clients_of() { # job
    case $1 in
    readln | writeln) echo "${order[*]}" ;;
    readln-call | readln-for) printf '%s\n' "${order[@]}" | grep -E '^(lua|bare)' ;;
    pingpong-9900) echo "${native[*]} lua5.4" ;;
    pingpong-timeout | relay | readall-*) echo 'raw runnel' ;;
    *) echo "${few[*]}" ;;
    esac
}

# Where a goal has raw and runnel within some hundredths of each other, a median of
# seven runs is too coarse.
turns_of() { # job
    awk -v job="$1" '$1 == job && $2 == "runnel" && $4 == job && $5 == "raw" && $6 >= 1 && $6 < 1.1 {turns = 5}
        END {print turns ? turns : 1}' "$here/goals.list"
}

# shellcheck disable=SC2046 # words
header
while read -r title _; do
    turns=$(turns_of "$title")
    measure "$title" $(job "$title") $(clients_of "$title") | tee -a "$jobs_tsv" | rows
done < <(grep -v '^#' "$here/jobs.list")
while read -r title _; do
    grep -qE "^$title	[^	]+	[0-9]" "$jobs_tsv" || { echo "job $title: nothing was measured" >&2; exit 1; }
done < <(grep -v '^#' "$here/jobs.list")

turns=1
# The curves: one of the three numbers changes, and is the title.
for size in 8 32 128 512 2048 8192 32768 65536; do
    measure "line $size" readln $size 65536 1 lf raw runnel stdio go rust python lua5.4
done >>"$curves_tsv"
for buffer in 512 2048 8192 32768 131072 524288; do
    measure "buffer $buffer" readln 32 $buffer 1 lf raw runnel stdio go rust python lua5.4
done >>"$curves_tsv"
for connections in 1 10 100 1000 9900; do
    measure "connections $connections" pingpong 32 65536 $connections lf raw runnel stdio libevent go rust
done >>"$curves_tsv"

# For gnuplot: a column for each client, a row for each x.
for axis in line buffer connections; do
    awk -F'\t' -v axis=$axis '
        {split($1, x, " ")}
        x[1] != axis || $3 == "-" {next}
        !($2 in column) {column[$2] = ++n; name[n] = $2}
        !(x[2] in row) {row[x[2]] = ++m; at[m] = x[2]}
        {cost[x[2], $2] = $3}
        END {printf axis
             for (i = 1; i <= n; i++) printf " %s", name[i]
             for (j = 1; j <= m; j++) {
                 printf "\n%s", at[j]
                 for (i = 1; i <= n; i++)
                     printf " %s", ((at[j], name[i]) in cost ? cost[at[j], name[i]] : "?")
             }
             print ""}' "$curves_tsv" >"$out/$axis.txt"
done
if command -v gnuplot >/dev/null; then
    (cd "$out" && gnuplot "$here/plots.gp") && plots=$(ls "$out"/*.png)
else
    plots='NOT PLOTTED: no gnuplot'
fi

echo
goals=$("$here/goals.sh" "$jobs_tsv")
echo "$goals"
"$here/../scripts/cost.sh" "$build" >"$out/count.txt" || grep -q ' passed, ' "$out/count.txt" || exit 1
"$here/report.sh" "$build" >"$here/RESULTS.md"
"$here/../scripts/plot.sh" --write
echo
echo "$plots"
echo "benchmark: $(grep -vc '	-	' "$jobs_tsv") measured, $(grep -c '	-	' "$jobs_tsv") not run;" \
    "goals: $(grep -c '^met' <<<"$goals") met, $(grep -c '^MISSED' <<<"$goals") MISSED," \
    "$(grep -c '^NOT' <<<"$goals") not measured"
