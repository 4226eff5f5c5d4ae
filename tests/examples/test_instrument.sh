#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The example scpi, with a shell script in the place of an instrument. Prints TAP.
# usage: test_instrument.sh EXAMPLES TOOL WITH-SERVER
set -u
. "$(dirname "$0")/support.sh"

cat >"$dir/instrument" <<'END'
errors=0
while read -r command; do
    case $command in
    '*IDN?') echo 'Example,Model 1,0,1.0' ;;
    'MEAS:VOLT?') echo '+1.250000E+00' ;;
    'CURV?') printf '#216a\nb#0123456789\377z\n' ;;
    'CUT?') printf '#3100only this'; exit ;;
    'SYST:ERR?') if [ $errors -gt 0 ]; then errors=$((errors - 1)); echo '-113,"Undefined header"'
        else echo '+0,"No error"'; fi ;;
    'VOLT 5') ;;
    *) errors=$((errors + 1)) ;;
    esac
done
END
scpi() { # expected exit code, command...
    local want=$1
    shift
    runs "$want" scpi 127.0.0.1 "$port" "$@"
}
start scpi "$tool" listen 0 --keep --exec bash "$dir/instrument"
check 'settings and answers' scpi 0 '*IDN?' 'VOLT 5' 'MEAS:VOLT?'
check 'are printed in their order' prints 'Example,Model 1,0,1.0\n+1.250000E+00\n'
check 'a block of bytes, then a line' scpi 0 'CURV?' 'MEAS:VOLT?'
check 'are printed as they are' prints 'a\nb#0123456789\377z+1.250000E+00\n'
check 'errors of the instrument' scpi 1 'NONSENSE' 'MORE NONSENSE'
check 'are told' says err 'the instrument says: -113,"Undefined header"'
check 'both of them' test "$(wc -l <"$dir/err")" -eq 2
check 'a block that is cut' scpi 1 'CUT?'
check 'is told, too' says err 'the block is cut'
kill "$pid"
plan
