#!/bin/sh
# SPDX-License-Identifier: MIT
# Install the part in C under the name that Lua looks for; run by meson install.
# usage: install_core.sh CORE.so FOLDER
set -eu
folder=${DESTDIR-}$2/runnel
mkdir -p "$folder"
# As a new file: a running Lua keeps the old one.
cp "$1" "$folder/core.so.new"
chmod 644 "$folder/core.so.new"
mv "$folder/core.so.new" "$folder/core.so"
