-- SPDX-License-Identifier: MIT
-- What the suites share: pairs of connected streams, failures looked at closely,
-- and a check after each test that no descriptor is left open.
local lu = require "luaunit"
local runnel = require "runnel"
local socket, serversocket, io = runnel.socket, runnel.serversocket, runnel.io

local support = {}

-- The descriptor that the system would give out next: the lowest free one.
local function lowestFree()
    local file = io.File("/dev/null")
    local fd = file:fd()
    file:close()
    return fd
end

-- Make a suite: a table of tests for luaunit, with the check around each.
function support.suite(name)
    local suite = {}
    local before
    function suite.setUp()
        collectgarbage()
        collectgarbage()
        before = lowestFree()
    end
    function suite.tearDown()
        collectgarbage()
        collectgarbage()
        -- The helper thread of a lookup may have given its answer a moment ago.
        local patience = runnel.now() + 5
        while lowestFree() ~= before and runnel.now() < patience do end
        lu.assertEquals(lowestFree(), before, "a descriptor is left open")
    end
    _G["Test" .. name] = suite
    return suite
end

-- Two ends of one connection, both in the given mode or with those options.
function support.pair(options, modules)
    modules = modules or {socket = socket, serversocket = serversocket}
    local server = serversocket.ServerSocket(0, "127.0.0.1")
    if modules.serversocket ~= serversocket then
        server:close()
        server = modules.serversocket.ServerSocket(0, "127.0.0.1")
    end
    local client = modules.socket.Socket("127.0.0.1", server:localPort(), options)
    local peer = server:accept(options)
    server:close()
    return client, peer
end

-- A port of 127.0.0.1 where nobody listens, and the server that kept it free.
function support.closedPort()
    local server = serversocket.ServerSocket(0, "127.0.0.1")
    local port = server:localPort()
    server:close()
    return port
end

-- f(...) raises an instance of the class whose message has the text in it.
function support.raises(class, text, f, ...)
    local ok, e = pcall(f, ...)
    lu.assertFalse(ok, "nothing was raised where " .. tostring(class) .. " should be")
    lu.assertIsTable(e, "raised: " .. tostring(e))
    lu.assertTrue(e:is(class), tostring(e) .. " is no " .. tostring(class))
    lu.assertStrContains(e.message, text)
    return e
end

-- f(...) returns nil, a string, that code and an instance of the class.
function support.returns(class, code, f, ...)
    local value, message, got, e = f(...)
    lu.assertNil(value)
    lu.assertIsString(message)
    lu.assertEquals(got, code)
    lu.assertTrue(e:is(class))
    lu.assertEquals(e.message, message)
    return e
end

local function fileOf(text)
    local path = os.tmpname()
    io.File(path, io.Output):write(text):close()
    return path
end

local function saidBy(command)
    local pipe = _G.io.popen(command)
    local said = pipe:read("*a")
    pipe:close()
    return said
end

local interpreter = arg[-1]
for i = -1, -20, -1 do
    interpreter = arg[i] or interpreter
end

-- Another process of the same interpreter runs the text; its standard output.
function support.run(text, input, output, before)
    local script = fileOf(text)
    local said = saidBy(("%s printf '%%s' '%s' | %s %s %s"):format(
        before or "", input or "", interpreter, script, output or "2>&1"))
    os.remove(script)
    return said
end

-- The same where /etc/hosts is that text: nil where the system does not let us.
function support.runWithHosts(hosts, text)
    local private = "unshare -rm sh -c 'mount --bind %s /etc/hosts && %s %s' 2>&1"
    local list, script = fileOf(hosts), fileOf(text)
    local may = saidBy(private:format(list, "echo", "may")) == "may\n"
    local said = may and saidBy(private:format(list, interpreter, script)) or nil
    os.remove(list)
    os.remove(script)
    return said
end

return support
