#!/bin/sh
# SPDX-License-Identifier: MIT
# Lay out a folder from which Lua loads the module: the parts in C for that
# version, such as core-5.4.so, and the Lua files.
# usage: lay_out.sh SOURCE-FOLDER FOLDER STAMP PART.so...
set -eu
source=$1 folder=$2 stamp=$3
shift 3
mkdir -p "$folder/runnel"
for part; do
    name=${part##*/}
    cp "$part" "$folder/runnel/${name%-*}.so.new"
    mv "$folder/runnel/${name%-*}.so.new" "$folder/runnel/${name%-*}.so"
done
cp "$source/runnel.lua" "$folder/"
cp -R "$source/runnel/." "$folder/runnel/"
touch "$stamp"
