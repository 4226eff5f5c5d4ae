#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# runnel wait and runnel ping, end to end. Prints TAP.
# usage: test_wait_ping.sh PATH-OF-RUNNEL
set -u
tool=$1
. "$(dirname "$0")/support.sh"

start server "$tool" listen --keep 0 "$own"
server=$pid open=$port
closed_port
closed=$port

# ---- wait

check 'wait for somebody who is there' exits 0 wait "$own:$open"
check 'says when he answered' says err "$own:$open answers after "
check 'and nothing with -q' exits 0 wait -q "$own:$open"
check 'not a word' test ! -s "$dir/err"
check 'the bound is for all together' \
    complains 5 'no answer within 600 ms' wait -q "$own:$open" "$own:$closed" "$own:$closed" --for 600ms
check 'the line says who, why, and how many more' \
    says err "connect to $own:$closed: connection refused (and 1 more)"
check 'wait tells it all with --json' exits 5 wait --json -q "$own:$open" "$own:$closed" --for 600ms
targets() {
    python3 - "$dir/out" "$own:$open" "$own:$closed" <<'P'
import json, sys
report = json.load(open(sys.argv[1]))
there, absent = report["targets"]
assert there["target"] == sys.argv[2] and there["answered"] and there["after_ms"] > 0, there
assert absent["target"] == sys.argv[3] and not absent["answered"], absent
assert absent["code"] == "RN_E_REFUSED" and absent["tries"] >= 1, absent
assert report["exit"] == 5 and report["ended"] == "timeout" and report["total_ms"] >= 600, report
P
}
check 'target by target' targets

check 'any bytes may be in a target' exits 5 wait --json -q --for 10ms $'unix:/no\377where'
check 'and it is in the object' grep -q '"target":"unix:/no?where","answered":false' "$dir/out"

# One that opens later: it opens when a first attempt has failed.
later() { # target, arguments of listen...
    local target=$1 failed
    shift
    mkfifo "$dir/watch"
    "$tool" wait -v --every 20ms --for 20s "$target" 2>"$dir/watch" &
    local waiting=$!
    exec 8<"$dir/watch"
    read -r -t 20 failed <&8
    echo "$failed"
    [[ $failed == *"$target"* ]] || return 1
    start late "$tool" listen "$@" </dev/null
    ends $waiting 0 && ends "$pid" 0
    local code=$?
    exec 8<&-
    rm "$dir/watch"
    return $code
}
check 'wait for a port that opens later' later "$own:$closed" "$closed" "$own"
check 'wait for a path that appears later' later "unix:$dir/late" "unix:$dir/late"

"$tool" wait --for 0 "$own:$closed" 2>"$dir/err" &
pid=$!
# It has a handler once it has made its pipe for pausing.
until [ "$(ls -l "/proc/$pid/fd" 2>/dev/null | grep -c pipe:)" -ge 2 ]; do :; done
kill -TERM $pid
wait $pid
check 'a signal ends wait' is_code $? 143

check 'wait without a port' complains 2 '"localhost"' wait localhost
check 'wait with a port that cannot be' complains 2 '"65536"' wait localhost:65536
check 'wait for port 0 ends at once' complains 2 'port 0' wait --for 10s "$own:$closed" localhost:0
check 'wait with a bad time' complains 2 '"soon"' wait localhost:1 --for soon

# ---- ping

check 'ping' exits 0 ping -c 5 -i 1ms "$own" "$open"
check 'a line for each' test "$(grep -cE "^[1-5]: $own [0-9.]+ (us|ms|s)$" "$dir/out")" = 5
check 'a summary' says out "$own:$open: 5 sent, 5 answered, 0% lost"
check 'no histogram without a terminal' test "$(wc -l <"$dir/out")" = 7
check 'ping with --json' exits 0 ping --json -c 5 -i 50ms "$own:$open"
figures() {
    python3 - "$dir/out" <<'P'
import json, statistics, sys
r = json.load(open(sys.argv[1]))
ms = r["sorted_ms"]
near = lambda a, b: abs(a - b) <= 0.01 * b + 0.0005
assert r["sent"] == r["answered"] == len(ms) == 5, r
assert ms == sorted(ms) and ms[0] > 0, ms
assert r["min_ms"] == ms[0] and r["median_ms"] == ms[2] and r["max_ms"] == r["p95_ms"] == ms[4], r
assert near(r["mean_ms"], statistics.fmean(ms)) and near(r["deviation_ms"], statistics.pstdev(ms)), r
assert r["total_ms"] >= 200, "five of them, 50 ms apart"
P
}
check 'its figures are those of its measurements' figures
check 'ping where nobody is' exits 4 ping -c 3 -i 0 "$own" "$closed"
check 'says so' says out '3 sent, 0 answered, 100% lost'
check 'and why, on one line' one_line
check 'ping ends at its deadline' exits 0 ping -c 1000 -i 10s --deadline 600ms "$own" "$open"
check 'with what it has' says out '1 sent, 1 answered'
check 'ping none' complains 2 '"0"' ping -c 0 "$own" "$open"
check 'ping at a bad interval' complains 2 '"often"' ping -i often "$own" "$open"
check 'ping port 0' complains 2 'port 0' ping -c 1 "$own" 0
check 'ping a bad port' complains 2 '"80x"' ping "$own" 80x

# On a terminal: the rows of the histogram sum up.
on_terminal() {
    script -qec "stty cols 70; '$tool' ping -q -c 50 -i 0 $own $open" /dev/null </dev/null >"$dir/out"
    tr -d '\r' <"$dir/out" | awk '
        /#$/ && length > 69 {print "too long: " $0; bad = 1}
        / #+$/ || /^ .* (ns|us|ms|s) +0 *$/ {rows++; sum += /^ *>=/ ? $4 : $3}
        END {print rows " rows, sum " sum; exit bad || sum != 50 || rows < 1 || rows > 11}'
}
check_terminal 'on a terminal there is a histogram of all' on_terminal

mkfifo "$dir/pings"
"$tool" ping -i 1h "$own" "$open" >"$dir/pings" 2>"$dir/err" &
pid=$!
exec 8<"$dir/pings"
read -r -t 20 line <&8
kill -TERM $pid
cat <&8 >"$dir/out"
wait $pid
check 'a signal ends ping' is_code $? 143
check 'with its summary' says out '1 sent, 1 answered'
exec 8<&-

kill "$server"
plan
