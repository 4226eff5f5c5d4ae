-- SPDX-License-Identifier: MIT
-- startTls: from plain to TLS in place, on any stream, with and without waiting.
local lu = require "luaunit"
local support = require "support"
local certificates = require "certificates"
local runnel = require "runnel"
local tls, io, std, socket = runnel.tls, runnel.io, runnel.std, runnel.socket

local suite = support.suite("StartTls")
local fresh = suite.setUp

function suite.setUp()
    if not certificates.folder then
        certificates.begin()
    end
    fresh()
end

local function served(more)
    local options = {server = true, certFile = certificates.good.certFile, keyFile = certificates.good.keyFile}
    for k, v in pairs(more or {}) do
        options[k] = v
    end
    return options
end

local function asked(more)
    local options = {caFile = certificates.root.certFile}
    for k, v in pairs(more or {}) do
        options[k] = v
    end
    return options
end

-- Agree in one program, where neither end may wait for the other.
local function both(client, server, clientOptions, serverOptions)
    client:setTimeout(0)
    server:setTimeout(0)
    for _ = 1, 20 do
        local c, why = pcall(client.startTls, client, clientOptions or asked())
        local s, whyServer = pcall(server.startTls, server, serverOptions or served())
        if c and s then
            client:setTimeout(20)
            server:setTimeout(20)
            return
        end
        assert(c or why.code == "again", why)
        assert(s or whyServer.code == "again", whyServer)
    end
    error("they do not come to an end")
end

function suite.test_a_conversation_that_becomes_tls()
    local client, server = support.pair({buffering = io.Buffered, newline = "crlf", timeout = 20})
    local before = client
    server:writeLn("220 ready"):flush()
    lu.assertEquals(client:readLn(), "220 ready")
    client:writeLn("STARTTLS"):flush()
    lu.assertEquals(server:readLn(), "STARTTLS")
    server:writeLn("220 go on"):flush()
    lu.assertEquals(client:readLn(), "220 go on")
    both(client, server)
    lu.assertIs(client, before)
    lu.assertTrue(client:is(tls.TlsSocket))
    client:writeLn("QUIT"):flush()
    lu.assertEquals(server:readLn(), "QUIT")
    lu.assertEquals(server:lineEnding(), "crlf") -- settings stay
    server:close()
    support.raises(std.IoError, "the end of TlsSocket", client.readLn, client)
    client:close()
end

function suite.test_what_was_written_before_goes_out_first()
    local client, server = support.pair(io.Buffered)
    client:writeLn("plain")
    client:startTls(asked({later = true}))
    client:setTimeout(0)
    pcall(client.flush, client)
    lu.assertEquals(server:readLn(), "plain")
    both(client, server)
    client:close()
    server:close()
end

function suite.test_plain_text_slipped_in_is_no_tls()
    local client, server = support.pair(io.Buffered)
    server:writeLn("220 go on"):writeLn("250 I am in between"):flush()
    lu.assertEquals(client:readLn(), "220 go on")
    local e = support.raises(std.IoError, "start TLS", client.startTls, client, asked())
    lu.assertEquals(e.code, "tls")
    lu.assertEquals(support.raises(std.IoError, "", client.readLn, client).code, "tls")
    client:abort()
    server:abort()
end

function suite.test_a_cut_connection_is_no_end()
    local below = {support.pair(io.Buffered)}
    local raw = below[2]
    local server = io.Stream {
        _read = function(_, n) return raw:readSome(n) end,
        _write = function(_, s) raw:write(s):flush() end,
    }
    raw:setTimeout(0)
    both(below[1], server)
    lu.assertStrMatches(tostring(server), "^Stream %(.*, TLSv1%.3, .*%)$", nil)
    server:write("one\ntwo"):flush()
    raw:setTimeout(20)
    raw:close() -- without a word from the TLS above it
    local client = below[1]
    lu.assertEquals(client:readLn(), "one")
    local e = support.raises(std.IoError, "close_notify", client.readLn, client)
    lu.assertEquals(e.code, "tls")
    client:abort()
    server:abort()
end

