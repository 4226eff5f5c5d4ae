---@meta runnel.luasocket
-- SPDX-License-Identifier: MIT

---LuaSocket's TCP calls over runnel's streams: see LuaSocket's own manual.
---@class runnel.luasocket
---@field _VERSION string
---@field BLOCKSIZE integer
---@field dns table gethostname(), toip(name), tohostname(address)
---@field tcp4 function tcp
---@field tcp6 function tcp
---@field connect4 function connect
local luasocket = {}

---@param host string
---@param port integer|string
---@param address? string
---@param localPort? integer
---@return table? client
---@return string? message
function luasocket.connect(host, port, address, localPort) end

---@param host string
---@param port integer|string
---@param backlog? integer
---@return table? server
---@return string? message
function luasocket.bind(host, port, backlog) end

---@return table master
function luasocket.tcp() end

---Seconds since 1970.
---@return number
function luasocket.gettime() end

---@param seconds number
function luasocket.sleep(seconds) end

return luasocket
