#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The example http_get, with nginx and with servers that misbehave. Prints TAP.
# usage: test_http.sh EXAMPLES TOOL WITH-SERVER
set -u
. "$(dirname "$0")/support.sh"
beside nginx

same_page() { cmp "$dir/out" "$FOLDER/page"; }

check 'a page with a length' runs 0 http_get localhost "$PORT" /page
check 'is whole' same_page
check 'a page in chunks' runs 0 http_get 127.0.0.1 "$PORT" /chunks/page
check 'is whole, too' same_page
check 'a page that is not there' runs 1 http_get 127.0.0.1 "$PORT" /none
check 'is told by its status' says err '404 Not Found'
check 'nobody there' runs 1 http_get 127.0.0.1 1
check 'is told with the address' says err 'connect to 127.0.0.1:1: connection refused'
check 'a path cannot bring header lines' runs 1 http_get 127.0.0.1 1 $'/ HTTP/1.1\r\nX: y'
check 'and that is told' says err 'no blanks'

answers 'HTTP/1.0 200 OK\r\n\r\nto the end'
check 'a page that ends with the connection' runs 0 http_get 127.0.0.1 "$port" /
check 'is whole as well' prints 'to the end'
answers 'HTTP/1.1 200 OK\r\nTRANSFER-encoding:  chunked\r\n\r\n3;x=y\r\nabc\r\n0a \r\n0123456789\r\n0\r\nLater: yes\r\n\r\n'
check 'chunks with extensions and trailers' runs 0 http_get 127.0.0.1 "$port" /
check 'are put together' prints 'abc0123456789'
answers 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort'
check 'a page that is cut' runs 1 http_get 127.0.0.1 "$port" /
check 'is told' says err 'the page is cut'
answers 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n'
check 'a chunk that is longer' runs 1 http_get 127.0.0.1 "$port" /
check 'is told, too' says err 'longer than the server said'
answers 'HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n'
check 'a length that is none' runs 1 http_get 127.0.0.1 "$port" /
check 'is no number' says err 'no number'
answers 'SSH-2.0-x\r\n'
check 'another server' runs 1 http_get 127.0.0.1 "$port" /
check 'is none of HTTP' says err 'no HTTP server'
plan
