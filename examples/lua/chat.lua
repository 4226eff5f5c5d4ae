-- SPDX-License-Identifier: MIT
-- A chat for many clients in one process, on plain coroutines: the first line
-- that a client sends is its name, the others go to everybody else. It prints
-- the port it listens on; 0 picks a free one.
-- usage: lua chat.lua PORT
local runnel = require "runnel"
local io, serversocket = runnel.safe.io, runnel.safe.serversocket

local MOST = 500 -- clients: fewer than the files that a process may have open
local options = {buffering = io.Buffered, timeout = 0, maxLine = 1000}
local clients, count = {}, 0 -- a client for each stream

-- To everybody but one, without waiting. "again" means that a client has left a
-- whole buffer unread, and the system's as well: it has to go, so that nobody
-- waits for it and it does not fill the memory.
local function tell(line, except)
    for stream, client in pairs(clients) do
        if client ~= except and client.name then
            local ok, message = stream:writeLn(line)
            client.failure = client.failure or not ok and message
            stream:flush() -- what does not go out now, goes when there is room
        end
    end
end

-- The next line, or nil at the end; yields while there is none.
local function nextLine(stream)
    while true do
        local line, _, code = stream:readLn()
        if code ~= "again" then
            return line and line:gsub("%c", "?")
        end
        coroutine.yield()
    end
end

local function converse(client)
    client.name = nextLine(client.stream)
    if client.name then
        tell("* " .. client.name .. " is here", client)
    end
    while client.name do
        local line = nextLine(client.stream)
        if not line then
            return
        end
        tell(client.name .. ": " .. line, client)
        coroutine.yield() -- the others have a turn, however fast this one is
    end
end

local function welcome(stream)
    if count == MOST then
        stream:writeLn("* the chat is full")
        stream:flush()
        stream:close()
        return
    end
    count = count + 1
    clients[stream] = {stream = stream, task = coroutine.create(converse)}
end

local function leave(client)
    clients[client.stream] = nil
    count = count - 1
    client.stream:close()
    if client.name then
        tell("* " .. client.name .. " has left")
    end
end

-- Goes on with a client that has something to do.
local function turn(client)
    local ok = coroutine.resume(client.task, client)
    if not ok or coroutine.status(client.task) == "dead" then
        leave(client)
    end
end

local server, message = serversocket.ServerSocket(arg[1] or 7007, "127.0.0.1")
if not server then
    io.StdErr:writeLn("chat: ", message)
    os.exit(1)
end
server:setTimeout(0)
io.StdOut:writeLn(server:localPort()):flush()

while true do
    local all = {server}
    for stream in pairs(clients) do
        all[#all + 1] = stream
    end
    for _, stream in ipairs(runnel.wait(all)) do
        if stream == server then
            local new = server:accept(options)
            if new then
                welcome(new)
            end
        elseif clients[stream] then
            turn(clients[stream])
        end
    end
    for _, client in pairs(clients) do
        if client.failure then
            leave(client)
        end
    end
end
