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
    "env -u NO_COLOR HISTFILE= PS1='shell: ' TERM=screen-256color LC_ALL=C.UTF-8 bash --norc --noprofile"
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
keys C-u
# 60 columns of 90 bytes; then 100 columns, whose last row begins with a half.
keys "$(printf '日%.0s' {1..30})"
check 'a line of wide letters' until_true eval 'screen | tail -1 | grep -qx "> 日*"'
printf 'above them\nand this\n' >&8
check 'leaves what is above it' shown '< above them'
check 'all of it' shown '< and this'
keys "$(printf 'x本%.0s' {1..15})"
check 'wide letters at the edge' until_true eval 'screen | tail -1 | grep -q "x本x本$"'
printf 'still above\n' >&8
check 'are wiped whole, and no more' shown '< still above'
check 'and what was above is there' shown '< and this'
check 'and they are drawn once' until_true eval 'is "$(screen | grep -o 本 | wc -l)" 15'
keys C-u
printf '\302\23331mC1 \377 \342\200\256bidi caf\303' >&8
check 'what is no letter is in hex' shown '< \xc2\x9b31mC1 \xff \xe2\x80\xaebidi caf'
printf '\251\n' >&8
check 'a letter in two pieces is one' shown '  é'
keys ' secret' Enter
check 'a line that begins with a blank is sent' heard ' secret'
keys Up
check 'but is not in the history' last '> grüßn'
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
keys "$tool connect localhost $port" Enter
until_true eval 'screen | grep -q "^-- localhost:"'
keys Up
check 'the history outlives the program' last '> grüßn'
check 'and is for its owner alone' is "$(stat -c %a "$dir/state/runnel/history")" 600
keys C-c
until_true ends_with shell:
keys 'echo code $?' Enter
check '^C is exit code 130' shown 'code 130'
kill "$pid" 2>/dev/null
wait "$pid" 2>/dev/null

# A shell that does not put the terminal in order itself, as bash would.
cat >"$dir/ended" <<'P'
import signal, subprocess, sys
code = subprocess.Popen(sys.argv[1:], preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))
signal.signal(signal.SIGINT, signal.SIG_IGN)
signal.signal(signal.SIGQUIT, signal.SIG_IGN)
code = code.wait()
modes = subprocess.run(["stty", "-a"], capture_output=True, text=True).stdout.split()
print("ended by", signal.Signals(-code).name if code < 0 else code, "icanon" in modes and "echo" in modes)
P
for key in 'C-c SIGINT' 'C-\ SIGQUIT' 'TERM SIGTERM' 'HUP SIGHUP'; do
    start_peer
    keys C-l
    keys "python3 $dir/ended $tool connect localhost $port" Enter
    until_true ends_with '>'
    keys 'not yet sent'
    until_true ends_with '> not yet sent'
    signal=${key#* } key=${key% *}
    case $key in
    C-*) keys "$key" ;;
    *) kill -$key "$(pgrep -n -f "^$tool connect localhost $port\$")" ;;
    esac
    check "$signal ends it as a signal does, the terminal as it was" shown "ended by $signal True"
    kill "$pid" 2>/dev/null
    wait "$pid" 2>/dev/null
done

start_peer
keys C-l
keys "$tool connect --idle 300ms localhost $port" Enter
until_true ends_with '>'
keys 'half a line'
check 'a failure amid a line has a line of its own' until_true eval 'screen | grep -q "^runnel: localhost:[0-9]*: no byte has moved for 300 ms"'
kill "$pid" 2>/dev/null
wait "$pid" 2>/dev/null

# dash leaves the terminal as it is when a job of it is stopped.
start_peer
keys "PS1='dash: ' dash" Enter
until_true ends_with dash:
keys "$tool connect localhost $port" Enter
until_true ends_with '>'
keys 'being typed'
until_true ends_with '> being typed'
keys C-z
until_true ends_with dash:
keys 'stty -a' Enter
check '^Z leaves the terminal as it was' until_true eval 'screen | grep -q " icanon " && screen | grep -q " echo "'
keys fg Enter
check 'and fg draws the line again' last '> being typed'
printf 'who slept?\n' >&8
check 'below what comes' shown '< who slept?'
keys ' on' Enter
check 'and it can be ended' heard 'being typed on'
keys C-d
kill "$pid" 2>/dev/null
wait "$pid" 2>/dev/null
until_true ends_with dash:
keys exit Enter

start_peer
keys C-l
keys "$tool connect -q --eof=close --crlf localhost $port; echo code \$?" Enter
until_true ends_with '>'
keys 'bye' Enter
check '--crlf is for what is typed, too' until_true eval "[ \"\$(od -An -c '$dir/peer.out' | tr -d ' ')\" = 'bye\r\n' ]"
keys C-d
check '--eof=close ends it at ^D' shown 'code 0'
check '-q says nothing' eval '! screen | grep -q "^-- "'
kill "$pid" 2>/dev/null
wait "$pid" 2>/dev/null

# ---- What the completions offer at a Tab, in each shell
mkdir "$dir/zsh" "$dir/path"
"$tool" completion zsh >"$dir/zsh/_runnel"
"$tool" completion bash >"$dir/bash_completion"
"$tool" completion fish >"$dir/fish_completion"
ln -s "$tool" "$dir/path/runnel"
commands=$("$tool" --help | sed -n 's/^  runnel \([a-z]*\) .*/\1/p')
options=$("$tool" listen --help | sed -n '/^exit codes/q; s/^  .* \{0,1\}\(--[a-z0-9]*\).*/\1/p')
offers() { # words: all of them are on the screen
    local word
    for word in "$@"; do
        until_true eval "screen | grep -qE -- '(^|[ ,(])$word([ =]|\$)'" || { echo "no $word"; screen; return 1; }
    done
}
complete_in() { # shell, keys that begin it..., then its prompt is there
    local shell=$1
    if ! command -v "$shell" >/dev/null; then
        number=$((number + 1))
        echo "# SKIPPED: completion in $shell: it is not there"
        echo "ok $number - completion # SKIP there is no $shell"
        return
    fi
    keys C-l "$2" Enter
    until_true ends_with "$shell:"
    keys 'clear' Enter
    until_true ends_with "$shell:"
    keys 'runnel ' Tab Tab
    check "$shell offers every command" offers $commands
    keys C-c
    until_true ends_with "$shell:"
    keys 'clear' Enter
    until_true ends_with "$shell:"
    keys 'runnel listen --' Tab Tab
    check "$shell offers every option" offers $options
    keys C-c
    until_true ends_with "$shell:"
    keys 'exit' Enter
    until_true ends_with shell: || screen
}
echo "PS1='bash: ' PATH=$dir/path:\$PATH; . $dir/bash_completion; bind 'set completion-query-items 0' 'set page-completions off'" >"$dir/bashrc"
complete_in bash "bash --noprofile --rcfile $dir/bashrc"
printf '%s\n' "PS1='zsh: ' PATH=$dir/path:\$PATH fpath=($dir/zsh \$fpath) LISTMAX=0" 'autoload -U compinit; compinit -u -D' >"$dir/zsh/.zshrc"
complete_in zsh "ZDOTDIR=$dir/zsh zsh -d"
printf '%s\n' 'function fish_prompt; echo "fish: "; end; function fish_greeting; end' "set -x PATH $dir/path \$PATH" "source $dir/fish_completion" >"$dir/fishrc"
complete_in fish "fish --no-config -C 'source $dir/fishrc'"
plan
