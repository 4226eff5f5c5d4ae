-- SPDX-License-Identifier: MIT
-- runnel's Lua module in the TLS benchmark. See client.h.
local io, tls = require "runnel.io", require "runnel.tls"
local job, port, authority, count = arg[1], tonumber(arg[2]), arg[3], tonumber(arg[4])
local BLOCK = 65536
if job ~= "read" and job ~= "readln" and job ~= "write" then os.exit(3) end
local s = tls.TlsSocket("127.0.0.1", port, {buffering = io.Buffered, caFile = authority, name = "a.example"})
local total = 0
if job == "write" then
    s:writeLn("sink ", BLOCK * count):flush()
    local block = ("\0"):rep(BLOCK)
    for _ = 1, count do s:write(block) end
    total = s:read(1) == "k" and count * BLOCK or 0
elseif job == "readln" then
    s:writeLn("source ", 32 * count):flush()
    for _ = 1, count do total = total + #s:readLn() + 1 end
else
    s:writeLn("source ", BLOCK * count):flush()
    for _ = 1, count do total = total + #s:read(BLOCK) end
end
s:abort()
print(("%d"):format(total))
