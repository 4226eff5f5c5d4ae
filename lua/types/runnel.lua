---@meta runnel
-- SPDX-License-Identifier: MIT
-- Types for the Lua language server: add this folder to its workspace library.

---@class runnel
---@field socket runnel.socket
---@field serversocket runnel.serversocket
---@field io runnel.io
---@field std runnel.std
---@field safe runnel.safe the same modules; failures are returned, not raised
---@field tls runnel.tls needs OpenSSL, which is loaded with it
---@field luasocket runnel.luasocket LuaSocket's calls
---@field version string
local runnel = {}

---Seconds of a clock that never jumps; deadlines are points on it.
---@return number
function runnel.now() end

---Wait until some of these have something to do: what a call that said "again"
---waits for, else something to read or to accept. A closed one is ready.
---@param list (runnel.Stream|runnel.ServerSocket)[]
---@param seconds? number nil: no limit
---@return (runnel.Stream|runnel.ServerSocket)[] ready in the list's order, {} when the time is over
function runnel.wait(list, seconds) end

return runnel
