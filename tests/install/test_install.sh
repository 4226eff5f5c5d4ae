#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Somebody else's program against what meson install has put below a folder: by
# pkg-config, by CMake, as C++, with the archive; as a subproject of Meson's; and
# with musl, from the sources alone. And a script in each Lua, which finds the
# module where it looks by itself. Prints TAP.
# usage: test_install.sh SOURCE-FOLDER BUILD-FOLDER PREFIX LIBDIR [LUA...]
set -u
. "$(dirname "$0")/../support/tap.sh"
source=$1
build=$2
prefix=$3
libdir=$4
shift 4
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
there=$work/root$prefix
lib=$there/$libdir
version=$(sed -n "s/^  version: '\(.*\)',/\1/p" "$source/meson.build")
consumer=$source/tests/install/consumer
warnings=(-Wall -Wextra -Wpedantic -Werror)

# Debian's compiler, and no library but the installed one.
unset CC CXX CFLAGS CXXFLAGS LDFLAGS LD_LIBRARY_PATH CMAKE_PREFIX_PATH PKG_CONFIG_PATH
export PKG_CONFIG_LIBDIR=$lib/pkgconfig PKG_CONFIG_SYSROOT_DIR=$work/root
export CCACHE_DIR=${CCACHE_DIR-$work/ccache}

# What the program prints is the version of this tree.
runs() { # environment and command...
    local said
    said=$(timeout 30 env "$@") || return 1
    [ "$said" = "$version" ] || { echo "it said $said, not $version"; return 1; }
}
with_pkg_config() { # compiler and options...
    "$@" "${warnings[@]}" "$consumer/consumer.c" -o "$work/consumer" \
        $(pkg-config --cflags --libs runnel) && runs LD_LIBRARY_PATH="$lib" "$work/consumer"
}
with_archive() {
    gcc "${warnings[@]}" "$consumer/consumer.c" -o "$work/static" $(pkg-config --cflags runnel) \
        -Wl,-Bstatic $(pkg-config --libs --static runnel) -Wl,-Bdynamic &&
        ! ldd "$work/static" | grep runnel && runs "$work/static"
}
with_cmake() {
    cmake -S "$consumer" -B "$work/cmake" -DCMAKE_BUILD_TYPE=Debug -DCMAKE_PREFIX_PATH="$there" &&
        cmake --build "$work/cmake" && ! ldd "$work/cmake/consumer_runnel_static" | grep runnel &&
        runs LD_LIBRARY_PATH="$lib" "$work/cmake/consumer_runnel" && runs "$work/cmake/consumer_runnel_static" &&
        { [ ! -e "$lib/librunnel-tls.so" ] || runs LD_LIBRARY_PATH="$lib" "$work/cmake/consumer_tls"; }
}
with_tls() {
    gcc "${warnings[@]}" "$consumer/consumer_tls.c" -o "$work/tls" $(tls_pkg_config --cflags --libs runnel-tls) &&
        runs LD_LIBRARY_PATH="$lib" "$work/tls"
}
tls_pkg_config() { # OpenSSL is the system's
    PKG_CONFIG_LIBDIR=$PKG_CONFIG_LIBDIR:$(env -u PKG_CONFIG_LIBDIR pkg-config --variable pc_path pkg-config) \
        pkg-config "$@"
}
not_for_cmake() { # version
    mkdir "$work/$1"
    cp "$consumer"/*.c "$work/$1"
    sed "s/find_package(runnel 0.9/find_package(runnel $1/" "$consumer/CMakeLists.txt" >"$work/$1/CMakeLists.txt"
    cmake -S "$work/$1" -B "$work/$1/build" -DCMAKE_PREFIX_PATH="$there" >"$work/log" 2>&1
    grep -q 'considered but not accepted' "$work/log"
}
with_meson() {
    mkdir -p "$work/meson/subprojects" && cp "$consumer"/{meson*,*.c} "$work/meson" &&
        ln -s "$source" "$work/meson/subprojects/runnel" &&
        env -u PKG_CONFIG_LIBDIR -u PKG_CONFIG_SYSROOT_DIR meson setup "$work/meson/build" "$work/meson" \
            --force-fallback-for=runnel,runnel-tls --buildtype=plain -Dtls="$tls" -Drunnel:tls="$tls" &&
        meson compile -C "$work/meson/build" && runs "$work/meson/build/consumer" &&
        { [ "$tls" = disabled ] || runs "$work/meson/build/consumer_tls"; }
}
with_musl() { # no build system, no shared library
    (cd "$source" && musl-gcc -static -std=c11 -w -D_POSIX_C_SOURCE=200809L -DRNI_VERSION="$version" \
        -Iinclude src/*.c src/{net,stream}/*.c "$consumer/consumer.c" -o "$work/musl") &&
        runs "$work/musl"
}
with_lua() { # interpreter; with its own search path, below the folder
    runs -u LUA_PATH -u LUA_CPATH "$1" -e "
        for _, name in ipairs {'path', 'cpath'} do
            package[name] = (';' .. package[name]):gsub(';/', ';$work/root/')
        end
        local runnel = require 'runnel'
        local server = runnel.serversocket.ServerSocket(0, '127.0.0.1')
        local client = runnel.socket.Socket('127.0.0.1', server:localPort())
        server:accept():writeLn(runnel.version)
        print(client:readLn())"
}
soname() { objdump -p "$lib/$1.so" | grep -q "SONAME *$1\.so\.1\$"; }
needs_version() { # a program asks for the names by their version
    objdump -p "$work/consumer" | grep -q RUNNEL_1
}

check 'meson install' env DESTDIR="$work/root" meson install -C "$build" --no-rebuild --quiet
for file in bin/runnel include/runnel.h share/man/man1/runnel.1 \
    share/bash-completion/completions/runnel share/zsh/site-functions/_runnel \
    share/fish/vendor_completions.d/runnel.fish; do
    check "it has installed $file" test -s "$there/$file"
done
tls=disabled
[ ! -e "$lib/librunnel-tls.so" ] || tls=enabled
check 'the library has its soname' soname librunnel
check 'from C, by pkg-config' with_pkg_config gcc -std=c11
check 'the program asks for RUNNEL_1' needs_version
check 'pkg-config tells the version' test "$(pkg-config --modversion runnel)" = "$version"
check 'from C++, by pkg-config' with_pkg_config g++ -x c++ -std=c++11
check 'from C, with the archive' with_archive
if [ $tls = enabled ]; then
    check 'the TLS library has its soname' soname librunnel-tls
    check 'TLS, by pkg-config' with_tls
else
    echo 'NOT RUN: TLS: this build has none' >&2
    check 'TLS # SKIP this build has none' true
fi
check 'by CMake, all targets' with_cmake
check 'CMake does not take it for version 0.8' not_for_cmake 0.8
check 'nor for version 0.9.1' not_for_cmake 0.9.1
check 'as a subproject of Meson' with_meson
if command -v musl-gcc >/dev/null; then
    check 'with musl, all static, from the sources' with_musl
else
    echo 'NOT RUN: musl: there is no musl-gcc' >&2
    check 'with musl # SKIP there is no musl-gcc' true
fi
for lua in "$@"; do
    case $prefix in
    /usr | /usr/local) check "a script in ${lua##*/}" with_lua "$lua" ;;
    *)
        echo "NOT RUN: ${lua##*/}: it does not look below $prefix by itself" >&2
        check "a script in ${lua##*/} # SKIP it does not look below $prefix" true
        ;;
    esac
done
plan
