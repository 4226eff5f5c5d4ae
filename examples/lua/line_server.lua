-- SPDX-License-Identifier: MIT
-- A server that sends every line back, for one client after another. It prints
-- the port it listens on; 0 picks a free one.
-- usage: lua line_server.lua PORT
local io = require "runnel.io"
local serversocket = require "runnel.serversocket"

local function serve(client)
    for line in client do
        client:writeLn(line)
    end
    client:close()
end

local function main(port)
    local server = serversocket.ServerSocket(port, "127.0.0.1")
    io.StdOut:writeLn(server:localPort()):flush()
    while true do
        -- The others queue meanwhile, so nobody may be silent for a minute.
        local client = server:accept({buffering = io.Buffered, timeout = 60})
        local ok, failure = pcall(serve, client)
        if not ok then
            io.StdErr:writeLn(client, ": ", failure.message or failure)
            client:abort()
        end
    end
end

local ok, failure = pcall(main, arg[1] or 7007)
if not ok then
    io.StdErr:writeLn("line_server: ", failure.message or failure)
    os.exit(1)
end
