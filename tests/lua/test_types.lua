-- SPDX-License-Identifier: MIT
-- The type annotations and the module name the same things.
local lu = require "luaunit"
local support = require "support"
local runnel = require "runnel"

local types = support.suite("Types")
local folder = support.folder .. "/../../lua/types/"

local function text(name)
    local file = runnel.io.File(folder .. name)
    return file:read()
end

-- The names that the annotations give a class's methods or a module's functions.
local function declared(source, owner)
    local names = {}
    for name in source:gmatch("\nfunction " .. owner .. "[.:](%w+)") do
        names[name] = true
    end
    return names
end

-- The fields of a class: those in the comment lines behind its name.
local function fields(source, class)
    local names, head = nil, "---@class " .. class
    for line in source:gmatch("([^\n]*)\n") do
        if names and not line:find("^%-%-%-") then
            break
        elseif names then
            names[line:match("^%-%-%-@field ([%w_]+)") or "class"] = true
        elseif line == head or line:sub(1, #head + 1) == head .. ":" then
            names = {}
        end
    end
    names.class = nil
    return names
end

local internal = {class = true, back = true, defaultCode = true}

local function same(have, want, what)
    for name in pairs(have) do
        lu.assertTrue(want[name] or internal[name] or name:sub(1, 2) == "__", what .. "." .. name .. " has no annotation")
    end
    for name in pairs(want) do
        lu.assertNotNil(have[name], what .. "." .. name .. " is annotated and does not exist")
    end
end

local function union(...)
    local all = {}
    for _, names in ipairs {...} do
        for name in pairs(names) do
            all[name] = true
        end
    end
    return all
end

function types.test_classes_have_the_methods_that_are_annotated()
    local streams = declared(text("runnel/io.lua"), "Stream")
    same(runnel.io.Stream, streams, "Stream")
    local sockets = declared(text("runnel/socket.lua"), "Socket")
    local own = {}
    for name in pairs(runnel.socket.Socket) do
        own[name] = not runnel.io.Stream[name] and true or nil
    end
    same(own, sockets, "Socket")
    same(runnel.serversocket.ServerSocket, declared(text("runnel/serversocket.lua"), "ServerSocket"), "ServerSocket")
    same(runnel.std.Exception, declared(text("runnel/std.lua"), "Exception"), "Exception")
end

-- The options that a call says it knows when it is given one that it does not.
local function accepted(call, ...)
    local ok, e = pcall(call, ...)
    lu.assertFalse(ok)
    local names = {}
    for name in e.message:match("where there are: (.*)"):gmatch("%w+") do
        names[name] = true
    end
    return names
end

function types.test_calls_take_the_options_that_are_annotated()
    local runs, unknown = runnel.socket, {unknown = 1}
    local server = runnel.serversocket.ServerSocket(0)
    local stream, file = text("runnel/io.lua"), {_read = function() end}
    local sockets, servers = text("runnel/socket.lua"), text("runnel/serversocket.lua")
    local common = fields(stream, "runnel.StreamOptions")
    lu.assertEquals(accepted(runnel.io.Stream, file, unknown), common)
    lu.assertEquals(accepted(runnel.io.File, "/dev/null", unknown), common)
    lu.assertEquals(accepted(runs.Socket, "h", 1, unknown), union(common, fields(sockets, "runnel.SocketOptions")))
    lu.assertEquals(accepted(runs.GetHostByName, "h", unknown), fields(sockets, "runnel.LookupOptions"))
    lu.assertEquals(accepted(runs.GetHostByAddress, "h", unknown), fields(sockets, "runnel.LookupOptions"))
    lu.assertEquals(accepted(runnel.serversocket.ServerSocket, 0, unknown), fields(servers, "runnel.ServerOptions"))
    lu.assertEquals(accepted(server.accept, server, unknown),
        union(common, fields(servers, "runnel.AcceptOptions")))
    server:close()
end

function types.test_safe_classes_have_the_fields_that_are_annotated()
    local source = text("runnel/safe.lua")
    local streams = fields(source, "runnel.SafeStream")
    same(runnel.safe.io.Stream, streams, "SafeStream")
    same(runnel.safe.socket.Socket, union(streams, fields(source, "runnel.SafeSocket")), "SafeSocket")
    same(runnel.safe.serversocket.ServerSocket, fields(source, "runnel.SafeServerSocket"), "SafeServerSocket")
    local io = runnel.safe.io
    same(union(io, {StdIn = io.StdIn, StdOut = io.StdOut, StdErr = io.StdErr}), fields(source, "runnel.safe.io"), "safe.io")
    same(runnel.safe.socket, fields(source, "runnel.safe.socket"), "safe.socket")
    same(runnel.safe.serversocket, fields(source, "runnel.safe.serversocket"), "safe.serversocket")
end

function types.test_modules_have_the_fields_that_are_annotated()
    local std, io, socket = text("runnel/std.lua"), text("runnel/io.lua"), text("runnel/socket.lua")
    same(runnel.std, fields(std, "runnel.std"), "std")
    local made = {StdIn = runnel.io.StdIn, StdOut = runnel.io.StdOut, StdErr = runnel.io.StdErr}
    same(union(runnel.io, made), fields(io, "runnel.io"), "io")
    same(runnel.socket, union(fields(socket, "runnel.socket"), declared(socket, "socket")), "socket")
    same(runnel.serversocket, fields(text("runnel/serversocket.lua"), "runnel.serversocket"), "serversocket")
    local later = {tls = true, luasocket = true} -- loaded when asked for
    same(union(runnel.safe, {tls = true}), fields(text("runnel/safe.lua"), "runnel.safe"), "safe")
    local top = text("runnel.lua")
    local all = union(runnel, later)
    same(all, union(fields(top, "runnel"), declared(top, "runnel")), "runnel")
    local luasocket = text("runnel/luasocket.lua")
    same(runnel.luasocket, union(fields(luasocket, "runnel.luasocket"), declared(luasocket, "luasocket")), "luasocket")
end

function types.test_luasocket_s_objects_have_the_methods_that_are_annotated()
    local luasocket = runnel.luasocket -- it gives the objects' classes their last methods
    local source, objects = text("runnel/luasocket.lua"), require "runnel.luasocket.objects"
    local shared = fields(source, "runnel.luasocket.Object")
    for _, name in ipairs {"Client", "Server", "Master"} do
        same(objects[name], union(shared, fields(source, "runnel.luasocket." .. name)), name)
    end
    same(luasocket.dns, fields(source, "runnel.luasocket.dns"), "dns")
end

if pcall(require, "runnel.tls") then
    function types.test_tls_is_as_annotated()
        local tls, safe, unknown = text("runnel/tls.lua"), text("runnel/safe.lua"), {unknown = 1}
        same(runnel.tls, fields(tls, "runnel.tls"), "tls")
        same(runnel.tls.TlsConfig, declared(tls, "TlsConfig"), "TlsConfig")
        same(runnel.safe.tls, fields(safe, "runnel.safe.tls"), "safe.tls")
        same(runnel.safe.tls.TlsConfig, fields(safe, "runnel.SafeTlsConfig"), "SafeTlsConfig")
        local config = fields(tls, "runnel.TlsConfigOptions")
        local all = union(config, fields(tls, "runnel.TlsOptions"))
        lu.assertEquals(accepted(runnel.tls.TlsConfig, unknown), config)
        lu.assertEquals(accepted(runnel.tls.TlsSocket, "h", 1, unknown), union(all,
            fields(text("runnel/io.lua"), "runnel.StreamOptions"),
            fields(text("runnel/socket.lua"), "runnel.SocketOptions")))
        local stream = runnel.io.Stream {_read = function() end}
        lu.assertEquals(accepted(stream.startTls, stream, unknown), union(all, fields(tls, "runnel.StartTlsOptions")))
    end
end
