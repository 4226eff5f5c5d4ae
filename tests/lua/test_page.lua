-- SPDX-License-Identifier: MIT
-- The page of the `socket` module that the classes come from: every sentence of
-- it that promises something is a test, named after it.
local lu = require "luaunit"
local support = require "support"
local socket = require "runnel.socket"
local serversocket = require "runnel.serversocket"
local io = require "runnel.io"
local std = require "runnel.std"

local page = support.suite("OriginalPage")
local modes = {io.Buffered, io.LineBuffered, io.Unbuffered}

function page.test_this_module_supports_creating_tcp_clients_that_create_stream_based_network_connections()
    local client, peer = support.pair()
    client:write("over ", "the network")
    client:close()
    lu.assertEquals(peer:read(), "over the network")
end

function page.test_the_term_socket_refers_to_ipv4_stream_sockets_only()
    support.raises(std.ValueError, "::1", socket.Socket, "::1", 80)
    local client, peer = support.pair()
    lu.assertStrMatches(client:localAddress(), "%d+%.%d+%.%d+%.%d+")
    client:close()
    peer:close()
end

function page.test_use_the_serversocket_module_to_create_tcp_servers()
    local server = serversocket.ServerSocket(0)
    local client = socket.Socket("127.0.0.1", server:localPort())
    local peer = server:accept()
    peer:writeLn("hello")
    lu.assertEquals(client:readLn(), "hello")
    client:close()
    peer:close()
    server:close()
end

function page.test_construct_a_tcp_ip_connection_stream_to_the_specified_port_of_the_destination_host()
    local server = serversocket.ServerSocket(0, "127.0.0.1")
    local client = socket.Socket("127.0.0.1", server:localPort())
    local peer = server:accept()
    lu.assertEquals(client:remotePort(), server:localPort())
    lu.assertEquals(client:remoteAddress(), "127.0.0.1")
    client:close()
    peer:close()
    server:close()
end

function page.test_the_destination_may_be_either_a_host_name_or_a_numeric_ip_address_in_decimal()
    local server = serversocket.ServerSocket(0, "127.0.0.1")
    for _, destination in ipairs {"localhost", "127.0.0.1"} do
        local client = socket.Socket(destination, server:localPort())
        lu.assertEquals(client:remoteAddress(), "127.0.0.1")
        server:accept():close()
        client:close()
    end
    for _, destination in ipairs {"0x7f.0.0.1", "127.1", "0177.0.0.1"} do
        support.raises(std.ValueError, destination, socket.Socket, destination, server:localPort())
    end
    server:close()
end

-- What is written before a flush shows which mode it is.
local function unsentAfter(buffering, text)
    local client, peer = support.pair(buffering)
    client:write(text)
    local n = client:unsent()
    client:close()
    peer:close()
    return n
end

function page.test_the_buffering_parameter_specifies_the_buffering_mode()
    lu.assertEquals(unsentAfter(io.Buffered, "a\nb"), 3)
    lu.assertEquals(unsentAfter(io.LineBuffered, "ab"), 2)
    lu.assertEquals(unsentAfter(io.LineBuffered, "a\n"), 0)
    lu.assertEquals(unsentAfter(io.Unbuffered, "ab"), 0)
end

function page.test_if_omitted_the_connection_is_unbuffered()
    lu.assertEquals(unsentAfter(nil, "ab"), 0)
end

function page.test_valid_values_are_buffered_linebuffered_and_unbuffered()
    for _, mode in ipairs(modes) do
        local client, peer = support.pair(mode)
        client:close()
        peer:close()
    end
    local port = support.closedPort()
    for _, mode in ipairs {"buffered", io.Input, io.Narrow, "", 0, 1, 2, true} do
        support.raises(std.ValueError, "buffering must be", socket.Socket, "127.0.0.1", port, mode)
    end
end

function page.test_socket_is_derived_from_stream()
    local client, peer = support.pair()
    lu.assertTrue(client:is(io.Stream))
    lu.assertTrue(client:is(socket.Socket))
    lu.assertFalse(client:is(io.File))
    lu.assertTrue(peer:is(io.Stream))
    for name in pairs(io.Stream) do
        lu.assertNotNil(socket.Socket[name], name)
    end
    client:close()
    peer:close()
end

