-- SPDX-License-Identifier: MIT
-- Names, ends of scopes, and the collector.
local lu = require "luaunit"
local support = require "support"
local runnel = require "runnel"
local socket, serversocket, io, std = runnel.socket, runnel.serversocket, runnel.io, runnel.std

local life = support.suite("Life")

function life.test_tostring_shows_both_ends()
    local client, peer = support.pair()
    local ends = ("Socket (127.0.0.1:%d -> 127.0.0.1:%d"):format(client:localPort(), peer:localPort())
    lu.assertEquals(tostring(client), ends .. ")")
    client:close()
    lu.assertEquals(tostring(client), ends .. ", closed)")
    peer:close()
    local server = serversocket.ServerSocket(0, "127.0.0.1")
    lu.assertEquals(tostring(server), "ServerSocket (127.0.0.1:" .. server:localPort() .. ")")
    server:close()
    lu.assertStrContains(tostring(server), "closed")
    lu.assertStrContains(tostring(io.Stream({_read = function() end})), "Stream (")
    lu.assertEquals(tostring(socket.Socket), "Socket")
end

function life.test_each_module_loads_by_itself()
    for _, name in ipairs {"socket", "serversocket", "io", "std", "safe", "luasocket"} do
        lu.assertEquals(support.run(("io.write(type(require 'runnel.%s'))"):format(name)), "table", name)
    end
    lu.assertEquals(support.run([[
        local runnel = require "runnel"
        for _, name in ipairs {"socket", "serversocket", "io", "std", "safe", "luasocket"} do
            assert(runnel[name] == require("runnel." .. name), name)
        end]]), "")
end

function life.test_a_server_knows_its_address_and_port()
    local server = serversocket.ServerSocket(0)
    lu.assertEquals(server:localAddress(), "0.0.0.0")
    lu.assertTrue(server:localPort() > 0)
    lu.assertIsNumber(server:fd())
    server:close()
    lu.assertEquals(server:localAddress(), "0.0.0.0")
end

function life.test_the_collector_closes_and_sends_what_goes_at_once()
    local client, peer = support.pair(io.Buffered)
    client:write("last words")
    client = nil -- luacheck: ignore
    collectgarbage()
    collectgarbage()
    lu.assertEquals(peer:read(), "last words")
end

function life.test_the_collector_does_not_wait_for_a_peer_that_reads_nothing()
    local client, peer = support.pair(io.Buffered)
    client:setTimeout(0)
    local block = ("x"):rep(65536)
    while pcall(client.write, client, block) do end
    client:setTimeout(nil)
    client = nil -- luacheck: ignore
    local before = runnel.now()
    collectgarbage()
    collectgarbage()
    lu.assertTrue(runnel.now() - before < 1)
    peer:abort()
end

function life.test_streams_that_nobody_uses_make_room_when_descriptors_run_out()
    local said = support.run([[
        local runnel = require "runnel"
        local server = runnel.serversocket.ServerSocket(0, "127.0.0.1")
        collectgarbage("stop") -- what is dropped stays open until room is needed
        for _ = 1, 300 do
            local client = runnel.socket.Socket("127.0.0.1", server:localPort())
            local peer = server:accept()
            local file = runnel.io.File("/dev/null")
        end
        print("enough")
    ]], "", "2>&1", "ulimit -n 60;")
    lu.assertEquals(said, "enough\n")
    local without = support.run([[
        local files = {}
        for i = 1, 300 do files[i] = require("runnel.io").File("/dev/null") end
    ]], "", "2>&1", "ulimit -n 60;")
    lu.assertStrContains(without, _VERSION == "Lua 5.1" and not jit and "error object" or "Too many open files")
end

-- Variables that are closed at the end of their scope: the language has them from
-- 5.4 on, and only there these tests exist.
local scope = (loadstring or load)([[
    local support, body = ...
    local client, peer = support.pair()
    local failed, e = pcall(function()
        local s <close> = client
        return body(s)
    end)
    return peer, client, failed, e
]])

if scope then

function life.test_close_variables_deliver_what_was_written()
    local peer, client, ok = scope(support, function(s) s:write("delivered") end)
    lu.assertTrue(ok)
    support.raises(std.IoError, "closed", client.write, client, "x")
    lu.assertEquals(peer:read(), "delivered")
end

