"""Every small change of a C source: one operator, constant, condition or
statement. Knows tokens and brackets, not C: what makes no sense does not
compile, and the one who asks leaves that out."""

import re
from collections import namedtuple

# OLD at START to END of the text becomes NEW; LINE is where it begins, NTH which
# of the same changes in that line it is.
Mutant = namedtuple("Mutant", "file start end line old new nth")

TOKEN = re.compile(r"""
    (?P<gap> \s+ | //[^\n]* | /\*.*?\*/
           | ^\#define[ ]\w+(\([^)]*\))?    # its body is looked at
           | ^\#[^\n]* )
  | (?P<string> "(?:\\.|[^"\\])*" )
  | (?P<char> '(?:\\.|[^'\\])+' )
  | (?P<number> 0[xX][0-9a-fA-F]+ | \d+ ) (?P<suffix> [uUlL]* )
  | (?P<name> [A-Za-z_]\w* )
  | (?P<op> <<= | >>= | -> | \+\+ | -- | << | >> | && | \|\| | [-+*/%&|^<>=!]= | . )
    """, re.VERBOSE | re.DOTALL | re.MULTILINE)
Token = namedtuple("Token", "kind text start end")

# Each becomes every other one of its group.
GROUPS = [group.split() for group in (
    "< <= > >= == !=", "+ - * / %", "&& ||", "& | ^", "<< >>", "++ --",
    "+= -= *= /= %= =", "&= |= ^= =", "<<= >>= =", "true false")]
OPEN, CLOSE = "([{", ")]}"
DECLARES = re.compile(
    r"(const|static|struct|enum|union|unsigned|int|long|char|bool|void|\w+_t)$")


def tokens_of(text):
    found = (Token(m.lastgroup if m.lastgroup != "suffix" else "number",
                   m.group(), m.start(), m.end()) for m in TOKEN.finditer(text))
    return [t for t in found if t.kind != "gap"]


def partners(tokens):
    """The index of each bracket's other half."""
    pair, stack = {}, []
    for i, token in enumerate(tokens):
        if token.kind == "op" and token.text in OPEN:
            stack.append(i)
        elif token.kind == "op" and token.text in CLOSE and stack:
            pair[i] = stack.pop()
            pair[pair[i]] = i
    return pair


def constant(token):
    """What a number, character or string becomes."""
    if token.kind == "string":
        return ['""']
    if token.kind == "char":
        return [f"({token.text} + 1)", f"({token.text} - 1)", "'\\0'"]
    digits, suffix = re.match(r"(\w+?)([uUlL]*)$", token.text).groups()
    value = int(digits, 0)
    return [f"{value + 1}{suffix}",
            f"{value - 1}{suffix}" if value else f"(-1{suffix})", f"0{suffix}"]


def operator(text, token):
    """What an operator becomes; clang-format puts a space behind those, and only
    behind those, that have two operands."""
    binary = text[token.end:token.end + 1].isspace()
    if not binary and token.text in "!-~":
        return [""]
    if not binary and token.text not in ("++", "--"):
        return []
    return alternatives(token.text)


def alternatives(word):
    return [other for group in GROUPS if word in group and word != "="
            for other in group if other != word]


def enum_siblings(texts):
    """Each member of an enum and the one behind it, the last and the first."""
    following = {}
    for text in texts:
        clean = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
        for body in re.findall(r"\benum(?: \w+)? \{(.*?)\}", clean, re.DOTALL):
            names = re.findall(r"(?:^|,)\s*(\w+)", body)
            following.update(zip(names, names[1:] + names[:1]))
    return following


def words(text, tokens, siblings):
    """Changes of a single token."""
    for token in tokens:
        if token.kind in ("string", "char", "number"):
            news = constant(token)
        elif token.kind == "op":
            news = operator(text, token)
        else:
            news = alternatives(token.text)
            if token.text in siblings:
                news = news + [siblings[token.text]]
        for new in dict.fromkeys(news):
            if new != token.text:
                yield token.start, token.end, new


def before_question(tokens, pair, i):
    """Where the condition of the ? at I begins."""
    while i > 0:
        text = tokens[i - 1].text
        if tokens[i - 1].kind == "op" and text in CLOSE and text != "}":
            i = pair[i - 1]
        elif text in OPEN or text in ("return", "}", ",", ";", "?", ":") or \
                re.fullmatch(r"([-+*/%&|^]|<<|>>)?=", text):
            break
        else:
            i -= 1
    return i


def conditions(tokens, pair):
    """The first and last token of each condition."""
    for i, token in enumerate(tokens):
        if token.text in ("if", "while"):
            yield i + 2, pair[i + 1] - 1
        elif token.text == "for":
            ends = [k for k in range(i + 2, pair[i + 1])
                    if tokens[k].text == ";"]
            if ends[0] + 1 < ends[1]:
                yield ends[0] + 1, ends[1] - 1
        elif token.kind == "op" and token.text == "?":
            yield before_question(tokens, pair, i), i - 1


def bodies(tokens, pair):
    """The first and last token of each function's block."""
    i = 0
    while i < len(tokens):
        if tokens[i].text == "{":
            if tokens[i - 1].text == ")":
                yield i, pair[i]
            i = pair[i]
        i += 1


def statements(tokens, pair):
    """The first and last token of each statement that ends with a semicolon."""
    heads = {pair[i + 1] for i, t in enumerate(tokens)
             if t.text in ("if", "while", "for", "switch")}
    for first, last in bodies(tokens, pair):
        for i in range(first + 1, last):
            if tokens[i - 1].text not in ("{", "}", ";", "else", ":") and \
                    i - 1 not in heads or tokens[i].text in "{};":
                continue
            if DECLARES.match(tokens[i].text) or tokens[i].text in (
                    "if", "else", "for", "while", "do", "switch", "case",
                    "default"):
                continue
            end = i
            while tokens[end].text not in (";", ")", "}"):
                end = pair[end] + 1 if tokens[end].text in OPEN else end + 1
            if tokens[end].text == ";":
                yield i, end - 1


def changes(text, siblings):
    tokens = tokens_of(text)
    pair = partners(tokens)
    yield from words(text, tokens, siblings)
    for first, last in conditions(tokens, pair):
        for new in ("1", "0"):
            yield tokens[first].start, tokens[last].end, new
    for first, last in statements(tokens, pair):
        yield tokens[first].start, tokens[last].end, ""


def mutants_of(file, text, siblings):
    """All of them in the order of the lines; SIBLINGS as of enum_siblings."""
    seen, found = {}, []
    for start, end, new in sorted(set(changes(text, siblings))):
        old = re.sub(r"\s+", " ", text[start:end])
        line = text.count("\n", 0, start) + 1
        seen[line, old, new] = nth = seen.get((line, old, new), 0) + 1
        found.append(Mutant(file, start, end, line, old, new, nth))
    return found
