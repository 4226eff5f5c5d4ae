-- SPDX-License-Identifier: MIT
-- The client with LuaSocket. See client.h.
local socket = require "socket"
local job, count, size, _, connections, port = arg[1], tonumber(arg[2]), tonumber(arg[3]), arg[4], tonumber(arg[5]), tonumber(arg[6])
local line = ("x"):rep(size - 1) .. "\n"
local jobs = {}

local function connected()
    local s = assert(socket.connect("127.0.0.1", port))
    s:setoption("tcp-nodelay", true)
    return s
end

function jobs.readln()
    local s, total = connected(), 0
    for _ = 1, count do
        local text = s:receive("*l")
        total = total + #text + (text:byte() or 0)
    end
    return total
end

jobs["readln-call"] = function()
    local s, total = connected(), 0
    for _ = 1, count do
        total = total + #s:receive("*l")
    end
    return total
end
-- It has no iterator: the same.
jobs["readln-for"] = jobs["readln-call"]

function jobs.writeln()
    local s, text = connected(), line:sub(1, -2)
    for _ = 1, count do
        s:send(text .. "\n")
    end
    s:close()
    return count * size
end

function jobs.pingpong()
    local s, total = {}, 0
    for i = 1, connections do
        s[i] = connected()
    end
    for i = 0, count - 1 do
        local now = s[i % connections + 1]
        now:send(line)
        total = total + #now:receive("*l") + 1
    end
    return total
end

function jobs.read()
    local s, total = connected(), 0
    for _ = 1, count do
        total = total + #s:receive(size)
    end
    return total
end

function jobs.write()
    local s = connected()
    for _ = 1, count do
        s:send(line)
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
    local server = assert(socket.bind("127.0.0.1", 0, 4096))
    local _, mine = server:getsockname()
    connected():send(("%d %d\n"):format(mine, count))
    for _ = 1, count do
        local s = server:accept()
        s:setoption("tcp-nodelay", true)
        s:close()
    end
    return count * size
end

if not jobs[job] then
    os.exit(3)
end
print(("%.0f"):format(jobs[job]()))
