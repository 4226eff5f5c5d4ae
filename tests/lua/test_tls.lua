-- SPDX-License-Identifier: MIT
-- TlsSocket and TlsConfig: whom they believe, what they tell, and OpenSSL's own
-- server at the other end.
local lu = require "luaunit"
local support = require "support"
local certificates = require "certificates"
local runnel = require "runnel"
local tls, safe = runnel.tls, runnel.safe
local io, socket, serversocket, std = runnel.io, runnel.socket, runnel.serversocket, runnel.std

local suite = support.suite("Tls")
local fresh = suite.setUp

function suite.setUp()
    if not certificates.folder then
        certificates.begin()
    end
    fresh()
end

-- Both ends in one program, connected through `listener` if there is one, agreed
-- on as far as they do: the client, the server, and what each of them failed with.
local function agree(clientOptions, serverOptions, listener)
    local c, s
    if listener then
        c = safe.socket.Socket("127.0.0.1", listener:localPort(), io.Buffered)
        s = listener:accept(io.Buffered)
    else
        c, s = support.pair(io.Buffered, safe)
    end
    c:setTimeout(0)
    s:setTimeout(0)
    serverOptions.server = true
    clientOptions.caFile = clientOptions.caFile
        or not clientOptions.config and certificates.root.certFile or nil
    local why = {}
    repeat
        local waits = false
        for i, end_ in ipairs {{c, clientOptions}, {s, serverOptions}} do
            local ok, _, code, e = end_[1]:startTls(end_[2])
            why[i] = e
            waits = waits or not ok and code == "again"
        end
    until not waits or why[1] and why[1].code == "tls" or why[2] and why[2].code == "tls"
    c:setTimeout(20)
    s:setTimeout(20)
    return c, s, why[1], why[2]
end

local function copy(t)
    local result = {}
    for k, v in pairs(t) do
        result[k] = v
    end
    return result
end

local function refused(clientOptions, id, text)
    local c, s, why = agree(clientOptions, copy(id))
    lu.assertIsTable(why, "the client was content")
    lu.assertTrue(why:is(std.IoError))
    lu.assertEquals(why.code, "tls")
    lu.assertStrContains(why.message, "start TLS with 127.0.0.1:")
    lu.assertStrContains(why.message, text)
    -- Nothing goes out after that, in plain neither.
    c:write("secret")
    support.returns(std.IoError, "tls", c.flush, c)
    support.returns(std.IoError, "tls", c.startTls, c, clientOptions)
    c:abort()
    s:abort()
end

function suite.test_openssl_at_the_other_end()
    local port, stop = certificates.server(certificates.good, "-alpn other,echo")
    local s = tls.TlsSocket("127.0.0.1", port, {buffering = io.Buffered, timeout = 20,
        caFile = certificates.root.certFile, alpn = "echo,more"})
    s:writeLn("hello")
    lu.assertEquals(s:readLn(), "olleh")
    lu.assertTrue(s:is(tls.TlsSocket))
    lu.assertTrue(s:is(socket.Socket))
    lu.assertTrue(s:is(io.Stream))
    lu.assertTrue(s:is(safe.tls.TlsSocket))
    lu.assertFalse(s:is(io.File))
    lu.assertEquals(tostring(s.class), "TlsSocket")
    lu.assertEquals(s:remoteAddress(), "127.0.0.1")
    lu.assertEquals(s:remotePort(), port)
    lu.assertEquals(tostring(s), ("TlsSocket (127.0.0.1:%d -> 127.0.0.1:%d, TLSv1.3, "
        .. "TLS_AES_256_GCM_SHA384, certificate verified)"):format(s:localPort(), port))
    local info = s:tlsInfo()
    lu.assertEquals(info.version, "TLSv1.3")
    lu.assertEquals(info.cipher, "TLS_AES_256_GCM_SHA384")
    lu.assertEquals(info.alpn, "echo")
    lu.assertEquals(info.name, "127.0.0.1")
    lu.assertStrContains(info.subject, "a.example")
    lu.assertStrContains(info.issuer, "root")
    lu.assertStrContains(info.publicKey, "sha256//")
    lu.assertTrue(info.notBefore <= os.time() and os.time() < info.notAfter)
    lu.assertIs(info.verified, true)
    lu.assertIs(info.resumed, false)
    lu.assertTrue(info.handshake > 0 and info.handshake < 20)
    lu.assertEquals(info.description, "TLSv1.3, TLS_AES_256_GCM_SHA384, certificate verified")
    local file = io.File(certificates.good.certFile)
    lu.assertEquals(info.chain, file:read())
    local stats = s:stats()
    lu.assertTrue(stats.bytesRead > 0 and stats.bytesWritten > 0)
    s:close()
    lu.assertStrContains(tostring(s), ", closed)")
    stop()
