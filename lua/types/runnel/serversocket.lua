---@meta runnel.serversocket
-- SPDX-License-Identifier: MIT

---@class runnel.ServerOptions
---@field address? string the local address; every interface unless set
---@field family? "ipv4"|"ipv6"|"any"
---@field backlog? integer
---@field reusePort? boolean several servers may share the port
---@field timeout? number seconds that accept() may wait
---@field deadline? number
---@field maxLine? integer of accepted streams
---@field bufferSize? integer of accepted streams

---@class runnel.AcceptOptions: runnel.StreamOptions
---@field liveness? integer

---A listening socket; port 0 picks a free one.
---@class runnel.ServerSocket
---@field class table
---@overload fun(port: integer, address?: string, options?: runnel.ServerOptions): runnel.ServerSocket
---@overload fun(port: integer, options: runnel.ServerOptions): runnel.ServerSocket
local ServerSocket = {}

---The next connection; waits until there is one.
---@param options? runnel.Buffering|runnel.AcceptOptions
---@return runnel.Socket
function ServerSocket:accept(options) end

---Stop listening. Accepted connections live on.
---@return true
function ServerSocket:close() end

---@return string
function ServerSocket:localAddress() end

---@return integer
function ServerSocket:localPort() end

---@return integer
function ServerSocket:fd() end

---@param seconds number?
---@return self
function ServerSocket:setTimeout(seconds) end

---@param time number?
---@return self
function ServerSocket:setDeadline(time) end

---@param class table
---@return boolean
function ServerSocket:is(class) end

---@class runnel.serversocket
---@field ServerSocket runnel.ServerSocket
local serversocket = {}

return serversocket
