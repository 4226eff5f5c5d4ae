-- SPDX-License-Identifier: MIT
-- The objects of runnel.luasocket: what LuaSocket's TCP objects do, over runnel's
-- safe streams. Arguments are checked as there; results and error texts are the
-- same.
local core = require "runnel.core"

local objects = {BLOCKSIZE = 8192}

-- Results ------------------------------------------------------------------

local texts = {
    again = "timeout",
    timeout = "timeout",
    closed = "closed",
    reset = "closed",
    eof = "closed",
    refused = "connection refused",
    name = "host or service not provided, or not known",
    in_use = "address already in use",
    denied = "permission denied",
    ENETUNREACH = "Network is unreachable",
    EHOSTUNREACH = "No route to host",
    EADDRNOTAVAIL = "Cannot assign requested address",
    ENOTCONN = "Transport endpoint is not connected",
}

-- What LuaSocket would say for the failure that the safe API returned.
function objects.textOf(message, code, exception)
    return texts[exception.errno] or texts[code] or message
end
local textOf = objects.textOf

-- LuaSocket's numbers are floats where Lua has two kinds.
local function float(n)
    return n + 0.0
end

objects.OK = float(1)
local OK = objects.OK

-- Raise what LuaSocket raises for an argument, at the caller's line.
function objects.bad(number, call, what)
    error(("bad argument #%d to '%s' (%s)"):format(number, call, what), 3)
end
local bad = objects.bad

local function expected(wanted, value)
    return wanted .. " expected, got " .. (value == nil and "no value" or type(value))
end
objects.expected = expected

-- Time limits: `block` for each wait, `total` for a whole call ----------------

local function settimeout(self, value, mode)
    local seconds = tonumber(value)
    if value ~= nil and not seconds then
        bad(1, "settimeout", expected("number", value))
    end
    mode = (mode or "b"):sub(1, 1)
    if mode ~= "b" and mode ~= "t" and mode ~= "r" then
        bad(2, "settimeout", "invalid timeout mode")
    end
    self[mode == "b" and "block" or "total"] = seconds and seconds >= 0 and seconds or nil
    return OK
end

local function gettimeout(self)
    return float(self.block or -1), float(self.total or -1)
end

-- Let the limits hold for the call that begins now.
local function begin(self)
    local handle = self.handle
    handle:setTimeout(self.block)
    handle:setDeadline(self.total and core.now() + self.total)
    return handle
end

-- Receiving: what came too early waits in `buffer`, from `at` on ---------------

local function fill(self)
    local data, message, code, exception = self.handle:readSome(objects.BLOCKSIZE)
    if not data then
        return textOf(message, code, exception)
    elseif data == "" then
        return "closed"
    end
    self.buffer = self.buffer:sub(self.at) .. data
    self.at = 1
end

local function take(self, n)
    local data = self.buffer:sub(self.at, self.at + n - 1)
    self.at = self.at + #data
    self.received = self.received + #data
    return data
end

