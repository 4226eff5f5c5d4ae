-- SPDX-License-Identifier: MIT
-- The client with runnel's Lua module. See client.h.
local runnel = require "runnel"
local Socket, ServerSocket, io = runnel.socket.Socket, runnel.serversocket.ServerSocket, runnel.io
local job, count, size, buffer, connections, port = arg[1], tonumber(arg[2]), tonumber(arg[3]), tonumber(arg[4]),
    tonumber(arg[5]), tonumber(arg[6])
local line = ("x"):rep(size - 1)
local jobs = {}

local function connected(buffering)
    return Socket("127.0.0.1", port, {buffering = buffering, bufferSize = buffer})
end

function jobs.readln()
    local s, total = connected(io.Buffered), 0
    for _ = 1, count do
        local text = s:readLn()
        total = total + #text + (text:byte() or 0)
    end
    s:abort()
    return total
end

jobs["readln-call"] = function()
    local s, total = connected(io.Buffered), 0
    for _ = 1, count do
        total = total + #s:readLn()
    end
    s:abort()
    return total
end

jobs["readln-for"] = function()
    local s, total, left = connected(io.Buffered), 0, count
    if left == 0 then
        return 0
    end
    for text in s:iterator() do
        total, left = total + #text, left - 1
        if left == 0 then
            break
        end
    end
    s:abort()
    return total
end

function jobs.writeln()
    local s = connected(io.Buffered)
    for _ = 1, count do
        s:writeLn(line)
    end
    s:close()
    return count * size
end

function jobs.pingpong()
    local s, total = {}, 0
    for i = 1, connections do
        s[i] = connected(io.LineBuffered)
    end
    for i = 0, count - 1 do
        local now = s[i % connections + 1]
        now:writeLn(line)
        total = total + #now:readLn() + 1
    end
    return total
end

function jobs.read()
    local s, total = connected(io.Buffered), 0
    for _ = 1, count do
        total = total + #s:read(size)
    end
    s:abort()
    return total
end

function jobs.write()
    local s, block = connected(io.Buffered), line .. "\n"
    for _ = 1, count do
        s:write(block)
    end
    s:close()
    return count * size
end

function jobs.connect()
    for _ = 1, count do
        connected():close()
    end
    return count * size
end

function jobs.accept()
    local server = ServerSocket(0, "127.0.0.1")
    local dialer = connected(io.Unbuffered)
    dialer:writeLn(("%d %d"):format(server:localPort(), count))
    for _ = 1, count do
        server:accept():close()
    end
    return count * size
end

if not jobs[job] then
    os.exit(3)
end
print(("%.0f"):format(jobs[job]()))
