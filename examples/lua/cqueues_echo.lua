-- SPDX-License-Identifier: MIT
-- A server that sends every line back, for many clients at the same time, in
-- the event loop of lua-cqueues: a coroutine for each client. It prints the
-- port it listens on; 0 picks a free one.
-- usage: lua cqueues_echo.lua PORT
local cqueues = require "cqueues"
local safe = require "runnel.safe"
local io, serversocket = safe.io, safe.serversocket

local PATIENCE = 60 -- seconds that a client may be silent, or not read
local options = {buffering = io.Buffered, timeout = 0}
local controller = cqueues.new()

-- Repeat a call of a stream that never waits; cqueues does the waiting.
local function await(s, method, ...)
    local last = false
    while true do
        local result, message, code = s[method](s, ...)
        if code ~= "again" or last then
            return result, message, code
        end
        -- The time stands beside the object: a timeout field inside would make
        -- poll return the same object, ready or not.
        local waiter = {pollfd = s:fd(), events = s:wants()}
        last = cqueues.poll(waiter, PATIENCE) ~= waiter
    end
end

local function serve(client)
    local line, message, code = await(client, "readLn")
    while line do
        line, message, code = await(client, "writeLn", line)
        if line then
            line, message, code = await(client, "readLn")
        end
    end
    if code == "eof" then
        await(client, "flush")
    else
        io.StdErr:writeLn(client, ": ", message)
    end
    -- cqueues must forget the descriptor while it is open: the next client may
    -- get the same number, and would never be woken.
    controller:cancel(client:fd())
    client:close()
end

local function accept(server)
    while true do
        local client, message, code = server:accept(options)
        if client then
            controller:wrap(serve, client)
        elseif code == "again" then
            cqueues.poll({pollfd = server:fd(), events = "r"})
        else
            io.StdErr:writeLn(message)
            cqueues.sleep(0.1) -- out of files, perhaps: some clients may end
        end
    end
end

local server, message = serversocket.ServerSocket(arg[1] or 7007, "127.0.0.1")
if not server then
    io.StdErr:writeLn("cqueues_echo: ", message)
    os.exit(1)
end
server:setTimeout(0)
io.StdOut:writeLn(server:localPort()):flush()
controller:wrap(accept, server)
assert(controller:loop())
