#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What TLS costs, beside bare OpenSSL in the same run: processor time of the
client, user and system, medians of rounds in which the clients take turns, less
that of a run with one item; and the heap of an idle connection.
usage: tls_speed.py BUILD-FOLDER [ROUNDS]"""
import os
import shutil
import statistics
import subprocess
import sys
import tempfile

here = os.path.dirname(os.path.abspath(__file__))
build = os.path.abspath(os.path.join(sys.argv[1], 'bench'))
rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 5
clients = {'raw': [os.path.join(build, 'bench-tls-raw')],
           'runnel': [os.path.join(build, 'bench-tls-runnel')],
           'python': ['/usr/bin/python3', os.path.join(here, 'tls/python.py')],
           'luasec': ['lua5.4', os.path.join(here, 'tls/luasec.lua')],
           'runnel-lua': ['lua5.4', os.path.join(here, 'tls/runnel.lua')]}
# job: items, bytes of one, what its goals are: client, other, how much at most
jobs = {'read': (4000, 65536, [('runnel', 'raw', 1.03)]),
        'write': (4000, 65536, [('runnel', 'raw', 1.03)]),
        'readln': (3_000_000, 32, [('runnel', 'python', 1 / 3), ('runnel', 'luasec', 1 / 3)])}
IDLE = 500


def make_certificates(folder):
    def openssl(*words):
        subprocess.run(['openssl', *words], cwd=folder, check=True, capture_output=True)
    with open(os.path.join(folder, 'names'), 'w', encoding='ascii') as f:
        f.write('subjectAltName=DNS:a.example\n')
    ec = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']
    openssl('req', '-x509', *ec, '-keyout', 'ca.key', '-out', 'ca.pem', '-subj', '/CN=authority', '-days', '2')
    openssl('req', *ec, '-keyout', 'key.pem', '-out', 'request', '-subj', '/CN=far')
    openssl('x509', '-req', '-in', 'request', '-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial',
            '-extfile', 'names', '-out', 'cert.pem', '-days', '2')


def run(client, job, port, authority, count):
    """Its processor time in seconds, and what it said."""
    child = subprocess.Popen([*clients[client], job, str(port), authority, str(count)],
                             stdout=subprocess.PIPE, text=True)
    said = child.stdout.read().strip()
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    return usage.ru_utime + usage.ru_stime, said if child.returncode == 0 else None


def available():
    lua = os.path.abspath(os.path.join(sys.argv[1], 'lua/5.4'))
    os.environ['LUA_PATH'] = os.path.join(lua, '?.lua;;')
    os.environ['LUA_CPATH'] = os.path.join(lua, '?.so;;')
    for client, module in (('luasec', 'ssl'), ('runnel-lua', 'runnel.tls')):
        if not shutil.which('lua5.4') or subprocess.run(
                ['lua5.4', '-e', f'require "{module}"'], capture_output=True, check=False).returncode != 0:
            print(f'NOT RUN: {client}: there is no lua5.4 with it')
            del clients[client]


def measure(job, port, authority):
    count, size, goals = jobs[job]
    start = {c: statistics.median(run(c, job, port, authority, 1)[0] for _ in range(3)) for c in clients}
    spent = {c: [] for c in clients}
    for _ in range(rounds):
        for client in clients:
            seconds, said = run(client, job, port, authority, count)
            if said != str(count * size):
                sys.exit(f'{client} {job}: said {said}, not {count * size}')
            spent[client].append(max(seconds - start[client], 1e-9))
    cost = {c: statistics.median(spent[c]) / count * 1e9 for c in clients}
    for client in clients:
        print(f'{job:7} {client:10} {cost[client]:10.1f} ns  {cost[client] / cost["raw"]:6.2f} of raw')
    for client, other, most in goals:
        if other in cost:
            ratio = cost[client] / cost[other]
            verdict = 'met   ' if ratio <= most else 'MISSED'
            print(f'{verdict}  {job} {client}, cpu, to {other}: {ratio:.2f} (at most {most:.2f})')


def main():
    available()
    with tempfile.TemporaryDirectory() as folder:
        make_certificates(folder)
        far = subprocess.Popen([os.path.join(build, 'bench-tls-far'), 'cert.pem', 'key.pem'],
                               cwd=folder, stdout=subprocess.PIPE, text=True)
        try:
            port = int(far.stdout.readline())
            authority = os.path.join(folder, 'ca.pem')
            for job in jobs:
                measure(job, port, authority)
            heap = {c: int(run(c, 'idle', port, authority, IDLE)[1]) for c in ('raw', 'runnel')}
            ratio = heap['runnel'] / heap['raw']
            for client in heap:
                print(f'idle    {client:8} {heap[client]:10} bytes of heap')
            print(f'{"met   " if ratio <= 1.1 else "MISSED"}  idle runnel, heap, to raw: {ratio:.2f} (at most 1.10)')
        finally:
            far.kill()
            far.wait()


main()
