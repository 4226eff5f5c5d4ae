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
local tls, why = pcall(require, "runnel.tls")
if tls or not why:find("module 'runnel%.tls%a*' not found") then
    require "test_tls"
    require "test_start_tls"
else
    TestTls = {test_all_of_tls = function() lu.skip("built without OpenSSL: " .. why:match("[^\n]*")) end}
end
local failed = lu.LuaUnit.run("--output", "tap", (unpack or table.unpack)(arg))
require("certificates").finish()
os.exit(failed, true)
