-- SPDX-License-Identifier: MIT
-- Bytes: write, read, peek, eof, flush, and when they leave the program.
local lu = require "luaunit"
local support = require "support"
local io = require "runnel.io"
local std = require "runnel.std"

local stream = support.suite("Stream")

function stream.test_write_turns_any_number_of_values_to_strings_one_after_another()
    local client, peer = support.pair()
    local thing = setmetatable({}, {__tostring = function() return "<thing>" end})
    client:write()
    client:write("a", 1, " ", -2.5, " ", true, " ", nil, " ", thing, "\0z")
    client:close()
    lu.assertEquals(peer:read(), "a1 -2.5 true nil <thing>\0z")
end

function stream.test_write_takes_hundreds_of_values_as_one_call()
    local client, peer = support.pair()
    local values = {}
    for i = 1, 200 do
        values[i] = i
    end
    client:write((unpack or table.unpack)(values))
    client:close()
    lu.assertEquals(peer:read(), table.concat(values))
end

function stream.test_writeLn_ends_with_a_line_feed_or_what_was_set()
    local client, peer = support.pair()
    client:writeLn():writeLn("a"):writeLn("b", 2)
    client:setNewline("crlf"):writeLn():writeLn("c"):writeLn("d", 4)
    client:setNewline("lf"):writeLn("e")
    client:close()
    lu.assertEquals(peer:read(), "\na\nb2\n\r\nc\r\nd4\r\ne\n")
end

function stream.test_write_writeLn_and_flush_return_the_stream()
    local client, peer = support.pair(io.Buffered)
    lu.assertTrue(client:write("a"):write("b", 1):writeLn("c"):writeLn("d", 2):flush() == client)
    client:close()
    lu.assertEquals(peer:read(), "ab1c\nd2\n")
end

function stream.test_a_value_that_cannot_be_a_string_leaves_nothing_half_written()
    local client, peer = support.pair()
    local bad = setmetatable({}, {__tostring = function() error("no string") end})
    local ok, e = pcall(client.write, client, "first", bad, "last")
    lu.assertFalse(ok)
    lu.assertStrContains(tostring(e), "no string")
    client:write("whole")
    client:close()
    lu.assertEquals(peer:read(), "whole")
end

function stream.test_read_gives_the_rest_as_one_string_and_closes()
    for _, size in ipairs {1, 512, 513, 50000} do
        local client, peer = support.pair(io.Buffered)
        local text = ("0123456789"):rep(5000):sub(1, size)
        client:write("first\n", text)
        client:shutdownWrite()
        lu.assertEquals(peer:readLn(), "first")
        lu.assertTrue(peer:read() == text)
        support.raises(std.IoError, "closed", peer.read, peer)
        client:close()
    end
end

function stream.test_read_at_the_end_is_the_empty_string()
    local client, peer = support.pair()
    client:close()
    lu.assertEquals(peer:read(), "")
end

function stream.test_read_n_gives_n_bytes_and_fewer_only_at_the_end()
    for _, mode in ipairs {io.Buffered, io.LineBuffered, io.Unbuffered} do
        local client, peer = support.pair(mode)
        client:write("hello", "\0", "world")
        client:close()
        lu.assertEquals(peer:read(0), "")
        lu.assertEquals(peer:read(5), "hello")
        lu.assertEquals(peer:read(2), "\0w")
        lu.assertEquals(peer:read(100000), "orld")
        lu.assertEquals(peer:read(3), "")
        lu.assertEquals(peer:read(0), "")
        peer:close()
    end
end

function stream.test_read_of_many_sizes_is_exact()
    local client, peer = support.pair(io.Buffered)
    local total, text = 0, ("abcdefghijklmnopqrstuvwxyz"):rep(6000)
    client:setTimeout(0, "write"):write(text)
    pcall(client.flush, client)
    for _, n in ipairs {1, 2, 100, 511, 512, 513, 4096, 65536, 70000} do
        pcall(client.flush, client)
        lu.assertTrue(peer:read(n) == text:sub(total + 1, total + n), "n " .. n)
        total = total + n
    end
    client:setTimeout(nil):close()
    lu.assertTrue(peer:read() == text:sub(total + 1))
end

function stream.test_readSome_gives_what_is_there()
    local client, peer = support.pair()
    client:write("abc")
    lu.assertEquals(peer:readSome(), "abc")
    client:write("defg")
    lu.assertEquals(peer:readSome(2), "de")
    client:close()
    lu.assertEquals(peer:readSome(), "fg")
    lu.assertEquals(peer:readSome(), "")
    peer:close()
