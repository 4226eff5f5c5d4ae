# SPDX-License-Identifier: MIT
"""Python's ssl in the TLS benchmark. See client.h."""
import socket
import ssl
import sys

job, port, authority, count = sys.argv[1], int(sys.argv[2]), sys.argv[3], int(sys.argv[4])
BLOCK = 65536
context = ssl.create_default_context(cafile=authority)
s = context.wrap_socket(socket.create_connection(("127.0.0.1", port)), server_hostname="a.example")
size = 32 if job == "readln" else BLOCK
total = 0
if job == "write":
    s.sendall(b"sink %d\n" % (size * count))
    block = bytes(BLOCK)
    for _ in range(count):
        s.sendall(block)
    total = count * BLOCK if s.recv(1) == b"k" else 0
elif job in ("read", "readln"):
    s.sendall(b"source %d\n" % (size * count))
    if job == "read":
        room = bytearray(BLOCK)
        while n := s.recv_into(room):
            total += n
    else:
        for line in s.makefile("rb", BLOCK):
            total += len(line)
else:
    sys.exit(3)
print(total)
