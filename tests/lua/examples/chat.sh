# SPDX-License-Identifier: MIT
# The example chat, end to end. Read by examples.sh.

example chat
ok 'chat passes lines on, in order' talk <<'END'
    local ann = client("ann")
    local bob = client("bob")
    expect(ann, "* bob is here")
    local cat = client("cat")
    expect(ann, "* cat is here")
    expect(bob, "* cat is here")
    for i = 1, 200 do
        ann:writeLn("line ", i)
    end
    for i = 1, 200 do
        expect(bob, "ann: line " .. i)
        expect(cat, "ann: line " .. i)
    end
    for i = 1, 50 do
        bob:writeLn("b", i)
        expect(ann, "bob: b" .. i)
        ann:writeLn("a", i)
        expect(bob, "ann: a" .. i)
    end
    cat:writeLn("\27[2Jtab\there")
    expect(ann, "cat: ?[2Jtab?here")
    bob:close()
    expect(ann, "* bob has left")
    cat:close()
    expect(ann, "* cat has left")
END
ok 'who vanishes in mid-line hurts nobody' talk <<'END'
    local ann = client("ann")
    local bob, cat, dan = client("bob"), nil, nil
    expect(ann, "* bob is here")
    cat = client("cat")
    expect(ann, "* cat is here")
    expect(bob, "* cat is here")
    cat:write("half a li"):flush():abort()
    expect(ann, "* cat has left")
    expect(bob, "* cat has left")
    client():write("half a na"):flush():abort()
    dan = client("dan", "whole") -- an end that is no reset makes a line
    dan:write("half"):shutdownWrite()
    expect(ann, "* dan is here", "dan: whole", "dan: half", "* dan has left")
    expect(bob, "* dan is here", "dan: whole", "dan: half", "* dan has left")
    dan = client("dan", ("x"):rep(2000))
    expect(ann, "* dan is here", "* dan has left")
    bob:writeLn("still here")
    expect(ann, "bob: still here")
END
ok 'a slow reader holds up nobody, and goes' talk <<'END'
    local slow = client("slow")
    local ann = client("ann")
    expect(slow, "* ann is here")
    local bob = client("bob")
    expect(ann, "* bob is here")
    local text, gone = ("x"):rep(900), false
    for i = 1, 400 do -- 18 MB: more than the system's buffers hold
        for k = 1, 50 do
            ann:writeLn(text, i, k)
        end
        for k = 1, 50 do
            local line = bob:readLn()
            if line == "* slow has left" then
                gone, line = true, bob:readLn()
            end
            assert(line == "ann: " .. text .. i .. k, "a line was lost")
        end
    end
    assert(gone, "the slow one is still there")
END
# A client that sees somebody leave knows that the server has closed it.
before=$(files)
ok 'many come and go' talk <<'END'
    local ann = client("ann")
    for i = 1, 100 do
        local c = client("c" .. i)
        expect(ann, "* c" .. i .. " is here")
        if i % 2 == 0 then c:close() else c:abort() end
        expect(ann, "* c" .. i .. " has left")
    end
    for i = 1, 3 do ann:writeLn(i) end
END
ok 'and leave no file open' test "$(files)" -le $((before + 1))
before=$(ticks)
ok 'nobody says anything for a second' talk <<'END'
    local c = client("ann")
    c:setTimeout(1, "read")
    local ok, e = pcall(c.readLn, c)
    assert(not ok and e.code == "timeout", tostring(e))
END
ok 'the chat used little time for it' test $(($(ticks) - before)) -lt 25
ok 'a full chat says so' talk <<'END'
    local c = {}
    for i = 1, 500 do
        c[i] = client("c" .. i)
    end
    expect(client(), "* the chat is full")
    c[1]:abort()
    repeat until c[500]:readLn() == "* c1 has left"
    local d = client("d")
    repeat until c[500]:readLn() == "* d is here"
END
ok 'it is still there' talk <<'END'
    local ann, bob = client("ann"), nil
    bob = client("bob")
    expect(ann, "* bob is here")
END
ok 'and had nothing to complain of' is server.err ''
ok 'a port in use is exit code 1 for chat' run 1 chat "$port"
ok 'and one sentence of chat' is err "chat: listen on 127.0.0.1:$port: address already in use\n"
stop
