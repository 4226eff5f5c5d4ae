# SPDX-License-Identifier: MIT
# The example line_server, end to end. Read by examples.sh.

example line_server
before=$(files)
ok 'line_server sends lines back' talk <<'END'
    local c = client()
    for i = 1, 100 do
        c:writeLn("line ", i)
        expect(c, "line " .. i)
    end
    c:write("one\r\ntwo\n\nno end"):shutdownWrite()
    expect(c, "one", "two", "", "no end")
    assert(c:eof())
END
ok 'it serves one client after another' talk <<'END'
    local a, b = client("first a"), client("first b")
    expect(a, "first a")
    a:writeLn("second a")
    expect(a, "second a")
    b:setTimeout(0)
    assert(not pcall(b.readLn, b))
    b:setTimeout(20)
    a:close()
    expect(b, "first b")
    b:close()
END
ok 'it survives clients that break off' talk <<'END'
    for i = 1, 20 do
        client("hello"):write("and then"):abort()
    end
    local c = client("still there?")
    expect(c, "still there?")
    c:close()
END
ok 'and says so' says server.err 'reset'
ok 'it leaves no file open' talk <<'END'
    local c = client("x") -- it is answered when the one before is closed
    expect(c, "x")
    c:close()
END
ok 'as many as before' test "$(files)" -le $((before + 1))
ok 'a port in use is exit code 1' run 1 line_server "$port"
ok 'and one sentence' is err "line_server: listen on 127.0.0.1:$port: address already in use\n"
stop
