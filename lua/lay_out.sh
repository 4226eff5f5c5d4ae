#!/bin/sh
# SPDX-License-Identifier: MIT
# Lay out a folder from which Lua loads the module: the core for that version
# and the Lua files.
# usage: lay_out.sh SOURCE-FOLDER CORE.so FOLDER STAMP
set -eu
mkdir -p "$3/runnel"
cp "$2" "$3/runnel/core.so.new"
mv "$3/runnel/core.so.new" "$3/runnel/core.so"
cp "$1/runnel.lua" "$3/"
cp -R "$1/runnel/." "$3/runnel/"
touch "$4"