end

function suite.test_the_safe_class_returns_its_failures()
    local port, stop = certificates.server(certificates.good)
    local s = safe.tls.TlsSocket("127.0.0.1", port, {timeout = 20, caFile = certificates.root.certFile})
    s:writeLn("ab")
    lu.assertEquals(s:readLn(), "ba")
    lu.assertTrue(s:is(tls.TlsSocket))
    s:close()
    support.returns(std.IoError, "closed", s.readLn, s)
    local e = support.returns(std.IoError, "tls", safe.tls.TlsSocket, "127.0.0.1", port, {timeout = 20,
        caFile = certificates.root.certFile, name = "b.example"})
    lu.assertStrContains(e.message, "certificate for a.example, 127.0.0.1 is not valid for b.example")
    lu.assertEquals(e.host, "127.0.0.1")
    lu.assertEquals(e.port, port)
    lu.assertEquals(e.phase, "tls")
    support.returns(std.ValueError, "value", safe.tls.TlsConfig, {caFile = "/nowhere"})
    stop()
end

function suite.test_whom_a_client_does_not_believe()
    refused({name = "b.example"}, certificates.good,
        "certificate for a.example, 127.0.0.1 is not valid for b.example")
    refused({}, certificates.other, "certificate for other.example is not valid for 127.0.0.1")
    refused({}, certificates.expired, "certificate for a.example, 127.0.0.1 expired on 20")
    refused({}, certificates.unknown, "authority")
    refused({}, certificates.itself, "self-signed")
    refused({pinnedKey = "sha256//AAAA"}, certificates.good, "the peer's public key is sha256//")
end

function suite.test_without_verification_everything_says_so()
    local c, s, why = agree({dangerouslySkipVerification = true}, copy(certificates.itself))
    lu.assertNil(why)
    lu.assertStrContains(tostring(c), "TLS_AES_256_GCM_SHA384, certificate NOT VERIFIED)")
    local info = c:tlsInfo()
    lu.assertIs(info.verified, false)
    lu.assertStrContains(info.description, "certificate NOT VERIFIED")
    c:close()
    s:close()
end

function suite.test_a_pinned_key()
    local c, s = agree({}, copy(certificates.good))
    local key = c:tlsInfo().publicKey
    c:close()
    s:close()
    local why
    c, s, why = agree({pinnedKey = key}, copy(certificates.good))
    lu.assertNil(why)
    c:close()
    s:close()
end

function suite.test_certificates_of_clients()
    local strict = copy(certificates.good)
    strict.caFile, strict.clientCertificate = certificates.root.certFile, true
    local known = copy(certificates.other)
    local c, s, why, whyServer = agree(known, copy(strict))
    lu.assertNil(why)
    lu.assertNil(whyServer)
    lu.assertStrContains(tostring(s), "certificate verified")
    lu.assertStrContains(s:tlsInfo().subject, "other.example")
    c:close()
    s:close()
    c, s, why, whyServer = agree({}, copy(strict))
    lu.assertEquals(whyServer.code, "tls")
    lu.assertStrContains(whyServer.message, "certificate")
    c:abort()
    s:abort()
