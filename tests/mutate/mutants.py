# SPDX-License-Identifier: MIT
"""The mutants of a C file: every small change that a slip of the hand could
make, one at a time. It works on the text and knows no more of C than tokens;
what does not compile is thrown away later. It leans on the layout that
clang-format gives the tree: a binary operator has a blank on both sides, and a
function's name starts its line."""
import re
from dataclasses import dataclass

TOKEN = re.compile(r'''
    (?P<space>\s+)
  | (?P<comment>/\*.*?\*/|//[^\n]*)
  | (?P<macro>^[ ]*\#(?:[^\n\\]|\\.)*)
  | (?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
  | (?P<number>\b(?:0[xX][0-9a-fA-F]+|\d+)[uUlL]*\b)
  | (?P<word>\b[A-Za-z_]\w*\b)
  | (?P<sign>->|\+\+|--|<<=|>>=|<<|>>|<=|>=|==|!=|&&|\|\||[-+*/%&|^]=|\.\.\.|.)
''', re.X | re.S | re.M)

SWAPS = {
    '<': ['<=', '>='], '<=': ['<', '>'], '>': ['>=', '<='], '>=': ['>', '<'],
    '==': ['!='], '!=': ['=='], '&&': ['||'], '||': ['&&'],
    '+=': ['-='], '-=': ['+='], '*=': ['/='], '++': ['--'], '--': ['++'],
}
# Only where they stand between two operands.
BINARY = {
    '+': ['-'], '-': ['+'], '*': ['/'], '/': ['*'], '%': ['*'],
    '&': ['|'], '|': ['&'], '<<': ['>>'], '>>': ['<<'],
}
WORDS = {
    'true': ['false'], 'false': ['true'],
    'break': ['continue'], 'continue': ['break'],
}
NO_STATEMENT = {'return', 'goto', 'break', 'continue', 'case', 'default',
                'typedef', 'static', 'extern', 'const', 'enum', 'struct',
                'union', 'if', 'while', 'for', 'do', 'switch', 'else'}


@dataclass
class Token:
    kind: str
    text: str
    at: int
    end: int


@dataclass(frozen=True)
class Mutant:
    file: str
    at: int
    end: int
    new: str
    function: str
    line: int
    before: str  # the lines it changes, blanks made one
    after: str
    same: int = 1  # the so-manieth of its kind in the function

    @property
    def key(self):
        where = f'{self.file} {self.function}'
        if self.same > 1:
            where += f' #{self.same}'
        return (where, self.before, self.after)


def tokens_of(text):
    found = []
    for m in TOKEN.finditer(text):
        if m.lastgroup not in ('space', 'comment', 'macro'):
            found.append(Token(m.lastgroup, m.group(), m.start(), m.end()))
    return found


def matching(tokens, i):
    """The place of the bracket that closes the one at i."""
    depth = 0
    for k in range(i, len(tokens)):
        depth += tokens[k].text in ('(', '[', '{')
        depth -= tokens[k].text in (')', ']', '}')
        if depth == 0:
            return k
    return len(tokens) - 1


def bodies(text, tokens):
    """What is inside functions: their names, and their first and last token."""
    i = 0
    while i < len(tokens):
        if tokens[i].text != '{':
            i += 1
            continue
        end = matching(tokens, i)
        name = None
        if i > 0 and tokens[i - 1].text == ')':
            line = text.rfind('\n', 0, tokens[i].at)
            names = re.findall(r'^(\w+)\(', text[:line + 1], re.M)
            name = names[-1] if names else None
        yield name, i, end
        i = end + 1


def is_binary(text, token):
    return text[token.at - 1] == ' ' and text[token.end] in ' \n'


def number_swaps(text, token):
    if text[token.at - 1] == '[' and text[token.end] == ']' and \
            text[token.end + 1] in ';,)' or token.text.lower().startswith('0x'):
        return []  # how large an array is; a mask
    digits = token.text.rstrip('uUlL')
    suffix = token.text[len(digits):]
    value = int(digits, 8 if digits.startswith('0') else 10)
    if value == 0:
        return ['1' + suffix]
    return [f'{value + 1}{suffix}', f'{value - 1}{suffix}']


