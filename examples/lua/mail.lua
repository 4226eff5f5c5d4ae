-- SPDX-License-Identifier: MIT
-- Sends the mail that is on standard input, header and all, by SMTP (RFC 5321),
-- encrypted if asked to (STARTTLS, RFC 3207). The file has authorities to trust in
-- the place of the system's.
-- usage: lua mail.lua HOST PORT FROM TO [tls [CA-FILE]] < message
local io = require "runnel.io"
local socket = require "runnel.socket"
local std = require "runnel.std"

-- Check the server's reply to `command`, of one line or more ("250-" and more
-- to come, "250 " the last one). `wanted` is how its code may begin.
local function expect(s, command, wanted)
    local text = {}
    repeat
        local line = s:readLn()
        local code, more = line:match("^(%d%d%d)([ -]?)")
        text[#text + 1] = line
        if not code or #text > 100 then
            line = line:gsub("%c", "?")
            error(std.IoError(command .. ": not an SMTP reply: " .. line))
        end
    until more ~= "-"
    if text[#text]:sub(1, #wanted) ~= wanted then
        error(std.IoError(command .. ": " .. table.concat(text, " / ")))
    end
end

local function say(s, command, wanted)
    s:writeLn(command)
    expect(s, command, wanted)
end

local function checkAddress(address)
    if address:find("[%c<>]") then -- it could smuggle commands in
        error(std.ValueError(address:gsub("%c", "?") .. " is no mail address"))
    end
end

local function send(host, port, from, to, how, authorities)
    checkAddress(from)
    checkAddress(to)
    local s = socket.Socket(host, port, {
        buffering = io.Buffered,
        newline = "crlf",
        timeout = 300, -- as RFC 5321, 4.5.3.2, asks for
    })
    expect(s, "greeting", "220")
    say(s, "EHLO [" .. s:localAddress() .. "]", "250")
    if how then
        say(s, "STARTTLS", "220")
        s:startTls {caFile = authorities} -- from here on nothing goes out in plain
        say(s, "EHLO [" .. s:localAddress() .. "]", "250")
    end
    say(s, "MAIL FROM:<" .. from .. ">", "250")
    say(s, "RCPT TO:<" .. to .. ">", "25")
    say(s, "DATA", "354")
    io.StdIn:setMaxLine(998) -- RFC 5321, 4.5.3.1.6
    for line in io.StdIn do
        -- A dot alone would end the message, so one is put before each dot.
        s:writeLn(line:sub(1, 1) == "." and "." or "", line)
    end
    say(s, ".", "250")
    -- The mail is on its way: a failure now must not make anyone send it again.
    pcall(say, s, "QUIT", "221")
    pcall(s.close, s)
end

if #arg < 4 or #arg > 6 or arg[5] and arg[5] ~= "tls" then
    io.StdErr:writeLn("usage: lua mail.lua HOST PORT FROM TO [tls [CA-FILE]] < message")
    os.exit(2)
end
-- When this fails half-way the connection ends without the last dot, and the
-- server throws away what it had got.
local ok, failure = pcall(send, arg[1], arg[2], arg[3], arg[4], arg[5], arg[6])
if not ok then
    io.StdErr:writeLn("mail: ", failure.message or failure)
    os.exit(1)
end
