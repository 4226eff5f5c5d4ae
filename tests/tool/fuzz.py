# SPDX-License-Identifier: MIT
"""The tool with random arguments, standard input and descriptors. It must end,
with an exit code that its help names, and after a failure one line that says
what was wrong. Its commands and options are taken from its help.

To be run in a network namespace of its own: a random word may stand where a
host belongs, and must reach nobody. It makes sure of that.

usage: fuzz.py TOOL SEED RUNS      one after another, from seeds SEED, SEED + 1 ...
       fuzz.py TOOL SEED RUNS -v   and print each
"""
import os
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

from fuzz_world import Peer, listeners, only_loopback, poke

TOOL = os.path.abspath(sys.argv[1])
FIRST, RUNS = int(sys.argv[2]), int(sys.argv[3])
VERBOSE = len(sys.argv) > 4
PATIENCE = 20  # seconds, until it must have ended
SUSPICION = 0.3  # seconds, until somebody looks what it waits for
LONGEST = 1500  # bytes of a message

# These go on for seconds unless they are told to end.
LASTING = {b"ping", b"wait"}

# What it prints on standard error while all is well.
NEWS = re.compile(rb"(listening on|connection from|connected to|.* answers after) .*|\{.*\}")

GOOD_HOSTS = ["127.0.0.1", "localhost"]
HOSTS = ["127.0.0.1", "::1", "[::1]", "localhost", "unix:{dir}/socket",
         "unix:{dir}/nobody", "unix:@fuzz", "nowhere.invalid", "a b.invalid",
         "127.1", "0177.0.0.1", "127.0.0.1.", "[127.0.0.1]", "fe80::1%lo", "0.0.0.0"]
GOOD_PORTS = ["{peer}", "{peer}", "{peer}", "{closed}", "0"]
PORTS = ["{peer}", "{closed}", "0", "1", "65535",
         "65536", "-1", "+80", "080", "0x50", "80x", "", " 80", "99999999999999999999"]
NUMBERS = ["0", "1", "2", "-1", "0.5", "1e9", "nan", "inf", "1.5s", "10ms",
           "9223372036854775807", "18446744073709551616", "-9223372036854775809"]


def words_of_help():
    """Its commands, each with the arguments it is shown with, its options and
    its documented exit codes."""
    text = subprocess.run([TOOL, "--help"], capture_output=True, text=True).stdout
    shown = re.findall(r"^ +runnel ([a-z]+)((?: [\[\]A-Z.-]+)*)", text, re.M)
    commands = {name: operands.split() for name, operands in shown}
    for command in commands:
        more = subprocess.run([TOOL, command, "--help"], stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=PATIENCE)
        text += more.stdout
    options = sorted(set(re.findall(r"(?<![\w-])--?[a-z][a-z0-9-]*", text)))
    codes = text[text.index("exit codes:"):]
    codes = {int(c) for c in re.findall(r"^ +(\d+)  ", codes, re.M)}
    assert len(commands) >= 3 and 0 in codes and len(codes) >= 3, (commands, codes)
    return commands, options, codes


def junk(r):
    kind = r.randrange(10)
    if kind == 0:
        return b""
    if kind == 1:
        return bytes(r.choice(b"az09.:-_/@%[]") for _ in range(r.randrange(1, 12)))
    if kind == 2:  # no UTF-8
        return bytes(r.randrange(128, 256) for _ in range(r.randrange(1, 9)))
    if kind == 3:  # what a terminal obeys
        return r.choice([b"\x1b[31mred", b"a\nb", b"a\rb", b"\x07\x08\x7f", b"a\tb",
                         b"one\nrunnel: two", b"\xc2\x9b31m", b"\xe2\x80\xae"])
    if kind == 4:
        return b"%s%n%d"
    if kind == 5:
        return r.choice([b"-", b"--", b"---", b"-z", b"--no-such", b"--=", b"-x=y"])
    if kind >= 7:
        return r.choice([b"x", b"9", b"-", b"\xff", b"a."]) * r.choice([60, 300, 5000, 60000])
    return r.choice(["é", "日本", "\u202e", "😀", "ａ"]).encode()


def fill(text, world):
    return text.format(**world).encode()