def single(text, tokens, k):
    """Changes of one token."""
    t = tokens[k]
    if t.kind == 'number':
        new = number_swaps(text, t)
    elif t.kind == 'word':
        new = WORDS.get(t.text, [])
    elif t.text in BINARY:
        new = BINARY[t.text] if is_binary(text, t) else []
    else:
        new = SWAPS.get(t.text, [])
    return [(t.at, t.end, n) for n in new]


def negated(text, tokens, k):
    """The condition of an if, a while or an ?: turned round."""
    if tokens[k].text not in ('if', 'while') or tokens[k + 1].text != '(':
        return []
    close = matching(tokens, k + 1)
    inside = [t.text for t in tokens[k + 2:close]]
    if ('==' in inside or '!=' in inside) and \
            '&&' not in inside and '||' not in inside:
        return []  # the swap of the operator is the same
    at, end = tokens[k + 1].end, tokens[close].at
    return [(at, end, f'!({text[at:end]})')]


def starts_statement(tokens, k, low):
    before = tokens[k - 1].text
    if before in (';', '{', '}', 'else', 'do') or before == ':' and \
            any(t.text in ('case', 'default') for t in tokens[max(low, k - 4):k]):
        return True
    if before != ')':
        return False
    depth = 0
    for i in range(k - 1, low, -1):
        depth += (tokens[i].text == ')') - (tokens[i].text == '(')
        if depth == 0:
            return tokens[i - 1].text in ('if', 'while', 'for')
    return False


def deleted(tokens, k, low):
    """A call, an assignment, or a step, gone."""
    if tokens[k].text in NO_STATEMENT or not starts_statement(tokens, k, low):
        return []
    if tokens[k].kind != 'word' and tokens[k].text not in ('*', '(', '++', '--'):
        return []
    if tokens[k].kind == 'word' and tokens[k + 1].kind == 'word':
        return []  # a declaration
    end = k
    while tokens[end].text != ';':
        if tokens[end].text in ('{', '}'):
            return []
        end = matching(tokens, end) + 1 if tokens[end].text in '([' else end + 1
    whole = [t.text for t in tokens[k:end]]
    if '*' in whole[1:2] and tokens[k + 2].at == tokens[k + 1].end and \
            '=' in whole:
        return []  # a declaration of a pointer
    return [(tokens[k].at, tokens[end].at, '')]


def returned(text, tokens, k):
    """Another result."""
    if tokens[k].text != 'return' or tokens[k + 1].text == ';':
        return []
    end = k
    while tokens[end].text != ';':
        end = matching(tokens, end) + 1 if tokens[end].text in '({[' else end + 1
    at, stop = tokens[k + 1].at, tokens[end].at
    value = text[at:stop]
    if value in ('true', 'false', '0', '1'):
        return []  # a change of one token
    if value == 'RN_OK':
        return [(at, stop, 'RN_E_IO')]
    if re.fullmatch(r'RN_E_\w+', value):
        other = 'RN_E_IO' if value != 'RN_E_IO' else 'RN_E_VALUE'
        return [(at, stop, 'RN_OK'), (at, stop, other)]
    return [(at, stop, '0')] if value != 'NULL' else []


def lines_of(text, at, end):
    return text.rfind('\n', 0, at) + 1, (text.find('\n', end) + 1 or len(text))


def mutants_of(file, text):
    """All of them, in the order of the text."""
    tokens = tokens_of(text)
    seen = {}
    for name, low, high in bodies(text, tokens):
        for k in range(low + 1, high):
            changes = single(text, tokens, k)
            if name is not None:
                changes += negated(text, tokens, k) + returned(text, tokens, k)
                changes += deleted(tokens, k, low)
            for at, end, new in changes:
                first, last = lines_of(text, at, end)
                before = ' '.join(text[first:last].split())
                after = ' '.join(
                    (text[first:at] + new + text[end:last]).split())
                kind = (name, before, after)
                seen[kind] = seen.get(kind, 0) + 1
                yield Mutant(file, at, end, new, name or '-',
                             text.count('\n', 0, at) + 1, before, after,
                             seen[kind])
