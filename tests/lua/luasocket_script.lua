-- SPDX-License-Identifier: MIT
-- One script for LuaSocket and for runnel.luasocket: what it prints must be the
-- same. Argument 1 is the module's name. Addresses and times are left out.
local socket = require(arg[1])

local function show(name, ...)
    local words = {}
    for i = 1, select("#", ...) do
        local value = select(i, ...)
        words[i] = type(value) == "string" and ("%q"):format(value) or tostring(value)
    end
    print(name .. ": " .. table.concat(words, ", "))
end

local function two(a, b)
    return a, b
end

local function kind(object)
    return tostring(object):match("^[^:]*")
end

local server = assert(socket.bind("127.0.0.1", 0))
local address, port, family = server:getsockname()
show("server", kind(server), address, type(port), family)

local function pair()
    local client = assert(socket.connect("127.0.0.1", port))
    return client, assert(server:accept())
end

do -- lines
    local client, peer = pair()
    show("kinds", kind(client), kind(peer))
    do
        local peerAddress, peerPort, peerFamily = client:getpeername()
        show("peername", peerAddress, type(peerPort), tostring(peerPort) == port, peerFamily)
    end
    peer:send("a\rb\r\n\nlast\n\r\rhalf")
    peer:shutdown("send")
    for _ = 1, 5 do
        show("line", client:receive())
    end
    show("all after the end", client:receive("*a"))
    show("none after the end", client:receive(0))
    show("stats", two(client:getstats()))
    client:close()
    peer:close()
end

do -- counts, prefixes, the rest
    local client, peer = pair()
    peer:send("0123456789\nmore\nrest of it\r\nend")
    peer:close()
    show("count", client:receive(4))
    show("prefix is part of the count", client:receive(5, "abc"))
    show("prefix is enough", client:receive(2, "abc"))
    show("prefix before a line", client:receive("*l", ">"))
    show("count as text", client:receive("2"))
    show("line", client:receive("*l"))
    show("all", client:receive("*a"))
    show("all again", client:receive("*a"))
    show("count at the end", client:receive(3))
    show("stats", two(client:getstats()))
    client:close()
end

do -- more than there is
    local client, peer = pair()
    peer:send("short")
    peer:shutdown("send")
    show("count cut short", client:receive(10))
    show("prefix at the end", client:receive("*l", "pre"))
    client:close()
    peer:close()
end

do -- time limits
    local client, peer = pair()
    show("settimeout", client:settimeout(0))
    show("nothing there", client:receive())
    show("nothing there", client:receive("*a"))
    show("nothing there", client:receive(3, "pre"))
    show("nothing to accept", server:settimeout(0), server:accept())
    server:settimeout(nil)
    client:settimeout(0.01)
    peer:send("part")
    show("part of a line", client:receive())
    show("it was taken", client:receive("*l", "part"))
    peer:send("ial\n")
    client:settimeout(-1)
    show("the rest of the line", client:receive("*l", "part"))
    client:settimeout(0.01, "t")
    show("total", client:receive(1))
    client:close()
    peer:close()
end

