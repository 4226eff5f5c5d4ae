-- SPDX-License-Identifier: MIT
-- Random calls on random objects: nothing may crash, hang, leak a descriptor,
-- raise what is no exception of ours, or give a result of a wrong type.
-- usage: fuzz.lua [SEED [STEPS]]
local runnel = require "runnel"
local safe = runnel.safe
local core = require "runnel.core"
local unpack = table.unpack or unpack
local seed = tonumber(arg and arg[1]) or os.time() % 1000000
local steps = tonumber(arg and arg[2]) or 4000
print(("# %s: seed %d, %d steps"):format(_VERSION, seed, steps))

-- Chance -------------------------------------------------------------------

local parts = dofile((arg[0]:match "^.*/" or "") .. "fuzz_parts.lua")
local numbers, strings, words = parts.numbers, parts.strings, parts.words
local results, names, descriptors = parts.results, parts.names, parts.descriptors
-- A generator for the steps and one for what callbacks and finalizers do, so
-- that when the collector runs does not change the steps.
local stepRandom, backRandom = parts.generator(seed), parts.generator(seed + 77)
local random = stepRandom
local function pick(list) return list[random(#list + (list[1] == nil and 1 or 0))] end

-- The population -----------------------------------------------------------

local MOST = 40
local pool, depth, over = {}, 0, false
local unsettled = false -- something in the pool may wait
local mine, isOurs = parts.mine, parts.isOurs
local modules = {runnel, safe}
local files = {os.tmpname(), os.tmpname()}
local server = runnel.serversocket.ServerSocket(0, {address = "127.0.0.1", timeout = 2})
local call, any

local function isClosable(o) return type(o) == "userdata" and io.type(o) == nil end

-- Nothing in the pool may wait: the test would. A finalizer may throw in the
-- middle of this, so it is tried again, and what cannot be set is thrown away.
local function settle(o)
    for _, name in ipairs {"setTimeout", "setDeadline"} do
        local value, done = name == "setTimeout" and 0 or nil, false
        for _ = 1, 20 do
            done = done or pcall(function() o[name](o, value) end)
        end
        if not done then pcall(function() o:abort() end) end
    end
    return o
end

local function add(o, isSafe)
    if isClosable(o) then
        settle(o)
        pool[#pool < MOST and #pool + 1 or random(MOST)] = {object = o, safe = isSafe}
    end
    return o
end

local function throw() parts.throw(pick) end

-- What a callback does before it answers.
local function mischief(self)
    local before = random
    random = backRandom
    local what = random(14)
    if what == 1 then collectgarbage()
    elseif what == 2 then collectgarbage("step")
    elseif what == 3 then throw()
    elseif what == 4 then coroutine.yield("fuzz")
    elseif what <= 8 and depth < 6 then
        call(what <= 6 and {object = self} or pick(pool), true)
    elseif what == 9 then
        local co = coroutine.create(function() call({object = self}, true) end)
        coroutine.resume(co)
        if random(2) == 1 then co = nil collectgarbage() end
    end
    random = before
end

local function guarded(f)
    return function(...)
        local before = random
        local r = {pcall(f, ...)}
        random = before
        if not r[1] then error(r[2], 0) end
        return unpack(r, 2, 5)
    end
end

-- Tables that move bytes, badly.
local function backing()
    local left = 40
    local text = pick {"line\n", "a\r\nb\r", "\r", "x", ("y"):rep(600) .. "\n", "\0\n", ""}
    local t = {
        _read = guarded(function(self, n)
            left = left - 1
            mischief(self)
            if left < 0 then return nil end
            local answer = backRandom(12)
            if answer == 1 then return ("z"):rep(n < 1e5 and n + 1 or 9)
            elseif answer == 2 then return {}
            elseif answer == 3 then return nil, "fuzz: told", pick {"again", "io", "timeout", "?"}
            elseif answer == 4 then return 5 end
            return text:sub(1, n)
        end),
        _write = guarded(function(self, s)
            mischief(self)
            local answer = backRandom(9)
            if answer == 1 then return #s + 1
            elseif answer == 2 then return 0 / 0
            elseif answer == 3 then return false, "fuzz: told", "again"
            elseif answer == 4 then return backRandom(#s) end
            return true
        end),
        _close = guarded(mischief),
        _fd = guarded(function(self)
            mischief(self)
            return pick {0, -1, 1e99, "x", 7}
        end),
    }
    if random(4) == 1 then t._read = nil end
    if random(4) == 1 then t._write = nil end
    if random(3) == 1 then t._close = nil end
    if random(3) == 1 then t._fd = nil end
    return t
end

-- Values -------------------------------------------------------------------

local function hostile()
    local function bad()
        local before = random
        random = backRandom
        local ok, e = pcall(mischief, pick(pool) and pick(pool).object)
        random = before
        if not ok then error(e, 0) end
        return backRandom(2) == 1 and "text" or backRandom(2) == 1 and 5 or {}
    end
    return setmetatable({}, {__index = bad, __tostring = bad, __len = bad, __newindex = bad,
                             __name = 5, __call = bad, __metatable = bad})
end

local function options()
    local t = {}
    for _ = 1, random(3) do
        t[pick(words)] = random(3) == 1 and any() or pick {1, "lf", "Buffered", 5, true, "127.0.0.1"}
    end
    return t
end

function any()
    local what = random(12)
    if what <= 4 then return pick(numbers)
    elseif what <= 7 then return pick(strings)
    elseif what == 8 then return options()
    elseif what == 9 then return hostile()
    elseif what == 10 then return (pick(pool) or {}).object
    elseif what == 11 then
        return pick {print, io.stdout, coroutine.create(print), runnel.io.Stream, safe.io.File,
                     true, false, core, "unix:/nonexistent"}
    end
    return nil
end

local function arguments()
    local n = random(8) == 1 and random(40) or random(4) - 1
    local list = {}
    for i = 1, n do list[i] = any() end
    return list, n
end

-- Methods and their results --------------------------------------------------

for _ = 1, 4 do -- those that matter most
    for _, name in ipairs {"readLn", "read", "readSome", "write", "writeLn", "peek", "eof"} do
        names[#names + 1] = name
    end
end
local classes = {}
for _, m in ipairs(modules) do
    for _, c in ipairs {m.io.Stream, m.io.File, m.socket.Socket, m.serversocket.ServerSocket} do
        classes[#classes + 1] = c
    end
end

local wrong = {}
local function complain(...)
    if #wrong < 20 then wrong[#wrong + 1] = table.concat({...}, " ") end
end

local function judge(name, o, check, ok, ...)
    local n, v, message, code, e = select("#", ...), ...
    if not ok then
        if not isOurs(v) then complain(name, "raised", type(v), tostring(v)) end
    elseif v == nil and n == 4 then
        if not (isOurs(e) and (type(message) == "string" and type(code) == "string" or mine[e])) then
            complain(name, "returned", tostring(message), tostring(code), tostring(e))
        end
    elseif not check(v, o) then
        complain(name, "gave a", type(v))
    end
    if name == "accept" and ok then add(v, true) end
end

-- One method on one object; from within a callback nothing that might wait.
function call(entry, inside)
    local o = entry and entry.object
    local name = pick(names)
    if inside and (name == "setTimeout" or name == "setDeadline") then name = "close" end
    local list, n = arguments()
    local class = pick(classes)
    local f = random(10) == 1 and rawget(class, name) or nil
    if not f then
        local ok, found = pcall(function() return o[name] end)
        f = ok and type(found) == "function" and found or nil
    end
    if not f then return end
    local self = random(25) == 1 and any() or o
    local limits = name == "setTimeout" or name == "setDeadline"
    depth = depth + 1
    unsettled = unsettled or limits
    judge(name, self, results[name], pcall(f, self, unpack(list, 1, n)))
    depth = depth - 1
    if limits then
        settle(self)
        unsettled = false
    end
end

-- Steps ----------------------------------------------------------------------

local function make(maker, isSafe, ...)
    local ok, o, message = pcall(maker, ...)
    if not ok and not isOurs(o) then complain("maker raised", tostring(o)) end
    if ok and o == nil and not isOurs(message) and type(message) ~= "string" then
        complain("maker returned", tostring(message))
    end
    return ok and add(o, isSafe)
end

local modes = {"Buffered", "LineBuffered", "Unbuffered"}
local function pair()
    local a, b = random(2), random(2)
    local o = random(3) == 1 and options() or {buffering = pick(modes)}
    o.timeout, o.deadline, o.family = 1, nil, nil
    local ok, c = pcall(modules[a].socket.Socket, "127.0.0.1", server:localPort(), o)
    if not ok and not isOurs(c) then complain("Socket raised", tostring(c)) end
    if not ok or not c then return end
    add(c, a == 2)
    add(server:accept(random(3) == 1 and {bufferSize = random(20)} or pick(modes)))
end

local function finalizer()
    local function f()
        local before = random
        random = backRandom
        local entry = pick(pool)
        local ok = unsettled or pcall(call, entry, true)
        random = before
        -- LuaJIT by itself crashes when one fails as a compiled loop ends.
        if not rawget(_G, "jit") and not over and (not ok or backRandom(20) == 1) then
            error("fuzz: gc", 0)
        end
    end
    parts.onCollect(f)
end

local function iterate(entry)
    local ok, e = pcall(function()
        local n = 0
        for line in random(2) == 1 and entry.object or entry.object:iterator() do
            n = n + 1
            if type(line) ~= "string" then complain("a line is a", type(line)) end
            if n > 30 then break end
        end
    end)
    if not ok and not isOurs(e) and not tostring(e):find("attempt to call") then
        complain("for raised", tostring(e))
    end
end

local scope = _VERSION >= "Lua 5.4" and not rawget(_G, "jit")
    and load "local o = ... local s <close> = o error('fuzz: left', 0)" or function() end

local function subclassed(i)
    local C = modules[i].io.Stream:subclass("C")
    for k, v in pairs(backing()) do C[k] = v end
    if random(3) == 1 then C._init = guarded(mischief) end
    if random(5) == 1 then C.buffering = any() end
    make(C, i == 2, any())
end

-- A name that came up by chance must not make a file where the fuzz runs.
local function nowhere(name)
    return type(name) == "string" and "/nonexistent/" .. name or name
end

local function file(i)
    make(modules[i].io.File, i == 2, random(6) == 1 and nowhere(any()) or pick {files[1], files[2], "/dev/null"},
        random(5) == 1 and any() or pick {"Input", "Output", "Append"}, pick(modes))
end

local function misuse(i)
    local m = modules[i]
    local maker = pick {m.io.File, m.io.Stream, m.socket.Socket, m.serversocket.ServerSocket}
    local first = any()
    if type(first) == "string" then first = maker == m.io.File and nowhere(first) or "127.0.0.1" end
    local list, n = arguments()
    make(random(4) == 1 and getmetatable(maker).__call or maker, i == 2, first,
        random(3) == 1 and 0 or nowhere(n > 0 and list[1] or nil), {timeout = 0.05})
end

local actions = {
    pair, pair, finalizer, finalizer, finalizer,
    function() make(modules[1].io.Stream, false, backing(), random(3) == 1 and any() or pick(modes)) end,
    function() make(modules[2].io.Stream, true, backing(), random(3) == 1 and options() or pick(modes)) end,
    function() subclassed(random(2)) end,
    function() file(random(2)) end,
    function() misuse(random(2)) end,
    function() make(modules[random(2)].serversocket.ServerSocket, nil, 0, "127.0.0.1") end,
    function() table.remove(pool, random(#pool + 1)) end,
    function() collectgarbage("step", random(50)) end,
    function() if random(10) == 1 then collectgarbage() end end,
    function() pcall(collectgarbage, pick {"generational", "incremental"}) end,
    function() iterate(pick(pool) or {}) end,
    function() pcall(scope, (pick(pool) or {}).object) end,
    function() pcall(modules[1].socket.GetHostByName, random(2) == 1 and "127.0.0.1" or any() and 5) end,
    function() tostring((pick(pool) or {}).object) end,
}

local function step()
    random = stepRandom
    depth, unsettled = 0, false
    local what = random(100)
    if #pool == 0 or what <= 25 then
        local ok, e = pcall(pick(actions))
        if not ok and not isOurs(e) then complain("an action raised", tostring(e)) end
    elseif what <= 40 then
        local co = coroutine.create(call)
        local ok, e = coroutine.resume(co, pick(pool))
        if not ok and not isOurs(e) then complain("in a coroutine:", tostring(e)) end
    else
        local ok, e = pcall(call, pick(pool))
        if not ok and not isOurs(e) then complain("a call raised", tostring(e)) end
    end
end

local before = descriptors()
for _ = 1, steps do
    pcall(step) -- a finalizer may throw anywhere
end
over = true -- first: making a table may collect, and nothing is caught here
pool = {}
-- What LuaJIT has compiled holds on to the closures that it was compiled for, and
-- one of them to a socket, in one run of 200.
if rawget(_G, "jit") then jit.flush() end
for _ = 1, 9 do pcall(collectgarbage) end
local after = descriptors()
os.remove(files[1])
os.remove(files[2])
print("ok 1 - no crash")
print((#wrong == 0 and "ok" or "not ok") .. " 2 - errors and results are what they should be")
for _, text in ipairs(wrong) do print("# " .. text) end
print((before == after and "ok" or "not ok") .. " 3 - no descriptor is left")
if before ~= after then print(("# %d before, %d after"):format(before, after)) end
print("1..3")
if #wrong > 0 or before ~= after then os.exit(1) end
