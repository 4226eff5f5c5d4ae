-- SPDX-License-Identifier: MIT
-- The client with the least that a method in C can be: bare_lua.c. See client.h.
local connect = require "bare"
local job, count, port = arg[1], tonumber(arg[2]), tonumber(arg[6])
local jobs = {}

function jobs.readln()
    local s, total = connect(port), 0
    for _ = 1, count do
        local text = s:readLn()
        total = total + #text + (text:byte() or 0)
    end
    return total
end

jobs["readln-call"] = function()
    local s, total = connect(port), 0
    for _ = 1, count do
        total = total + #s:readLn()
    end
    return total
end

jobs["readln-for"] = function()
    local total, left = 0, count
    if left == 0 then
        return 0
    end
    for text in connect(port):iterator() do
        total, left = total + #text, left - 1
        if left == 0 then
            return total
        end
    end
end

if not jobs[job] then
    os.exit(3)
end
print(("%.0f"):format(jobs[job]()))