-- A line ends with LF, and every CR in it is dropped.
local function receiveLine(self, parts)
    while true do
        local lf = self.buffer:find("\n", self.at, true)
        local text = take(self, lf and lf - self.at + 1 or #self.buffer)
        parts[#parts + 1] = (text:gsub("[\r\n]", ""))
        local failure = not lf and fill(self)
        if lf or failure then
            return failure
        end
    end
end

local function receiveAll(self, parts)
    local any = false
    while true do
        local data = take(self, #self.buffer)
        any = any or data ~= ""
        parts[#parts + 1] = data
        local failure = fill(self)
        if failure then
            return not (failure == "closed" and any) and failure
        end
    end
end

-- Even no bytes at all are waited for, as LuaSocket does.
local function receiveCount(self, parts, n)
    while true do
        local data = take(self, n)
        parts[#parts + 1] = data
        n = n - #data
        if n == 0 and (#data > 0 or self.at <= #self.buffer) then
            return nil
        end
        local failure = fill(self)
        if failure then
            return failure
        end
    end
end

local function receive(self, pattern, prefix)
    pattern = pattern == nil and "*l" or pattern
    local count = tonumber(pattern)
    if not count and type(pattern) ~= "string" then
        bad(1, "receive", expected("string", pattern))
    end
    local how = not count and pattern:match("^%*?([la])")
    if not how and not (count and count >= 0) then
        bad(1, "receive", "invalid receive pattern")
    end
    local parts = {prefix or ""}
    if not self.handle then
        return nil, "closed", parts[1]
    end
    begin(self)
    local failure
    if how == "l" then
        failure = receiveLine(self, parts)
    elseif how == "a" then
        failure = receiveAll(self, parts)
    elseif #parts[1] == 0 or count > #parts[1] then
        failure = receiveCount(self, parts, math.floor(count) - #parts[1])
    end
    local text = table.concat(parts)
    if failure then
        return nil, failure, text
    end
    return text, nil, nil
end

-- Sending --------------------------------------------------------------------

local function send(self, data, i, j)
    if type(data) ~= "string" and type(data) ~= "number" then
        bad(1, "send", expected("string", data))
    end
    data = tostring(data)
    local first, last = tonumber(i == nil and 1 or i), tonumber(j == nil and -1 or j)
    if not first or not last then
        bad(first and 3 or 2, "send", expected("number", first and j or i))
    end
    first = first < 0 and #data + first + 1 or first
    last = last < 0 and #data + last + 1 or last
    first, last = math.max(first, 1), math.min(last, #data)
    if not self.handle then
        return nil, "closed", float(0)
    end
    local handle, sent = begin(self), first - 1
    while sent < last do
        local piece = data:sub(sent + 1, math.min(last, sent + objects.BLOCKSIZE))
        local ok, message, code, exception = handle:write(piece)
        if not ok then
            return nil, textOf(message, code, exception), float(sent)
        end
        sent = sent + #piece
        self.sent = self.sent + #piece
    end
    return float(sent), nil, nil
end

-- Objects --------------------------------------------------------------------

local Client, Server, Master = {}, {}, {}
objects.Client, objects.Server, objects.Master = Client, Server, Master

function objects.new(class, handle)
    return setmetatable({
        handle = handle, buffer = "", at = 1,
        received = 0, sent = 0, born = core.now(),
    }, class)
end

local function family(address)
    return address:find(":", 1, true) and "inet6" or "inet"
end

-- LuaSocket gives this port as a string, and the peer's as a number.
local function getsockname(self)
    if not self.handle then
        return nil, "Bad file descriptor"
    end
    local address = self.handle:localAddress()
    return address, tostring(self.handle:localPort()), family(address)
end

-- What is set on a stream; the others are runnel's own ways already: closing
-- delivers what was sent, and a server gets its port back at once.
local setters = {
    ["tcp-nodelay"] = function(handle, on) handle:setNoDelay(on and true or false) end,
    ["keepalive"] = function(handle, on) handle:setLiveness(on and 7200 or 0) end,
    ["linger"] = function() end,
    ["reuseaddr"] = function() end,
}

for name, class in pairs {client = Client, server = Server, master = Master} do
    class.__index = class
    class.__tostring = function(self)
        return "tcp{" .. name .. "}: " .. tostring(self.handle)
    end
    class.settimeout, class.gettimeout, class.getsockname = settimeout, gettimeout, getsockname

    function class:getstats()
        return float(self.received), float(self.sent), float(core.now() - self.born)
    end

    function class:setstats(received, sent, age)
        self.received = received or self.received
        self.sent = sent or self.sent
        self.born = age and core.now() - age or self.born
        return OK
    end

    function class:getfd()
        return float(self.handle and self.handle:fd() or -1)
    end

    function class:dirty()
        return self.at <= #self.buffer
    end

    function class:setoption(option, value)
        local set = setters[option]
        if not set then
            bad(1, "setoption", "unsupported option `" .. tostring(option) .. "'")
        end
        if self.handle and self.handle.setNoDelay then
            set(self.handle, value)
        end
        return OK
    end

    function class:close()
        local handle = self.handle
        if handle then
            handle:setTimeout(5)
            handle:setDeadline(nil)
            handle:close()
        end
        self.handle, self.buffer, self.at = nil, "", 1
        return OK
    end
end

Client.receive, Client.send = receive, send

function Client:getpeername()
    if not self.handle then
        return nil, "Bad file descriptor"
    end
    local address = self.handle:remoteAddress()
    return address, self.handle:remotePort(), family(address)
end

function Client:shutdown(how)
    how = how or "both"
    if how ~= "send" and how ~= "receive" and how ~= "both" then
        bad(1, "shutdown", "invalid option '" .. tostring(how) .. "'")
    end
    if self.handle and how ~= "receive" then
        begin(self):shutdownWrite()
    end
    return OK
end

function Server:accept()
    if not self.handle then
        return nil, "closed"
    end
    local stream, message, code, exception = begin(self):accept()
    if not stream then
        return nil, textOf(message, code, exception)
    end
    return objects.new(Client, stream)
end

return objects