end

function suite.test_versions()
    local port, stop = certificates.server(certificates.good, "-tls1_2")
    local options = {timeout = 20, caFile = certificates.root.certFile}
    local s = tls.TlsSocket("127.0.0.1", port, options)
    lu.assertEquals(s:tlsInfo().version, "TLSv1.2")
    s:close()
    options.minVersion = "TLSv1.3"
    lu.assertEquals(support.raises(std.IoError, "protocol", tls.TlsSocket, "127.0.0.1", port, options).code, "tls")
    stop()
end

function suite.test_a_config_is_shared_resumes_and_is_read_again()
    local id = certificates.copy(certificates.good, "served")
    local serving = tls.TlsConfig(id)
    local asking = tls.TlsConfig {caFile = certificates.root.certFile}
    lu.assertTrue(asking:is(tls.TlsConfig))
    lu.assertTrue(asking:is(safe.tls.TlsConfig))
    lu.assertStrContains(tostring(asking), "TlsConfig (")
    -- Sessions belong to a name and a port.
    local listener = safe.serversocket.ServerSocket(0, "127.0.0.1")
    local keys, resumed = {}, {}
    for i = 1, 4 do
        if i == 3 then
            certificates.replace(id, certificates.renewed)
            lu.assertIs(serving:reload(), serving)
        end
        local c, s, why = agree({config = asking}, {config = serving}, listener)
        lu.assertNil(why)
        s:writeLn("x"):flush()
        c:readLn() -- sessions come behind the agreement
        keys[i], resumed[i] = c:tlsInfo().publicKey, c:tlsInfo().resumed
        c:close()
        s:close()
    end
    lu.assertEquals(keys[1], keys[2])
    lu.assertNotEquals(keys[2], keys[3])
    lu.assertEquals(keys[3], keys[4])
    lu.assertIs(resumed[1], false)
    lu.assertIs(resumed[2], true)
    listener:close()
    -- What cannot be read leaves it as it was.
    os.remove(id.certFile)
    support.raises(std.ValueError, id.certFile, serving.reload, serving)
    local c, s, why = agree({config = asking}, {config = serving})
    lu.assertNil(why)
    c:close()
    s:close()
end

function suite.test_connections_outlive_their_config()
    local serving = tls.TlsConfig(certificates.good)
    local c, s = agree({}, {config = serving})
    serving = nil -- luacheck: ignore
    collectgarbage()
    collectgarbage()
    c:writeLn("hello"):flush()
    lu.assertEquals(s:readLn(), "hello")
    c:close()
    s:close()
end

function suite.test_wrong_types_raise()
    for _, modules in ipairs {{tls = tls, socket = socket}, safe} do
        local T = modules.tls
        support.raises(std.TypeError, "TlsSocket: destination must be a string", T.TlsSocket, nil, 1)
        support.raises(std.TypeError, "TlsSocket: port must be an integer", T.TlsSocket, "x", {})
        support.raises(std.TypeError, "TlsSocket: caFile must be a string, not boolean",
            T.TlsSocket, "x", 1, {caFile = true})
        support.raises(std.TypeError, "keylog must be a boolean", T.TlsSocket, "x", 1, {keylog = 1})
        support.raises(std.TypeError, "config must be a TlsConfig", T.TlsSocket, "x", 1, {config = {}})
        support.raises(std.TypeError, "TlsConfig: options must be a table", T.TlsConfig, 1)
        support.raises(std.TypeError, "argument 2 must be left out", T.TlsConfig, {}, {})
        support.raises(std.TypeError, "argument 4 must be left out", T.TlsSocket, "x", 1, {}, {})
        support.raises(std.TypeError, "self must be a TlsConfig", T.TlsConfig.reload, {})
        support.raises(std.TypeError, "self must be a stream", T.TlsSocket.startTls, 1)
        support.raises(std.TypeError, "self must be a stream", T.TlsSocket.tlsInfo, {})
    end
