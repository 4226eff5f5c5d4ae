-- SPDX-License-Identifier: MIT
-- TLS for the rock runnel, of the same checkout: a rock of its own, as it needs
-- OpenSSL 3. luarocks make lua/runnel-tls-scm-1.rockspec
rockspec_format = "3.0"
package = "runnel-tls"
version = "scm-1"
source = {
    url = "git+file://.", -- a release has its own address here
}
description = {
    summary = "TLS for runnel: the same streams, encrypted",
    detailed = [[
        TlsSocket, and startTls on every stream: certificates and names are
        checked, an end that was cut off is a failure, nothing goes out in
        plain.]],
    license = "MIT",
}
supported_platforms = {"unix"}
dependencies = {
    "lua >= 5.1",
    "runnel == scm-1", -- the very version: it borrows from the core of that one
}
external_dependencies = {
    OPENSSL = {header = "openssl/ssl.h", library = "ssl"},
}
build = {
    type = "builtin",
    modules = {
        ["runnel.tls"] = "lua/runnel/tls.lua",
        ["runnel.tlscore"] = {
            sources = {
                "src/stream/window.c",
                "src/tls/bio.c",
                "src/tls/config.c",
                "src/tls/info.c",
                "src/tls/keylog.c",
                "src/tls/move.c",
                "src/tls/sessions.c",
                "src/tls/shake.c",
                "src/tls/shared.c",
                "src/tls/start.c",
                "src/tls/story.c",
                "src/tls/stream.c",
                "src/tls/trust.c",
                "lua/core/pin.c",
                "lua/tls/borrow.c",
                "lua/tls/config.c",
                "lua/tls/info.c",
                "lua/tls/module.c",
                "lua/tls/start.c",
                "lua/tls/words.c",
            },
            incdirs = {"include", "$(OPENSSL_INCDIR)"},
            libdirs = {"$(OPENSSL_LIBDIR)"},
            libraries = {"ssl", "crypto", "pthread", "dl"},
            defines = {"RNI_VERSION=0.9.0", "_POSIX_C_SOURCE=200809L", "NDEBUG"},
        },
    },
}
