# SPDX-License-Identifier: MIT
"""Does each library what the table of README.md says? Every cell that is a
yes or a no is tried here, by a program for each library, against the same peers.

usage: compare.py SOURCE BUILD    ends with how many cells are as in the table
"""
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

source, build = sys.argv[1], os.path.abspath(sys.argv[2])
here = os.path.join(source, "tests/compare")
work = tempfile.mkdtemp(dir=build)
inside = []  # what a program is started with: another network, a tracer


def build_programs():
    subprocess.run(["cc", "-std=c11", "-I", f"{source}/include", f"{here}/runnel.c",
                    "-o", f"{work}/runnel", f"{build}/librunnel.a", "-pthread"], check=True)
    subprocess.run(["/usr/bin/go", "build", "-o", f"{work}/go", f"{here}/go.go"], check=True,
                   env=dict(os.environ, GOCACHE=f"{work}/cache", GO111MODULE="off"))
    return {
        "runnel": [f"{work}/runnel"],
        "Python": ["/usr/bin/python3", f"{here}/python.py"],
        "Go": [f"{work}/go"],
        "LuaSocket": ["/usr/bin/lua5.4", f"{here}/luasocket.lua"],
        "Tcl": ["/usr/bin/tclsh", f"{here}/tcl.tcl"],
    }


class Program:
    """A program that runs, and what it prints, a line at a time."""

    def __init__(self, command, row, host="localhost", port=0):
        self.process = subprocess.Popen(inside + command + [row, host, str(port)],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.DEVNULL, start_new_session=True)
        self.lines, self.more, self.ended = [], threading.Condition(), False
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        for line in self.process.stdout:
            with self.more:
                self.lines.append(line.decode("latin1").rstrip("\n"))
                self.more.notify()
        with self.more:
            self.ended = True
            self.more.notify()

    def line(self, seconds):
        with self.more:
            self.more.wait_for(lambda: self.lines or self.ended, seconds)
            return self.lines.pop(0) if self.lines else None

    def all(self, seconds):
        with self.more:
            self.more.wait_for(lambda: self.ended, seconds)
            return self.lines

    def end(self):
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


def listen():
    return socket.create_server(("127.0.0.1", 0))


def with_peer(command, row, behave):
    """Start the program; `behave` is its peer, and judges."""
    with listen() as server:
        program = Program(command, row, "127.0.0.1", server.getsockname()[1])
        server.settimeout(5)
        try:
            with server.accept()[0] as peer:
                return behave(program, peer)
        finally:
            program.end()


def cr(program, peer):
    peer.send(b"one\r")
    return program.line(1) == "one"


def endings(program, peer):
    peer.send(b"a\rb\nc\r\nd")
    peer.shutdown(socket.SHUT_WR)
    return program.all(2) == ["a", "b", "c", "d"]


def resume(program, peer):
    peer.send(b"hal")
    if program.line(3) != "timeout":
        return False
    peer.send(b"f\n")
    return program.line(3) == "half"


def drip(program, peer):
    start = time.monotonic()
    while time.monotonic() < start + 2.5:
        peer.send(b"x")
        if program.line(0.1) == "timeout":
            return time.monotonic() - start < 1.2
    return False


def cancel(program, peer):
    if program.line(2) != "stopped":
        return False
    time.sleep(0.3)  # it has to wait again
    peer.send(b"ok\n")
    return program.line(2) == "ok"


def flush(program, peer):
    peer.settimeout(1)
    try:
        peer.recv(100)
    except TimeoutError:
        return False
    peer.send(b"ok\n")
    return program.line(2) == "ok"


def sigpipe(program, peer):
    """It lives, and SIGPIPE is not ignored in its process."""
    peer.send(b"hello\n")
    if program.line(3) != "hello":
        return False
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    peer.close()
    program.process.stdin.write(b"\n")
    program.process.stdin.flush()
    if program.line(3) != "alive":
        return False
    status = open(f"/proc/{program.process.pid}/status").read()
    ignored = int(re.search(r"SigIgn:\s*(\w+)", status)[1], 16)
    return not ignored & 1 << signal.SIGPIPE - 1


def error(command):
    """The message names the host as it was given, and the port."""
    with listen() as server:
        port = server.getsockname()[1]
    program = Program(command, "error", "localhost", port)
    text = " ".join(program.all(5))
    program.end()
    return "localhost" in text and str(port) in text


def unread(command):
    """Closing with input that was not read: everything arrives all the same."""
    program = Program(command, "unread")
    with socket.create_connection(("127.0.0.1", int(program.line(5)))) as peer:
        peer.send(bytes(50000))
        time.sleep(0.3)  # a peer that is busy with something else
        got = 0
        try:
            while data := peer.recv(65536):
                got += len(data)
        except ConnectionResetError:
            pass
    program.end()
    return got == 200000


def nodelay(command):
    global inside
    trace = f"{work}/trace"
    inside = ["strace", "-f", "-e", "trace=setsockopt", "-o", trace]

    def behave(program, peer):
        program.all(5)
        return "TCP_NODELAY, [1]" in open(trace).read()
    try:
        return with_peer(command, "nodelay", behave)
    finally:
        inside = []


def lookup(command):
    """A second for connecting holds for a name server that is silent, too."""
    global inside
    with open(f"{work}/resolv.conf", "w") as f:
        f.write("nameserver 192.0.2.1\n")
    # In a network whose packets vanish.
    inside = ["unshare", "--net", "--mount", "sh", "-c",
              f"ip link add near type veth peer name void && ip addr add 192.0.2.9/24 dev near && "
              f"ip link set near up && ip link set void up && "
              f"ip neigh add 192.0.2.1 lladdr 02:00:00:00:00:01 dev near && "
              f"mount --bind {work}/resolv.conf /etc/resolv.conf && exec \"$@\"", "sh"]
    start = time.monotonic()
    program = Program(command, "lookup", "name.test", 80)
    try:
        program.all(4)
        return program.ended and 0.8 < time.monotonic() - start < 2
    finally:
        program.end()
        inside = []


rows = {name: (lambda command, name=name, f=f: with_peer(command, name, f))
        for name, f in {"cr": cr, "endings": endings, "resume": resume, "drip": drip, "cancel": cancel,
                        "flush": flush, "sigpipe": sigpipe}.items()}
rows.update(error=error, unread=unread, nodelay=nodelay, lookup=lookup)


def table():
    """Of README.md: row -> library -> what is in the cell."""
    cells, heads = {}, []
    for line in open(f"{source}/README.md"):
        parts = [p.strip() for p in line.strip().strip("|").split("|")]
        if line.startswith("| what a connection"):
            heads = parts[1:]
        elif not line.startswith("|"):
            heads = []
        elif heads and (match := re.search(r"`(\w+)`$", parts[0])):
            cells[match[1]] = dict(zip(heads, parts[1:]))
    return cells


def main():
    programs, said, good, bad = build_programs(), table(), 0, 0
    assert set(said) == set(rows), set(said) ^ set(rows)
    for row, judge in rows.items():
        for library, command in programs.items():
            cell = said[row][library]
            if cell == "-":
                continue
            found = "yes" if judge(command) else "no"
            if found == cell.split()[0]:
                good += 1
            else:
                bad += 1
                print(f"{row}, {library}: the table says {cell}, found: {found}")
    print(f"compare: {good} of {good + bad} cells are as in the table")
    return bad != 0


try:
    code = main()
finally:
    subprocess.run(["rm", "-rf", work])
sys.exit(code)
