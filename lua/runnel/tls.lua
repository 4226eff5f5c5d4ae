-- SPDX-License-Identifier: MIT
-- TLS: TlsSocket, TlsConfig, and what stream:startTls() and stream:tlsInfo() do.
-- Needs OpenSSL, which nothing else here does.
local classes = require "runnel.classes"
local core = require "runnel.tlscore"

local function build(modules, safe, plain)
    local Socket = modules.socket.Socket
    -- A class has its parent's very functions, so that they are found at once.
    local TlsSocket, TlsConfig = {}, {}
    for name, value in pairs(Socket) do
        TlsSocket[name] = value
    end
    local made = core.build(safe, TlsSocket, TlsConfig)
    for _, class in ipairs {modules.io.Stream, modules.io.File, Socket, TlsSocket} do
        class.startTls, class.tlsInfo = made.startTls, made.tlsInfo
    end
    modules.tls = {
        TlsSocket = classes.add(TlsSocket, "TlsSocket", Socket, made.connect, plain and plain.TlsSocket),
        TlsConfig = classes.add(TlsConfig, "TlsConfig", nil, made.config, plain and plain.TlsConfig),
    }
    return modules.tls
end

local raising = build(classes.raising, false)
build(classes.safe, true, raising)
return raising
