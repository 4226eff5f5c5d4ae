-- SPDX-License-Identifier: MIT
-- TCP connections that read and write like files. Everything in one table; each
-- part can be required by itself as well.
local core = require "runnel.core"

local runnel = {
    socket = require "runnel.socket",
    serversocket = require "runnel.serversocket",
    io = require "runnel.io",
    std = require "runnel.std",
    safe = require "runnel.safe",
    -- Seconds of a clock that never jumps: what deadlines are made of.
    now = core.now,
    -- wait(streams and servers [, seconds]): those that have something to do.
    wait = core.wait,
    version = core.version,
}

-- TLS, and the one for LuaSocket's scripts, are loaded when somebody asks for
-- them.
return setmetatable(runnel, {__index = function(_, name)
    if name == "tls" or name == "luasocket" then
        runnel[name] = require("runnel." .. name)
        return runnel[name]
    end
end})
