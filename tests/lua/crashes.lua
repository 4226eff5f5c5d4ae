-- SPDX-License-Identifier: MIT
-- What once crashed, lost or doubled something: the smallest way to each.
local runnel = require "runnel"
local Stream = runnel.io.Stream
local count, failed = 0, false

local function test(name, f)
    count = count + 1
    local ok, e = pcall(f)
    failed = failed or not ok
    print((ok and "ok " or "not ok ") .. count .. " - " .. name)
    if not ok then print("# " .. tostring(e)) end
end

local function onCollect(f)
    if newproxy then
        getmetatable(newproxy(true)).__gc = f
    else
        setmetatable({}, {__gc = f})
    end
end

test("a larger read inside _read leaves the outer read its memory", function()
    local s = Stream {_read = function(self, n)
        pcall(self.read, self, 1000000)
        return ("x"):rep(n)
    end}
    assert(s:read(10) == "xxxxxxxxxx")
end)

test("a __tostring that uses the stream in a coroutine that is collected", function()
    local s = Stream {_write = function() end}
    local evil = setmetatable({}, {__tostring = function()
        coroutine.resume(coroutine.create(function() s:unsent() end))
        collectgarbage()
        collectgarbage()
        return "text"
    end})
    for _ = 1, 50 do s:write(evil, "a") end
end)

test("collecting a stream that has something unsent calls nothing", function()
    local calls = 0
    do
        local s = Stream({_write = function(self)
            calls = calls + 1
            self:close()
        end}, "Buffered")
        s:write("abc")
    end
    collectgarbage()
    collectgarbage()
    assert(calls == 0)
end)

test("a class's __call without the class", function()
    for _, class in ipairs {Stream, runnel.io.File, runnel.socket.Socket,
                            runnel.serversocket.ServerSocket} do
        assert(not pcall(getmetatable(class).__call))
    end
end)

test("setMaxLine leaves the newline as it is", function()
    local out = {}
    local s = Stream {_write = function(_, data) out[#out + 1] = data end,
                      _read = function() end}
    s:setNewline("crlf"):setMaxLine(10):setBufferSize(10):writeLn("a", "b")
    assert(table.concat(out) == "ab\r\n")
end)

test("what _read threw in a call that succeeded is not told by the next", function()
    local first = true
    local s = Stream({_write = function() end, _read = function()
        if first then
            first = false
            return nil, "not yet", "again"
        end
        return "line\n"
    end}, "Buffered")
    s:write("x")
    assert(s:readLn() == "line")
    s:close()
    local _, e = pcall(s.readLn, s)
    assert(e.code == "closed", e.code)
end)

test("each line is given once when finalizers read, too", function()
    local lines, i, seen = 3000, 0, {}
    local s = Stream({_read = function()
        i = i + 1
        return i <= lines and i .. ("-"):rep(i % 40) .. "\n" or nil
    end}, {buffering = "Buffered", bufferSize = 100})
    local function take()
        local ok, line = pcall(s.readLn, s)
        local n = ok and tonumber(line:match "^%d+")
        if n then seen[n] = (seen[n] or 0) + 1 end
        return ok
    end
    repeat
        onCollect(take)
    until not take()
    collectgarbage()
    for k = 1, lines do assert(seen[k] == 1, k) end
end)

test("a safe subclass that cannot be made says why", function()
    local C = runnel.safe.io.Stream:subclass("C")
    C.buffering = "none"
    C._read = function() end
    C._init = function() error("was called") end
    local s, message, code = C()
    assert(s == nil and type(message) == "string" and code == "value")
end)

test("a debugger that takes a stream's own table away", function()
    local set = debug.setuservalue or debug.setfenv
    local f = runnel.io.File("/dev/null")
    for _, own in ipairs {{}, {1, 2, 3}, false} do
        local s = Stream {_read = function() return "x" end}
        pcall(set, s, own or nil)
        pcall(set, f, own or nil)
        assert(type(tostring(f)) == "string")
        pcall(Stream.read, s, 1)
        pcall(function() return s.field end)
        pcall(function() s.field = 1 end)
        pcall(tostring, s)
        pcall(Stream.close, s)
    end
end)

print("1.." .. count)
if failed then os.exit(1) end
