-- SPDX-License-Identifier: MIT
-- Lines in Lua, for counting what one costs: from a file that has enough of them,
-- or to /dev/null.
-- usage: lua_lines.lua FILE JOB NUMBER
local io = require "runnel.io"
local path, job, count = arg[1], arg[2], tonumber(arg[3])
local jobs = {}

function jobs.readLn()
    local s = io.File(path)
    for _ = 1, count do
        s:readLn()
    end
end

function jobs.iterator()
    local left = count
    for _ in io.File(path):iterator() do
        left = left - 1
        if left == 0 then
            break
        end
    end
end

function jobs.writeLn()
    local s, line = io.File("/dev/null", io.Output), ("x"):rep(31)
    for _ = 1, count do
        s:writeLn(line)
    end
end

jobs[job]()
