-- SPDX-License-Identifier: MIT
-- Asks a web server for / and prints every line of its answer.
-- usage: lua client.lua HOST PORT
local socket = require "runnel.socket"
local io = require "runnel.io"

local s = socket.Socket(arg[1], arg[2] or 80, {buffering = io.Buffered, timeout = 10})
s:writeLn("GET / HTTP/1.0\r\n\r") -- goes out before a read waits
for line in s do
    print(line)
end
s:close()
