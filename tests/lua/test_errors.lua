-- SPDX-License-Identifier: MIT
-- Exceptions as objects, arguments that can never be right, use after close, and
-- the safe module.
local lu = require "luaunit"
local support = require "support"
local runnel = require "runnel"
local socket, serversocket, io, std = runnel.socket, runnel.serversocket, runnel.io, runnel.std
local safe = require "runnel.safe"

local errors = support.suite("Errors")

function errors.test_a_refused_connection_tells_everything()
    local port = support.closedPort()
    local e = support.raises(std.IoError, "connect to localhost:" .. port .. ": 127.0.0.1: connection refused",
        socket.Socket, "localhost", port)
    lu.assertEquals(e.class, std.IoError)
    lu.assertEquals(e.code, "refused")
    lu.assertEquals(e.host, "localhost")
    lu.assertEquals(e.port, port)
    lu.assertEquals(e.address, "127.0.0.1")
    lu.assertEquals(e.phase, "connect")
    lu.assertEquals(e.errno, "ECONNREFUSED")
    lu.assertEquals(e.attempts, {{address = "127.0.0.1", code = "refused", errno = "ECONNREFUSED"}})
end

function errors.test_tostring_has_the_place_the_class_and_the_message()
    local ok, e = pcall(function()
        local s = socket.Socket("no host", 80) -- no tail call: those have no place
        return s
    end)
    lu.assertFalse(ok)
    lu.assertStrMatches(tostring(e), '.*test_errors.lua:%d+: ValueError: host "no host".*')
    lu.assertStrMatches(tostring(socket.NameError("mine")), ".*test_errors.lua:%d+: NameError: mine")
    lu.assertEquals(tostring(std.IoError), "IoError")
end

function errors.test_is_holds_for_the_class_and_its_ancestors_only()
    local e = std.IoError("x")
    lu.assertTrue(e:is(std.IoError))
    lu.assertTrue(e:is(std.Exception))
    lu.assertFalse(e:is(std.ValueError))
    lu.assertFalse(e:is(socket.NameError))
    lu.assertFalse(e:is(nil))
    lu.assertFalse(e:is("IoError"))
end

function errors.test_users_can_derive_their_own()
    local ProtocolError = std.IoError:subclass("ProtocolError")
    local e = support.raises(ProtocolError, "bad greeting", error, ProtocolError("bad greeting"))
    lu.assertTrue(e:is(std.IoError))
    lu.assertStrContains(tostring(e), "ProtocolError: bad greeting")
end

-- Every call with an argument of a wrong type, and the name that is told.
local function wrongTypes(s, server)
    local thing = {}
    return {
        {"destination", socket.Socket, nil, 80},
        {"destination", socket.Socket, 5, 80},
        {"port", socket.Socket, "localhost"},
        {"port", socket.Socket, "localhost", thing},
        {"timeout", socket.Socket, "localhost", 80, {timeout = "5"}},
        {"deadline", socket.Socket, "localhost", 80, {deadline = true}},
        {"maxLine", socket.Socket, "localhost", 80, {maxLine = thing}},
        {"source", socket.Socket, "localhost", 80, {source = 1}},
        {"port", serversocket.ServerSocket},
        {"address", serversocket.ServerSocket, 0, 5},
        {"reusePort", serversocket.ServerSocket, 0, {reusePort = 1}},
        {"options", serversocket.ServerSocket, 0, "127.0.0.1", 5},
        {"name", socket.GetHostByName},
        {"name", socket.GetHostByName, 5},
        {"options", socket.GetHostByName, "localhost", 5},
        {"address", socket.GetHostByAddress, thing},
        {"n", s.read, s, thing},
        {"n", s.read, s, true},
        {"n", s.readSome, s, false},
        {"timeout", s.setTimeout, s, "1"},
        {"deadline", s.setDeadline, s, thing},
        {"maxLine", s.setMaxLine, s},
        {"maxLine", s.setMaxLine, s, thing},
        {"newline", s.setNewline, s},
        {"bytes", s.setMaxAll, s, thing},
        {"on", s.setNoDelay, s, 1},
        {"seconds", s.setLiveness, s, thing},
        {"timeout", server.setTimeout, server, thing},
        {"path", io.File},
        {"path", io.File, 5},
        {"table", io.Stream},
        {"table", io.Stream, "x"},
        {"_read", io.Stream, {_read = 5}},
        {"_write", io.Stream, {_read = print, _write = false}},
        {"_close", io.Stream, {_read = print, _close = thing}},
        {"_fd", io.Stream, {_read = print, _fd = "7"}},
        {"name", io.Stream.subclass, io.Stream},
        {"name", std.IoError.subclass, std.IoError, 5},
        {"code", std.IoError.subclass, std.IoError, "Mine", 5},
        {"item 2", runnel.wait, {s, 5}},
        {"self", s.readLn},
        {"self", s.readLn, thing},
        {"self", s.write, server, "x"},
        {"self", s.read, "text", 5},
        {"self", server.accept, s},
        {"self", server.close},
        {"self", s.close, _G.io.stdout},
    }
