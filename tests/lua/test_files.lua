-- SPDX-License-Identifier: MIT
-- Files and the standard streams, which are streams of the same kind.
local lu = require "luaunit"
local support = require "support"
local runnel = require "runnel"
local io, std = runnel.io, runnel.std

local files = support.suite("Files")
local path

local setUp, tearDown = files.setUp, files.tearDown
function files.setUp()
    path = os.tmpname()
    setUp()
end
function files.tearDown()
    os.remove(path)
    tearDown()
end

function files.test_output_then_input_then_append()
    local f = io.File(path, io.Output)
    f:writeLn("one"):writeLn("two", 2):close()
    f = io.File(path, io.Append, io.Narrow)
    f:write("three"):close()
    lu.assertEquals(io.File(path):readLines(), {"one", "two2", "three"})
    f = io.File(path, io.Input)
    lu.assertEquals(f:read(3), "one")
    lu.assertEquals(f:readLn(), "")
    lu.assertEquals(f:read(), "two2\nthree")
    io.File(path, io.Output):close()
    lu.assertEquals(io.File(path):read(), "")
end

function files.test_constants_come_in_any_order()
    local f = io.File(path, io.Unbuffered, io.Narrow, io.Output)
    f:write("now")
    lu.assertEquals(io.File(path):read(), "now")
    f:close()
    f = io.File(path, io.Output, {newline = "crlf", bufferSize = 100}, io.Buffered)
    f:writeLn("later")
    lu.assertEquals(io.File(path):read(), "")
    f:close()
    lu.assertEquals(io.File(path):read(), "later\r\n")
end

function files.test_a_file_is_a_stream()
    local f = io.File(path)
    lu.assertTrue(f:is(io.File))
    lu.assertTrue(f:is(io.Stream))
    lu.assertEquals(tostring(f), "File (" .. path .. ")")
    lu.assertNil(f.localPort)
    local e = support.raises(std.IoError, path, runnel.socket.Socket.localPort, f)
    lu.assertEquals(e.code, "unsupported")
    f:close()
    lu.assertEquals(tostring(f), "File (" .. path .. ", closed)")
end

function files.test_copying_between_a_socket_and_a_file()
    local client, peer = support.pair(io.Buffered)
    local out = io.File(path, io.Output)
    client:writeLn("a"):writeLn("b")
    client:close()
    for line in peer do
        out:writeLn(line)
    end
    peer:close()
    out:close()
    lu.assertEquals(io.File(path):readLines(), {"a", "b"})
end

function files.test_one_direction_only()
    local f = io.File(path)
    support.raises(std.IoError, "reading only", f.write, f, "x")
    f:close()
    f = io.File(path, io.Output)
    support.raises(std.IoError, "writing only", f.readLn, f)
    f:close()
    support.raises(std.ValueError, path, io.File, path, io.Input, io.Output)
    os.remove(path)
    support.raises(std.IoError, "No such file", io.File, path, io.Input, io.Output)
    lu.assertNil((_G.io.open(path)))
    local both = io.File("/dev/null", io.Input, io.Output)
    both:write("x")
    lu.assertEquals(both:read(), "")
end

function files.test_failures_tell_path_and_reason()
    local e = support.raises(std.IoError, "/nosuch/file: No such file", io.File, "/nosuch/file")
    lu.assertEquals(e.errno, "ENOENT")
    support.raises(std.IoError, "directory", io.File, "/tmp")
    support.raises(std.IoError, "directory", io.File, "/tmp", io.Output)
    support.raises(std.ValueError, "NUL", io.File, "a\0b")
    local f = io.File("/dev/full", io.Output)
    f:write("x")
    local e2 = support.raises(std.IoError, "write to /dev/full: No space", f.close, f)
    lu.assertEquals(e2.errno, "ENOSPC")
    lu.assertEquals(e2.host, "/dev/full")
end

local run = support.run

function files.test_standard_streams()
    lu.assertEquals(run([[
        local io = require "runnel.io"
        for line in io.StdIn do
            io.StdOut:writeLn("<", line, ">")
        end
        assert(io.StdIn == io.StdIn and io.StdIn:is(io.File))
        assert(tostring(io.StdErr) == "File (StdErr)")
    ]], "a\nb"), "<a>\n<b>\n")
end

function files.test_standard_error_goes_at_once_and_output_at_the_end()
    lu.assertEquals(run([[
        local io = require "runnel.io"
        io.StdOut:write("out ")
        io.StdErr:write("err ")
    ]]), "err out ")
end

function files.test_nothing_of_standard_output_is_lost_however_the_program_ends()
    for _, ending in ipairs {"", "os.exit(3)", "os.exit(3, true)", "error('x', 0)", "io.StdOut:flush() os.exit()"} do
        local text = [[
            local io = require "runnel.io"
            io.StdOut:write(("0123456789"):rep(20000))
        ]] .. ending
        lu.assertNotNil(run(text):find(("0123456789"):rep(20000), 1, true), ending)
    end
end

function files.test_nothing_of_a_file_is_lost_however_the_program_ends()
    for _, ending in ipairs {"", "os.exit()", "os.exit(0, true)", "error('x', 0)"} do
        run(([[
            local io = require "runnel.io"
            local f = io.File(%q, io.Output)
            local closed = io.File("/dev/null", io.Output)
            closed:close()
            io.File("/dev/null", io.Output):write("garbage")
            collectgarbage()
            f:write(("0123456789"):rep(2000)) ]]):format(path) .. ending)
        lu.assertTrue(io.File(path):read() == ("0123456789"):rep(2000), ending)
    end
end

function files.test_a_last_flush_that_fails_is_told()
    for _, ending in ipairs {"", "os.exit()", "os.exit(1, true)"} do
        lu.assertEquals(run([[require("runnel.io").StdOut:write("x") ]] .. ending, "", "2>&1 >/dev/full"),
            "write to standard output: No space left on device\n")
        lu.assertEquals(run([[require("runnel.io").StdOut:write("x") ]] .. ending, "", "2>&1 >/dev/null | head -0"), "")
    end
end