def well_formed(r, operands, world):
    """Arguments as the help shows them: "PORT", "[ADDRESS]" ..."""
    args = []
    for operand in operands:
        if operand.startswith("[") and r.random() < 0.5:
            break
        good = GOOD_PORTS if "PORT" in operand else GOOD_HOSTS
        args.append(fill(r.choice(good), world))
    return args


def arguments(r, commands, options, world):
    def word():
        kind = r.randrange(10)
        if kind < 2:
            return fill(r.choice(HOSTS), world)
        if kind == 2:
            return fill(r.choice(PORTS), world)
        if kind == 3:
            return r.choice(NUMBERS).encode()
        return junk(r)

    command = r.choice(sorted(commands))
    args = well_formed(r, commands[command], world)
    if r.random() < 0.5 and args:
        args[r.randrange(len(args))] = word()
    how_many = r.choice([0] * 12 + [1, 1, 2, 2, 5, 1000])
    if how_many:
        args = [word() for _ in range(how_many)]
    for _ in range(r.choice([0, 0, 1, 1, 2, 3]) if options else 0):
        option = r.choice(options).encode()
        how = r.randrange(3)
        at = r.randrange(len(args) + 1)
        args[at:at] = [[option], [option, word()], [option + b"=" + word()]][how]
    if r.random() < 0.95:
        args.insert(0, command.encode())
    if r.random() < 0.05:
        r.shuffle(args)
    room = 1000000  # of the system, for all arguments
    while sum(map(len, args)) > room:
        args.pop()
    return [a.replace(b"\0", b"") for a in args]


