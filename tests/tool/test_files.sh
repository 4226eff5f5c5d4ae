#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# runnel send and runnel receive: whole files or nothing. Prints TAP.
# usage: test_files.sh PATH-OF-RUNNEL
set -u
tool=$1
. "$(dirname "$0")/support.sh"
export LC_ALL=C
umask 022

head -c 67108864 /dev/urandom >"$dir/big"
printf abc >"$dir/small"
: >"$dir/empty"
sum_of_abc=ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad
mkdir "$dir/in"

holds() { # the folder of the receiver: these files and nothing else
    diff <(printf '%s\n' "$@" | sort) <(ls -A "$dir/in")
}
empty() { [ -z "$(ls -A "$dir/in")" ] || { ls -A "$dir/in"; return 1; }; }

# Receive in the background, send, and look at both exit codes.
transfer() { # receiver's code, sender's code, file to send, where it goes, options of receive...
    local receiver_code=$1 sender_code=$2 file=$3 place=$4 code
    shift 4
    start receiver "$tool" receive 0 "$place" "$@"
    exits "$sender_code" send "$file" 127.0.0.1 "$port" || { kill "$pid"; return 1; }
    wait "$pid"
    code=$?
    wait # for the last of what it says
    is_code $code "$receiver_code" || { cat "$dir"/receiver.*; return 1; }
}

# A sender of our own, that says what we say: a file's content, and its end.
raw() { # receiver's code, what the sender says
    local want=$1 code
    start receiver "$tool" receive 0 "$dir/in"
    printf "$2" | "$tool" connect 127.0.0.1 "$port" >"$dir/out" 2>"$dir/err"
    wait "$pid"
    code=$?
    wait
    is_code $code "$want" && empty
}

# ---- What goes well

check '64 MiB into a folder' transfer 0 0 "$dir/big" "$dir/in"
check 'are there, and nothing else' holds big
check 'and the same' cmp "$dir/big" "$dir/in/big"
check 'the sender prints the checksum of sha256sum' cmp "$dir/out" <(sha256sum "$dir/big")
check 'the receiver, too' cmp "$dir/receiver.out" <(sha256sum "$dir/in/big")
check 'sha256sum agrees' sha256sum -c "$dir/receiver.out"
check 'with the rights that a new file has' test "$(stat -c %a "$dir/in/big")" = 644
check 'no progress bar without a terminal' test ! -s "$dir/err"
rm "$dir/in/big"
check 'an empty file' transfer 0 0 "$dir/empty" "$dir/in/renamed"
check 'under the name that the receiver gave' holds renamed
rm "$dir/in/renamed"
odd="$dir/50% of \"é\" \\and *.txt"
cp "$dir/small" "$odd"
check 'a name of all kinds of bytes' transfer 0 0 "$odd" "$dir/in"
check 'arrives as it is' holds "${odd##*/}"
check 'and is printed as sha256sum prints it' cmp "$dir/out" <(sha256sum "$odd")
rm "$dir/in/${odd##*/}"
at_path() {
    start receiver "$tool" receive "unix:$dir/socket" "$dir/in"
    exits 0 send "$dir/small" "unix:$dir/socket" && ends "$pid" 0 && holds small
}
check 'by a unix socket' at_path
rm "$dir/in/small"
after_wait() {
    start receiver "$tool" receive 0 "$dir/in"
    exits 0 wait "127.0.0.1:$port" && exits 0 send "$dir/small" "127.0.0.1:$port" && ends "$pid" 0
}
check 'one who only looks is no sender' after_wait
rm "$dir/in/small"

with_json() {
    start receiver "$tool" receive --json="$dir/report" 0 "$dir/in"
    exits 0 send --json "$dir/small" 127.0.0.1 "$port" && ends "$pid" 0 || return
    python3 - "$dir/out" "$dir/report" $sum_of_abc <<'P'
import json, sys
for path in sys.argv[1:3]:
    r = json.load(open(path))
    assert (r["sha256"], r["size"], r["name"], r["ended"], r["exit"]) == (sys.argv[3], 3, "small", "stored", 0), r
P
}
check 'both tell --json the same' with_json
rm "$dir/in/small"

