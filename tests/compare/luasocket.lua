-- SPDX-License-Identifier: MIT
-- What compare.py asks of each library, with LuaSocket. usage: ROW HOST PORT
local socket = require "socket"
io.stdout:setvbuf("line")
local row, host, port = arg[1], arg[2], tonumber(arg[3])

local function line(s)
    local text, failure = s:receive("*l")
    return text or failure
end

if row == "unread" then
    local server = socket.bind("127.0.0.1", 0)
    local _, number = server:getsockname()
    print(number)
    local s = server:accept()
    s:receive(10)
    s:send(("x"):rep(200000))
    s:close()
    return
end
local s = socket.tcp()
s:settimeout(1)
local ok, failure = s:connect(host, port)
if not ok then
    print(failure)
    os.exit(1)
end
s:settimeout(nil)
if row == "cr" then
    print(line(s))
elseif row == "endings" then
    local text, _, rest = s:receive("*l")
    while text do
        print(text)
        text, _, rest = s:receive("*l")
    end
    print(rest)
elseif row == "resume" then
    s:settimeout(0.2)
    print(line(s))
    s:settimeout(2)
    print(line(s))
elseif row == "drip" then
    s:settimeout(0.5, "t")
    print(line(s))
elseif row == "flush" then
    s:send("question\n")
    print(line(s))
elseif row == "sigpipe" then
    print(line(s))
    io.read()
    for _ = 1, 3 do
        s:send("x")
    end
    print("alive")
    io.read()
else
    s:send("x")
end
