# SPDX-License-Identifier: MIT
"""What fuzz.py has around the tool: a peer to connect to, and eyes for those
who listen."""
import os
import socket
import struct
import threading


def only_loopback():
    """Whether no other interface is there."""
    return [name for _, name in socket.if_nameindex()] == ["lo"]


class Peer:
    """A server that does this or that to whoever connects, and always ends."""

    def __init__(self):
        self.server = socket.create_server(("127.0.0.1", 0))
        self.port = self.server.getsockname()[1]
        self.random = None
        threading.Thread(target=self.serve, daemon=True).start()

    def behave(self, r):
        self.random = r

    def serve(self):
        while True:
            s, _ = self.server.accept()
            try:
                self.answer(s, self.random)
            except OSError:
                pass
            s.close()

    def answer(self, s, r):
        s.settimeout(0.2)
        kind = r.randrange(5)
        if kind == 1:
            s.sendall(r.randbytes(r.choice([1, 1000, 200000])))
        elif kind == 2:  # a reset
            s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        elif kind == 3:
            while s.recv(65536):
                pass
            s.sendall(b"that was all\r\n")
        elif kind == 4:
            s.sendall(s.recv(65536))


def inodes(pid):
    """The sockets of a process."""
    found = set()
    try:
        for fd in os.listdir(f"/proc/{pid}/fd"):
            name = os.readlink(f"/proc/{pid}/fd/{fd}")
            if name.startswith("socket:["):
                found.add(name[8:-1])
    except OSError:  # it has ended
        pass
    return found


def rows(path):
    try:
        with open(path, encoding="utf-8", errors="replace") as f:
            return [line.split() for line in f][1:]
    except OSError:
        return []


def listeners(pid):
    """Where the process listens: (family, address)."""
    own = inodes(pid)
    found = []
    for path, family, host in (("/proc/net/tcp", socket.AF_INET, "127.0.0.1"),
                               ("/proc/net/tcp6", socket.AF_INET6, "::1")):
        for row in rows(path):
            if row[3] == "0A" and row[9] in own:
                found.append((family, (host, int(row[1].split(":")[1], 16))))
    for row in rows("/proc/net/unix"):
        if len(row) > 7 and row[6] in own and row[3] == "00010000":
            name = row[7]
            found.append((socket.AF_UNIX, "\0" + name[1:] if name[0] == "@" else name))
    return found


def poke(places, r):
    """Connect to each, say something, end."""
    for family, address in places:
        with socket.socket(family, socket.SOCK_STREAM) as s:
            s.settimeout(2)
            try:
                s.connect(address)
                s.sendall(r.randbytes(r.choice([0, 1, 1000, 100000])))
                s.shutdown(socket.SHUT_WR)
                while s.recv(65536):
                    pass
            except OSError:
                pass