# ---- Files that are there

printf old >"$dir/in/small"
check 'no file is overwritten' complains 7 'File exists' receive 0 "$dir/in/small"
check 'nor by a sent name' transfer 7 1 "$dir/small" "$dir/in"
check 'the sender hears why' says err 'the receiver refuses: "File exists"'
check 'the file stays' grep -qx old "$dir/in/small"
check 'with --force it is replaced' transfer 0 0 "$dir/small" "$dir/in" --force
check 'as a whole' cmp "$dir/small" "$dir/in/small"
rm "$dir/in/small"
meanwhile() { # the name is taken while bytes come
    start receiver "$tool" receive 0 "$dir/in/x"
    mkfifo "$dir/say" "$dir/hear"
    "$tool" connect 127.0.0.1 "$port" <"$dir/say" >"$dir/hear" 2>"$dir/err" &
    exec 6>"$dir/say" 7<"$dir/hear"
    printf 'runnel-file 1 3 x\n' >&6
    read -r -t 20 line <&7
    printf old >"$dir/in/x"
    printf "abcsha256 $sum_of_abc\n" >&6
    read -r -t 20 line <&7
    exec 6>&- 7<&-
    rm "$dir/say" "$dir/hear"
    ends "$pid" 7 && [ "$line" = 'no File exists' ] && grep -qx old "$dir/in/x" && holds x
}
check 'nor one that appears meanwhile' meanwhile
rm -f "$dir/in/x"
ln -s "$dir/outside" "$dir/in/small"
check 'a link is a file that is there' transfer 7 1 "$dir/small" "$dir/in"
check 'and is replaced, not followed' transfer 0 0 "$dir/small" "$dir/in" --force
check 'nothing is outside' test ! -e "$dir/outside"
rm "$dir/in/small"
check 'a device is not replaced' complains 7 'File exists' receive --force 0 /dev/full

# ---- Names that lead elsewhere

while read -r name; do
    check "the sent name $name is not taken" raw 1 "runnel-file 1 3 ${name//%/%%}\nabcsha256 $sum_of_abc\n"
    check 'and is answered' says out 'no this name is not taken'
