---@meta runnel.luasocket
-- SPDX-License-Identifier: MIT

---What every object of these has.
---@class runnel.luasocket.Object
---@field settimeout fun(self: self, seconds?: number, mode?: "b"|"t"): number
---@field gettimeout fun(self: self): number, number
---@field getsockname fun(self: self): string?, string, string?
---@field getstats fun(self: self): number, number, number bytes received, bytes sent, age in seconds
---@field setstats fun(self: self, received?: number, sent?: number, age?: number): number
---@field getfd fun(self: self): number
---@field dirty fun(self: self): boolean
---@field setoption fun(self: self, option: "tcp-nodelay"|"keepalive"|"linger"|"reuseaddr", value?: any): number
---@field close fun(self: self): number

---@class runnel.luasocket.Client: runnel.luasocket.Object
---@field receive fun(self: self, pattern?: "*l"|"*a"|string|number, prefix?: string): string?, string?, string? nil, why, and what came
---@field send fun(self: self, data: string|number, i?: number, j?: number): number?, string?, number? nil, why, and the last byte sent
---@field getpeername fun(self: self): string?, number|string, string?
---@field shutdown fun(self: self, how?: "send"|"receive"|"both"): number

---@class runnel.luasocket.Server: runnel.luasocket.Object
---@field accept fun(self: self): runnel.luasocket.Client?, string?

---What tcp() makes: it becomes a client or a server.
---@class runnel.luasocket.Master: runnel.luasocket.Object
---@field bind fun(self: self, address: string, port: integer|string): number?, string?
---@field listen fun(self: self, backlog?: integer): number?, string?
---@field connect fun(self: self, host: string, port: integer|string): number?, string?

---@class runnel.luasocket.dns
---@field gethostname fun(): string
---@field toip fun(host: string): string?, string|table
---@field tohostname fun(address: string): string?, string|table

---LuaSocket's TCP calls over runnel's streams: see LuaSocket's own manual.
---@class runnel.luasocket
---@field _VERSION string
---@field BLOCKSIZE integer
---@field dns runnel.luasocket.dns
---@field tcp4 function tcp
---@field tcp6 function tcp
---@field connect4 function connect
local luasocket = {}

---@param host string
---@param port integer|string
---@param address? string
---@param localPort? integer
---@return runnel.luasocket.Client? client
---@return string? message
function luasocket.connect(host, port, address, localPort) end

---@param host string
---@param port integer|string
---@param backlog? integer
---@return runnel.luasocket.Server? server
---@return string? message
function luasocket.bind(host, port, backlog) end

---@return runnel.luasocket.Master master
function luasocket.tcp() end

---Seconds since 1970.
---@return number
function luasocket.gettime() end

---@param seconds number
function luasocket.sleep(seconds) end

return luasocket
