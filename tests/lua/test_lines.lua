-- SPDX-License-Identifier: MIT
-- Lines: readLn, readLines, iterators, endings and limits.
local lu = require "luaunit"
local support = require "support"
local io = require "runnel.io"
local std = require "runnel.std"

local lines = support.suite("Lines")
local modes = {io.Buffered, io.LineBuffered, io.Unbuffered}

local function sent(text, options)
    local client, peer = support.pair(options)
    client:write(text)
    client:close()
    return peer
end

function lines.test_readLn_gives_a_line_without_its_ending()
    for _, mode in ipairs(modes) do
        local peer = sent("one\ntwo\r\nthree\rfour\n\n\r\n\r\rlast", mode)
        for _, line in ipairs {"one", "two", "three", "four", "", "", "", "", "last"} do
            lu.assertEquals(peer:readLn(), line)
        end
        peer:close()
    end
end

function lines.test_readLn_at_the_end_is_an_IoError()
    local peer = sent("x\n")
    lu.assertEquals(peer:readLn(), "x")
    for _ = 1, 2 do
        local e = support.raises(std.IoError, "the end of Socket (127.0.0.1:", peer.readLn, peer)
        lu.assertEquals(e.code, "eof")
    end
    peer:close()
end

function lines.test_a_cr_ends_a_line_at_once_and_its_lf_is_never_seen()
    for _, mode in ipairs(modes) do
        local client, peer = support.pair()
        client:write("line\r")
        lu.assertEquals(peer:readLn(), "line")
        client:write("\nnext")
        lu.assertEquals(peer:read(4), "next")
        client:write("\r")
        lu.assertEquals(peer:readLn(), "")
        client:write("\n")
        client:close()
        lu.assertTrue(peer:eof())
        lu.assertEquals(peer:peek(), "")
        lu.assertEquals(peer:read(), "")
    end
end

function lines.test_lineEnding_tells_how_the_last_line_ended()
    local peer = sent("a\nb\rc\r\nd")
    lu.assertNil(peer:lineEnding())
    local endings = {a = "lf", b = "cr", c = "crlf"}
    for line in peer do
        lu.assertEquals(peer:lineEnding(), endings[line])
    end
    peer:close()
end

function lines.test_long_lines_are_whole()
    for _, n in ipairs {511, 512, 513, 70000, 1048576} do
        local client, peer = support.pair(io.Buffered)
        client:setTimeout(0, "write")
        pcall(client.writeLn, client, ("z"):rep(n))
        peer:setTimeout(0)
        local ok, line
        repeat
            pcall(client.flush, client)
            ok, line = pcall(peer.readLn, peer)
        until ok or line.code ~= "again"
        lu.assertTrue(ok, tostring(line))
        lu.assertTrue(line == ("z"):rep(n))
        client:abort()
        peer:abort()
    end
end

function lines.test_a_line_beyond_the_limit_stays_and_can_be_skipped()
    local peer = sent(("x"):rep(50) .. "\nshort\n", {maxLine = 10})
    local e = support.raises(std.IoError, "10 bytes", peer.readLn, peer)
    lu.assertEquals(e.code, "limit")
    lu.assertEquals(peer:readSome(5), "xxxxx")
    lu.assertTrue(peer:skipLine())
    lu.assertEquals(peer:readLn(), "short")
    lu.assertFalse(peer:skipLine())
    peer:setMaxLine(100)
    peer:close()
end

function lines.test_strict_newlines_refuse_the_others()
    local peer = sent("good\r\nbad\nx", {newline = "strict"})
    lu.assertEquals(peer:readLn(), "good")
    lu.assertEquals(support.raises(std.IoError, "CRLF", peer.readLn, peer).code, "newline")
    lu.assertEquals(peer:read(5), "bad\nx")
    peer:close()
end

function lines.test_readLines_gives_the_rest_as_an_array_and_closes()
    for _, mode in ipairs(modes) do
        local peer = sent("first\none\r\ntwo\n\nlast", mode)
        lu.assertEquals(peer:readLn(), "first")
        lu.assertEquals(peer:readLines(), {"one", "two", "", "last"})
        support.raises(std.IoError, "closed", peer.readLn, peer)
    end
end

function lines.test_readLines_at_the_end_is_an_empty_array()
    lu.assertEquals(sent(""):readLines(), {})
end

function lines.test_readLines_closes_even_when_reading_failed_and_keeps_what_came()
    local client, peer = support.pair()
    client:write("one\ntwo\ncut")
    lu.assertEquals(peer:readLn(), "one")
    client:abort()
    local e = support.raises(std.IoError, "reset", peer.readLines, peer)
    lu.assertIsTable(e.lines or {})
    support.raises(std.IoError, "closed", peer.readLn, peer)
end

function lines.test_for_line_in_stream()
    for _, mode in ipairs(modes) do
        local got = {}
        local peer = sent("a\nb\nc", mode)
        for line in peer do
            got[#got + 1] = line
        end
        lu.assertEquals(got, {"a", "b", "c"})
        peer:close()
    end
end

function lines.test_for_line_in_iterator()
    local got = {}
    local peer = sent("a\nb\nc")
    for line in peer:iterator() do
        got[#got + 1] = line
        if line == "b" then
            break
        end
    end
    lu.assertEquals(got, {"a", "b"})
    lu.assertEquals(peer:readLn(), "c")
    peer:close()
end

function lines.test_an_iterator_keeps_its_stream_alive()
    local client, peer = support.pair()
    local iterator = peer:iterator()
    peer = nil -- luacheck: ignore
    collectgarbage()
    collectgarbage()
    client:writeLn("still here")
    lu.assertEquals(iterator(), "still here")
    client:close()
    lu.assertNil(iterator())
end

function lines.test_a_loop_raises_and_does_not_just_stop()
    for _, form in ipairs {"stream", "iterator"} do
        local client, peer = support.pair()
        client:write("one\n")
        local got = {}
        local e = support.raises(std.IoError, "reset", function()
            for line in form == "stream" and peer or peer:iterator() do
                got[#got + 1] = line
                client:abort()
            end
        end)
        lu.assertEquals(e.code, "reset")
        lu.assertEquals(got, {"one"})
        peer:close()
    end
end

function lines.test_an_iterator_goes_on_after_a_call_that_would_wait()
    local client, peer = support.pair()
    peer:setTimeout(0)
    local next_line = peer:iterator()
    client:write("one\ntw")
    lu.assertEquals(next_line(), "one")
    lu.assertEquals(support.raises(std.IoError, "wait", next_line).code, "again")
    client:write("o\n", ("x"):rep(5000), "\nlast")
    lu.assertEquals(next_line(), "two")
    lu.assertEquals(#next_line(), 5000)
    client:close()
    lu.assertEquals(next_line(), "last")
    lu.assertNil(next_line())
    lu.assertNil(next_line())
    peer:close()
    lu.assertEquals(support.raises(std.IoError, "closed", next_line).code, "closed")
end
