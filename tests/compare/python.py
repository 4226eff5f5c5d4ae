# SPDX-License-Identifier: MIT
"""What compare.py asks of each library, with Python's own. usage: ROW HOST PORT"""
import socket
import sys
import threading


def say(text):
    print(text, flush=True)


def line_of(f):
    try:
        return f.readline().rstrip("\r\n")
    except TimeoutError:
        return "timeout"
    except OSError as e:
        return str(e)


row, host, port = sys.argv[1], sys.argv[2], int(sys.argv[3])
if row == "unread":
    server = socket.create_server(("127.0.0.1", 0))
    say(server.getsockname()[1])
    s, _ = server.accept()
    s.recv(10)
    s.sendall(bytes(200000))
    s.close()
    sys.exit()
try:
    s = socket.create_connection((host, port), timeout=1)
except OSError as e:
    say(e)
    sys.exit(1)
s.settimeout(None)
if row == "cr":
    say(line_of(s.makefile("r", newline=None)))
elif row == "endings":
    for line in s.makefile("r", newline=None):
        say(line.rstrip("\n"))
elif row == "resume":
    s.settimeout(0.2)
    f = s.makefile("r")
    say(line_of(f))
    s.settimeout(2)
    say(line_of(f))
elif row == "drip":
    s.settimeout(0.5)
    say(line_of(s.makefile("r")))
elif row == "cancel":
    # The one way there is: it ends the connection.
    threading.Timer(0.1, s.shutdown, [socket.SHUT_RD]).start()
    f = s.makefile("r")
    if line_of(f) == "":
        say("stopped")
    say(line_of(f))
elif row == "flush":
    f = s.makefile("rw")
    f.write("question\n")
    say(line_of(f))
elif row == "sigpipe":
    say(line_of(s.makefile("r")))
    sys.stdin.readline()
    for _ in range(3):
        try:
            s.send(b"x")
        except OSError:
            pass
    say("alive")
    sys.stdin.readline()
else:
    s.send(b"x")
