#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# What makes a mistake in a built file harder to use, read out of it. Prints TAP.
# usage: hardening.sh FILE...
set -u
. "$(dirname "$0")/../support/tap.sh"

dynamic() { readelf -dW "$1" | grep -E "$2"; }
segments() { readelf -lW "$1" | awk -v type="$2" '$1 == type'; }
imports() { nm -D --undefined-only "$1" | grep -E " U $2(@|\$)"; }
found() { [ -n "$("$@")" ]; }
none() { # with what there is, for who has to look for it
    local what
    what=$("$@")
    echo "$what"
    [ -z "$what" ]
}

position_independent() { readelf -hW "$1" | grep -E 'Type: +DYN'; }
relro() { segments "$1" GNU_RELRO; }
bind_now() { dynamic "$1" '\(FLAGS\).*BIND_NOW'; }
text_relocations() { dynamic "$1" 'TEXTREL'; }
stack_without_code() { segments "$1" GNU_STACK | grep -vE ' R?WE '; }
writable_code() { segments "$1" LOAD | grep -E ' R?WE '; }
stack_protector() { imports "$1" __stack_chk_fail; }
fortify() { imports "$1" '__[a-z]+_chk'; }
shadow_stack() { readelf -nW "$1" | grep -E 'x86 feature:.*SHSTK'; }

# Indirect branches: every function that others can reach starts with endbr64,
# but those that the system puts into each file.
without_landing() {
    local system='_init|_fini|_start|_dl_relocate_static_pie'
    objdump -d --no-show-raw-insn "$1" | awk -v names="$(nm --defined-only "$1" |
        awk '$2 == "T" {print $3}' | grep -vxE "$system" | tr '\n' ' ')" '
        BEGIN {if (!split(names, list)) print "no symbols"; for (i in list) wanted[list[i]]}
        sub(/^[0-9a-f]+ </, "") {sub(/>:$/, ""); name = $0; next}
        name in wanted {if ($2 ~ /^endbr/) delete wanted[name]; name = ""}
        END {for (name in wanted) print name}'
}

for file in "$@"; do
    name=$(basename "$file")
    check "$name: position-independent" found position_independent "$file"
    check "$name: relocations read-only (RELRO)" found relro "$file"
    check "$name: all bound when loaded (BIND_NOW)" found bind_now "$file"
    check "$name: no relocations in the code" none text_relocations "$file"
    check "$name: no code on the stack" found stack_without_code "$file"
    check "$name: no code that can be written" none writable_code "$file"
    check "$name: stack protector" found stack_protector "$file"
    check "$name: FORTIFY_SOURCE" found fortify "$file"
    [ "$(uname -m)" = x86_64 ] || continue
    check "$name: fit for a shadow stack (CET)" found shadow_stack "$file"
    check "$name: indirect branches land on endbr64 (CET)" none without_landing "$file"
done
plan