function page.test_like_file_objects_socket_objects_are_narrow_streams()
    local bytes = {}
    for b = 0, 255 do
        bytes[#bytes + 1] = string.char(b)
    end
    local all = table.concat(bytes)
    for _, mode in ipairs(modes) do
        local client, peer = support.pair(mode)
        client:write(all)
        client:close()
        lu.assertTrue(peer:read() == all)
    end
end

function page.test_socket_objects_support_both_writing_and_reading_data()
    for _, mode in ipairs(modes) do
        local client, peer = support.pair(mode)
        client:writeLn("question"):flush()
        lu.assertEquals(peer:readLn(), "question")
        peer:writeLn("answer"):flush()
        lu.assertEquals(client:readLn(), "answer")
        client:close()
        peer:close()
    end
end

function page.test_socket_instances_are_also_implicitly_created_by_the_serversocket_class()
    local client, peer = support.pair()
    lu.assertTrue(peer:is(socket.Socket))
    lu.assertEquals(peer.class, client.class)
    client:close()
    peer:close()
end

function page.test_socket_inherits_most_of_the_stream_operations_unchanged()
    local names = {"write", "writeLn", "read", "readLn", "readLines", "eof", "peek", "flush", "close", "iterator"}
    for _, name in ipairs(names) do
        lu.assertIsFunction(io.Stream[name], name)
        lu.assertEquals(socket.Socket[name], io.Stream[name], name)
    end
end

function page.test_close_the_connection_free_any_resources_allocated_to_the_connection()
    local client, peer = support.pair()
    client:close()
    support.raises(std.IoError, "closed", client.fd, client)
    lu.assertTrue(peer:eof())
    peer:close() -- and that no descriptor is left is looked at after each test
end

function page.test_return_the_local_ip_address_as_a_string_in_dotted_decimal_format()
    local client, peer = support.pair()
    lu.assertEquals(client:localAddress(), "127.0.0.1")
    lu.assertEquals(client:localAddress(), peer:remoteAddress())
    client:close()
    lu.assertEquals(client:localAddress(), "127.0.0.1")
    peer:close()
end

function page.test_return_the_local_port_number()
    local client, peer = support.pair()
    lu.assertIsNumber(client:localPort())
    lu.assertEquals(client:localPort(), peer:remotePort())
    lu.assertEquals(tostring(client:localPort()), ("%d"):format(client:localPort()))
    client:close()
    peer:close()
end

function page.test_return_the_remote_ip_address_as_a_string_in_dotted_decimal_format()
    local server = serversocket.ServerSocket(0, "127.0.0.1")
    local client = socket.Socket("127.0.0.1", server:localPort(), {source = "127.0.0.5"})
    local peer = server:accept()
    lu.assertEquals(peer:remoteAddress(), "127.0.0.5")
    lu.assertEquals(client:remoteAddress(), "127.0.0.1")
    client:close()
    peer:close()
    server:close()
end

function page.test_return_the_remote_port_number()
    local client, peer = support.pair()
    lu.assertIsNumber(client:remotePort())
    lu.assertEquals(client:remotePort(), peer:localPort())
    client:close()
    peer:close()
end

function page.test_gethostbyname_returns_the_ip_address_of_a_host()
    lu.assertEquals(socket.GetHostByName("localhost"), "127.0.0.1")
end

function page.test_the_name_argument_may_be_a_numeric_ip_address_in_dotted_decimal_format()
    lu.assertEquals(socket.GetHostByName("100.50.200.5"), "100.50.200.5")
end

-- What a script says where the machine knows these hosts and no others.
local function saidWhereHostsAre(script)
    local said = support.runWithHosts([[
127.0.0.2 many.example
127.0.0.3 many.example
127.0.0.4 primary.example alias.example
]], 'local socket = require "runnel.socket"\n' .. script)
    if not said then
        print("# SKIPPED: no mount namespace may be made here")
        lu.skip("no mount namespace")
    end
    return said
end

function page.test_if_the_host_has_multiple_interfaces_only_the_first_address_is_returned()
    lu.assertEquals(select("#", socket.GetHostByName("localhost")), 1)
    lu.assertEquals(saidWhereHostsAre('print(socket.GetHostByName("many.example"))'), "127.0.0.2\n")
end

function page.test_gethostbyaddress_returns_the_primary_host_name_of_the_machine()
    lu.assertStrMatches(socket.GetHostByAddress("127.0.0.1"), "[%w%-%.]+")
    lu.assertEquals(saidWhereHostsAre('print(socket.GetHostByAddress("127.0.0.4"))'), "primary.example\n")
end

function page.test_the_ip_address_must_be_a_string_in_dotted_decimal_format()
    for _, address in ipairs {"localhost", "127.1", "", "1.2.3.4.5", "::1"} do
        support.raises(std.ValueError, '"' .. address .. '"', socket.GetHostByAddress, address)
    end
end

function page.test_gethostname_returns_a_string_with_the_hostname_of_the_machine()
    local file = io.File("/proc/sys/kernel/hostname")
    lu.assertEquals(socket.GetHostName(), file:readLn())
    file:close()
end

function page.test_nameerror_is_raised_for_dns_name_lookup_related_errors()
    local e = support.raises(socket.NameError, "nosuch.invalid", socket.Socket, "nosuch.invalid", 80)
    lu.assertEquals(e.host, "nosuch.invalid")
    lu.assertEquals(e.port, 80)
    lu.assertEquals(e.phase, "lookup")
end

function page.test_gethostbyname_and_gethostbyaddress_may_raise_this_exception()
    support.raises(socket.NameError, "nosuch.invalid", socket.GetHostByName, "nosuch.invalid")
    support.raises(socket.NameError, "192.0.2.1", socket.GetHostByAddress, "192.0.2.1", {timeout = 60})
end

function page.test_nameerror_inherits_from_exception()
    local plain, told = socket.NameError(), socket.NameError("text")
    lu.assertEquals(plain.message, "")
    lu.assertEquals(told.message, "text")
    for _, e in ipairs {plain, told} do
        lu.assertTrue(e:is(std.Exception))
        lu.assertTrue(e:is(socket.NameError))
        lu.assertFalse(e:is(std.IoError))
    end
    lu.assertEquals(support.raises(socket.NameError, "mine", error, socket.NameError("mine")).message, "mine")
end
