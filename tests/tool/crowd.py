# SPDX-License-Identifier: MIT
"""Connections at once: all of them are made, then each sends its own line and
ends its half; an echo must give it back, and then the end.

usage: crowd.py PORT COUNT        and expect the echo
       crowd.py PORT COUNT sink   and expect nothing but the end
"""
import socket
import sys

port, count, sink = int(sys.argv[1]), int(sys.argv[2]), len(sys.argv) > 3
crowd = [socket.create_connection(("127.0.0.1", port), 30) for _ in range(count)]
for i, s in enumerate(crowd):
    s.sendall(b"%d says hello\n" % i)
    s.shutdown(socket.SHUT_WR)
wrong = 0
for i, s in enumerate(crowd):
    with s, s.makefile("rb") as f:
        wrong += f.read() != (b"" if sink else b"%d says hello\n" % i)
print(f"{count} at once, {wrong} wrong")
sys.exit(wrong > 0)
