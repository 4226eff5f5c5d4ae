#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The figures of bench/RESULTS.md as bars of text: what a line costs beside
# others. The README has them; --write puts them there, make bench does so.
# usage: plot.sh [--write]
set -eu
cd "$(dirname "$0")/.."

bars() {
    awk -F ' *[|] *' -v jobs='readln:a line of 32 bytes read' '
        BEGIN {
            split(jobs, job, ":")
            count = split("raw:recv, memchr and a buffer|runnel:runnel|rust:Rust, BufReader|stdio:stdio, getline|go:Go, bufio|" \
                "libevent:libevent, evbuffer|gio:GIO, GDataInputStream|lua5.4:runnel in Lua 5.4|python:Python, makefile|" \
                "luasocket5.4:LuaSocket in Lua 5.4|tcl:Tcl, gets|cqueues5.4:cqueues in Lua 5.4", peers, "|")
            for (i = 1; i <= count; i++) { split(peers[i], p, ":"); title[p[1]] = p[2]; order[i] = p[1] }
        }
        /^20[0-9][0-9]-/ { date = substr($0, 1, 10) }
        $2 == job[1] && ($3 in title) && $4 + 0 > 0 { cost[$3] = $4 }
        END {
            for (i = 1; i <= count; i++) if (cost[order[i]] > most) most = cost[order[i]]
            printf "%s, ns of processor time, %s\n\n", job[2], date
            for (done = 1; done <= count; done++) {
                best = ""
                for (i = 1; i <= count; i++)
                    if (!(order[i] in shown) && (order[i] in cost) && (best == "" || cost[order[i]] + 0 < cost[best] + 0)) best = order[i]
                if (best == "") break
                shown[best] = 1
                bar = ""
                while (length(bar) < int(cost[best] / most * 40 + 0.5) || bar == "") bar = bar "#"
                printf "%-25s%5.0f  %s\n", title[best], cost[best], bar
            }
        }' bench/RESULTS.md
}

[ "${1-}" = --write ] || { bars; exit; }
new=$(bars)
awk -v new="$new" '
    /^```text$/ { print; print new; on = 1; next }
    /^```$/ { on = 0 }
    !on' README.md >README.md.new
mv README.md.new README.md
