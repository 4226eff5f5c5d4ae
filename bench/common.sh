# SPDX-License-Identifier: MIT
# What the drivers share: the clients that there are, and how one job is measured.
# Read by them, with $build set; asks for bash.
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
peers=$here/peers
rounds=${ROUNDS:-7}         # in turns: client A B C, A B C, ...
turns=${TURNS:-1}           # of the first two in each round: A B A B C (run.sh)
seconds=${SECONDS_EACH:-0.15} # of processor time for each run

meson setup --reconfigure "$build" >"$build/bench.log" 2>&1 &&
    meson compile -C "$build" >"$build/bench.log" 2>&1 &&
    meson compile -C "$build" bench >"$build/bench.log" 2>&1 || {
    cat "$build/bench.log"
    exit 1
}

# Every client: how it is started, and in `absent` what it lacks.
declare -A client absent
order=()
add() { # name, what must be there, command...
    order+=("$1")
    local name=$1 needs=$2
    shift 2
    client[$name]=$*
    [ -e "$needs" ] || command -v "$needs" >/dev/null || absent[$name]="no $needs"
}

for name in raw runnel stdio gio libevent go rust; do
    add $name "$build/bench/bench-$name" "$build/bench/bench-$name"
done
add unlocked "$build/bench/bench-runnel" env UNLOCKED=1 "$build/bench/bench-runnel"
add python /usr/bin/python3 /usr/bin/python3 "$peers/python.py"
add tcl tclsh tclsh "$peers/tcl.tcl"
for version in 5.1 5.2 5.3 5.4 jit; do
    lua=lua$version
    modules=$build/lua/$version
    add $lua "$modules/runnel/core.so" env "LUA_PATH=$modules/?.lua;;" "LUA_CPATH=$modules/?.so;;" \
        $lua "$peers/runnel.lua"
    bare=$build/bench/bare/$version
    add bare$version "$bare/bare.so" env "LUA_CPATH=$bare/?.so;;" $lua "$peers/bare.lua"
    for library in luasocket:socket cqueues:cqueues io:io; do
        name=${library%:*}$version
        add "$name" $lua $lua "$peers/${library%:*}.lua"
        why=$($lua -e "require '${library#*:}'" 2>&1) || absent[$name]=${why%%$'\n'*}
    done
done

# A line for each client, tab-separated: title, client, and the figures; or "-"
# and why there are none.
measure() { # title, work size buffer connections ending, clients...
    local title=$1 name there=()
    shift
    local what=("${@:1:5}")
    shift 5
    for name in "$@"; do
        if [ -n "${absent[$name]:-}" ]; then
            printf '%s\t%s\t-\t%s\n' "$title" "$name" "${absent[$name]}"
        else
            there+=("$name=${client[$name]}")
        fi
    done
    "$build/bench/measure" "${what[@]}" "$rounds" "$turns" "$seconds" "${there[@]}" |
        awk -v title="$title" '
            $2 == "-" {print title "\t" $1 "\t-\t" substr($0, length($1) + 4); next}
            {gsub(/ /, "\t"); print title "\t" $0}'
}

# The row of jobs.list, without its name.
job() { awk -v name="$1" '$1 == name {$1 = ""; print}' "$here/jobs.list"; }

# What measure wrote of a job, which begins with raw, as a table for people.
header() {
    printf '%-18s %-14s %12s %6s %12s %6s %12s %6s\n' \
        job client 'CPU ns' ratio 'user ns' ratio 'wall ns' ratio
}
rows() {
    awk -F'\t' '
        $3 == "-" {printf "%-18s %-14s NOT RUN: %s\n", $1, $2, $4; next}
        $2 == "raw" {for (i = 3; i <= 5; i++) raw[i] = $i}
        {printf "%-18s %-14s", $1, $2
         for (i = 3; i <= 5; i++)
             printf " %12.1f %6s", $i, (raw[i] > 0 ? sprintf("%.2f", $i / raw[i]) : "")
         print ""}'
}
