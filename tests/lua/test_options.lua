-- SPDX-License-Identifier: MIT
-- The table of options, where the third argument may be one, and the setters.
local lu = require "luaunit"
local support = require "support"
local runnel = require "runnel"
local socket, serversocket, io, std = runnel.socket, runnel.serversocket, runnel.io, runnel.std

local options = support.suite("Options")

function options.test_buffering_can_be_an_option()
    local client, peer = support.pair({buffering = io.Buffered})
    client:write("x")
    lu.assertEquals(client:unsent(), 1)
    client:close()
    peer:close()
end

function options.test_newline_is_what_writeLn_writes()
    local client, peer = support.pair({newline = "crlf"})
    client:writeLn("a"):writeLn("b", "c")
    client:close()
    lu.assertEquals(peer:read(), "a\r\nbc\r\n")
end

function options.test_one_setting_leaves_the_others()
    local client, peer = support.pair({newline = "crlf"})
    client:setMaxLine(100):setBufferSize(100)
    client:writeLn("a", "b"):writeLn("c")
    client:close()
    lu.assertEquals(peer:read(), "ab\r\nc\r\n")
end

function options.test_maxLine_is_the_longest_line()
    local client, peer = support.pair({maxLine = 3})
    client:writeLn("abc"):writeLn("abcd")
    lu.assertEquals(peer:readLn(), "abc")
    lu.assertEquals(support.raises(std.IoError, "3 bytes", peer.readLn, peer).code, "limit")
    client:close()
    peer:close()
end

function options.test_bufferSize_is_when_a_buffered_stream_writes()
    local client, peer = support.pair({buffering = io.Buffered, bufferSize = 4})
    client:write("abc")
    lu.assertEquals(client:unsent(), 3)
    client:write("de")
    lu.assertTrue(client:unsent() < 4)
    client:close()
    lu.assertEquals(peer:read(), "abcde")
end

function options.test_timeout_holds_for_connecting_and_for_every_call_after_it()
    local client, peer = support.pair({timeout = 0.5}) -- a busy machine may stand still for less
    lu.assertEquals(support.raises(std.IoError, "timed out", client.readLn, client).code, "timeout")
    peer:writeLn("late")
    lu.assertEquals(client:readLn(), "late")
    client:close()
    peer:close()
end

function options.test_deadline_holds_for_the_whole_life()
    local client, peer = support.pair({deadline = runnel.now() + 0.5})
    repeat
        local ok, e = pcall(client.readLn, client)
    until not ok and e.code == "timeout"
    lu.assertTrue(runnel.now() > 0)
    client:abort()
    peer:abort()
    local e = support.raises(std.IoError, "timed out", socket.Socket, "localhost", 80, {deadline = 0})
    lu.assertEquals(e.code, "timeout")
end

function options.test_family_ipv6_is_opt_in()
    local ok, server = pcall(serversocket.ServerSocket, 0, {address = "::1", family = "ipv6"})
    if not ok then
        print("# SKIPPED: no IPv6 here: " .. tostring(server))
        lu.skip("no IPv6 on this machine")
    end
    local client = socket.Socket("::1", server:localPort(), {family = "ipv6"})
    local peer = server:accept()
    lu.assertEquals(client:remoteAddress(), "::1")
    lu.assertEquals(server:localAddress(), "::1")
    client:close()
    peer:close()
    server:close()
end

function options.test_unix_sockets_are_opt_in()
    local path = os.tmpname()
    os.remove(path)
    local server = serversocket.ServerSocket(0, "unix:" .. path)
    socket.Socket("unix:" .. path, 0):close()
    server:accept():close()
    local client = socket.Socket("unix:" .. path)
    local peer = server:accept()
    client:writeLn("hello")
    lu.assertEquals(peer:readLn(), "hello")
    lu.assertStrContains(tostring(client), path)
    client:close()
    peer:close()
    server:close()
    lu.assertNil((_G.io.open(path)))
end

function options.test_source_and_sourcePort_are_the_local_end()
    local server = serversocket.ServerSocket(0, "127.0.0.1")
    local client = socket.Socket("127.0.0.1", server:localPort(), {source = "127.0.0.9"})
    lu.assertEquals(client:localAddress(), "127.0.0.9")
    server:accept():close()
    client:close()
    local holder = serversocket.ServerSocket(0, "127.0.0.1")
    local e = support.raises(std.IoError, "in use", socket.Socket, "127.0.0.1", server:localPort(),
        {source = "127.0.0.1", sourcePort = holder:localPort()})
    lu.assertEquals(e.code, "in_use")
    holder:close()
    server:close()
end

function options.test_accept_takes_options_too()
    local server = serversocket.ServerSocket(0, "127.0.0.1")
    local client = socket.Socket("127.0.0.1", server:localPort())
    local peer = server:accept({buffering = io.Buffered, newline = "crlf", timeout = 0.01})
    peer:writeLn("x")
    lu.assertEquals(peer:unsent(), 3)
    lu.assertEquals(support.raises(std.IoError, "timed out", peer.readLn, peer).code, "timeout")
    support.raises(std.ValueError, '"family"', server.accept, server, {family = "ipv4"})
    client:close()
    peer:abort()
    server:close()
end

function options.test_ServerSocket_takes_them_behind_the_address()
    local server = serversocket.ServerSocket(0, "127.0.0.1", {timeout = 0})
    lu.assertEquals(server:localAddress(), "127.0.0.1")
    lu.assertEquals(support.raises(std.IoError, "wait", server.accept, server).code, "again")
    server:close()
    server = serversocket.ServerSocket(0, nil, {timeout = 0, address = "127.0.0.2"})
    lu.assertEquals(server:localAddress(), "127.0.0.2")
    server:close()
    support.raises(std.ValueError, '"address"', serversocket.ServerSocket, 0, "127.0.0.1", {address = "127.0.0.1"})
end

function options.test_reusePort_and_backlog()
    local first = serversocket.ServerSocket(0, {address = "127.0.0.1", reusePort = true, backlog = 5})
    local second = serversocket.ServerSocket(first:localPort(), {address = "127.0.0.1", reusePort = true})
    lu.assertEquals(first:localPort(), second:localPort())
    first:close()
    second:close()
end

function options.test_setters_return_the_stream()
    local client, peer = support.pair()
    lu.assertTrue(client:setTimeout(1):setDeadline(runnel.now() + 9):setNewline("lf"):setMaxLine(9)
        :setMaxAll(9):setBufferSize(100):setNoDelay(false):setLiveness(10) == client)
    client:close()
    peer:close()
end

function options.test_setMaxAll_bounds_the_rest()
    local client, peer = support.pair()
    client:write("0123456789")
    client:close()
    peer:setMaxAll(5)
    lu.assertEquals(support.raises(std.IoError, "5 bytes", peer.read, peer).code, "limit")
    lu.assertEquals(peer:setMaxAll(10):read(), "0123456789")
end

function options.test_lookups_take_a_timeout()
    lu.assertEquals(socket.GetHostByName("localhost", {timeout = 10}), "127.0.0.1")
    support.raises(std.ValueError, "timeout 0", socket.GetHostByName, "localhost", {timeout = 0})
end
