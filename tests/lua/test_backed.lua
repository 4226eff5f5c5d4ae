-- SPDX-License-Identifier: MIT
-- Streams whose bytes a table's functions move.
local lu = require "luaunit"
local support = require "support"
local runnel = require "runnel"
local io, std, safe = runnel.io, runnel.std, runnel.safe

local backed = support.suite("Backed")

-- A stream over a string, n bytes at a time.
local function over(text, step, options)
    local at = 1
    return io.Stream({_read = function(_, n)
        local piece = text:sub(at, at + math.min(n, step or n) - 1)
        at = at + #piece
        return piece
    end}, options)
end

-- A stream that gathers what is written.
local function into(list, options)
    return io.Stream({_write = function(_, s) list[#list + 1] = s end}, options)
end

function backed.test_a_table_with_read_has_every_reading_method()
    for step = 1, 7 do
        local s = over("one\r\ntwo\rthree\n\nrest of it", step)
        lu.assertFalse(s:eof())
        lu.assertEquals(s:readLn(), "one")
        lu.assertEquals(s:read(3), "two")
        lu.assertEquals(s:readLn(), "")
        local got = {}
        for line in s do
            got[#got + 1] = line
            if line == "" then
                break
            end
        end
        lu.assertEquals(got, {"three", ""})
        lu.assertEquals(s:read(), "rest of it")
    end
    lu.assertEquals(over("a\nb\nc"):readLines(), {"a", "b", "c"})
end

function backed.test_a_table_with_write_has_every_writing_method()
    local list = {}
    local s = into(list, io.Buffered)
    s:write("a", 1):writeLn("b")
    lu.assertEquals(list, {})
    s:flush():write("c")
    s:close()
    lu.assertEquals(table.concat(list), "a1b\nc")
    lu.assertEquals(#list, 2)
end

function backed.test_a_write_may_take_a_part()
    local got = ""
    local s = io.Stream({_write = function(_, data)
        got = got .. data:sub(1, 3)
        return math.min(3, #data)
    end})
    s:write("hello, world")
    lu.assertEquals(got, "hello, world")
end

function backed.test_what_a_table_cannot_do_is_an_IoError()
    lu.assertEquals(support.raises(std.IoError, "reading only", over("x").write, over("x"), "y").code, "unsupported")
    lu.assertEquals(support.raises(std.IoError, "writing only", into({}).readLn, into({})).code, "unsupported")
end

function backed.test_a_function_may_be_anything_that_can_be_called()
    local s = io.Stream({_read = setmetatable({}, {__call = function(_, self, n) return ("x"):rep(n) end})})
    lu.assertEquals(s:read(3), "xxx")
    s:close()
end

function backed.test_self_is_the_stream_and_fields_are_the_table_s()
    local t = {count = 0, greeting = "hi"}
    function t:_write() self.count = self.count + 1 end
    function t:hello() return self.greeting end
    local s = io.Stream(t)
    s:write("a"):write("b")
    lu.assertEquals(s.count, 2)
    lu.assertEquals(t.count, 2)
    lu.assertEquals(s:hello(), "hi")
    s.greeting = "ho"
    lu.assertEquals(t.greeting, "ho")
    lu.assertTrue(s:is(io.Stream))
    lu.assertNil(s.nothing)
end

function backed.test_subclasses_have_fields_methods_and_a_constructor()
    local Upper = io.Stream:subclass("Upper")
    function Upper:_init(inner) self.inner = inner end
    function Upper:_write(data) self.inner:write(data:upper()) end
    function Upper:_read(n) return self.inner:readSome(n) end
    function Upper:_close() self.inner:close() end
    function Upper:shout(text) return self:writeLn(text .. "!") end

    local client, peer = support.pair()
    local upper = Upper(client)
    upper:shout("hello"):writeLn("you")
    lu.assertEquals(peer:readLn(), "HELLO!")
    lu.assertEquals(peer:readLn(), "YOU")
    peer:writeLn("answer")
    lu.assertEquals(upper:readLn(), "answer")
    lu.assertTrue(upper:is(Upper))
    lu.assertTrue(upper:is(io.Stream))
    lu.assertFalse(client:is(Upper))
    lu.assertEquals(tostring(Upper), "Upper")
    lu.assertStrMatches(tostring(upper), "Upper %(0x%x+%)")
    upper:close()
    lu.assertTrue(peer:eof())
    peer:close()

    local Louder = Upper:subclass("Louder")
    Louder.buffering = io.Buffered
    function Louder:_write(data) Upper._write(self, data .. "!!") end
    client, peer = support.pair()
    local louder = Louder(client)
    louder:write("a"):write("b"):close()
    lu.assertTrue(louder:is(Upper))
    lu.assertEquals(peer:read(), "AB!!")
end

function backed.test_only_streams_over_a_table_can_be_subclassed()
    for _, class in ipairs {runnel.socket.Socket, io.File, safe.socket.Socket} do
        support.raises(std.ValueError, "io.Stream", class.subclass, class, "Mine")
    end
end

function backed.test_the_place_of_a_failed_subclass_is_the_caller_s()
    local Empty = io.Stream:subclass("Empty")
    local ok, e = pcall(function()
        local s = Empty()
        return s
    end)
    lu.assertFalse(ok)
    lu.assertStrContains(e.where, "test_backed.lua")
    local Broken = safe.io.Stream:subclass("Broken")
    Broken.buffering = "none"
    function Broken._read() end
    support.returns(std.ValueError, "value", Broken)
end

function backed.test_what_a_function_raises_comes_through_as_it_is()
    local thing = {}
    local s = io.Stream({_read = function() error(thing) end, _write = function() error("text", 0) end})
    local ok, e = pcall(s.readLn, s)
    lu.assertFalse(ok)
    lu.assertTrue(e == thing)
    ok, e = pcall(s.write, s, "x")
    lu.assertFalse(ok)
    lu.assertEquals(e, "text")
    s:abort()
end

function backed.test_a_failure_can_be_returned()
    local s = io.Stream({_read = function() return nil, "the disk is on fire" end})
    support.raises(std.IoError, "the disk is on fire", s.readLn, s)
    support.raises(std.IoError, "the disk is on fire", s.readLn, s)
    s:close()
    local waits = true
    s = io.Stream({_read = function()
        if waits then
            return nil, "not yet", "again"
        end
        return "now\n"
    end})
    lu.assertEquals(support.raises(std.IoError, "not yet", s.readLn, s).code, "again")
    waits = false
    lu.assertEquals(s:readLn(), "now")
    s:close()
end

function backed.test_timeouts_of_an_inner_stream_come_through_and_lose_nothing()
    for _, api in ipairs {runnel, safe} do
        local client, peer = support.pair(nil, api)
        peer:setTimeout(0)
        local s = io.Stream({_read = function(_, n) return peer:readSome(n) end})
        client:write("par")
        lu.assertEquals(support.raises(std.IoError, "wait", s.readLn, s).code, "again")
        client:write("t\n")
        lu.assertEquals(s:readLn(), "part")
        client:close()
        lu.assertTrue(s:eof())
        s:close()
        peer:close()
    end
end

function backed.test_wrong_results_are_told()
    local cases = {
        {std.TypeError, "_read", function() return 5 end},
        {std.TypeError, "_read", function() return {} end},
        {std.TypeError, "_read", function() return true end},
        {std.ValueError, "asked for", function(_, n) return ("x"):rep(n + 1) end},
    }
    for _, case in ipairs(cases) do
        local s = io.Stream({_read = case[3]})
        support.raises(case[1], case[2], s.readLn, s)
        s:close()
    end
    for _, result in ipairs {"5", {}, false, setmetatable({}, {})} do
        local s = io.Stream({_write = function() return result end})
        support.raises(std.TypeError, "_write", s.write, s, "hello")
        s:abort()
    end
    for _, n in ipairs {0, -1, 6, 1.5} do
        local s = io.Stream({_write = function() return n end})
        support.raises(std.ValueError, "_write", s.write, s, "hello")
        s:abort()
    end
end

function backed.test_a_function_may_not_use_its_own_stream_meanwhile()
    local s
    local said = {}
    s = io.Stream({_read = function()
        for _, name in ipairs {"readLn", "close", "eof"} do
            local ok, e = pcall(s[name], s)
            said[#said + 1] = not ok and e.code
        end
        return ""
    end})
    lu.assertEquals(s:read(1), "")
    lu.assertEquals(said, {"busy", "busy", "busy"})
    s:close()
end

function backed.test_close_is_called_once_and_its_failure_is_told()
    local count = 0
    local s = io.Stream({_read = function() return "" end, _close = function()
        count = count + 1
        error(std.IoError("cannot close"))
    end})
    support.raises(std.IoError, "cannot close", s.close, s)
    lu.assertTrue(s:close())
    lu.assertEquals(count, 1)
end

function backed.test_the_collector_calls_no_functions()
    local called = 0
    local s = io.Stream({_write = function() called = called + 1 end, _close = function() called = called + 1 end},
        io.Buffered)
    s:write("x")
    s = nil -- luacheck: ignore
    collectgarbage()
    collectgarbage()
    lu.assertEquals(called, 0)
end

function backed.test_a_cycle_through_its_table_is_collected()
    local t = {_read = function() return "" end}
    t.stream = io.Stream(t)
    local weak = setmetatable({t}, {__mode = "v"})
    t = nil -- luacheck: ignore
    collectgarbage()
    collectgarbage()
    lu.assertNil(weak[1])
end

function backed.test_coroutines_may_call_but_not_yield_inside()
    local s = io.Stream({_read = function() coroutine.yield() end})
    local co = coroutine.create(function() return s:readLn() end)
    local ok, e = coroutine.resume(co)
    lu.assertFalse(ok)
    lu.assertStrContains(tostring(e), "yield")
    s:close()
end

function backed.test_safe_streams_return_what_functions_fail_with()
    local s = safe.io.Stream({_read = function() return nil, "no luck", "io" end})
    support.returns(std.IoError, "io", s.readLn, s)
    s = safe.io.Stream({_read = function() local x = nil; return x.y end})
    local ok, e = pcall(s.readLn, s)
    lu.assertFalse(ok) -- a bug is raised, not returned
    lu.assertStrContains(tostring(e), "nil value")
end

function backed.test_what_fd_raises_is_not_told_by_later_calls()
    local s = io.Stream({_read = function() return "" end, _fd = function() error("fd boom", 0) end})
    local ok, e = pcall(runnel.wait, {s}, 0)
    lu.assertFalse(ok)
    lu.assertEquals(e, "fd boom")
    s:close()
    support.raises(std.IoError, "closed", s.readLn, s)
end

function backed.test_fd_is_the_table_s()
    local s = io.Stream({_read = function() return "" end, _fd = function() return 42 end})
    lu.assertEquals(s:fd(), 42)
    lu.assertEquals(support.raises(std.IoError, "unsupported", over("").fd, over("")).code, "unsupported")
end
