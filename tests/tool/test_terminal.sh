#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The tool on a terminal, which is tmux's: what a person types and sees.
# Prints TAP.
# usage: test_terminal.sh PATH-OF-RUNNEL
set -u
tool=$(realpath "$1")
. "$(dirname "$0")/common.sh"
if ! have_terminals; then
    echo '# SKIPPED: the tool on a terminal: none can be had here (is /dev/pts mounted?)'
    echo '1..0 # SKIP no terminal can be had here'
    exit 0
fi
tmux=(tmux -S "$dir/tmux" -f /dev/null)
trap '"${tmux[@]}" kill-server 2>/dev/null; clean_up' EXIT

keys() { "${tmux[@]}" send-keys "$@"; }
screen() { "${tmux[@]}" capture-pane -p "$@" | sed 's/ *$//' | grep -v '^$'; }
has() { screen | grep -qxF -- "$1"; }       # a whole line of the screen
ends_with() { [ "$(screen | tail -1)" = "$1" ]; }
shown() { until_true has "$1" || { screen; return 1; }; }
last() { until_true ends_with "$1" || { screen; return 1; }; }

HOME=$dir XDG_STATE_HOME=$dir/state "${tmux[@]}" new-session -d -x 70 -y 40 \
    "env -u NO_COLOR PS1='shell: ' TERM=screen-256color LC_ALL=C.UTF-8 bash --norc --noprofile"
until_true ends_with shell:

mkfifo "$dir/peer"
exec 8<>"$dir/peer"
# The peer's system has our end (ss(8) shows it as CLOSE-WAIT).
half_closed() { ss -Htn state close-wait "sport = :$port" | grep -q .; }
start_peer() { serve peer "$tool" listen 0 <"$dir/peer" 8>&-; }
heard() { until_true eval "[ \"\$(tail -n 1 '$dir/peer.out')\" = '$1' ]"; }

start_peer
keys "$tool connect localhost $port" Enter
check 'the status line says who it is' until_true eval 'screen | grep -q "^-- localhost:[0-9]* (127.0.0.1): lookup .*, connect "'
printf 'first\r\nlogin: ' >&8
check 'a line of the peer has its mark' shown '< first'
check 'a beginning of one is shown' shown '< login:'
check 'and there is a prompt' last '>'
keys 'hello' Enter
check 'what is typed is sent' heard hello
check 'and stays there behind another mark' shown '> hello'
keys 'half a li'
check 'a line is being typed' last '> half a li'
printf '\ninterrupting\n\033[2Jyou\n' >&8
check 'what comes is above it' shown '< interrupting'
check 'nothing in it obeys the terminal' shown '< \x1b[2Jyou'
check 'and the line is still there' last '> half a li'
keys 'ne' Enter
check 'and whole' heard 'half a line'
keys Up Up
check 'the history has what was typed' last '> hello'
keys C-a 'oh ' Enter
check 'and can be edited' heard 'oh hello'
keys 'grüße' BSpace 'n' Enter
check 'letters of several bytes, too' heard 'grüßn'
keys "$(printf 'w%.0s' {1..100})"
check 'a line longer than the terminal' until_true eval 'screen | tail -1 | grep -qx "w*"'
printf 'more\n' >&8
check 'may be interrupted' shown '< more'
# Other lines may have a w, as in the program's path.
check 'and is drawn once' until_true eval 'is "$(screen | grep -xE "(> )?w+" | tr -dc w | wc -c)" 100'
keys C-u C-d
check '^D ends our half' until_true half_closed
printf 'last words\n' >&8
check 'what the peer says then is printed' shown '< last words'
kill "$pid"
check 'its end is told with figures' until_true eval 'screen | grep -q "^-- the peer has ended: [0-9]* bytes sent, [0-9]* received in"'
check 'and the shell is back' last shell:
wait "$pid" 2>/dev/null

start_peer
keys C-l
keys "$tool connect localhost $port; echo code \$?" Enter
until_true eval 'screen | grep -q "^-- localhost:"'
keys Up
check 'the history outlives the program' last '> grüßn'
check 'and is for its owner alone' is "$(stat -c %a "$dir/state/runnel/history")" 600
keys C-c
check '^C is exit code 130' shown 'code 130'
keys 'stty -a' Enter
check 'and leaves the terminal as it was' until_true eval 'screen | grep -q " icanon " && screen | grep -q " echo "'
kill "$pid" 2>/dev/null
wait "$pid" 2>/dev/null

start_peer
keys C-l
keys "$tool connect -q --eof=close --crlf localhost $port; echo code \$?" Enter
until_true ends_with '>'
keys 'bye' Enter
check '--crlf is for what is typed, too' until_true eval "[ \"\$(od -An -c '$dir/peer.out' | tr -d ' ')\" = 'bye\r\n' ]"
keys C-d
check '--eof=close ends it at ^D' shown 'code 0'
check '-q says nothing' eval '! screen | grep -q "^-- "'
plan
