# SPDX-License-Identifier: MIT
# The library straight from a compiler, for what no build folder is set up for. Read
# by scripts, which are in the project's folder then.
straight=(-std=c11 -D_POSIX_C_SOURCE=200809L -Iinclude # what all of it needs
    "-DRNI_VERSION=$(sed -n "s/^  version: '\(.*\)',/\1/p" meson.build)")

objects() { # folder, compiler and its options...: an object of each source in it
    local folder=$1
    shift
    rm -rf "$folder"
    mkdir -p "$folder"
    compile() { # source, folder, compiler...
        local source=$1 to
        to=$2/$(basename "$1" .c).o
        shift 2
        "$@" -c "$source" -o "$to"
    }
    export -f compile
    printf '%s\n' src/*.c src/{stream,net}/*.c |
        xargs -P "$(nproc)" -I '{}' bash -c 'compile "$@"' compile '{}' "$folder" "$@" "${straight[@]}" \
            >"$folder/log" 2>&1 ||
        { cat "$folder/log"; return 1; }
}
