-- SPDX-License-Identifier: MIT
-- Time limits, calls that do not wait, and what a scheduler needs to know.
local lu = require "luaunit"
local support = require "support"
local runnel = require "runnel"
local serversocket, io, std = runnel.serversocket, runnel.io, runnel.std
local safe = runnel.safe

local waiting = support.suite("Waiting")

function waiting.test_now_is_in_seconds_and_goes_on()
    local before = runnel.now()
    lu.assertIsNumber(before)
    lu.assertTrue(runnel.now() >= before)
end

function waiting.test_a_read_that_timed_out_loses_nothing()
    local client, peer = support.pair(io.Buffered)
    client:write("part of a li"):flush()
    peer:setTimeout(0.01)
    lu.assertEquals(support.raises(std.IoError, "timed out", peer.readLn, peer).code, "timeout")
    lu.assertEquals(support.raises(std.IoError, "timed out", peer.read, peer, 100).code, "timeout")
    lu.assertEquals(support.raises(std.IoError, "timed out", peer.read, peer).code, "timeout")
    client:write("ne\nand more")
    client:close()
    lu.assertEquals(peer:readLn(), "part of a line")
    lu.assertEquals(peer:read(), "and more")
end

function waiting.test_a_timeout_of_one_direction_leaves_the_other()
    local client, peer = support.pair()
    client:setTimeout(0.01, "read")
    lu.assertEquals(support.raises(std.IoError, "timed out", client.read, client, 1).code, "timeout")
    client:write("x")
    lu.assertEquals(peer:read(1), "x")
    client:setTimeout(nil, "read"):setDeadline(runnel.now() - 1, "read")
    lu.assertEquals(support.raises(std.IoError, "timed out", client.read, client, 1).code, "timeout")
    client:setDeadline(nil, "read")
    peer:write("y")
    lu.assertEquals(client:read(1), "y")
    client:close()
    peer:close()
end

function waiting.test_a_timeout_of_zero_never_waits()
    local client, peer = support.pair(nil, safe)
    peer:setTimeout(0)
    for _, call in ipairs {"readLn", "eof", "readLines", "readSome"} do
        support.returns(std.IoError, "again", peer[call], peer)
    end
    support.returns(std.IoError, "again", peer.read, peer, 5)
    support.returns(std.IoError, "again", peer.read, peer)
    client:write("line\nrest")
    lu.assertEquals(peer:readLn(), "line")
    support.returns(std.IoError, "again", peer.readLn, peer)
    lu.assertEquals(peer:pending(), 4)
    client:close()
    peer:close()
end

function waiting.test_math_huge_and_nil_mean_no_limit()
    local client, peer = support.pair(nil, safe)
    peer:setTimeout(0):setTimeout(math.huge):setDeadline(math.huge)
    client:writeLn("x")
    lu.assertEquals(peer:readLn(), "x")
    client:close()
    peer:close()
end

function waiting.test_wants_says_what_a_refused_call_waits_for()
    local client, peer = support.pair(io.Buffered, safe)
    client:setTimeout(0)
    lu.assertNil(client:wants())
    support.returns(std.IoError, "again", client.readLn, client)
    lu.assertEquals(client:wants(), "r")
    local block = ("x"):rep(65536)
    while client:write(block) do end
    lu.assertStrContains(client:wants(), "w")
    lu.assertIsNumber(client:fd())
    client:abort()
    peer:abort()
end