end

function stream.test_an_unbuffered_read_takes_no_more_than_n_bytes_from_the_kernel()
    local client, peer = support.pair(io.Unbuffered)
    client:write("123456")
    lu.assertEquals(peer:read(2), "12")
    lu.assertEquals(peer:peek(), "")
    lu.assertEquals(peer:pending(), 0)
    lu.assertEquals(peer:stats().bytesRead, 2)
    client:close()
    peer:close()
end

function stream.test_peek_shows_what_is_in_the_buffer_and_takes_nothing()
    local client, peer = support.pair({buffering = io.Buffered, bufferSize = 100})
    lu.assertEquals(peer:peek(), "")
    client:write("one\n2\n3"):flush()
    lu.assertEquals(peer:readLn(), "one")
    lu.assertEquals(peer:peek(), "2\n3")
    lu.assertEquals(peer:peek(), "2\n3")
    lu.assertEquals(peer:pending(), 3)
    lu.assertEquals(peer:read(1), "2")
    client:close()
    peer:close()
end

function stream.test_a_long_peek_is_whole()
    local client, peer = support.pair(io.Buffered)
    client:write("x\n", ("y"):rep(5000)):flush()
    lu.assertEquals(peer:readLn(), "x")
    local seen = peer:peek()
    lu.assertEquals(seen, ("y"):rep(#seen))
    lu.assertTrue(peer:read(5000) == ("y"):rep(5000))
    client:close()
    peer:close()
end

function stream.test_eof_tells_the_end_and_keeps_the_byte_it_found()
    local client, peer = support.pair()
    client:write("x")
    lu.assertFalse(peer:eof())
    lu.assertEquals(peer:read(1), "x")
    client:close()
    lu.assertTrue(peer:eof())
    lu.assertTrue(peer:eof())
    peer:close()
end

function stream.test_flush_sends_and_nothing_buffered_is_no_error()
    local client, peer = support.pair(io.Buffered)
    client:flush()
    client:write("x")
    lu.assertEquals(client:unsent(), 1)
    client:flush():flush()
    lu.assertEquals(client:unsent(), 0)
    lu.assertEquals(peer:read(1), "x")
    client:close()
    peer:close()
end

function stream.test_buffered_output_goes_out_before_a_read_waits()
    local client, peer = support.pair(io.Buffered)
    client:write("ask\n")
    peer:setTimeout(0)
    support.raises(std.IoError, "wait", peer.readLn, peer)
    client:setTimeout(0)
    support.raises(std.IoError, "wait", client.readLn, client)
    lu.assertEquals(peer:setTimeout(nil):readLn(), "ask")
    client:close()
    peer:close()
end

function stream.test_close_flushes_and_again_is_fine()
    local client, peer = support.pair(io.Buffered)
    client:write("last words")
    lu.assertTrue(client:close())
    lu.assertTrue(client:close())
    lu.assertEquals(peer:read(), "last words")
    lu.assertTrue(peer:close())
end

function stream.test_nothing_is_lost_when_closing_with_unread_input()
    local client, peer = support.pair()
    peer:write("nobody reads this")
    client:write("but this arrives")
    client:close()
    lu.assertEquals(peer:read(), "but this arrives")
end

function stream.test_shutdownWrite_ends_one_direction()
    local client, peer = support.pair()
    client:write("question"):shutdownWrite()
    lu.assertEquals(peer:read(8), "question")
    lu.assertTrue(peer:eof())
    peer:write("answer")
    lu.assertEquals(client:read(6), "answer")
    support.raises(std.IoError, "shut down", client.write, client, "x")
    client:close()
    peer:close()
end

function stream.test_abort_resets_and_says_so_at_the_other_end()
    local client, peer = support.pair(io.Buffered)
    client:write("never sent")
    client:abort()
    client:abort()
    local e = support.raises(std.IoError, "reset", peer.read, peer)
    lu.assertEquals(e.code, "reset")
    lu.assertEquals(e.errno, "ECONNRESET")
    peer:close()
end

function stream.test_stats_count_bytes_and_time()
    local client, peer = support.pair()
    client:write("12345")
    lu.assertEquals(peer:read(5), "12345")
    lu.assertEquals(client:stats().bytesWritten, 5)
    lu.assertEquals(peer:stats().bytesRead, 5)
    lu.assertTrue(client:stats().age >= 0)
    lu.assertTrue(client:stats().connect >= 0)
    client:close()
    peer:close()
end