end

function suite.test_wrong_values_are_value_errors()
    local config = tls.TlsConfig()
    for text, options in pairs {
        ["minVersion must be \"TLSv1.2\" or \"TLSv1.3\", not \"TLSv1.1\""] = {minVersion = "TLSv1.1"},
        ["option \"server\" is not known here"] = {server = true},
        ["liveness, caFile, certFile"] = {cafile = "x"},
        ["a config has files and rules of its own"] = {config = config, alpn = "x"},
        ["timeout 0: nobody connects in no time"] = {timeout = 0},
        ["name \"a?\" has a NUL byte inside"] = {name = "a\0"},
    } do
        local e = support.raises(std.ValueError, text, tls.TlsSocket, "127.0.0.1", 1, options)
        lu.assertEquals(e.code, "value")
        support.returns(std.ValueError, "value", safe.tls.TlsSocket, "127.0.0.1", 1, options)
    end
    support.raises(std.ValueError, "option \"name\" is not known here", tls.TlsConfig, {name = "x"})
    support.raises(std.ValueError, "/nowhere", tls.TlsConfig, {certFile = "/nowhere"})
    support.raises(std.ValueError, "the system moves the bytes of a TlsSocket", tls.TlsSocket.subclass, tls.TlsSocket, "X")
end

function suite.test_nobody_there_is_told_as_for_a_socket()
    local port = support.closedPort()
    local e = support.raises(std.IoError, "connection refused", tls.TlsSocket, "127.0.0.1", port)
    lu.assertEquals(e.code, "refused")
    local server = serversocket.ServerSocket(0, "127.0.0.1") -- who says nothing
    e = support.raises(std.IoError, "timed out", tls.TlsSocket, "127.0.0.1", server:localPort(), {timeout = 0.05})
    lu.assertEquals(e.code, "timeout")
    server:close()
end

function suite.test_keys_are_logged_only_when_asked_for()
    for _, asked in ipairs {"false", "true"} do
        local log = certificates.folder .. "/keys-" .. asked
        local port, stop = certificates.server(certificates.good)
        local said = support.run(([[
            local tls = require "runnel.tls"
            local s = tls.TlsSocket("127.0.0.1", %d, {timeout = 20, caFile = "%s", keylog = %s})
            s:writeLn("ab") io.write(s:readLn()) s:close()]]):format(
            port, certificates.root.certFile, asked), nil, nil, "export SSLKEYLOGFILE=" .. log .. ";")
        lu.assertEquals(said, "ba")
        local ok = pcall(io.File, log)
        lu.assertEquals(tostring(ok), asked)
        stop()
    end
end

function suite.test_sockets_need_no_openssl()
    local said = support.run([[
        local function loaded()
            for line in io.lines("/proc/self/maps") do
                if line:find("libssl", 1, true) then return true end
            end
            return false
        end
        local runnel = require "runnel"
        local server = runnel.serversocket.ServerSocket(0, "127.0.0.1")
        local s = runnel.socket.Socket("127.0.0.1", server:localPort())
        io.write(tostring(loaded()), " ")
        pcall(s.tlsInfo, s)
        io.write(tostring(loaded()))]])
    lu.assertEquals(said, "false true")
end

function suite.test_a_core_of_another_version_is_told_apart()
    lu.assertStrContains(support.run([[
        local core = require "runnel.core"
        core.version = "0.0.1"
        print(select(2, pcall(require, "runnel.tlscore")))]]),
        "does not fit to runnel.core 0.0.1: install both anew")
    lu.assertStrContains(support.run([[
        require("runnel.core").offer = nil
        print(select(2, pcall(require, "runnel.tlscore")))]]), "does not fit to runnel.core")
end
