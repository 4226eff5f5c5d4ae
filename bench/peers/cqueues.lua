-- SPDX-License-Identifier: MIT
-- The client with cqueues' sockets, in a loop of its own. See client.h.
local cqueues = require "cqueues"
local socket = require "cqueues.socket"
local job, count, size, buffer, connections, port = arg[1], tonumber(arg[2]), tonumber(arg[3]), tonumber(arg[4]),
    tonumber(arg[5]), tonumber(arg[6])
local line = ("x"):rep(size - 1) .. "\n"
local jobs = {}

local function connected(mode)
    local s = assert(socket.connect {host = "127.0.0.1", port = port, nodelay = true})
    s:setmode("b" .. (mode or "f"), "b" .. (mode or "f"))
    s:setbufsiz(buffer, buffer)
    assert(s:connect())
    return s
end

function jobs.readln()
    local s, total = connected(), 0
    for _ = 1, count do
        local text = s:read("*l"):gsub("\r$", "")
        total = total + #text + (text:byte() or 0)
    end
    return total
end

function jobs.writeln()
    local s, text = connected(), line:sub(1, -2)
    for _ = 1, count do
        s:write(text, "\n")
    end
    s:flush()
    s:shutdown("w")
    s:close()
    return count * size
end

function jobs.pingpong()
    local s, total = {}, 0
    for i = 1, connections do
        s[i] = connected("l")
    end
    for i = 0, count - 1 do
        local now = s[i % connections + 1]
        now:write(line)
        total = total + #now:read("*l") + 1
    end
    return total
end

function jobs.connect()
    for _ = 1, count do
        connected():close()
    end
    return count * size
end

if not jobs[job] then
    os.exit(3)
end
local loop, result = cqueues.new(), nil
loop:wrap(function() result = jobs[job]() end)
assert(loop:loop())
print(("%.0f"):format(result))