class Run:
    """One run of the tool, from one seed."""

    def __init__(self, seed, words, peer, closed_port):
        self.seed, self.peer = seed, peer
        self.commands, self.options, self.codes = words
        self.r = random.Random(seed)
        self.dir = tempfile.mkdtemp(prefix="runnel-fuzz-")
        world = {"dir": self.dir, "peer": peer.port, "closed": closed_port}
        self.args = arguments(self.r, self.commands, self.options, world)
        self.path = {n: os.path.join(self.dir, n) for n in ("in", "out", "err")}
        self.wrong = []

    def streams(self):
        """For 0, 1 and 2: a descriptor, or None for a closed one."""
        r = self.r
        with open(self.path["in"], "wb") as f:
            f.write(r.randbytes(r.choice([0, 1, 100, 70000, 300000])))
        opened = []

        def keep(fd):
            opened.append(fd)
            return fd

        def a_pipe(end):
            fds = os.pipe()
            opened.extend(fds)
            if end == "empty":  # somebody who says nothing
                return fds[0]
            os.close(fds[1 - end])
            opened.remove(fds[1 - end])
            return fds[end]

        kind = r.randrange(12)
        if kind < 5:
            stdin = keep(os.open(self.path["in"], os.O_RDONLY))
        elif kind < 11:
            stdin = [lambda: keep(os.open("/dev/null", os.O_RDONLY)), lambda: None,
                     lambda: keep(os.open("/", os.O_RDONLY)), lambda: a_pipe("empty"),
                     lambda: a_pipe("empty"),
                     lambda: keep(os.open("/dev/null", os.O_WRONLY))][kind - 5]()
        else:
            stdin = a_pipe(0)
        kind = r.randrange(12)
        if kind < 8:
            stdout = keep(os.open(self.path["out"], os.O_WRONLY | os.O_CREAT))
        else:
            stdout = [lambda: None, lambda: keep(os.open("/dev/full", os.O_WRONLY)),
                      lambda: a_pipe(1), lambda: keep(os.open("/dev/null", os.O_RDONLY))][kind - 8]()
        self.hears = r.random() < 0.9
        stderr = keep(os.open(self.path["err"], os.O_WRONLY | os.O_CREAT))
        if not self.hears:
            stderr = r.choice([None, keep(os.open("/dev/full", os.O_WRONLY))])
        return (stdin, stdout, stderr), opened

    def go(self):
        streams, opened = self.streams()

        def in_child():
            spare = [os.dup2(fd, 200 + i) for i, fd in enumerate(streams) if fd is not None]
            for i in range(3):
                os.close(i)
            for i, fd in enumerate(streams):
                if fd is not None:
                    os.dup2(200 + i, i)
            for fd in spare:
                os.close(fd)

        env = {"PATH": os.environ["PATH"], "HOME": self.dir,
               "ASAN_OPTIONS": f"exitcode=99:log_path={self.dir}/report",
               "UBSAN_OPTIONS": f"exitcode=99:halt_on_error=1:log_path={self.dir}/report"}
        self.peer.behave(random.Random(self.seed))
        child = subprocess.Popen([TOOL.encode()] + self.args, preexec_fn=in_child, env=env,
                                 cwd=self.dir, close_fds=True)
        code = self.wait(child)
        for fd in opened:
            os.close(fd)
        self.judge(code)
        return code

    def wait(self, child):
        """Its exit code; None where it was told to end, and did."""
        began = time.monotonic()
        told = False
        while True:
            late = time.monotonic() - began
            try:
                code = child.wait(SUSPICION if late < PATIENCE else 0.01)
                return None if told else code
            except subprocess.TimeoutExpired:
                pass
            found = listeners(child.pid)
            if found and not told:
                # One that listens waits for us. If that is not enough for it
                # it may wait for more of us, until it is told to end.
                poke(found, self.r)
                if late > 3:
                    child.send_signal(signal.SIGTERM)
                    told = True
            elif LASTING & set(self.args[:1]) and late > 1 and not told:
                child.send_signal(signal.SIGTERM)
                told = True
            elif late >= PATIENCE:
                self.wrong.append(f"still running after {PATIENCE} s")
                child.kill()
                return None

    def judge(self, code):
        text = b""
        if os.path.exists(self.path["err"]):
            with open(self.path["err"], "rb") as f:
                text = f.read()
        reports = [n for n in os.listdir(self.dir) if n.startswith("report")]
        for name in reports:
            with open(os.path.join(self.dir, name), "rb") as f:
                self.wrong.append(f.read(3000).decode(errors="replace"))
        if code is not None and code not in self.codes:
            self.wrong.append(f"exit code {code}")
        if code in (None, 0) or not self.hears or reports:
            return
        lines = [l for l in text.split(b"\n")[:-1] if not NEWS.fullmatch(l)]
        if not self.args:  # then it prints its help
            return
        if self.args[0] == b"nc" and not lines:  # which tells a refusal with -v alone
            return
        if len(lines) != 1 or not text.endswith(b"\n"):
            self.wrong.append(f"{len(lines)} lines instead of one: {text[:300]!r}")
            return
        line = lines[0]
        if len(line) > LONGEST:
            self.wrong.append(f"a line of {len(line)} bytes")
        if re.search(rb"[\x00-\x1f\x7f]", line):
            self.wrong.append(f"control characters: {line[:300]!r}")
        try:
            shown = line.decode()
        except UnicodeDecodeError:
            self.wrong.append(f"no UTF-8: {line[:300]!r}")
            return
        if re.search("[\x80-\x9f\u202a-\u202e\u2066-\u2069]", shown):
            self.wrong.append(f"it may turn a terminal around: {shown[:300]!r}")
        # A value that is refused is shown: the printable beginning of some
        # argument stands there.
        if code == 2 and not shown.startswith("usage: "):
            starts = [re.match(rb"[!-~]{0,8}", a).group().decode() for a in self.args]
            if not any(s and s in shown for s in starts) and '"' not in shown:
                self.wrong.append(f"it does not say what is wrong: {shown[:300]!r}")

    def print(self):
        print("  " + " ".join(repr(a[:80])[1:] + ("..." if len(a) > 80 else "")
                              for a in self.args[:12]))


def main():
    if not only_loopback():
        print("NOT RUN: fuzz tool: this is no network namespace of its own", file=sys.stderr)
        return 1
    words = words_of_help()
    peer = Peer()
    closed = socket.socket()
    closed.bind(("127.0.0.1", 0))
    ends = {}
    for seed in range(FIRST, FIRST + RUNS):
        run = Run(seed, words, peer, closed.getsockname()[1])
        try:
            if VERBOSE:
                print(seed, flush=True)
                run.print()
            code = run.go()
        finally:
            shutil.rmtree(run.dir)
        if run.wrong:
            print(f"seed {seed}:")
            run.print()
            print("\n".join("  " + w for w in run.wrong))
            return 1
        name = "told to end" if code is None else f"exit {code}"
        ends[name] = ends.get(name, 0) + 1
    print(", ".join(f"{name}: {ends[name]}" for name in sorted(ends)))
    return 0


sys.exit(main())
