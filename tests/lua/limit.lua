-- SPDX-License-Identifier: MIT
-- What limit.c runs while memory fails: each kind of stream and each family of
-- methods. Only reads are tried again after "not enough memory", and what they
-- give must then be what was sent.
local runnel = require "runnel"
local rio, socket = runnel.io, runnel.socket
local server = runnel.serversocket.ServerSocket(0, {address = "127.0.0.1", timeout = 5})

local function pair(mode)
    local c = socket.Socket("127.0.0.1", server:localPort(), {buffering = mode, timeout = 5})
    local s = server:accept(mode)
    s:setTimeout(5)
    return c, s
end

-- The same call again while there is no memory, 200 times at most.
local function again(f, ...)
    for _ = 1, 200 do
        local ok, result = pcall(f, ...)
        if ok then return result end
        local code = type(result) == "table" and result.code
        if code ~= "memory" and not (type(result) == "string" and result:find "not enough memory") then
            error(result, 0)
        end
    end
    error("not enough memory, 200 times", 0)
end
local function same(a, b)
    if a ~= b then
        io.stdout:write("LOST: ", tostring(a):sub(1, 60), " is not ", tostring(b):sub(1, 60), "\n")
        os.exit(3)
    end
end

local long = ("long"):rep(500)
local function conversation(mode)
    local c, s = pair(mode)
    c:writeLn("one", 2):writeLn(long):write("abcdef\r\n", long, "\nlast\n", "rest\nof it")
    c:flush()
    c:shutdownWrite()
    same(again(s.readLn, s), "one2")
    same(again(s.readLn, s), long)
    same(again(s.read, s, 3), "abc")
    again(s.peek, s)
    same(again(s.readLn, s), "def")
    same(again(s.read, s, #long + 1), long .. "\n")
    same(again(s.eof, s), false)
    local next_line = again(s.iterator, s)
    same(again(next_line), "last")
    same(again(s.read, s), "rest\nof it")
    c:close()
end
for _, mode in ipairs {rio.Buffered, rio.LineBuffered, rio.Unbuffered} do
    conversation(mode)
end

local c, s = pair(rio.Buffered)
c:write("a\n" .. long .. "\nc")
c:close()
local lines = again(s.readLines, s)
same(table.concat(lines, "|"), "a|" .. long .. "|c")

-- A table's functions, which go on only when they have their result.
local text = "first\nsecond\n" .. long .. "\ntail"
local at, out = 0, {"", "", "", "", "", ""}
local n = 0
local t = rio.Stream({
    _read = function(_, most)
        local piece = text:sub(at + 1, at + most)
        at = at + #piece
        return piece
    end,
    _write = function(_, data) n = n + 1 out[n] = data end,
    _close = function() end,
    _fd = function() return 7 end,
}, rio.Buffered)
same(again(t.readLn, t), "first")
same(again(t.readLn, t), "second")
same(again(t.read, t, #long + 1), long .. "\n")
t:write("x", 5)
again(t.flush, t)
same(table.concat(out), "x5")
same(t:fd(), 7)
same(again(t.read, t), "tail")

local path = "/dev/null"
local f = rio.File(path, rio.Output)
f:writeLn("x"):setNewline("crlf"):setBufferSize(100)
tostring(f)
f:stats()
f:close()
for line in rio.File(path):setMaxLine(5):setMaxAll(1000) do error(line) end
rio.File(path):iterator()()

local C = rio.Stream:subclass("C")
function C:_read() return nil end
C():close()
socket.GetHostByName("127.0.0.1")
local safe = runnel.safe
safe.io.File("/nonexistent/file")
local refused, message = safe.socket.Socket("127.0.0.1", 1, {timeout = 1})
if not refused then assert(message) end
local a, b = pair(rio.Unbuffered)
a:setTimeout(0)
pcall(a.readLn, a)
a:abort()
tostring(b)
b:localAddress()
b:wants()
server:close()