function waiting.test_a_write_is_taken_whole_or_not_at_all()
    local client, peer = support.pair(io.Buffered, safe)
    client:setTimeout(0)
    local taken, block = 0, ("0123456789abcdef"):rep(4096)
    while client:write(block) do
        taken = taken + #block
    end
    local got, parts = 0, {}
    peer:setTimeout(0)
    while got < taken do
        client:flush()
        local data = peer:readSome(65536)
        if data then
            got = got + #data
            parts[#parts + 1] = data
        end
    end
    lu.assertEquals(got, taken)
    lu.assertTrue(table.concat(parts) == ("0123456789abcdef"):rep(taken / 16))
    client:close()
    lu.assertEquals(peer:setTimeout(nil):read(), "")
end

function waiting.test_accept_that_does_not_wait()
    local server = serversocket.ServerSocket(0, {address = "127.0.0.1", timeout = 0})
    lu.assertEquals(support.raises(std.IoError, "wait", server.accept, server).code, "again")
    server:setTimeout(0.01)
    lu.assertEquals(support.raises(std.IoError, "timed out", server.accept, server).code, "timeout")
    server:setTimeout(nil):setDeadline(runnel.now() - 1)
    lu.assertEquals(support.raises(std.IoError, "timed out", server.accept, server).code, "timeout")
    server:close()
end

function waiting.test_a_connect_that_nobody_answers_times_out()
    -- A queue of one that nobody empties: the kernel lets further ones wait.
    local server = serversocket.ServerSocket(0, {address = "127.0.0.1", backlog = 1})
    local held, e = {}, nil
    repeat
        local s
        s, _, _, e = safe.socket.Socket("127.0.0.1", server:localPort(), {timeout = 0.2})
        held[#held + 1] = s
    until not s or #held > 20
    lu.assertEquals(e.code, "timeout")
    lu.assertEquals(e.phase, "connect")
    lu.assertEquals(e.attempts[1].code, "timeout")
    for _, s in ipairs(held) do
        s:abort()
    end
    server:close()
end

function waiting.test_wait_tells_which_of_several_have_something_to_do()
    local server = serversocket.ServerSocket(0, {address = "127.0.0.1", timeout = 0})
    local client, peer = support.pair(io.Buffered, safe)
    client:setTimeout(0)
    peer:setTimeout(0)
    local all = {server, client, peer}
    lu.assertEquals(runnel.wait(all, 0), {})
    lu.assertEquals(runnel.wait(all, 0.01), {})
    client:writeLn("x"):flush()
    lu.assertEquals(runnel.wait(all), {peer})
    lu.assertEquals(peer:readLn(), "x")
    lu.assertEquals(runnel.wait(all, 0), {})
    client:write("two\nlines"):flush()
    lu.assertEquals(runnel.wait(all), {peer})
    lu.assertEquals(peer:readLn(), "two")
    lu.assertEquals(runnel.wait(all), {peer}) -- part of a line is there already
    support.returns(std.IoError, "again", peer.readLn, peer)
    lu.assertEquals(runnel.wait(all, 0), {}) -- and is not enough
    local other = safe.socket.Socket("127.0.0.1", server:localPort())
    lu.assertEquals(runnel.wait(all), {server})
    local accepted = server:accept()
    peer:write("y"):flush()
    client:close()
    lu.assertEquals(runnel.wait(all), {client, peer})
    for _, s in ipairs {other, accepted, peer, server} do
        s:close()
    end
end

function waiting.test_wait_for_room_to_write()
    local client, peer = support.pair(nil, safe)
    client:setTimeout(0)
    local block = ("x"):rep(65536)
    while client:write(block) do end
    lu.assertEquals(runnel.wait({client}, 0), {})
    peer:setTimeout(0)
    local ready
    repeat
        peer:readSome(65536)
        ready = runnel.wait({client}, 0)
    until ready[1]
    lu.assertTrue(ready[1] == client)
    client:abort()
    peer:abort()
end

function waiting.test_an_again_has_its_own_place_and_story()
    local client, peer = support.pair()
    peer:setTimeout(0)
    local _, first = pcall(function() return peer:readLn(), 1 end)
    local _, second = pcall(function() return peer:readLn(), 2 end)
    lu.assertStrContains(first.message, "read from 127.0.0.1:")
    lu.assertNotEquals(first.where, second.where)
    client:close()
    peer:close()
end

function waiting.test_wait_refuses_what_cannot_be_waited_for()
    support.raises(std.TypeError, "the list", runnel.wait)
    support.raises(std.TypeError, "timeout", runnel.wait, {}, "1")
    support.raises(std.TypeError, "item 1 of the list must be a stream", runnel.wait, {5})
    support.raises(std.TypeError, "stream", runnel.wait, {_G.io.stdout})
    support.raises(std.IoError, "unsupported", runnel.wait, {io.Stream({_read = function() end})})
    lu.assertEquals(runnel.wait({}, 0), {})
end
