#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# From the tarball of a release: a rock, and Debian's packages, which lintian
# finds nothing wrong with, and which work where they are installed: on a copy of
# this system that is thrown away. Prints TAP; the packages stay in KEEP.
# usage: test_packages.sh SOURCE-FOLDER BUILD-FOLDER KEEP
set -u
. "$(dirname "$0")/../support/tap.sh"
source=$1
build=$2
keep=$3
version=$(sed -n "s/^  version: '\(.*\)',/\1/p" "$source/meson.build")
release=runnel-$version
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
unset CFLAGS CXXFLAGS LDFLAGS DEB_BUILD_OPTIONS
export LC_ALL=C.UTF-8

not_run() { # name, reason
    echo "NOT RUN: $1: $2" >&2
    check "$1 # SKIP $2" true
}

# What meson makes of a commit; of a tree that has changes or no history, the
# same from its files.
make_tarball() {
    if git -C "$source" diff --quiet HEAD 2>/dev/null &&
        meson dist -C "$build" --no-tests --formats gztar >"$work/log" 2>&1; then
        mv "$build/meson-dist/$release.tar.gz" "$work/"
        return
    fi
    mkdir "$work/$release"
    (cd "$source" && { git ls-files 2>/dev/null || find . -type f -not -path './build*' -not -path './.git/*'; } |
        tar -cf - -T - | tar -xf - -C "$work/$release") && tar -czf "$work/$release.tar.gz" -C "$work" "$release"
}
how() { [ -e "$work/$release" ] && echo 'from the files, not by meson dist: the tree has changes or no history' || echo 'by meson dist'; }

# The rockspec of a release: a version, and an address.
make_rock() { # name
    sed "s@^version = .*@version = \"$version-1\"@; s@url = \"[^\"]*\".*@url = \"file://$work/$release.tar.gz\",@" \
        "$source/lua/$1-scm-1.rockspec" >"$work/$1-$version-1.rockspec"
    timeout 300 luarocks --lua-version 5.4 --tree "$work/tree" build --deps-mode=none "$work/$1-$version-1.rockspec"
}
load_rock() {
    LUA_PATH="$work/tree/share/lua/5.4/?.lua" LUA_CPATH="$work/tree/lib/lua/5.4/?.so" \
        lua5.4 -e "assert(require('runnel').version == '$version' and $1)"
}

make_debs() {
    # What Debian takes from elsewhere is without its own folder.
    mkdir "$work/deb" && cd "$work/deb" && tar -xzf "../$release.tar.gz" &&
        tar -czf "runnel_$version.orig.tar.gz" --exclude="$release/debian" "$release" && cd "$release" &&
        DEB_BUILD_OPTIONS="nocheck parallel=$(nproc)" timeout 600 dpkg-buildpackage -us -uc >"$work/log" 2>&1 ||
        { tail -30 "$work/log"; return 1; }
}
same_version() { [[ $(dpkg-parsechangelog -l "$source/debian/changelog" -S Version) == "$version"-* ]]; }
lint() {
    local said
    said=$(lintian --allow-root --fail-on none "$work"/deb/*.changes) || return 1
    ! grep '^[EW]:' <<<"$said"
}
contents() { # each package has what it is for
    local package file
    while read -r package file; do
        dpkg-deb -c "$work/deb/${package}"_*.deb | grep -qE " \.$file( ->.*)?\$" || { echo "$package has no $file"; return 1; }
    done <<'END'
librunnel1 /usr/lib/[^/]*/librunnel\.so\.1
librunnel-tls1 /usr/lib/[^/]*/librunnel-tls\.so\.1
librunnel-dev /usr/lib/[^/]*/librunnel\.(a|so)
librunnel-dev /usr/lib/[^/]*/librunnel-tls\.(a|so)
librunnel-dev /usr/lib/[^/]*/pkgconfig/runnel\.pc
librunnel-dev /usr/lib/[^/]*/cmake/runnel/runnelConfig\.cmake
librunnel-dev /usr/share/man/man3/rn_readln\.3\.gz
librunnel-dev /usr/share/doc/librunnel-dev/examples/client\.c
lua-runnel /usr/lib/[^/]*/lua/5\.1/runnel/core\.so
lua-runnel /usr/lib/[^/]*/lua/5\.4/runnel/core\.so
lua-runnel /usr/lib/[^/]*/lua/5\.3/runnel/tlscore\.so
lua-runnel /usr/share/lua/5\.3/runnel/socket\.lua
runnel /usr/bin/runnel
runnel /usr/share/man/man1/runnel\.1\.gz
END
}

# A layer above the system takes all that is written, and is gone with the
# namespace. Where layers are not to be had there is nothing to install to.
layered() { # command... in it
    unshare --mount --pid --fork --kill-child sh -c '
        set -e
        mount --make-rprivate /
        mount -t tmpfs tmpfs "$1/layer"
        mkdir "$1/layer/above" "$1/layer/work" "$1/layer/all"
        mount -t overlay overlay -o "lowerdir=/,upperdir=$1/layer/above,workdir=$1/layer/work" "$1/layer/all"
        mount --bind /dev "$1/layer/all/dev"
        mount -t proc proc "$1/layer/all/proc"
        mkdir -p "$1/layer/all/packages" && cp "$1"/deb/*.deb "$1/layer/all/packages"
        all=$1/layer/all
        shift
        exec chroot "$all" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 "$@"
    ' sh "$work" "$@"
}
installed() {
    layered sh -c 'rm -f /packages/*dbgsym* && dpkg -i /packages/*.deb && exec timeout 120 /usr/bin/env sh -eu' \
        <"$source/debian/tests/smoke"
}
untouched() { ! dpkg-query -W librunnel1 2>/dev/null || dpkg-query -W -f '${Status}' librunnel1 | grep -q not-installed; }

check 'the tarball of a release' make_tarball
echo "# $(how)"
if command -v luarocks >/dev/null && command -v lua5.4 >/dev/null; then
    check 'luarocks builds it' make_rock runnel
    check 'and the module loads' load_rock true
    check 'and builds the one for TLS' make_rock runnel-tls
    check 'which loads, too' load_rock "require('runnel.tls').TlsSocket"
else
    not_run 'the rock of a release' 'there is no luarocks or no lua5.4'
fi
if ! command -v dpkg-buildpackage >/dev/null || ! command -v dh >/dev/null || ! command -v lintian >/dev/null; then
    not_run 'the packages of Debian' 'there is no debhelper or no lintian'
    plan
    exit
fi
check "debian/changelog has the version" same_version
check 'dpkg-buildpackage' make_debs
check 'each package has what it is for' contents
check 'lintian has no errors and no warnings' lint
mkdir "$work/layer"
if layered true 2>/dev/null; then
    check 'installed, they do what they are for' installed
    check 'and nothing of it is left' untouched
else
    not_run 'installed packages' 'no layer above the system can be mounted here'
fi
mkdir -p "$keep" && cp "$work"/deb/*.deb "$work"/deb/*.dsc "$work"/deb/*.tar.* "$keep/" 2>/dev/null
plan
