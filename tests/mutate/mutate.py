#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Mutation testing: one small change of src/ after another is compiled and
linked into the tests in a build folder, and has to make one of them fail. What
no test notices is printed as a diff. A change that comes to the same machine
code, or that equivalent.list says is none, does not count.
usage: mutate.py [options] BUILD-FOLDER     (see --help)"""
import argparse
import collections
import concurrent.futures
import hashlib
import json
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import threading
import time

from mutants import mutants_of
from verdicts import Equivalents, Survivors

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
SUITES = ('unit', 'conform', 'fault', 'sweep', 'sim', 'tls')
# Less of what takes long, and finds what it finds early.
SHORTER = {'cuttings': {-2: '5', -1: '3'}, 'sim': {-1: '3000'}}
LIBRARY = 'librunnel.a'


def run(command, cwd, limit, log=subprocess.DEVNULL):
    """The exit status; None where it took too long. Nothing is left running,
    not even where this process is ended from outside."""
    with subprocess.Popen(['setpriv', '--pdeathsig', 'KILL', *command], cwd=cwd,
                          stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                          start_new_session=True) as process:
        try:
            return process.wait(limit)
        except subprocess.TimeoutExpired:
            return None
        finally:
            try:
                os.killpg(process.pid, 9)
            except ProcessLookupError:
                pass


class Test:
    """A test program: how it is linked and run, and how long that takes."""

    def __init__(self, build, told):
        self.name = told['name']
        self.build = build
        program = pathlib.Path(told['cmd'][0])
        self.output = str(program.relative_to(build))
        self.arguments = told['cmd'][1:]
        for at, argument in SHORTER.get(self.name, {}).items():
            self.arguments[at] = argument
        commands = subprocess.run(
            ['ninja', '-t', 'commands', '-s', self.output], cwd=build,
            check=True, capture_output=True, text=True).stdout
        self.link = shlex.split(commands.strip().split('\n')[-1])
        self.seconds = 0.0

    def concerns(self, file):
        """Whether the file is in it, as a part of the library or by itself."""
        own = '_src_' + file.removeprefix('src/').replace('/', '_') + '.o'
        return LIBRARY in self.link or \
            any(a.endswith(own) for a in self.link)

    def linked(self, objects, to):
        command = [to if a == self.output else a for a in self.link]
        if not objects:
            return command
        own = [a for a in command if '.p/.._src_' in a]
        if own:
            at = command.index('-Wl,--start-group')
            command[at:at] = objects
            return [a for a in command if a not in own]
        # In the library: a program takes from it what it needs and no more.
        library = os.path.join(os.path.dirname(to), LIBRARY)
        return [library if a == LIBRARY else a for a in command]

    def limit(self):
        return 3 + 5 * self.seconds

    def status(self, program, folder, limit):
        return run([program] + self.arguments, folder, limit)

    def passes(self, objects, folder):
        """Whether it does. A machine that others use too can make a test fail,
        or slow: what is no crash has to happen twice, and what takes too long
        does so only if it takes less without the mutant."""
        program = os.path.join(folder, 'test')
        if run(self.linked(objects, program), self.build, 900) != 0:
            sys.exit(f'NOT RUN: {self.name} cannot be linked')
        status = self.status(program, folder, self.limit())
        if status is not None and status > 0:
            status = self.status(program, folder, self.limit())
        plain = str(self.build / self.output)
        if status is None and self.status(plain, folder, self.limit()) is None:
            status = self.status(program, folder, 10 * self.limit())
        return status == 0


class Compiler:
    """Compiles a file of src/ as the build folder does."""

    def __init__(self, build):
        self.build = build
        with open(build / 'compile_commands.json', encoding='utf-8') as f:
            told = json.load(f)
        self.commands = {}
        for c in told:
            path = os.path.relpath(os.path.join(c['directory'], c['file']), ROOT)
            if path.startswith('src/') and path not in self.commands and \
                    not path.startswith('src/tls/'):
                self.commands[path] = self.plain(shlex.split(c['command']))

    @staticmethod
    def plain(command):
        """Without dependencies, warnings, what to compile, and where to."""
        kept, skip = [], False
        for a in command:
            if skip or a in ('-MD', '-c', '-g') or a.startswith('-W'):
                skip = False
            elif a in ('-o', '-MQ', '-MF'):
                skip = True
            else:
                kept.append(a)
        return kept[:-1] + ['-w']

    def compile(self, file, source, to, extra=()):
        command = self.commands[file] + [
            '-iquote', str(ROOT / os.path.dirname(file)), *extra,
            '-c', str(source), '-o', to]
        return run(command, self.build, 60) == 0

    def library(self, objects, folder):
        """The library, with these in the place of its own."""
        library = os.path.join(folder, LIBRARY)
        shutil.copy(self.build / LIBRARY, library)
        before = self.members(library)
        if run(['ar', 'r', library, *objects], self.build, 60) != 0 or \
                self.members(library) != before:
            sys.exit(f'NOT RUN: {LIBRARY} has not what was compiled')

    @staticmethod
    def members(library):
        return subprocess.run(['ar', 't', library], check=True,
                              capture_output=True, text=True).stdout

    def code(self, file, source, folder):
        """The machine code, optimised and without instruments; None: none."""
        to = os.path.join(folder, 'code.o')
        if not self.compile(file, source, to,
                            ('-O2', '-fno-sanitize=all', '-frandom-seed=1')):
            return None
        with open(to, 'rb') as f:
            return f.read()


class Bench:
    """Where mutants are tried."""

    def __init__(self, build, names):
        self.build = build
        self.compiler = Compiler(build)
        told = json.loads(subprocess.run(
            ['meson', 'introspect', '--tests', str(build)], check=True,
            capture_output=True, text=True).stdout)
        self.tests = [Test(build, t) for t in told
                      if t['suite'][0].split(':')[-1] in SUITES and
                      (not names or t['name'] in names)]
        self.build_tests()
        self.kills = collections.Counter()
        self.lock = threading.Lock()
        self.originals = {}

    def build_tests(self):
        with open(self.build / 'mutate-build.log', 'w',
                  encoding='utf-8') as log:
            programs = [t.output for t in self.tests]
            if run(['ninja', *programs], self.build, 3600, log) != 0:
                sys.exit(f'NOT RUN: the tests cannot be built, see {log.name}')

    def time_tests(self):
        """Every test passes on what is not mutated, in so many seconds."""
        for test in self.tests:
            with tempfile.TemporaryDirectory() as folder:
                test.seconds = 30
                began = time.monotonic()
                if not test.passes([], folder):
                    sys.exit(f'NOT RUN: {test.name} fails without any mutant')
                test.seconds = time.monotonic() - began

    def order(self, file):
        """First what has killed many mutants of the file in little time."""
        with self.lock:
            return sorted((t for t in self.tests if t.concerns(file)),
                          key=lambda t: t.seconds / (
                              1 + 3 * self.kills[file, t.name]))

    def same_code(self, mutant, source, folder):
        if mutant.file not in self.originals:
            # By the same path, which may be in the code.
            plain = pathlib.Path(folder, 'plain')
            plain.mkdir()
            shutil.copy(ROOT / mutant.file, plain / source.name)
            code = self.compiler.code(mutant.file, plain / source.name, folder)
            self.originals[mutant.file] = code
        code = self.compiler.code(mutant.file, source, folder)
        return code is None, code == self.originals[mutant.file]

    @staticmethod
    def object_of(file, folder):
        return os.path.join(folder, file.replace('/', '_') + '.o')

    def objects(self, mutant, text, folder):
        """Objects with the mutant in them; None where it does not compile, and
        whether it is no change at all."""
        tree = pathlib.Path(folder, 'src')
        if mutant.file.endswith('.h'):
            shutil.copytree(ROOT / 'src', tree)
            (tree.parent / mutant.file).write_text(text, encoding='utf-8')
            found = []
            for file in self.compiler.commands:
                to = self.object_of(file, folder)
                if not self.compiler.compile(file, tree.parent / file, to):
                    return None, False
                found.append(to)
            return found, False
        tree.mkdir()
        source = tree / os.path.basename(mutant.file)
        source.write_text(text, encoding='utf-8')
        broken, same = self.same_code(mutant, source, folder)
        to = self.object_of(mutant.file, folder)
        if broken or not self.compiler.compile(mutant.file, source, to):
            return None, False
        return [to], same

    def fate(self, mutant):
        """'broken', 'same', 'survived', or the test that killed it."""
        text = (ROOT / mutant.file).read_text(encoding='utf-8')
        text = text[:mutant.at] + mutant.new + text[mutant.end:]
        with tempfile.TemporaryDirectory() as folder:
            objects, same = self.objects(mutant, text, folder)
            if objects is None:
                return 'broken'
            if same:
                return 'same'
            self.compiler.library(objects, folder)
            for test in self.order(mutant.file):
                if not test.passes(objects, folder):
                    with self.lock:
                        self.kills[mutant.file, test.name] += 1
                    return test.name
        return 'survived'


def all_mutants(pattern):
    for file in sorted([*ROOT.glob('src/stream/*.[ch]'),
                        *ROOT.glob('src/net/*.[ch]')]):
        path = str(file.relative_to(ROOT))
        if re.search(pattern, path):
            yield from mutants_of(path, file.read_text(encoding='utf-8'))


def sample(mutants, count, seed):
    """As chance will have it, by what the mutants themselves are: where a line
    was edited its own come or go, and the others are the same as before."""
    def number(mutant):
        return hashlib.sha256(f'{seed} {mutant.key}'.encode()).digest()
    return sorted(mutants, key=number)[:count]


def arguments():
    p = argparse.ArgumentParser()
    p.add_argument('build', type=lambda a: pathlib.Path(a).resolve())
    p.add_argument('--count', default='300', help='how many, or "all"')
    p.add_argument('--seed', type=int, default=1, help='which')
    p.add_argument('--jobs', type=int, default=os.cpu_count())
    p.add_argument('--file', default='', help='only paths that match this')
    p.add_argument('--test', action='append', help='only this test')
    p.add_argument('--goal', type=float, default=95,
                   help='how many per cent must be killed')
    p.add_argument('--verbose', action='store_true')
    return p.parse_args()


def main():
    began = time.monotonic()
    options = arguments()
    everything = list(all_mutants(options.file))
    equivalents = Equivalents(HERE / 'equivalent.list')
    stale = equivalents.stale(everything) if options.file == '' else 0
    chosen = everything
    if options.count != 'all' and int(options.count) < len(everything):
        chosen = sample(everything, int(options.count), options.seed)
    bench = Bench(options.build, options.test)
    bench.time_tests()
    fates = collections.Counter()
    survivors = Survivors()
    listed = [m for m in chosen if m.key in equivalents.known]
    tried = [m for m in chosen if m.key not in equivalents.known]
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        for mutant, fate in zip(tried, pool.map(bench.fate, tried)):
            fates[fate if fate in ('broken', 'same', 'survived')
                  else 'killed'] += 1
            if options.verbose:
                print(f'{mutant.file}:{mutant.line}: {fate}: {mutant.after}',
                      flush=True)
            if fate == 'survived':
                survivors.tell(mutant)
    real = fates['killed'] + fates['survived']
    score = 100 * fates['killed'] / real if real else 0.0
    print(f'mutate: {len(chosen)} mutants of {len(everything)}'
          f' (seed {options.seed}), {fates["killed"]} killed, '
          f'{fates["survived"]} survived, {len(listed)} equivalent (listed), '
          f'{fates["same"]} the same code, {fates["broken"]} do not compile, '
          f'{stale} stale: {score:.1f} % killed, '
          f'{time.monotonic() - began:.0f} s')
    sys.exit(0 if real and score >= options.goal and not stale else 1)


main()
