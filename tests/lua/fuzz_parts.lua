-- SPDX-License-Identifier: MIT
-- What fuzz.lua throws in and what it expects: values, results of methods.
local runnel = require "runnel"
local function generator(state)
    state = state % 2147483646 + 1
    return function(n)
        state = state * 16807 % 2147483647
        return state % n + 1
    end
end

local numbers = {0, 1, 2, 3, 10, 100, 4096, 65537, 2 ^ 20, 2 ^ 26, -1, -2 ^ 53, 2 ^ 31, 2 ^ 53,
                 9e15, 1e300, 0.5, -0.5, 1 / 0, -1 / 0, 0 / 0, 80, 65535, 65536}
local strings = {"", "x", "line\n", "\r", "\r\n", "a\0b", ("s"):rep(511), ("l"):rep(70000), "10",
                 "0x10", "1e999", "Buffered", "LineBuffered", "Unbuffered", "read", "write", "crlf",
                 "lf", "strict", "127.0.0.1", "ipv4", "Input", "Append", "%s%n", "\255\254"}
local words = {"buffering", "family", "newline", "timeout", "deadline", "maxLine", "bufferSize",
               "source", "sourcePort", "liveness", "address", "backlog", "reusePort", "nonsense", 1}

local function is(wanted) return function(v) return type(v) == wanted end end
local function itself(v, o) return rawequal(v, o) end
local function linesOnly(v)
    for _, line in ipairs(type(v) == "table" and v or {5}) do
        if type(line) ~= "string" then return false end
    end
    return true
end
local results = {
    readLn = is "string", read = is "string", readSome = is "string", peek = is "string",
    readLines = linesOnly, iterator = is "function", eof = is "boolean", skipLine = is "boolean",
    lineEnding = function(v) return v == nil or v == "lf" or v == "cr" or v == "crlf" end,
    pending = is "number", unsent = is "number", write = itself, writeLn = itself, flush = itself,
    shutdownWrite = itself, close = is "boolean", abort = is "boolean", setTimeout = itself,
    setDeadline = itself, setNewline = itself, setMaxLine = itself, setMaxAll = itself,
    setBufferSize = itself, fd = is "number", stats = is "table", setNoDelay = itself,
    setLiveness = itself, localAddress = is "string", localPort = is "number",
    remoteAddress = is "string", remotePort = is "number", accept = is "userdata",
    wants = function(v) return v == nil or v == "r" or v == "w" or v == "rw" end,
}
local names = {}
for name in pairs(results) do names[#names + 1] = name end
table.sort(names)

-- The least of some looks: the pipe's other end may be open at first.
local function descriptors()
    local least = math.huge
    for _ = 1, 9 do
        local pipe = io.popen("ls /proc/$PPID/fd | wc -l")
        least = math.min(least, tonumber(pipe:read("*l")))
        pipe:close()
    end
    return least
end

local mine = setmetatable({}, {__mode = "k"}) -- tables that the fuzz threw

local plain = {"fuzz", "__tostring", "attempt to yield", "stack overflow", "error in error handling",
               "cannot resume", "__gc", "not enough memory", "too many", "bad argument", "attempt to", "^4711$"}
local function isOurs(e)
    if e == nil or type(e) == "table" and mine[e] then return true end
    if type(e) == "table" then
        for _ = 1, 5 do -- a finalizer may throw here too
            local ok, yes = pcall(function()
                return e:is(runnel.std.Exception) and type(e.message .. tostring(e)) == "string"
            end)
            if ok then return yes end
        end
        return false
    end
    for _, text in ipairs(plain) do
        if tostring(e):find(text) then return true end
    end
    return false
end

local function throw(pick)
    local e = pick {"fuzz: string", "table", "exception", "nil", "number", "hostile", "returned"}
    if e == "table" or e == "hostile" then
        local t = {code = pick {"again", "io", "timeout", "closed", 7, "no code"}}
        if e == "hostile" then
            setmetatable(t, {__newindex = function() error("fuzz: newindex", 0) end,
                             __index = function() error("fuzz: index", 0) end})
        end
        mine[t] = true
        error(t, 0)
    elseif e == "exception" then
        error(pick {runnel.std.IoError, runnel.std.TypeError, runnel.std.Exception}("fuzz: mine"), 0)
    elseif e == "nil" then
        error(nil, 0)
    elseif e == "number" then
        error(4711, 0)
    end
    error("fuzz: string", 0)
end

local function onCollect(f)
    if newproxy then
        getmetatable(newproxy(true)).__gc = f
    else
        setmetatable({}, {__gc = f})
    end
end

return {mine = mine, throw = throw, isOurs = isOurs, onCollect = onCollect, generator = generator, numbers = numbers, strings = strings, words = words,
        results = results, names = names, descriptors = descriptors}
