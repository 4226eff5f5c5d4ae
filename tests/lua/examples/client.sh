# SPDX-License-Identifier: MIT
# The example client, end to end. Read by examples.sh.

play <<'END'
    local a = serve(1)
    assert(a:readLn() == "GET / HTTP/1.0")
    assert(a:readLn() == "")
    a:write("one\r\ntwo\nlast")
    a:close()
END
run 0 client 127.0.0.1 "$port"
ok 'client prints the lines of the answer' is out 'one\ntwo\nlast\n'
ok 'which were asked for' ends well