end

function errors.test_wrong_types_raise_a_TypeError_that_names_the_argument()
    local s, peer = support.pair()
    local server = serversocket.ServerSocket(0)
    for i, case in ipairs(wrongTypes(s, server)) do
        local e = support.raises(std.TypeError, case[1], (unpack or table.unpack)(case, 2, 6))
        lu.assertEquals(e.code, "type", i)
    end
    s:close()
    peer:close()
    server:close()
end

function errors.test_what_stands_behind_the_last_argument_is_not_just_left_out()
    local server = serversocket.ServerSocket(0)
    local options = {timeout = 5}
    for name, case in pairs {
        ["Socket: argument 4"] = {socket.Socket, "127.0.0.1", server:localPort(), io.Buffered, options},
        ["ServerSocket: argument 4"] = {serversocket.ServerSocket, 0, "127.0.0.1", {}, options},
        ["ServerSocket: argument 3"] = {serversocket.ServerSocket, 0, {}, options},
        ["accept: argument 3"] = {server.accept, server, io.Buffered, options},
        ["GetHostByName: argument 3"] = {socket.GetHostByName, "localhost", {}, options},
        ["Stream: argument 3"] = {io.Stream, {_read = print}, io.Buffered, options},
    } do
        support.raises(std.TypeError, name .. " must be left out, not table", (unpack or table.unpack)(case, 1, 5))
    end
    support.raises(std.IoError, "refused", socket.Socket, "127.0.0.1", support.closedPort(), nil, nil)
    server:close()
end

function errors.test_a_method_without_its_stream_says_how_to_call_it()
    local s, peer = support.pair()
    local ok, e = pcall(function()
        local line = s.readLn()
        return line
    end)
    lu.assertFalse(ok)
    lu.assertEquals(e.message, "readLn: self must be a stream, as in s:readLn(), not nothing")
    lu.assertStrContains(e.where, "test_errors.lua:")
    s:close()
    peer:close()
end

function errors.test_the_place_of_a_wrong_subclass_is_the_caller_s()
    for _, class in ipairs {io.Stream, io.File, std.IoError} do
        local ok, e = pcall(function()
            local made = class:subclass()
            return made
        end)
        lu.assertFalse(ok)
        lu.assertStrContains(e.where, "test_errors.lua:")
    end
end

function errors.test_wrong_types_raise_in_the_safe_module_too()
    support.raises(std.TypeError, "destination", safe.socket.Socket, nil, 80)
    support.raises(std.TypeError, "port", safe.serversocket.ServerSocket)
    support.raises(std.TypeError, "path", safe.io.File)
end

-- Values of the right type that can never be right, and what the message shows.
local function wrongValues(s)
    return {
        {"-1", s.read, s, -1},
        {"2.5", s.read, s, 2.5},
        {"nan", s.read, s, 0 / 0},
        {"inf", s.read, s, math.huge},
        {"0", s.readSome, s, 0},
        {"80.5", socket.Socket, "localhost", 80.5},
        {"70000", socket.Socket, "localhost", 70000},
        {"-1", socket.Socket, "localhost", -1},
        {"0 is not", socket.Socket, "localhost", 0},
        {'"http"', socket.Socket, "localhost", "http"},
        {'"a b"', socket.Socket, "a b", 80},
        {"NUL", socket.Socket, "a\0b", 80},
        {'"half"', socket.Socket, "localhost", 80, "half"},
        {'"tiemout"', socket.Socket, "localhost", 80, {tiemout = 5}},
        {"timeout", socket.Socket, "localhost", 80, {"timeout"}},
        {'"ipv5"', socket.Socket, "localhost", 80, {family = "ipv5"}},
        {'"cr"', socket.Socket, "localhost", 80, {newline = "cr"}},
        {"-5", socket.Socket, "localhost", 80, {timeout = -5}},
        {"timeout 0", socket.Socket, "localhost", 80, {timeout = 0}},
        {"0", socket.Socket, "localhost", 80, {maxLine = 0}},
        {"70000", serversocket.ServerSocket, 70000},
        {'"localhost"', serversocket.ServerSocket, 0, "localhost"},
        {'"nowhere"', s.setTimeout, s, 1, "nowhere"},
        {"-1", s.setTimeout, s, -1},
        {"nan", s.setTimeout, s, 0 / 0},
        {"-1", s.setDeadline, s, -1},
        {"os.time()", s.setDeadline, s, os.time()},
        {"from 1 to 65535", socket.Socket, "localhost", 1e10},
        {"from 0 to 65535", serversocket.ServerSocket, -1},
        {"io.Append", io.File, "/dev/null", "a"},
        {'"x"', s.setNewline, s, "x"},
        {"0", s.setMaxLine, s, 0},
        {"0", s.setMaxAll, s, 0},
        {"-3", s.setLiveness, s, -3},
        {"neither", io.Stream, {}},
        {'"w"', io.File, "/dev/null", "w"},
    }
