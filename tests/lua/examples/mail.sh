# SPDX-License-Identifier: MIT
# The example mail, end to end. Read by examples.sh.

send() { # expected exit code, from, to: the message on standard input
    run "$1" mail 127.0.0.1 "$port" "$2" "$3"
}

if [ -x $python ] && $python -c 'import aiosmtpd' 2>/dev/null; then
    cat >"$dir/smtp.py" <<'END'
import asyncio, ssl, sys
from aiosmtpd.smtp import SMTP

class Handler:
    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("nobody"):
            return "550 No such user"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        with open(sys.argv[1], "wb") as f:
            f.write(envelope.content)
        print(envelope.mail_from, *envelope.rcpt_tos, flush=True)
        return "250 OK"

async def main():
    loop = asyncio.get_running_loop()
    context = None
    if len(sys.argv) > 2:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(sys.argv[2])
    server = await loop.create_server(
        lambda: SMTP(Handler(), tls_context=context, require_starttls=context is not None), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()

asyncio.run(main())
END
    if [ -n "$tls" ]; then
        start $python "$dir/smtp.py" "$dir/mail" "$dir/cert.pem"
        ok 'mail in plain is not taken' send 1 me@here you@there </dev/null
        ok 'as its server tells' says err 'STARTTLS'
        ok 'mail is sent over TLS' run 0 mail 127.0.0.1 "$port" me@here you@there tls "$dir/cert.pem" \
            < <(printf 'Subject: secret\n\nx\n')
        ok 'to whom it should be' hear 'me@here you@there'
        ok 'as it was' is mail 'Subject: secret\r\n\r\nx\r\n'
        ok 'but to nobody that cannot be trusted' run 1 mail 127.0.0.1 "$port" me@here you@there tls </dev/null
        ok 'which is told' says err 'mail: start TLS with 127.0.0.1'
        stop
    else
        skip 'mail over TLS' 'see fetch over TLS'
    fi
    start $python "$dir/smtp.py" "$dir/mail"
    ok 'mail is sent' send 0 me@here you@there < <(printf 'Subject: x\n\n.\n..two\nQUIT\r\n\nlast')
    ok 'from and to whom it should be' hear 'me@here you@there'
    ok 'as it was, with CRLF' is mail 'Subject: x\r\n\r\n.\r\n..two\r\nQUIT\r\n\r\nlast\r\n'
    ok 'without a word' is err ''
    ok 'an address that is refused is exit code 1' send 1 me@here nobody@there </dev/null
    ok 'and named with the reply' is err 'mail: RCPT TO:<nobody@there>: 550 No such user\n'
    ok 'a line that is too long is exit code 1' send 1 me@here you@there \
        < <(printf 'Subject: too long\n\n%01000d\n' 1)
    ok 'and named' says err 'longer than the limit of 998 bytes'
    ok 'the next mail is sent' send 0 '' other@there </dev/null
    ok 'and nothing of the one before' hear '<> other@there'
    ok 'it is empty' is mail ''
    stop
else
    skip 'mail and an SMTP server' 'there is no aiosmtpd (package python3-aiosmtpd)'
fi

for address in $'me@here>\r\nRCPT TO:<you@there' $'a\nb' $'a\rb' 'a<b' 'a>b'; do
    ok 'an address cannot bring commands' run 1 mail 127.0.0.1 1 "$address" x@y </dev/null
    ok 'and is shown on one line' test "$(grep -c 'is no mail address$' "$dir/err")" = "$(wc -l <"$dir/err")"
    ok 'nor can the other one' run 1 mail 127.0.0.1 1 x@y "$address" </dev/null
done
ok 'mail without arguments' run 2 mail

play <<'END'
    local s = serve(1)
    s:write("220-two\r\n220 lines\r\n")
    expect(s, "EHLO [127.0.0.1]")
    s:write("250-more\r\n250-and more\r\n250\r\n")
    expect(s, "MAIL FROM:<a@b>")
    s:write("250 OK\r\n")
    expect(s, "RCPT TO:<c@d>")
    s:write("251 Will forward\r\n")
    expect(s, "DATA")
    s:write("354 Go\r\n")
    expect(s, "..", "..x", "x", ".")
    s:write("250 OK\r\n")
    expect(s, "QUIT")
    s:abort()
END
ok 'mail that was taken is sent, whatever comes later' send 0 a@b c@d < <(printf '.\n.x\rx')
ok 'each line ended with CRLF' ends well

play <<'END'
    local s = serve(1)
    s:write("554-go\r\n554 away\r\n"):close()
END
ok 'a server that wants no mail is exit code 1' send 1 a@b c@d </dev/null
ok 'with the whole reply' is err 'mail: greeting: 554-go / 554 away\n'
ok 'it was answered well' ends well

play <<'END'
    local s = serve(1)
    s:write("220 x\r\n") s:readLn()
    s:write("250 x\r\n") s:readLn()
    s:write("250 x\r\n") s:readLn()
    s:write("250 x\r\n") s:readLn()
    s:write("354 x\r\n")
    repeat until s:readLn() == "."
    s:close()
END
ok 'mail that nobody confirmed is exit code 1' send 1 a@b c@d <"$dir/smtp.py"
ok 'with a sentence' says err 'mail: read'
ok 'that server was content' ends well

play <<'END'
    local s = serve(1)
    s:write("hello there\r\n"):close()
END
ok 'another server is exit code 1 for mail' send 1 a@b c@d </dev/null
ok 'and shown by mail' is err 'mail: greeting: not an SMTP reply: hello there\n'
ok 'it was content as well' ends well
