-- SPDX-License-Identifier: MIT
-- Runs the suites beside it and prints TAP.
-- usage: LUA run.lua FOLDER-OF-THE-TESTS [luaunit's options]
local folder = table.remove(arg, 1)
package.path = folder .. "/?.lua;" .. package.path
local lu = require "luaunit"
require("support").folder = folder
for _, suite in ipairs {"page", "stream", "lines", "errors", "options", "waiting", "life", "backed", "files", "types"} do
    require("test_" .. suite)
end
os.exit(lu.LuaUnit.run("--output", "tap", (unpack or table.unpack)(arg)), true)
