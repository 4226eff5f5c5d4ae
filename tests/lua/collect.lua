-- SPDX-License-Identifier: MIT
-- What limit.c runs while memory fails, so that it fails where garbage is
-- collected: at each depth a file becomes garbage, with something unwritten.
local io = require "runnel".io
local unpack = table.unpack or unpack

local function deep(n, ...)
    if n > 0 then return 1 + deep(n - 1, n, ...) end
    io.File("/dev/null", io.Output):write("x")
    pcall(collectgarbage)
    return 0
end

-- The stack has been large, so that collecting shrinks it.
local large = {}
for i = 1, 150 do large[i] = i end
select("#", unpack(large))
for i = 1, 12 do deep(i) end