function suite.test_tls_within_tls()
    local client, server = support.pair(io.Buffered)
    both(client, server)
    both(client, server, asked({name = "a.example"}))
    client:writeLn("deep"):flush()
    lu.assertEquals(server:readLn(), "deep")
    lu.assertEquals(client:tlsInfo().name, "a.example")
    server:writeLn("down"):flush()
    lu.assertEquals(client:readLn(), "down")
    client:close()
    lu.assertTrue(server:eof())
    server:abort()
end

function suite.test_a_time_limit_of_agreeing_alone()
    local client, server = support.pair(io.Buffered)
    local e = support.raises(std.IoError, "timed out", client.startTls, client, asked({timeout = 0.05}))
    lu.assertEquals(e.code, "timeout")
    lu.assertEquals(e.phase, "tls")
    e = support.raises(std.IoError, "timed out", client.startTls, client, asked({deadline = runnel.now()}))
    lu.assertEquals(e.code, "timeout")
    lu.assertStrContains(tostring(client), "TLS not agreed on")
    lu.assertEquals(support.raises(std.IoError, "", client.tlsInfo, client).code, "again")
    both(client, server) -- nothing was lost
    client:setTimeout(nil)
    server:writeLn("now"):flush()
    lu.assertEquals(client:readLn(), "now")
    client:close()
    server:close()
end

function suite.test_the_streams_own_deadline_holds_and_stays()
    local client, server = support.pair(io.Buffered)
    local deadline = runnel.now() + 0.05
    client:setDeadline(deadline)
    local e = support.raises(std.IoError, "timed out", client.startTls, client, asked({timeout = 30}))
    lu.assertEquals(e.code, "timeout")
    lu.assertTrue(runnel.now() < deadline + 20)
    client:setDeadline(runnel.now() + 20)
    support.raises(std.IoError, "timed out", client.startTls, client, asked({timeout = 0.01}))
    client:setTimeout(0)
    server:setTimeout(0)
    repeat
        pcall(client.flush, client)
    until pcall(server.startTls, server, served())
    client:setTimeout(nil)
    client:startTls() -- it was begun and need not be begun again
    client:write("x"):flush()
    server:setTimeout(20)
    lu.assertEquals(server:read(1), "x")
    client:close()
    server:close()
end

