#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The manual as HTML, with an index, into BUILD-FOLDER/docs: nothing but files,
# that need no server and no script.
# usage: docs.sh BUILD-FOLDER
set -eu
cd "$(dirname "$0")/.."
out=$1/docs
version=$(sed -n "s/^  version: '\(.*\)',/\1/p" meson.build)
mkdir -p "$out"
cp docs/style.css "$out/"

# To pages of ours a link, to those of others none.
page() { # source
    local name=${1##*/} target
    mandoc -Thtml -O style=style.css,man=%N.%S.html "$1" |
        sed 's@<head>@&\n  <meta name="viewport" content="width=device-width, initial-scale=1"/>@
             s@<body>@&\n<p class="home"><a href="index.html">runnel '"$version"'</a></p>@' >"$out/$name.html"
    for target in $(grep -oE 'href="[^"#]*\.[0-9]\.html"' "$out/$name.html" | sed 's/href="//; s/\.html"//' | sort -u); do
        [ ! -e "man/$target" ] || continue
        # A call's name leads to its page.
        owner=$(grep -lE "^\.Nm ${target%.*}( ,)?\$" man/*."${target##*.}" 2>/dev/null | head -1) || true
        if [ -n "$owner" ]; then
            sed -i "s@href=\"$target\.html\"@href=\"${owner##*/}.html\"@g" "$out/$name.html"
        else
            sed -i -E "s@<a ([^>]*)href=\"$target\.html\">([^<]*)</a>@<span \1>\2</span>@g" "$out/$name.html"
        fi
    done
}

row() { # page, what it is about
    printf '<li><a href="%s.html">%s</a> %s</li>\n' "$1" "$(sed 's/\.\([0-9]\)$/(\1)/' <<<"$1")" "$2"
}
about() { sed -n 's/^\.Nd //p' "man/$1"; }

for source in man/*.[13]; do
    page "$source"
done
{
    cat <<END
<!DOCTYPE html>
<html lang="en">
<head>
  <meta charset="utf-8"/>
  <meta name="viewport" content="width=device-width, initial-scale=1"/>
  <link rel="stylesheet" href="style.css" type="text/css"/>
  <title>runnel $version</title>
</head>
<body>
<h1>runnel $version</h1>
<p>TCP connections that read and write like files, for C, Lua and the shell.</p>
<h2>To begin with</h2>
<ul>
$(for name in runnel.1 runnel.3 runnel-lua.3; do row $name "$(about $name)"; done)
</ul>
<h2>By interface</h2>
<ul>
$(for source in man/rn_*.3; do row "${source##*/}" "$(about "${source##*/}")"; done)
</ul>
<h2>By call</h2>
<ul class="calls">
$(for source in man/*.3; do
        sed -n '/^\.Sh NAME/,/^\.Nd/s/^\.Nm \(rn_[^ ]*\).*/\1/p' "$source" | sed "s@\$@ ${source##*/}@"
    done | sort | while read -r call owner; do
        ! grep -qx "$call" src/symbols.list src/tls/symbols.list || printf '<li><a href="%s.html">%s</a></li>\n' "$owner" "$call"
    done)
</ul>
</body>
</html>
END
} >"$out/index.html"
echo "$out/index.html"
