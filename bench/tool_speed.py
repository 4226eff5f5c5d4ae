# SPDX-License-Identifier: MIT
"""What moving bytes with the tool costs in processor time: `connect` beside
OpenBSD's nc, `relay` beside a bare loop of splice(2), in turns, in one run. The
far ends are socat's. Fails when the tool's best is above its goal.

usage: tool_speed.py BUILD [MIB [ROUNDS]]      4096 MiB, 3 rounds
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile

build = sys.argv[1]
mib = int(sys.argv[2]) if len(sys.argv) > 2 else 4096
rounds = int(sys.argv[3]) if len(sys.argv) > 3 else 3
runnel = os.path.join(build, "runnel")
loop = os.path.join(build, "bench", "bench-splice-loop")
NULL = subprocess.DEVNULL
work = tempfile.mkdtemp(prefix="runnel-bench-")
zeros = os.path.join(work, "zeros")


class Far:
    """A socat that listens: it sends `mib` MiB, or takes all."""

    def __init__(self, sends):
        port = "TCP-LISTEN:0,bind=127.0.0.1"
        ends = ["OPEN:" + zeros, port] if sends else [port, "OPEN:/dev/null"]
        self.process = subprocess.Popen(["socat", "-d", "-d", "-b", "1048576", "-u"] + ends,
                                        stdin=NULL, stdout=NULL, stderr=subprocess.PIPE, text=True)
        for line in self.process.stderr:
            found = re.search(r"listening on .*:(\d+)$", line)
            if found:
                self.port = found.group(1)
                break

    def end(self):
        self.process.stderr.read()
        assert self.process.wait() == 0


def cost(process):
    """Seconds of processor time, in the program and for it in the kernel."""
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = status
    assert status == 0, process.args
    return usage.ru_utime + usage.ru_stime


def connect(client, stdin, stdout):
    """One run of a client, with bytes from `stdin` or to `stdout`."""
    far = Far(sends=stdin is None)
    feeder = None
    source = NULL
    if stdin == "pipe":
        feeder = subprocess.Popen(["head", "-c", f"{mib}M", "/dev/zero"], stdout=subprocess.PIPE)
        source = feeder.stdout
    elif stdin == "file":
        source = open(zeros, "rb")
    sink = subprocess.PIPE if stdout == "pipe" else NULL
    process = subprocess.Popen(client + ["127.0.0.1", far.port], stdin=source, stdout=sink)
    if stdin is not None and stdin != "null":
        source.close()
    if stdout == "pipe":
        taker = subprocess.Popen(["cat"], stdin=process.stdout, stdout=NULL)
        process.stdout.close()
        seconds = cost(process)
        taker.wait()
    else:
        seconds = cost(process)
    if feeder is not None:
        assert feeder.wait() == 0
    far.end()
    return seconds


def relay(command):
    """One run of a relay between a sender and a taker."""
    far = Far(sends=False)
    args = [loop, far.port] if command == "bare" else [
        runnel, "relay", "listen:0", f"tcp:127.0.0.1:{far.port}"]
    process = subprocess.Popen(args, stdin=NULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    port = re.search(r"(\d+)$", process.stdout.readline()).group(1)
    sender = subprocess.Popen(["socat", "-b", "1048576", "-u", "OPEN:" + zeros, "TCP:127.0.0.1:" + port], stdin=NULL)
    process.stdout.read()
    seconds = cost(process)
    assert sender.wait() == 0
    far.end()
    return seconds


def best(runs):
    """The least of each, of rounds in which all take turns."""
    least = {}
    for _ in range(rounds):
        for name, run in runs.items():
            least[name] = min(run(), least.get(name, 1e9))
    return least


def main():
    subprocess.run(["meson", "compile", "-C", build, "bench-splice-loop"], check=True, stdout=NULL)
    with open(zeros, "wb") as f:
        f.truncate(mib << 20)
    ours, nc = [runnel, "connect", "-q"], ["nc.openbsd", "-N"]
    met = True
    print(f"{mib} MiB, seconds of processor time, the least of {rounds}")
    for title, stdin, stdout in [("from a pipe", "pipe", "null"), ("from a file", "file", "null"),
                                 ("to a pipe", None, "pipe"), ("to /dev/null", None, "null")]:
        t = best({"runnel": lambda: connect(ours, stdin, stdout), "nc": lambda: connect(nc, stdin, stdout)})
        ok = t["runnel"] <= t["nc"]
        met = met and ok
        print(f"connect {title:13} runnel {t['runnel']:.2f}, nc {t['nc']:.2f}: "
              f"{t['runnel'] / t['nc']:.2f}, goal 1.00: {'met' if ok else 'NOT MET'}", flush=True)
    t = best({"runnel": lambda: relay("runnel"), "bare": lambda: relay("bare")})
    ok = t["runnel"] <= 1.1 * t["bare"]
    met = met and ok
    print(f"relay                 runnel {t['runnel']:.2f}, a bare loop {t['bare']:.2f}: "
          f"{t['runnel'] / t['bare']:.2f}, goal 1.10: {'met' if ok else 'NOT MET'}")
    return 0 if met else 1


try:
    sys.exit(main())
finally:
    shutil.rmtree(work)
