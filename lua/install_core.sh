#!/bin/sh
# SPDX-License-Identifier: MIT
# Install a part in C under the name that Lua looks for, such as core.so for
# core-5.4.so; run by meson install.
# usage: install_core.sh PART.so FOLDER
set -eu
folder=${DESTDIR-}$2/runnel
name=${1##*/}
name=${name%-*}.so
mkdir -p "$folder"
# As a new file: a running Lua keeps the old one.
cp "$1" "$folder/$name.new"
chmod 644 "$folder/$name.new"
mv "$folder/$name.new" "$folder/$name"
