#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Judge the coverage of src/: read llvm-cov's JSON export and the list of
reasons, print every branch and condition that no test reaches with the reason
why it stands, and the figures. Fails for one without a reason, and for a reason
that nothing needs any more.
usage: judge.py EXPORT.json REASONS.list SOURCE-FOLDER [FILE...]

With FILEs, as stream/line.c, only of those.

A line of the list:  file function | condition | what is missing | reason
where the condition is its text in the source, blanks made one, and what is
missing is "true" or "false" (it never is that), or "mcdc" (it was never seen to
decide by itself). A reason that begins with "seldom:" is needed in some runs and
not in others. Line numbers are left out on purpose: the list survives edits
elsewhere."""
import collections
import json
import sys

EXPANSION, MCDC_BRANCH = 1, 6  # llvm-cov's kinds of region


class Sources:
    """The text of regions."""

    def __init__(self):
        self.lines = {}

    def text(self, file, l1, c1, l2, c2):
        if file not in self.lines:
            with open(file, encoding='utf-8') as f:
                self.lines[file] = f.read().split('\n')
        part = self.lines[file][l1 - 1:l2]
        behind = part[-1][c2 - 1:]
        whole = ' '.join(' '.join(part).split())
        part[-1] = part[-1][:c2 - 1]
        part[0] = part[0][c1 - 1:]
        text = ' '.join(' '.join(part).split())
        # Where a macro begins the condition, llvm-cov loses its end.
        return whole if text == '' or behind.startswith('(') else text


def places(function):
    """Where each file of a function's list is: an expanded macro stands where
    it is used, and keeps its own text."""
    at = {}
    for region in function['regions']:
        l1, _, _, _, _, file, expanded, kind = region
        if kind == EXPANSION:
            at[expanded] = at.get(file, (file, l1))
    return at


def collect(export, root):
    """Every branch and every condition of a decision, with how often it went
    each way. A function that several files have got (an inline one) counts
    once."""
    sources = Sources()
    branches = collections.defaultdict(lambda: [0, 0])
    decisions = collections.defaultdict(bool)
    for function in export['data'][0]['functions']:
        name = function['name'].split(':')[-1]
        files = function['filenames']
        at = places(function)
        conditions = collections.defaultdict(list)
        for b in function['branches']:
            l1, c1, l2, c2, yes, no, file, _, kind = b
            home, line = at.get(file, (file, l1))
            if not files[home].startswith(root):
                continue
            text = sources.text(files[file], l1, c1, l2, c2)
            key = (files[home][len(root):], line, l1, c1, name, text)
            branches[key][0] += yes
            branches[key][1] += no
            if kind == MCDC_BRANCH:
                conditions[file].append(((l1, c1), key))
        for record in function.get('mcdc_records', []):
            l1, c1, l2, c2, _, _, shown = record
            for file in list(conditions):
                inside = sorted(c for c in conditions[file]
                                if (l1, c1) <= c[0] < (l2, c2))
                if len(inside) == len(shown):
                    break
            else:
                if files[0].startswith(root):
                    sys.exit(f'cannot match the conditions of {name}:{l1}')
                continue
            for condition, seen in zip(inside, shown):
                decisions[condition[1]] |= seen
                conditions[file].remove(condition)
    return branches, decisions


def read_reasons(file):
    reasons = collections.defaultdict(list)
    with open(file, encoding='utf-8') as f:
        for number, line in enumerate(f, 1):
            if line.startswith('#') or not line.strip():
                continue
            parts = [p.strip() for p in line.rsplit(' | ', 3)]
            if len(parts) != 4 or not all(parts):
                sys.exit(f'{file}:{number}: not four fields: {line.strip()}')
            where, condition, missing, reason = parts
            reasons[(where, condition, missing)].append(reason)
    return reasons


def main():
    export_file, reasons_file, root, *only = sys.argv[1:]
    with open(export_file, encoding='utf-8') as f:
        branches, decisions = collect(json.load(f), root.rstrip('/') + '/')
    reasons = read_reasons(reasons_file)
    if only:
        branches = {k: v for k, v in branches.items() if k[0] in only}
        decisions = {k: v for k, v in decisions.items() if k[0] in only}
        reasons = {k: v for k, v in reasons.items()
                   if k[0].split()[0] in only}
    told = collections.Counter()

    def tell(key, missing):
        file, line, _, _, name, text = key
        known = reasons.get((f'{file} {name}', text, missing))
        kind = 'decisions' if missing == 'mcdc' else 'branches'
        told[kind if known else 'without'] += 1
        told['all ' + kind] += 1
        reason = known.pop(0) if known else 'WITHOUT A REASON'
        how = 'never decides alone' if missing == 'mcdc' else f'never {missing}'
        print(f'src/{file}:{line} {name} | {text} | {how}: {reason}')

    for key in sorted(branches):
        for missing, times in zip(('true', 'false'), branches[key]):
            if times == 0:
                tell(key, missing)
    for key in sorted(decisions):
        if not decisions[key]:
            tell(key, 'mcdc')
    stale = [(k, r) for k, rs in sorted(reasons.items()) for r in rs
             if not r.startswith('seldom:')]
    for (where, condition, missing), reason in stale:
        print(f'STALE REASON {where} | {condition} | {missing} | {reason}')
    count = 2 * len(branches)
    reached = count - told['all branches']
    print(f'cov: branches {reached}/{count} ({100 * reached / count:.1f} %), '
          f'{told["branches"]} with a reason; '
          f'MC/DC {len(decisions) - told["all decisions"]}/{len(decisions)}, '
          f'{told["decisions"]} with a reason; '
          f'{told["without"]} without, {len(stale)} stale')
    sys.exit(1 if told['without'] or stale or not reached else 0)


main()
