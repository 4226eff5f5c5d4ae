-- SPDX-License-Identifier: MIT
-- Asks several web servers for / at the same time, each in a plain coroutine
-- that yields where a call would have to wait, and tells what each one said.
-- usage: lua coroutines.lua HOST PORT [HOST PORT ...]
local runnel = require "runnel"
local io, socket = runnel.safe.io, runnel.safe.socket

local PATIENCE = 10 -- seconds, for each server
local failed = false

-- Repeat a call until it need not wait; till then yield what it waits for.
local function await(late, s, method, ...)
    while true do
        local result, message, code = s[method](s, ...)
        if code ~= "again" then
            return result, message
        elseif runnel.now() > late then
            return nil, "no answer in " .. PATIENCE .. " seconds"
        end
        coroutine.yield(s)
    end
end

local function ask(host, port)
    -- Connecting does wait: while it does, the others stand still.
    local s, message = socket.Socket(host, port, {
        buffering = io.Buffered, newline = "crlf", timeout = PATIENCE,
    })
    if not s then
        return nil, message
    end
    local late = runnel.now() + PATIENCE
    s:setTimeout(0)
    s:writeLn("GET / HTTP/1.0")
    s:writeLn("Host: ", host, ":", port)
    s:writeLn() -- all of this goes out before the read below has to wait
    local status, piece, bytes = nil, nil, 0
    status, message = await(late, s, "readLn")
    while status and piece ~= "" do
        piece, message = await(late, s, "readSome", 65536)
        if not piece then
            return nil, message
        end
        bytes = bytes + #piece
        coroutine.yield() -- let the others have a turn after each piece
    end
    s:close()
    return status and status .. ", then " .. bytes .. " bytes", message
end

local tasks = {}
for i = 1, #arg, 2 do
    tasks[#tasks + 1] = coroutine.create(function()
        local answer, message = ask(arg[i], arg[i + 1])
        local out = answer and io.StdOut or io.StdErr
        out:writeLn(arg[i], ":", arg[i + 1], ": ", answer or message):flush()
        failed = failed or not answer
    end)
end

while #tasks > 0 do
    local waiting = {}
    for i = #tasks, 1, -1 do
        local ok, s = coroutine.resume(tasks[i])
        assert(ok, s)
        waiting[#waiting + 1] = s
        if coroutine.status(tasks[i]) == "dead" then
            table.remove(tasks, i)
        end
    end
    -- When all have to wait, wait for the first of them; a second at the most,
    -- so that everybody looks at the clock.
    if #tasks > 0 and #waiting == #tasks then
        runnel.wait(waiting, 1)
    end
end
os.exit(failed and 1 or 0)
