#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The pages of the manual say what the header says, about every call once, and
# their examples are programs that do what the page tells. Prints TAP.
# usage: manual.sh SOURCE-FOLDER BUILD-FOLDER PATH-OF-RUNNEL LUA FOLDER-OF-THE-MODULE
set -u
source=$1
build=$(realpath "$2")
tool=$(realpath "$3")
lua=$4
module=$5
. "$(dirname "$0")/../tool/support.sh"
cd "$source" || exit 1

# ---- What a page says

lint() { # page; pages of other packages may not be here
    ! mandoc -Tlint "$1" 2>/dev/null | grep -v 'STYLE: referenced manual not found'
}
names() { # page: the names in its first section
    sed -n '/^\.Sh NAME/,/^\.Nd/s/^\.Nm \([^ ]*\).*/\1/p' "$1"
}
calls() { # page: the calls in its synopsis
    sed -n '/^\.Sh SYNOPSIS/,/^\.Sh DESCRIPTION/s/^\.Fn \([^ ]*\).*/\1/p' "$1"
}
section() { # page, heading
    sed -n "/^\.Sh $2\$/,/^\.Sh /p" "$1"
}
sections() {
    for heading in SYNOPSIS DESCRIPTION 'RETURN VALUES' EXAMPLES ERRORS 'SEE ALSO' CAVEATS; do
        grep -q "^\.Sh $heading\$" "$1" || { echo "no section $heading"; return 1; }
    done
}
described() { # every call is spoken of outside the synopsis
    for name in $(calls "$1"); do
        sed '/^\.Sh NAME/,/^\.Sh DESCRIPTION/d' "$1" | grep -q "^\.\(Fn\|It Fn\) .*\b$name\b" ||
            { echo "$name is not described"; return 1; }
    done
}
named() { # the names are those of the calls, and that of the page
    local title=${1##*/}
    diff <({ calls "$1"; echo "${title%.3}"; } | sort -u) <(names "$1" | sort)
}
# Declarations without comments, a line each, with single blanks.
squeeze() { tr '\n' ' ' | sed -E 's@/\*([^*]|\*[^/])*\*/@@g' | tr -s ' ' | sed 's/; */;\n/g; s/{ */{\n/g; s/ *$//'; }
declared() { # page: its prototypes as C
    sed -n '/^\.Sh SYNOPSIS/,/^\.Sh DESCRIPTION/p' "$1" | awk '
        /^\.Ft /{ type = substr($0, 5); gsub(/"/, "", type) }
        /^\.Fn /{
            line = substr($0, 5); name = line; sub(/ .*/, "", name); sub(/^[^ ]* /, "", line)
            gsub(/" "/, ", ", line); gsub(/"/, "", line)
            print type (type ~ /\*$/ ? "" : " ") name "(" line ");" }'
}
prototypes() { # those of the page are in the header
    local missing
    missing=$(comm -23 <(declared "$1" | sort) \
        <(squeeze < <(cat include/*.h) | sed -n 's/.*RN_API //p' | sed 's/) RN_PRINTF.*/);/' | sort))
    [ -z "$missing" ] || { echo "$missing"; return 1; }
}
structs() { # and so are its structures
    local text header
    header=$(squeeze < <(cat include/*.h))
    text=$(sed -n '/^\.Sh SYNOPSIS/,/^\.Sh DESCRIPTION/p' "$1" |
        sed -n '/^\.Bd -literal/,/^\.Ed/p' | grep -v '^\.' | squeeze)
    while read -r -d '}' struct; do
        [[ $header == *"$(sed 's/^[a-z_]*; *//' <<<"$struct" | sed '/^$/d')"* ]] ||
            { echo "not as in the header: $struct"; return 1; }
    done <<<"$text"
}
references() { # to pages of ours lead somewhere
    for name in $(sed -n 's/^.*Xr \(r[un]n*[a-z_-]*\) 3.*/\1/p' "$1"); do
        cat man/*.3 | grep -q "^\.Nm $name\b" || { echo "there is no $name(3)"; return 1; }
    done
}
links() { # of the pages as HTML
    local page target
    for page in "$dir"/docs/*.html; do
        for target in $(grep -o 'href="[^"#]*' "$page" | sed 's/href="//' | sort -u); do
            [ -e "$dir/docs/$target" ] || { echo "${page##*/}: $target"; return 1; }
        done
    done
    grep -q 'rn_readln' "$dir/docs/index.html"
}
once() { diff <(sort src/symbols.list src/tls/symbols.list) <(for page in man/*.3; do calls "$page"; done | sort); }

if command -v mandoc >/dev/null; then
    for page in man/*.[13]; do
        check "mandoc finds nothing to say of $page" lint "$page"
    done
    check 'the pages as HTML' scripts/docs.sh "$dir"
    check 'no link leads nowhere' links
else
    echo 'NOT RUN: lint of the manual: there is no mandoc' >&2
    check 'mandoc # SKIP there is no mandoc' true
fi
check 'each call is in one synopsis' once
for page in man/*.3; do
    check "$page has its sections" sections "$page"
    check "$page refers to pages that exist" references "$page"
    [ "$page" != man/runnel-lua.3 ] || continue
    check "$page names its calls" named "$page"
    check "$page describes its calls" described "$page"
    check "$page declares them as the header does" prototypes "$page"
    check "$page has the structures of the header" structs "$page"
done

# ---- What its examples do

archives=("$build/librunnel.a")
tls=$build/src/tls/librunnel-tls.a
[ ! -e "$tls" ] || archives=("$tls" "${archives[@]}" -lssl -lcrypto)

example() { # page, name: its text
    sed -n "/^\.\\\\\" example: $2\$/,/^\.Ed/p" "$1" | grep -v '^\.' | sed 's/\\e/\\/g; s/\\&//g'
}
compile() { # page, name
    example "$1" "$2" >"$dir/$2.c" && gcc -std=c11 -D_POSIX_C_SOURCE=200809L -Wall -Wextra -Wpedantic \
        -Werror -Iinclude "$dir/$2.c" -o "$dir/$2" "${archives[@]}" -pthread
}
prints() { # text, command...
    local text=$1
    shift
    diff <(printf "$text") <(timeout 30 "$@" 2>&1)
}
servers=()
ready_echo() {
    exec 8< <(exec timeout 60 "$dir/echo" 0)
    servers+=($!)
    read -r -t 20 echo_port <&8
}
run_echo() { prints 'hello\n' "$tool" connect 127.0.0.1 "$echo_port" <<<hello; }
run_converse() { prints '3: one\n3: two\n' "$dir/converse" "$echo_port"; }
run_pipe() { prints 'a\nb\n4 bytes there, 4 back: RN_OK\n' "$dir/pipe" "$echo_port" < <(printf 'a\nb\n'); }
ready_fetch() { start fetch "$tool" listen 0 --exec sh -c 'read -r line; printf "HTTP/1.0 200 OK\r\n\r\nhi"'; }
run_fetch() { prints 'HTTP/1.0 200 OK\n\nhi\n' "$dir/fetch" 127.0.0.1 "$port"; }
ready_connect() { start connect "$tool" listen 0; }
run_connect() { prints "127.0.0.1, port $port\n" "$dir/connect" 127.0.0.1 "$port"; }
run_refused() {
    prints 'connect to 127.0.0.1:1: connection refused\nRN_E_REFUSED in connect, ECONNREFUSED\n' "$dir/refused"
}
ready_tls() { # OpenSSL's own server
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=test \
        -addext subjectAltName=DNS:localhost -keyout "$dir/key" -out "$dir/ca" 2>/dev/null
    exec 6< <(exec timeout 60 openssl s_server -accept 127.0.0.1:0 -key "$dir/key" -cert "$dir/ca" \
        -naccept 1 -www 2>/dev/null)
    servers+=($!)
    while read -r -t 20 line <&6 && [[ $line != ACCEPT* ]]; do :; done
    port=${line##*:}
}
run_tls() {
    timeout 30 "$dir/tls" localhost "$port" "$dir/ca" >"$dir/out" 2>"$dir/err"
    grep -q '^HTTP/1.0 200 ok$' "$dir/out" && grep -q '^TLSv1.3, TLS_' "$dir/err" || { cat "$dir/err"; return 1; }
}
run_lookup() { prints '127.0.0.1\n' "$dir/lookup"; }
run_rot13() { prints 'hello\nb\n' "$dir/rot13" <<<$'uryyb\r\no'; }
run_memory() { prints 'one\nand two\nand three\n' "$dir/memory"; }
ready_cancel() { # the first line has come: now it waits
    local line
    start cancel "$tool" listen 0 --exec sh -c 'echo hello; exec cat'
    exec 7< <(exec stdbuf -oL "$dir/cancel" "$port")
    servers+=($!)
    said=
    read -r -t 20 line <&7 && said=$line && kill -INT $! &&
        read -r -t 20 line <&7 && said+="/$line"
}
run_cancel() { [ "$said" = 'hello/that was enough' ] || { echo "$said"; return 1; }; }
run_lua() {
    example man/runnel-lua.3 lua >"$dir/lua.lua"
    LUA_PATH="$module/?.lua" LUA_CPATH="$module/?.so" timeout 30 "$lua" "$dir/lua.lua" >"$dir/out" 2>&1
    sed 's/:[0-9]*:/:N:/' "$dir/out" |
        diff <(printf 'hello 42\nfalse\ttrue\trefused\tconnect to 127.0.0.1:N: connection refused\n') -
}

# The echo server first: others talk to it.
for name in echo $(sed -n 's/^\.\\" example: //p' man/*.3 | grep -vx echo); do
    if [ $name = tls ] && [ ! -e "$tls" ]; then
        echo 'NOT RUN: the example of rn_tls(3): this build has no TLS' >&2
        check 'rn_tls(3) # SKIP this build has no TLS' true
        continue
    fi
    page=$(grep -l "^\.\\\\\" example: $name\$" man/*.3)
    [ $name = lua ] || check "the example $name of $page compiles" compile "$page" $name
    ! declare -F ready_$name >/dev/null || ready_$name
    check "and does what $page says" run_$name
done
kill "${servers[@]}" 2>/dev/null
blocks() { # a program in a page is an example that is run
    diff <(sed -n '/^\.Sh EXAMPLES/,/^\.Sh ERRORS/p' man/*.3 | grep -c '^\.Bd') <(cat man/*.3 | grep -c '^\.\\" example: ')
}
check 'each example of a page is run' blocks
plan
