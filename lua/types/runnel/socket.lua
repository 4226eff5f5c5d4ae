---@meta runnel.socket
-- SPDX-License-Identifier: MIT

---@class runnel.SocketOptions: runnel.StreamOptions
---@field family? "ipv4"|"ipv6"|"any" ipv4 unless set
---@field source? string the local address to connect from
---@field sourcePort? integer
---@field liveness? integer seconds after which a silent peer counts as gone

---A TCP connection; the destination is a host name or address, or "unix:/path".
---@class runnel.Socket: runnel.Stream
---@overload fun(destination: string, port?: integer, options?: runnel.Buffering|runnel.SocketOptions): runnel.Socket
local Socket = {}

---@return string
function Socket:localAddress() end

---@return integer
function Socket:localPort() end

---@return string
function Socket:remoteAddress() end

---@return integer
function Socket:remotePort() end

---@param on boolean
---@return self
function Socket:setNoDelay(on) end

---@param seconds integer 0: off
---@return self
function Socket:setLiveness(seconds) end

---@class runnel.LookupOptions
---@field timeout? number seconds
---@field deadline? number
---@field family? "ipv4"|"ipv6"|"any"

---@class runnel.socket
---@field Socket runnel.Socket
---@field NameError runnel.Exception a name that has no answer
local socket = {}

---The first address of a host; an address comes back as it is.
---@param name string
---@param options? runnel.LookupOptions
---@return string
function socket.GetHostByName(name, options) end

---The primary host name of an address.
---@param address string
---@param options? runnel.LookupOptions
---@return string
function socket.GetHostByAddress(address, options) end

---The name of the machine that this runs on.
---@return string
function socket.GetHostName() end

return socket
