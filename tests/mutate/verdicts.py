# SPDX-License-Identifier: MIT
"""What is said of mutants: the list of those that change nothing, and the diff
of those that no test noticed."""


class Equivalents:
    """equivalent.list: blocks of a place, the line before, the line after, and
    the reason why that is no change in behaviour:

        src/net/file.c function
        - old line
        + new line
        = reason

    Behind the function stands #2 where it is the second such line in it."""

    def __init__(self, file):
        self.file = file
        self.known = {}
        block = []
        with open(file, encoding='utf-8') as f:
            for number, line in enumerate(f, 1):
                if line.startswith('#') or not line.strip():
                    continue
                block.append(line.strip())
                if len(block) == 4:
                    self.add(block, number)
                    block = []
        if block:
            raise SystemExit(f'{file}: it ends inside a block')

    def add(self, block, number):
        where, before, after, reason = block
        marks = before[:1] + after[:1] + reason[:2]
        if marks != '-+= ' or len(reason) < 4:
            raise SystemExit(f'{self.file}:{number}: not a block of four lines')
        self.known[(where, before[1:].strip(), after[1:].strip())] = reason

    def stale(self, mutants):
        """How many of the list are not to be had any more."""
        possible = {m.key for m in mutants}
        gone = [key for key in self.known if key not in possible]
        for where, before, after in gone:
            print(f'STALE in {self.file.name}: {where}\n- {before}\n+ {after}')
        return len(gone)


class Survivors:
    """Printed as they come, in the form that the list has."""

    def tell(self, mutant):
        where, before, after = mutant.key
        print(f'SURVIVED ({mutant.file}:{mutant.line})\n'
              f'{where}\n- {before}\n+ {after}', flush=True)
