---@meta runnel.safe
-- SPDX-License-Identifier: MIT

---The same modules, whose calls return nil, a message, a code and the exception
---where the others raise it. Raised here too: wrong types, what goes wrong inside
---`for line in stream` or at the end of a `<close>` variable's scope, and what a
---table's function throws that is no exception of ours. StdIn, StdOut and StdErr
---have their own buffers here: use those of one module only.
---@class runnel.safe
---@field socket runnel.socket
---@field serversocket runnel.serversocket
---@field io runnel.io
---@field std runnel.std
local safe = {}

return safe