end

function errors.test_wrong_values_raise_a_ValueError_that_shows_the_value()
    local s, peer = support.pair()
    for i, case in ipairs(wrongValues(s)) do
        local e = support.raises(std.ValueError, case[1], (unpack or table.unpack)(case, 2, 6))
        lu.assertEquals(e.code, "value", i)
    end
    s:write("still usable")
    s:close()
    lu.assertEquals(peer:read(), "still usable")
end

function errors.test_numbers_as_text_and_whole_floats_are_integers()
    local server = serversocket.ServerSocket("0", "127.0.0.1")
    local client = socket.Socket("127.0.0.1", tostring(server:localPort()), {maxLine = 80.0})
    local peer = server:accept()
    peer:write("ab")
    lu.assertEquals(client:read("2"), "ab")
    client:close()
    peer:close()
    server:close()
end

function errors.test_use_after_close_is_an_IoError()
    local s, peer = support.pair()
    s:close()
    local calls = {
        "readLn", "readLines", "readSome", "peek", "pending", "eof", "skipLine", "write", "writeLn", "flush",
        "unsent", "shutdownWrite", "fd", "wants",
    }
    for _, name in ipairs(calls) do
        local e = support.raises(std.IoError, "closed", s[name], s)
        lu.assertEquals(e.code, "closed", name)
    end
    support.raises(std.IoError, "closed", s.read, s)
    support.raises(std.IoError, "closed", s.read, s, 5)
    support.raises(std.IoError, "closed", s.read, s, 0)
    support.raises(std.IoError, "closed", s.setNewline, s, "lf")
    support.raises(std.IoError, "closed", function() for _ in s do end end)
    support.raises(std.IoError, "closed", function() for _ in s:iterator() do end end)
    lu.assertTrue(s:close())
    peer:close()
    local server = serversocket.ServerSocket(0)
    server:close()
    server:close()
    for _, name in ipairs {"accept", "fd", "setTimeout", "setDeadline"} do
        support.raises(std.IoError, "closed", server[name], server)
    end
end

function errors.test_accept_on_a_server_tells_what_is_wrong()
    local server = serversocket.ServerSocket(0, "127.0.0.1")
    local e = support.raises(std.IoError, "already in use", serversocket.ServerSocket, server:localPort(), "127.0.0.1")
    lu.assertEquals(e.code, "in_use")
    lu.assertEquals(e.port, server:localPort())
    support.raises(std.ValueError, "buffering", server.accept, server, "x")
    server:close()
end

function errors.test_the_safe_module_returns_failures()
    local port = support.closedPort()
    local e = support.returns(std.IoError, "refused", safe.socket.Socket, "127.0.0.1", port)
    lu.assertEquals(e.port, port)
    support.returns(socket.NameError, "name", safe.socket.GetHostByName, "nosuch.invalid")
    support.returns(std.ValueError, "value", safe.socket.GetHostByAddress, "x")
    support.returns(std.ValueError, "value", safe.socket.Socket, "localhost", 80, "half")
    support.returns(std.IoError, "io", safe.io.File, "/nosuch/file")
    lu.assertEquals(safe.socket.GetHostByName("localhost"), "127.0.0.1")
end

function errors.test_the_safe_module_s_streams_return_failures()
    local client, peer = support.pair(nil, safe)
    lu.assertTrue(client:write("x") == client)
    lu.assertEquals(peer:read(1), "x")
    support.returns(std.ValueError, "value", peer.read, peer, -1)
    client:close()
    support.returns(std.IoError, "eof", peer.readLn, peer)
    lu.assertEquals(peer:read(), "")
    support.returns(std.IoError, "closed", peer.readLn, peer)
    support.returns(std.IoError, "closed", client.write, client, "x")
    lu.assertTrue(client:close())
end

function errors.test_loops_raise_in_the_safe_module_too()
    local client, peer = support.pair(nil, safe)
    client:abort()
    support.raises(std.IoError, "reset", function() for _ in peer do end end)
    peer:close()
end

function errors.test_safe_streams_are_instances_of_the_classes()
    local client, peer = support.pair(nil, safe)
    for _, class in ipairs {socket.Socket, io.Stream, safe.socket.Socket, safe.io.Stream} do
        lu.assertTrue(client:is(class))
    end
    lu.assertFalse(client:is(io.File))
    client:close()
    peer:close()
end

function errors.test_assert_shows_the_message_of_a_safe_failure()
    local ok, text = pcall(function() assert(safe.socket.Socket("127.0.0.1", support.closedPort())) end)
    lu.assertFalse(ok)
    lu.assertStrContains(tostring(text), "connection refused")
end