-- A small scheduler: many clients and one server, and nobody ever waits inside
-- a call.
function suite.test_coroutines()
    local server = runnel.serversocket.ServerSocket(0, {address = "127.0.0.1", timeout = 0})
    local serving = tls.TlsConfig(certificates.good)
    local waiting, tasks = {}, 0
    local function spawn(f, ...)
        tasks = tasks + 1
        local task = coroutine.create(f)
        assert(coroutine.resume(task, ...))
    end
    local function try(stream, name, ...)
        while true do
            local got = {pcall(stream[name], stream, ...)}
            if got[1] then
                return got[2]
            end
            assert(got[2].code == "again", got[2])
            waiting[stream] = coroutine.running()
            coroutine.yield()
        end
    end
    local served, count = 0, 20
    local function serve(s)
        s:setTimeout(0)
        try(s, "startTls", {server = true, config = serving})
        for _ = 1, 10 do
            s:writeLn(try(s, "readLn"):reverse())
            try(s, "flush")
        end
        try(s, "close")
        served = served + 1
        tasks = tasks - 1
    end
    local answers = 0
    local function ask(i)
        local s = socket.Socket("127.0.0.1", server:localPort(), io.Buffered)
        s:setTimeout(0)
        try(s, "startTls", asked())
        for k = 1, 10 do
            s:writeLn("line ", i, " ", k)
            try(s, "flush")
            assert(try(s, "readLn") == ("line " .. i .. " " .. k):reverse())
            answers = answers + 1
        end
        assert(not pcall(s.readLn, s) or error("no end"))
        try(s, "close")
        tasks = tasks - 1
    end
    spawn(function()
        for _ = 1, count do
            spawn(serve, try(server, "accept", io.Buffered))
        end
        server:close()
        tasks = tasks - 1
    end)
    for i = 1, count do
        spawn(ask, i)
    end
    local patience = runnel.now() + 60
    while tasks > 0 and runnel.now() < patience do
        local streams = {}
        for stream in pairs(waiting) do
            streams[#streams + 1] = stream
        end
        for _, stream in ipairs(runnel.wait(streams, 20)) do
            local task = waiting[stream]
            waiting[stream] = nil
            assert(coroutine.resume(task))
        end
    end
    lu.assertEquals({tasks, served, answers}, {0, count, 10 * count})
end

function suite.test_sockets_that_nobody_closes()
    for _ = 1, 20 do
        local client, server = support.pair(io.Buffered)
        both(client, server)
        client:write("unsent")
    end
    local client, server = support.pair(io.Buffered)
    both(client, server)
    client:writeLn("sent"):flush()
    client = nil -- luacheck: ignore
    collectgarbage()
    collectgarbage()
    lu.assertEquals(server:readLn(), "sent")
    server:setTimeout(20)
    pcall(server.readLn, server) -- it is over, one way or the other
    server:abort()
end

function suite.test_after_closing()
    local client, server = support.pair(io.Buffered)
    both(client, server)
    client:close()
    for _, name in ipairs {"startTls", "tlsInfo", "readLn", "flush"} do
        lu.assertEquals(support.raises(std.IoError, "closed", client[name], client).code, "closed")
    end
    lu.assertTrue(client:close())
    lu.assertStrContains(tostring(client), "closed")
    server:abort()
    local plain, peer = support.pair()
    lu.assertEquals(support.raises(std.IoError, "unsupported", plain.tlsInfo, plain).code, "unsupported")
    plain:close()
    lu.assertEquals(support.raises(std.IoError, "closed", plain.startTls, plain, asked()).code, "closed")
    peer:close()
end

function suite.test_mistakes_leave_the_stream_as_it_was()
    local client, server = support.pair(io.Buffered)
    support.raises(std.ValueError, "/nowhere", client.startTls, client, {caFile = "/nowhere"})
    support.raises(std.ValueError, "a server needs a certificate", server.startTls, server, {server = true})
    support.raises(std.ValueError, "option \"buffering\"", client.startTls, client, {buffering = io.Buffered})
    support.raises(std.TypeError, "server must be a boolean", client.startTls, client, {server = 1})
    support.raises(std.TypeError, "options must be a table", client.startTls, client, "x")
    lu.assertFalse(client:is(tls.TlsSocket))
    client:writeLn("plain"):flush()
    lu.assertEquals(server:readLn(), "plain")
    client:close()
    server:close()
end

function suite.test_a_stream_in_the_middle_of_a_call_is_busy()
    local code
    local s = io.Stream {
        _read = function(self)
            local _, e = pcall(self.startTls, self, {name = "x"})
            code = e.code
            return "line\n"
        end,
        _write = function() end,
    }
    lu.assertEquals(s:readLn(), "line")
    lu.assertEquals(code, "busy")
end

function suite.test_what_a_table_throws_comes_through()
    local s = io.Stream {
        _read = function() error("no more", 0) end,
        _write = function() end,
    }
    local ok, e = pcall(s.startTls, s, {name = "x"})
    lu.assertFalse(ok)
    lu.assertEquals(e, "no more")
end

-- OpenSSL is cleaned up before the last buffers are flushed.
function suite.test_a_file_that_became_tls_at_the_end_of_the_program()
    local said = support.run([[
        local io = require "runnel.io"
        local f = io.File("/dev/ptmx", io.Input, io.Output)
        f:startTls{name = "x", later = true}
        f:writeLn("x")
        io.StdOut:writeLn("well")
        os.exit(0)]])
    lu.assertEquals(said, "well\n")
end

function suite.test_the_last_state_closes_well()
    local said = support.run(([[
        local runnel = require "runnel"
        local server = runnel.serversocket.ServerSocket(0, "127.0.0.1")
        kept = runnel.socket.Socket("127.0.0.1", server:localPort(), "Buffered")
        peer = server:accept("Buffered"):setTimeout(0)
        kept:startTls({caFile = "%s", later = true}):setTimeout(0)
        repeat
            pcall(kept.flush, kept)
        until pcall(peer.startTls, peer, {server = true, certFile = "%s", keyFile = "%s"})
        kept:writeLn("x")
        io.write(peer:tlsInfo().version)]]):format(
        certificates.root.certFile, certificates.good.certFile, certificates.good.keyFile))
    lu.assertEquals(said, "TLSv1.3")
end