do -- sending
    local client, peer = pair()
    show("send", client:send("hello"))
    show("from", client:send("hello", 4))
    show("from to", client:send("hello", 2, 3))
    show("from the end", client:send("hello", -2))
    show("beyond", client:send("hello", 10))
    show("backwards", client:send("hello", 4, 2))
    show("too far", client:send("hello", 5, 100))
    show("empty", client:send(""))
    show("nothing", (pcall(client.send, client)))
    show("number", client:send(42))
    show("much", client:send(("x"):rep(100000)))
    show("stats", two(client:getstats()))
    show("setstats", client:setstats(5, 6, 7), two(client:getstats()))
    show("age", math.floor(select(3, client:getstats())) == 7)
    client:shutdown("send")
    local all = peer:receive("*a")
    show("arrived", #all, all:sub(1, 20))
    show("dirty", peer:dirty())
    client:close()
    peer:close()
end

do -- what comes in one packet is kept
    local client, peer = pair()
    peer:send("one\ntwo\n")
    show("first", client:receive())
    show("dirty", client:dirty())
    show("second", client:receive())
    show("dirty", client:dirty())
    show("no delay", client:setoption("tcp-nodelay", true))
    client:close()
    peer:close()
end

do -- closed
    local client, peer = pair()
    show("close", client:close())
    show("again", client:close())
    show("send", client:send("x"))
    show("receive", client:receive())
    show("peername", client:getpeername())
    show("settimeout", pcall(client.settimeout, client, 1))
    show("the peer sees", peer:receive())
    peer:close()
end

do -- failures
    local free = assert(socket.bind("127.0.0.1", 0))
    local _, closedPort = free:getsockname()
    free:close()
    show("refused", socket.connect("127.0.0.1", closedPort))
    show("no such host", socket.connect("nosuch.invalid", 80))
    show("in use", socket.bind("127.0.0.1", port))
    show("not ours", socket.bind("192.0.2.1", 0))
    local client, peer = pair()
    for _, pattern in ipairs {"*x", "x", -1, "*"} do
        show("pattern", (pcall(client.receive, client, pattern)))
    end
    client:close()
    peer:close()
end

do -- masters
    local master = socket.tcp()
    show("master", kind(master), master:settimeout(5))
    show("connect", master:connect("127.0.0.1", port), kind(master))
    local peer = server:accept()
    peer:send("hi\n")
    show("line", master:receive())
    master:close()
    peer:close()
    local second = socket.tcp()
    show("bind", second:bind("127.0.0.1", 0), kind(second))
    show("listen", second:listen(5), kind(second))
    second:close()
end
do -- what scripts say in other words
    local client, peer = pair()
    show("timeout as text", client:settimeout("1"))
    show("get it", pcall(function() return client:gettimeout() end))
    show("keepalive", client:setoption("keepalive", true))
    show("linger", client:setoption("linger", {on = true, timeout = 1}))
    peer:send("abcdef\nall of it\n")
    show("part of a byte", client:receive(1.5))
    show("count as text", client:receive("2"))
    show("*line", client:receive("*line"))
    peer:close()
    show("*all", client:receive("*all"))
    client:close()
end

do -- arguments that can never be right raise
    local client, peer = pair()
    local function raises(name, f, ...)
        show("raises: " .. name, (pcall(f, ...)))
    end
    raises("option", client.setoption, client, "nope", true)
    raises("shutdown", client.shutdown, client, "bogus")
    raises("bind", socket.bind, nil, 0)
    raises("connect", socket.connect, nil, 0)
    raises("connect", socket.connect, "127.0.0.1")
    raises("settimeout", client.settimeout, client, "x")
    raises("settimeout", client.settimeout, client, 1, "z")
    raises("receive", client.receive, client, {})
    raises("send", client.send, client, "x", "y")
    raises("send", client.send, client, {})
    client:close()
    peer:close()
end

do -- names and places
    local address, more = socket.dns.toip("localhost")
    show("toip", address, more.name, more.ip[1], #more.alias)
    show("toip", socket.dns.toip("nosuch.invalid"))
    show("tohostname", (socket.dns.tohostname("127.0.0.1")))
    show("bind to no host", socket.bind("no.such.invalid", 0))
    show("bind to no port", socket.bind("127.0.0.1", "no.port"))
    show("connect to no port", socket.connect("127.0.0.1", "no.port"))
    local master = socket.tcp()
    show("unbound", master:getsockname())
    master:bind("127.0.0.1", 0)
    show("bound", (master:getsockname()))
    show("bound twice", socket.tcp():bind("127.0.0.1", port))
    master:close()
    show("sleep", socket.sleep(0))
    show("the time", math.abs(socket.gettime() - os.time()) < 5)
end
show("close", server:close())
