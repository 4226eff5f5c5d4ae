-- SPDX-License-Identifier: MIT
-- LuaSocket's TCP calls over runnel's streams, so that scripts written for it
-- run: connect, bind, tcp, and the objects' receive, send, settimeout, close,
-- getstats and their kin, with the same results and error texts. What differs:
-- close() waits until what was sent has arrived (5 seconds at the most); connect
-- waits although the timeout is 0; ports are numbers, not services; and there is
-- no select(), no getoption() and no UDP: runnel.wait and fd() are for the first.
local core = require "runnel.core"
local safe = require "runnel.safe"
local objects = require "runnel.luasocket.objects"
local Master, textOf, bad, expected, OK =
    objects.Master, objects.textOf, objects.bad, objects.expected, objects.OK

local luasocket = {_VERSION = "LuaSocket 3.0.0 (runnel)", BLOCKSIZE = objects.BLOCKSIZE}

-- A port, or nil and what LuaSocket says of a service that it does not know.
local function portOf(port)
    local number = tonumber(port)
    if number and number >= 0 and number <= 65535 and number % 1 == 0 then
        return number
    end
    return nil, "service not supported for socket type"
end

local function checkEnd(call, host, port)
    if type(host) ~= "string" then
        bad(1, call, expected("string", host))
    elseif type(port) ~= "string" and type(port) ~= "number" then
        bad(2, call, expected("string", port))
    end
    return portOf(port)
end

-- A master becomes a client or a server. It listens as soon as it is bound: so a
-- taken address is told at once, and getsockname knows the port.
function Master:bind(address, port)
    local number, message = checkEnd("bind", address, port)
    if not number then
        return nil, message
    end
    local options = {address = address}
    if address == "*" then
        options.address = "0.0.0.0"
    elseif address:find(":", 1, true) then
        options.family = "ipv6"
    else
        options.address = safe.socket.GetHostByName(address)
        if not options.address then
            return nil, "host or service not provided, or not known"
        end
    end
    local server, text, code, exception = safe.serversocket.ServerSocket(number, options)
    if not server then
        return nil, textOf(text, code, exception)
    end
    self.handle = server
    return OK
end

function Master:listen()
    if not self.handle then
        local ok, message = self:bind("*", 0)
        if not ok then
            return nil, message
        end
    end
    setmetatable(self, objects.Server)
    return OK
end

function Master:connect(host, port)
    local number, message = checkEnd("connect", host, port)
    if not number then
        return nil, message
    end
    local options = {
        family = "any",
        timeout = self.block ~= 0 and self.block or nil,
        deadline = self.total and core.now() + self.total,
    }
    if self.handle then -- it was bound: that is the local end now
        options.source, options.sourcePort = self.handle:localAddress(), self.handle:localPort()
        self:close()
    end
    local stream, text, code, exception = safe.socket.Socket(host, number, options)
    if not stream then
        return nil, textOf(text, code, exception)
    end
    self.handle = stream
    setmetatable(self, objects.Client)
    return OK
end

-- The module -----------------------------------------------------------------

function luasocket.tcp()
    return objects.new(Master)
end

local function made(master, ok, message)
    if not ok then
        return nil, message
    end
    return master
end

function luasocket.connect(host, port, address, localPort)
    checkEnd("connect", host, port)
    local master = luasocket.tcp()
    if address then
        local ok, message = master:bind(address, localPort or 0)
        if not ok then
            return nil, message
        end
    end
    return made(master, master:connect(host, port))
end

function luasocket.bind(host, port, _)
    checkEnd("bind", host, port)
    local master = luasocket.tcp()
    local ok, message = master:bind(host, port)
    return made(master, ok and master:listen(), message)
end

luasocket.tcp4, luasocket.tcp6, luasocket.connect4 = luasocket.tcp, luasocket.tcp, luasocket.connect

-- Seconds since 1970.
luasocket.gettime = core.realtime

function luasocket.sleep(seconds)
    core.wait({}, math.max(seconds, 0))
end

local function described(name, address)
    return {name = name, alias = {}, ip = {address}}
end

luasocket.dns = {gethostname = safe.socket.GetHostName}

function luasocket.dns.toip(host)
    local address = safe.socket.GetHostByName(host)
    if not address then
        return nil, "host not found"
    end
    return address, described(host, address)
end

function luasocket.dns.tohostname(address)
    local ip = safe.socket.GetHostByName(address)
    local name = ip and safe.socket.GetHostByAddress(ip)
    if not name then
        return nil, "host not found"
    end
    return name, described(name, ip)
end

return luasocket
