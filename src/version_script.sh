#!/bin/sh
# SPDX-License-Identifier: MIT
# The linker's version script: the names of the list, and nothing else, under
# one version, which a later library that breaks programs would change.
# usage: runnel.map.sh LIST VERSION
set -eu
printf '%s {\nglobal:\n' "$2"
sed 's/.*/    &;/' "$1"
printf 'local:\n    *;\n};\n'
