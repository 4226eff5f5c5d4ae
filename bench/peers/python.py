# SPDX-License-Identifier: MIT
"""The client with Python's socket and makefile. See client.h."""
import socket
import sys

job = sys.argv[1]
count, size, buffer, connections, port, _ = map(int, sys.argv[2:])
line = b"x" * (size - 1) + b"\n"


def connected():
    s = socket.create_connection(("127.0.0.1", port))
    s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return s


def readln():
    total = 0
    with connected().makefile("rb", buffer) as lines:
        for _ in range(count):
            text = lines.readline().rstrip(b"\r\n")
            total += len(text) + (text[0] if text else 0)
    return total


def writeln():
    text = line[:-1]
    with connected().makefile("wb", buffer) as out:
        for _ in range(count):
            out.write(text)
            out.write(b"\n")
    return count * size


def pingpong():
    total = 0
    streams = [connected().makefile("rwb") for _ in range(connections)]
    for i in range(count):
        now = streams[i % connections]
        now.write(line)
        now.flush()
        total += len(now.readline())
    return total


def read():
    total = 0
    with connected().makefile("rb", buffer) as blocks:
        for _ in range(count):
            total += len(blocks.read(size))
    return total


def write():
    s = connected()
    for _ in range(count):
        s.sendall(line)
    return count * size


def connect():
    for _ in range(count):
        connected().close()
    return count * size


def accept():
    server = socket.create_server(("127.0.0.1", 0), backlog=4096)
    connected().sendall(b"%d %d\n" % (server.getsockname()[1], count))
    for _ in range(count):
        s = server.accept()[0]
        s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        s.close()
    return count * size


jobs = (readln, writeln, pingpong, read, write, connect, accept)
for run in jobs:
    if run.__name__ == job:
        print(run())
        sys.exit()
sys.exit(3)
