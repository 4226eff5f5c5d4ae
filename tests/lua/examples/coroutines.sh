# SPDX-License-Identifier: MIT
# The example coroutines, end to end. Read by examples.sh.

# Each of the two is in the middle of its answer when the other one goes on: who
# asks one after the other is stuck.
play <<'END'
    local a, b = serve(2)
    expect(a, "GET / HTTP/1.0", "Host: 127.0.0.1:" .. a:localPort(), "")
    expect(b, "GET / HTTP/1.0", "Host: 127.0.0.1:" .. a:localPort(), "")
    b:write("HTTP/1.0 200 B\r\n12"):flush()
    a:write("HTTP/1.0 200 A"):flush()
    b:write("345"):flush()
    a:write("\r\n1"):close()
    b:write(("x"):rep(300000)):close()
END
ok 'coroutines ask two servers at the same time' \
    run 0 coroutines 127.0.0.1 "$port" 127.0.0.1 "$port"
ok 'and get the first answer' says out "127.0.0.1:$port: HTTP/1.0 200 A, then 1 bytes"
ok 'and the second' says out "127.0.0.1:$port: HTTP/1.0 200 B, then 300005 bytes"
ok 'both were asked well' ends well

play <<'END'
    local a, b = serve(2)
    a:abort()
    b:writeLn("HTTP/1.0 200 B"):close()
END
ok 'one that fails is exit code 1' run 1 coroutines 127.0.0.1 "$port" 127.0.0.1 "$port"
ok 'and named' says err "127.0.0.1:$port: "
ok 'the other is answered' is out "127.0.0.1:$port: HTTP/1.0 200 B, then 0 bytes\n"
ok 'that ended well, too' ends well
ok 'nobody there is exit code 1 for coroutines' run 1 coroutines 127.0.0.1 "$port"
ok 'and one sentence of coroutines' \
    is err "127.0.0.1:$port: connect to 127.0.0.1:$port: connection refused\n"
