-- SPDX-License-Identifier: MIT
-- LuaSec in the TLS benchmark. See client.h.
local socket, ssl = require "socket", require "ssl"
local job, port, authority, count = arg[1], tonumber(arg[2]), arg[3], tonumber(arg[4])
local BLOCK = 65536
if job ~= "read" and job ~= "readln" and job ~= "write" then os.exit(3) end
local s = assert(ssl.wrap(assert(socket.connect("127.0.0.1", port)),
    {mode = "client", protocol = "any", verify = "peer", cafile = authority}))
s:sni("a.example")
assert(s:dohandshake())
local total = 0
if job == "write" then
    assert(s:send(("sink %d\n"):format(BLOCK * count)))
    local block = ("\0"):rep(BLOCK)
    for _ = 1, count do assert(s:send(block)) end
    total = s:receive(1) == "k" and count * BLOCK or 0
elseif job == "readln" then
    assert(s:send(("source %d\n"):format(32 * count)))
    for _ = 1, count do total = total + #assert(s:receive("*l")) + 1 end
else
    assert(s:send(("source %d\n"):format(BLOCK * count)))
    for _ = 1, count do total = total + #assert(s:receive(BLOCK)) end
end
print(("%d"):format(total))
