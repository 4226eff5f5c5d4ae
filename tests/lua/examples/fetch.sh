# SPDX-License-Identifier: MIT
# The example fetch, end to end. Read by examples.sh.

mkdir "$dir/www"
head -c 300000 /dev/urandom >"$dir/www/page"
printf 'a few words' >"$dir/www/small"
: >"$dir/www/empty"
if [ -x $python ]; then
    start $python -u -m http.server -b 127.0.0.1 -d "$dir/www" 0
    ok 'fetch gets a page from an HTTP server' run 0 fetch localhost "$port" /page
    ok 'whole' cmp "$dir/out" "$dir/www/page"
    ok 'fetch gets an empty page' run 0 fetch 127.0.0.1 "$port" /empty
    ok 'which is nothing' is out ''
    ok 'a page that is not there is exit code 1' run 1 fetch 127.0.0.1 "$port" /none
    ok 'its status goes to standard error' is err 'fetch: HTTP/1.0 404 File not found\n'
    ok 'and nothing to standard output' is out ''
    for page in page small; do
        timeout 60 "$lua" "$examples/fetch.lua" 127.0.0.1 "$port" /$page >/dev/full 2>"$dir/err"
        code=$?
        ok "a full standard output is exit code 1 for a $page" test $code = 1
        ok 'and named' says err 'o space left'
    done
    stop
    ok 'nobody there is exit code 1' run 1 fetch 127.0.0.1 "$port" /
    ok 'and one sentence' is err "fetch: connect to 127.0.0.1:$port: connection refused\n"
else
    skip 'fetch and an HTTP server' "there is no $python"
fi

play <<'END'
    local s = serve(1)
    expect(s, "GET /a?b=c HTTP/1.0", "Host: 127.0.0.1:" .. s:localPort(), "Connection: close", "")
    s:write("HTTP/1.1 203 Fine\r\ncontent-LENGTH:  10 \r\nX: y\r\n\r\n\r\n345"):close()
END
ok 'a page that is cut is exit code 1' run 1 fetch 127.0.0.1 "$port" '/a?b=c'
ok 'with both lengths' is err 'fetch: the page ended after 5 of 10 bytes\n'
ok 'what came is there' is out '\r\n345'
ok 'the request was right' ends well

play <<'END'
    serve(1):writeLn("SSH-2.0-x"):close()
END
ok 'another server is exit code 1' run 1 fetch 127.0.0.1 "$port" /
ok 'and shown' is err 'fetch: no HTTP server: it said SSH-2.0-x\n'
ok 'it ended well' ends well

play <<'END'
    local s = serve(1)
    s:writeLn("HTTP/1.0 301 Moved"):writeLn("Location: /x"):writeLn():close()
END
ok 'a redirection is exit code 1' run 1 fetch 127.0.0.1 "$port" /
ok 'with the status' is err 'fetch: HTTP/1.0 301 Moved\n'
ok 'it ended well too' ends well

play <<'END'
    local s = serve(1)
    s:readLn()
    s:close()
END
ok 'no answer is exit code 1' run 1 fetch 127.0.0.1 "$port" /
ok 'and says so' says err 'fetch: read'
ok 'that server ended well' ends well
# The same over TLS; the module may have been built without it.
certificate() { # the file that it and its key are in
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost \
        -addext subjectAltName=DNS:localhost,IP:127.0.0.1 -keyout "$1.key" -out "$1" 2>"$dir/err" &&
        cat "$1.key" >>"$1"
}
if [ -x $python ] && command -v openssl >/dev/null && [ -e "${LUA_PATH%%/\?.lua*}/runnel/tlscore.so" ]; then
    ok 'a certificate is made' certificate "$dir/cert.pem"
    cat >"$dir/https.py" <<'END'
import functools, http.server, ssl, sys

handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=sys.argv[2])
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(sys.argv[1])
server.socket = context.wrap_socket(server.socket, server_side=True)
print(server.server_port, flush=True)
server.serve_forever()
END
    start $python "$dir/https.py" "$dir/cert.pem" "$dir/www"
    ok 'fetch gets a page over TLS' run 0 fetch localhost "$port" /page tls "$dir/cert.pem"
    ok 'as it is' cmp "$dir/out" "$dir/www/page"
    ok 'a certificate that nobody vouches for is exit code 1' run 1 fetch localhost "$port" /page tls
    ok 'and the reason told' says err "fetch: start TLS with localhost:$port (127.0.0.1): "
    ok 'with nothing on standard output' is out ''
    stop
    tls=yes
else
    skip 'fetch over TLS' 'no python3, no openssl, or a module without TLS'
    tls=
fi
ok 'fetch in another way' run 1 fetch 127.0.0.1 1 / gopher
ok 'is told how' says err 'usage: '
ok 'a path cannot bring header lines' run 1 fetch 127.0.0.1 1 $'/ HTTP/1.0\r\nX: y'
ok 'but is explained' says err 'no spaces or line breaks'
ok 'fetch without arguments' run 1 fetch
ok 'tells its usage' says err 'usage: '
