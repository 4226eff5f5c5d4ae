-- SPDX-License-Identifier: MIT
-- From a checkout: luarocks make lua/runnel-scm-1.rockspec
-- It needs a C compiler and Lua's headers, and nothing else.
rockspec_format = "3.0"
package = "runnel"
version = "scm-1"
source = {
    url = "git+file://.", -- a release has its own address here
}
description = {
    summary = "TCP connections that read and write like files",
    detailed = [[
        Sockets as streams: connect, write lines, read lines, close. Time limits
        on everything, nothing lost, and calls that never wait for schedulers.]],
    license = "MIT",
}
supported_platforms = {"unix"}
dependencies = {
    "lua >= 5.1", -- no upper bound: newer versions are supported as they come
}
build = {
    type = "builtin",
    modules = {
        ["runnel"] = "lua/runnel.lua",
        ["runnel.classes"] = "lua/runnel/classes.lua",
        ["runnel.io"] = "lua/runnel/io.lua",
        ["runnel.luasocket"] = "lua/runnel/luasocket.lua",
        ["runnel.luasocket.objects"] = "lua/runnel/luasocket/objects.lua",
        ["runnel.safe"] = "lua/runnel/safe.lua",
        ["runnel.serversocket"] = "lua/runnel/serversocket.lua",
        ["runnel.socket"] = "lua/runnel/socket.lua",
        ["runnel.std"] = "lua/runnel/std.lua",
        ["runnel.core"] = {
            sources = {
                "src/errno_name.c",
                "src/error.c",
                "src/net/address.c",
                "src/net/cancel.c",
                "src/net/connect.c",
                "src/net/fd.c",
                "src/net/file.c",
                "src/net/linger.c",
                "src/net/listen.c",
                "src/net/lookup.c",
                "src/net/option.c",
                "src/net/pipe.c",
                "src/net/race.c",
                "src/net/relay.c",
                "src/net/resolve.c",
                "src/net/route.c",
                "src/net/server.c",
                "src/net/socket.c",
                "src/net/splice.c",
                "src/net/wait.c",
                "src/stream/batch.c",
                "src/stream/bell.c",
                "src/stream/calls.c",
                "src/stream/claim.c",
                "src/stream/duration.c",
                "src/stream/fault.c",
                "src/stream/input.c",
                "src/stream/layer.c",
                "src/stream/limits.c",
                "src/stream/line.c",
                "src/stream/marks.c",
                "src/stream/read.c",
                "src/stream/readln.c",
                "src/stream/rest.c",
                "src/stream/room.c",
                "src/stream/settings.c",
                "src/stream/size.c",
                "src/stream/stream.c",
                "src/stream/window.c",
                "src/stream/write.c",
                "src/version.c",
                "lua/core/arguments.c",
                "lua/core/backed.c",
                "lua/core/fail.c",
                "lua/core/file.c",
                "lua/core/lend.c",
                "lua/core/life.c",
                "lua/core/lines.c",
                "lua/core/mistakes.c",
                "lua/core/module.c",
                "lua/core/names.c",
                "lua/core/offer.c",
                "lua/core/options.c",
                "lua/core/outputs.c",
                "lua/core/pin.c",
                "lua/core/read.c",
                "lua/core/server.c",
                "lua/core/settings.c",
                "lua/core/socket.c",
                "lua/core/standard.c",
                "lua/core/wait.c",
                "lua/core/write.c",
            },
            incdirs = {"include"},
            libraries = {"pthread", "dl"},
            defines = {"RNI_VERSION=0.9.0", "_POSIX_C_SOURCE=200809L", "NDEBUG"},
        },
    },
}
