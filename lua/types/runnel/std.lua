---@meta runnel.std
-- SPDX-License-Identifier: MIT

---What a failure was, whole: raised by the modules, returned by `runnel.safe`.
---@class runnel.Exception
---@field class table the class it is an instance of
---@field message string one sentence for a person
---@field code string "refused", "timeout", "closed", "reset", "eof", "limit", "again", "name", "value", "type", ...
---@field where string? "script.lua:12: ", where it was raised
---@field phase string? "lookup", "connect", "listen", "accept", "read", "write" or "close"
---@field host string? as it was given
---@field address string? the address that was tried
---@field port integer?
---@field errno string? the system's name for it, such as "ECONNREFUSED"
---@field attempts runnel.Attempt[]? every address that was tried
---@field data string? what read() had read, when only closing failed
---@field lines string[]? what readLines() had read until it failed
---@overload fun(message?: any): runnel.Exception
local Exception = {}

---An address of the host that was tried, and why it was of no use.
---@class runnel.Attempt
---@field address string
---@field code string
---@field errno string?

---Whether it is an instance of the class, or of one that descends from it.
---@param class table
---@return boolean
function Exception:is(class) end

---A class of your own that descends from this one.
---@param name string
---@param code? string
---@return runnel.Exception
function Exception:subclass(name, code) end

---@class runnel.std
---@field Exception runnel.Exception
---@field IoError runnel.Exception
---@field ValueError runnel.Exception
---@field TypeError runnel.Exception
local std = {}

return std