done <<'E2'
..%2Fx
%2Ftmp%2Frunnel-test
../x
/tmp/runnel-test
..
.
.profile
a%0Ab
a%1B[2J
a%C2%9Bx
E2
for name in '' 'a%%00b' 'a%%2' 'a%%2f' "$(printf '%0300d' 0)" "$(printf '%02000d' 0)"; do
    check "the offer of ${name:0:8} is none" raw 1 "runnel-file 1 3 $name\nabcsha256 $sum_of_abc\n"
done
check 'nothing went out of the folder' test ! -e "$dir/x" -a ! -e /tmp/runnel-test

# ---- What is not right

check 'a wrong checksum' raw 1 "runnel-file 1 3 x\nabcsha256 ${sum_of_abc/b/c}\n"
check 'is told to the sender' says out 'no the checksum differs'
check 'and here' says receiver.err 'differs'
check 'no checksum' raw 6 'runnel-file 1 3 x\nabc'
check 'an end inside the bytes' raw 6 'runnel-file 1 3 x\nab'
check 'says how far it came' says receiver.err 'ended after 2 of 3 bytes'
check 'another protocol' raw 1 'GET / HTTP/1.0\r\n\r\n'
check 'another version' raw 1 'runnel-file 2 3 x\nabc'
check 'no size' raw 1 'runnel-file 1 x x\nabc'
check 'a negative size' raw 1 'runnel-file 1 -1 x\nabc'
check 'a size beyond all' raw 1 'runnel-file 1 99999999999999999999 x\nabc'
no_receiver() { # what it answers, the sender's exit code, what that says
    printf "$1" >"$dir/answer"
    start other "$tool" listen 0 <"$dir/answer"
    complains "$2" "$3" send "$dir/small" 127.0.0.1 "$port"
}
check 'no receiver at the other end' no_receiver 'HTTP/1.0 400 \033[31m\n' 1 '"HTTP/1.0 400 \x1b[31m"'
check 'a receiver that stores something else' no_receiver "go\nstored ${sum_of_abc/b/c}\n" 1 "stored"
check 'a receiver that ends' no_receiver 'go\n' 6 'ended without an answer'

check 'no such file' complains 7 'No such file' send "$dir/nothing" localhost 1
check 'a folder is no file' complains 7 'is not a regular file' send "$dir" localhost 1
check 'nor is a device' complains 7 '"/dev/full" is not a regular file' send /dev/full localhost 1
closed_port
check 'nobody there' complains 4 refused send "$dir/small" "$own" "$port"
check 'a folder that is missing' complains 7 'No such file' receive 0 "$dir/missing/x"
chmod 555 "$dir/in"
no_permission() {
    no_caps "$tool" receive 0 "$dir/in/x" 2>"$dir/err" >"$dir/out"
    is_code $? 7 && one_line && says err 'Permission denied'
}
check 'no permission in the folder' no_permission
chmod 755 "$dir/in"
chmod 0 "$dir/small"
no_reading() {
    no_caps "$tool" send "$dir/small" localhost 1 2>"$dir/err" >"$dir/out"
    is_code $? 7 && one_line && says err 'Permission denied'
}
check 'no permission for the file' no_reading
chmod 644 "$dir/small"
check 'a bad port' complains 2 '"80x"' receive 80x "$dir/in"
check 'a bad port to send to' complains 2 '"80x"' send "$dir/small" localhost 80x
check 'a bad time' complains 2 '"never"' send --idle never "$dir/small" localhost 80

# ---- No room

no_room() {
    start receiver bash -c "trap '' XFSZ; ulimit -f 2048; exec '$tool' receive 0 '$dir/in'"
    exits 1 send "$dir/big" 127.0.0.1 "$port" && one_line &&
        says err 'the receiver refuses: "File too large"' && ends "$pid" 7 && empty
}
check 'no room for all of it' no_room
full_output() {
    start receiver "$tool" receive 0 "$dir/in"
    "$tool" send "$dir/small" 127.0.0.1 "$port" >/dev/full 2>"$dir/err"
    is_code $? 7 && one_line && says err 'No space left' && ends "$pid" 0 && holds small
}
check 'no room for the checksum on standard output' full_output
rm -f "$dir/in/small"

# ---- Interrupted

# The receiver is told to end while it waits for more bytes.
receiver_ends() { # signal, exit code
    start receiver "$tool" receive 0 "$dir/in"
    mkfifo "$dir/say" "$dir/hear"
    "$tool" connect 127.0.0.1 "$port" <"$dir/say" >"$dir/hear" 2>"$dir/err" &
    exec 6>"$dir/say" 7<"$dir/hear"
    printf 'runnel-file 1 1000 x\nsome bytes' >&6
    read -r -t 20 line <&7
    [ "$line" = go ] && [ -n "$(ls -A "$dir/in")" ] || return 1
    kill "-$1" "$pid"
    read -r -t 20 line <&7
    exec 6>&- 7<&-
    rm "$dir/say" "$dir/hear"
    ends "$pid" "$2" && [ "$line" = 'no interrupted' ] && empty
}
check 'SIGTERM for the receiver leaves nothing' receiver_ends TERM 143
check 'nor does SIGHUP' receiver_ends HUP 129

# The sender, while its receiver takes no more: 64 MiB go into no buffer.
stuck_sender() {
    mkfifo "$dir/say" "$dir/hear" "$dir/where"
    "$tool" listen 0 <"$dir/say" >"$dir/hear" 2>"$dir/where" &
    local other=$! offer
    exec 6>"$dir/say" 7<"$dir/hear" 8<"$dir/where"
    read -r -t 20 line <&8
    "$tool" send "$dir/big" 127.0.0.1 "${line##*:}" >"$dir/out" 2>"$dir/err" &
    pid=$!
    read -r -t 20 offer <&7
    printf 'go\n' >&6
    read -r -t 20 -n 1 -d '' line <&7 # bytes come
    kill -TERM $pid
    ends $pid 143
    local code=$?
    kill $other
    exec 6>&- 7<&- 8<&-
    rm "$dir/say" "$dir/hear" "$dir/where"
    [ "$offer" = 'runnel-file 1 67108864 big' ] && return $code
}
check 'SIGTERM for the sender' stuck_sender

# Both are real: the receiver sleeps until the sender is gone.
sleeping_receiver() {
    start receiver "$tool" receive 0 "$dir/in"
    local receiver=$pid
    kill -STOP "$receiver"
    mkfifo "$dir/sending"
    "$tool" send -v "$dir/big" 127.0.0.1 "$port" >"$dir/out" 2>"$dir/sending" &
    pid=$!
    exec 8<"$dir/sending"
    read -r -t 20 line <&8 # it is connected
    kill -TERM $pid
    ends $pid 143
    local code=$?
    kill -CONT "$receiver"
    kill -TERM "$receiver" # one who said nothing is no sender: it waits for another
    wait "$receiver"
    exec 8<&-
    rm "$dir/sending"
    [ $code -eq 0 ] && empty
}
check 'SIGTERM for the sender leaves nothing at the receiver' sleeping_receiver
silent() {
    start receiver "$tool" receive --idle 100ms 0 "$dir/in"
    exec 6<>"/dev/tcp/127.0.0.1/$port"
    printf 'runnel-file 1 1000 x\nsome bytes' >&6
    ends "$pid" 5
    local code=$?
    exec 6>&-
    [ $code -eq 0 ] && empty
}
check 'a sender that falls silent, with --idle' silent

slow_receiver() { # as runnel receive, but it takes three seconds for the bytes
    cat >"$dir/slow" <<'P'
import hashlib, socket, sys, time
s = socket.socket()
s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
s.bind(("127.0.0.1", 0))
s.listen()
print("listening on 127.0.0.1:%d" % s.getsockname()[1], file=sys.stderr, flush=True)
f = s.accept()[0].makefile("rwb")
size = int(f.readline().split()[2])
f.write(b"go\n")
f.flush()
sha = hashlib.sha256()
begun, total = time.monotonic(), 0
while total < size:
    sha.update(f.read(1000))
    total += 1000
    time.sleep(max(0, begun + 3 * total / size - time.monotonic()))
assert f.readline().decode() == "sha256 %s\n" % sha.hexdigest()
f.write(b"stored %s\n" % sha.hexdigest().encode())
f.flush()
P
    head -c 300000 "$dir/big" >"$dir/some"
    start receiver python3 "$dir/slow"
    exits 0 send --idle 1500ms --log "$dir/log" "$dir/some" 127.0.0.1 "$port" && ends "$pid" 0
}
check 'a slow receiver is not taken for a silent one' slow_receiver
logged() { # what each said, in the transcript
    diff <(grep -v ' |.*|$' "$dir/log" | sed 's/^[^ ]*Z \([<>] [a-z]*\).*/\1/') \
        <(printf '> runnel\n< go\n> sha\n< stored\n')
}
check '--log has the lines of both' logged

# ---- A person looks

on_terminal() {
    start receiver "$tool" receive 0 "$dir/in"
    script -qec "stty cols 100; '$tool' send '$dir/big' 127.0.0.1 $port" /dev/null </dev/null >"$dir/out"
    is_code $? 0 && ends "$pid" 0 || return
    tr '\r' '\n' <"$dir/out" | grep -qE '#\] 100% +64\.0 MiB .*/s .*:[0-9]+ took *$' || { cat -A "$dir/out"; return 1; }
    ! tr '\r' '\n' <"$dir/out" | grep -E '.{100}'
}
check_terminal 'on a terminal there is a progress bar' on_terminal
below_the_bar() { # a receiver that ends amid the bytes
    printf 'go\nno room\n' >"$dir/answer"
    start other "$tool" listen 0 --eof=ignore <"$dir/answer"
    script -qec "stty cols 100; '$tool' send '$dir/big' 127.0.0.1 $port" /dev/null </dev/null >"$dir/out"
    kill "$pid"
    tr -d '\r' <"$dir/out" | grep -qx 'runnel: the receiver refuses: "room"' || { cat -A "$dir/out"; return 1; }
}
check_terminal 'a failure is told below it' below_the_bar
plan