function life.test_close_variables_keep_the_error_that_ends_the_scope()
    local peer, _, ok, e = scope(support, function(s)
        s:write("delivered")
        error("the body's own", 0)
    end)
    lu.assertFalse(ok)
    lu.assertEquals(e, "the body's own")
    lu.assertEquals(peer:read(), "delivered")
end

function life.test_close_variables_do_not_wait_for_ever()
    local before = runnel.now()
    local peer, _, ok, e = scope(support, function(s)
        s:setTimeout(0)
        local block = ("x"):rep(65536)
        while pcall(s.write, s, block) do end
        s:setTimeout(0.05)
    end)
    lu.assertFalse(ok)
    lu.assertTrue(e:is(std.IoError))
    lu.assertTrue(runnel.now() - before < 4)
    peer:abort()
end

function life.test_close_variables_wait_five_seconds_unless_told_otherwise()
    local before = runnel.now()
    local peer, _, ok, e = scope(support, function(s)
        s:setTimeout(0)
        local block = ("x"):rep(65536)
        while pcall(s.write, s, block) do end
        s:setTimeout(nil)
    end)
    lu.assertFalse(ok)
    lu.assertEquals(e.code, "timeout")
    local took = runnel.now() - before
    lu.assertTrue(took > 4 and took < 20, took)
    peer:abort()
end

function life.test_close_variables_of_the_safe_module_raise_what_was_lost()
    local client, peer = support.pair({buffering = io.Buffered, bufferSize = 100}, runnel.safe)
    client:write("never arrives")
    peer:abort()
    client:setTimeout(0)
    local ok, e = pcall((loadstring or load)("local s <close> = ..."), client)
    lu.assertFalse(ok)
    lu.assertEquals(e.code, "reset")
end

function life.test_a_server_can_be_a_close_variable()
    local f = (loadstring or load)([[
        local ServerSocket = ...
        local s <close> = ServerSocket(0, "127.0.0.1")
        return s:localPort()
    ]])
    local port = f(serversocket.ServerSocket)
    lu.assertEquals(support.raises(std.IoError, "refused", socket.Socket, "127.0.0.1", port).code, "refused")
end

end

function life.test_finalizers_may_read_the_stream_that_is_being_read()
    local client, peer = support.pair(io.Buffered)
    local text = ("y"):rep(2000)
    client:setTimeout(0, "write")
    peer:setTimeout(0)
    local function litter()
        if newproxy then
            local p = newproxy(true)
            getmetatable(p).__gc = function() pcall(peer.readLn, peer) end
        else
            setmetatable({}, {__gc = function() pcall(peer.readLn, peer) end})
        end
    end
    for _ = 1, 300 do
        litter()
        pcall(client.writeLn, client, text)
        pcall(client.flush, client)
        local ok, line = pcall(peer.readLn, peer)
        if ok then
            lu.assertTrue(line == text)
        end
        pcall(peer.peek, peer)
    end
    client:abort()
    peer:abort()
end

function life.test_methods_allocate_nothing_but_their_result()
    local client, peer = support.pair(io.Buffered)
    local line, long = ("l"):rep(30), ("l"):rep(1000)
    client:writeLn(line):writeLn(long):flush()
    peer:readLn()
    peer:readLn()
    peer:writeLn("x"):flush()
    client:eof()
    local keepsLong = _VERSION == "Lua 5.1" -- later ones make long strings anew
    local function round()
        client:writeLn(line):flush() -- the line exists already, and so does its copy
        peer:readLn()
        client:write(long, "\n"):flush()
        peer[keepsLong and "readLn" or "skipLine"](peer)
        client:setNewline("lf"):setMaxLine(5000):setTimeout(9):setDeadline(nil)
        client:write(line, line, line, line, line, line, line, line, line, line, line, line, line, line,
            line, line, line, line, "\n"):flush()
        peer:skipLine()
        client:pending()
        client:unsent()
        client:wants()
        client:eof()
    end
    if jit then
        jit.off() -- compiled code would count
    end
    collectgarbage()
    collectgarbage("stop")
    round() -- Lua's own stack grows once, and a collection shrinks it
    local before = collectgarbage("count")
    for _ = 1, 1000 do
        round()
    end
    local after = collectgarbage("count")
    collectgarbage("restart")
    if jit then
        jit.on()
    end
    lu.assertEquals(after - before, 0)
    client:close()
    peer:close()
end
