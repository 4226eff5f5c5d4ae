# SPDX-License-Identifier: MIT
# The example cqueues_echo, end to end. Read by examples.sh.

if why=$("$lua" -e 'local ok, e = pcall(require, "cqueues") if not ok then print((e:match("[^\n]*"))) end' 2>&1); [ -z "$why" ]; then
    example cqueues_echo
    before=$(files)
    ok 'cqueues_echo serves many at the same time' talk <<'END'
        local c = {}
        for i = 1, 100 do
            c[i] = client()
        end
        for round = 1, 5 do
            for i = 1, 100 do c[i]:writeLn("client ", i, " round ", round) end
            for i = 100, 1, -1 do expect(c[i], "client " .. i .. " round " .. round) end
        end
        for i = 1, 100 do
            c[i]:write("no end"):shutdownWrite()
            expect(c[i], "no end")
            assert(c[i]:eof())
            c[i]:close()
        end
END
    ok 'one after another, with the same descriptor' talk <<'END'
        for i = 1, 50 do
            local c = client("a" .. i)
            expect(c, "a" .. i)
            c:writeLn("b", i)
            expect(c, "b" .. i)
            if i % 2 == 0 then c:close() else c:abort() end
        end
END
    ok 'a slow reader holds up nobody there' talk <<'END'
        local slow = client()
        local text, sent, ok = ("x"):rep(999), 0, nil
        slow:setTimeout(0.5, "write") -- until both directions are full
        repeat
            ok = pcall(slow.writeLn, slow, text)
            sent = ok and sent + 1 or sent
        until not ok
        local c = client("quick")
        expect(c, "quick")
        c:close()
        slow:setTimeout(20)
        for i = 1, sent do
            expect(slow, text)
        end
        slow:writeLn("done")
        expect(slow, "done")
        slow:write("half"):abort()
END
    ok 'and gets all of it, when it has nothing more to say' talk <<'END'
        local slow = client()
        local text, sent, ok = ("x"):rep(999), 0, nil
        slow:setTimeout(0.5, "write")
        repeat
            ok = pcall(slow.writeLn, slow, text)
            sent = ok and sent + 1 or sent
        until not ok
        slow:setTimeout(20)
        for i = 1, sent / 2 do
            expect(slow, text)
        end
        slow:shutdownWrite()
        local lines = slow:readLines()
        assert(#lines == sent - math.floor(sent / 2), #lines .. " of " .. sent)
END
    ok 'who is left is served' talk <<'END'
        for i = 1, 3 do
            local c = client("x")
            expect(c, "x")
            c:close()
        end
END
    ok 'and no file is left open' test "$(files)" -le $((before + 1))
    ok 'a port in use is exit code 1 for cqueues_echo' run 1 cqueues_echo "$port"
    ok 'and one sentence of cqueues_echo' \
        is err "cqueues_echo: listen on 127.0.0.1:$port: address already in use\n"
    stop
else
    skip 'cqueues_echo' "cqueues cannot be loaded: $why"
fi
