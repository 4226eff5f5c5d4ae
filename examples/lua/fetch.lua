-- SPDX-License-Identifier: MIT
-- Fetches a page with HTTP/1.0, over TLS if asked to, and writes its body to
-- standard output. A status other than 2xx is a failure: a line on standard error,
-- and exit code 1. The file has authorities to trust in the place of the system's.
-- usage: lua fetch.lua HOST PORT PATH [tls [CA-FILE]]
local runnel = require "runnel"
local io, socket = runnel.safe.io, runnel.safe.socket
local host, port, path, how, authorities = arg[1], arg[2], arg[3], arg[4], arg[5]

local function stop(message)
    io.StdErr:writeLn("fetch: ", message)
    os.exit(1)
end

-- What a call of the safe modules returned, unless it failed.
local function check(result, message)
    if result == nil then
        stop(message)
    end
    return result
end

if not path or how and how ~= "tls" then
    stop("usage: lua fetch.lua HOST PORT PATH [tls [CA-FILE]]")
end
-- A line break would let the path write header lines of its own.
if (host .. path):find("[%s%c]") or path:sub(1, 1) ~= "/" then
    stop("the path must begin with / and hold no spaces or line breaks")
end

local options = {
    buffering = io.Buffered,
    newline = "crlf",
    timeout = 10, -- seconds for connecting, and for each call after that
}
local Socket = socket.Socket
if how then
    Socket, options.caFile = runnel.safe.tls.TlsSocket, authorities
end
local s = check(Socket(host, port, options))
s:setDeadline(runnel.now() + 300) -- for all of it
check(s:writeLn("GET ", path, " HTTP/1.0"))
check(s:writeLn("Host: ", host, ":", port))
check(s:writeLn("Connection: close"))
check(s:writeLn())

local status = check(s:readLn())
local code = status:match("^HTTP/%d%.%d (%d%d%d)")
if not code then
    stop("no HTTP server: it said " .. status:sub(1, 60):gsub("%c", "?"))
elseif code:sub(1, 1) ~= "2" then
    stop(status)
end
local length
repeat
    local line = check(s:readLn())
    local name, value = line:match("^([^:]+):%s*(.-)%s*$")
    if name and name:lower() == "content-length" then
        length = tonumber(value)
    end
until line == ""

-- Many servers end a TLS connection as if it was cut: whoever knows the length
-- need not look at the end.
local got = 0
repeat
    local piece = check(s:readSome(65536))
    got = got + #piece
    check(io.StdOut:write(piece))
until piece == "" or got == length
check(io.StdOut:flush())
if length and got ~= length then
    stop(("the page ended after %d of %d bytes"):format(got, length))
end
