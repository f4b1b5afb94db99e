"""Context words as expressions: whole words in any case, also as parts of snake_case and camelCase names."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

GLUE = r"[ \t_.\-]?"
"""What may stand between the parts of a field's name."""
_RUNS = re.compile(r"[A-Za-z0-9]+|[\x00-\U0010ffff]")
_ALPHABETS = ("LATIN", "CYRILLIC", "GREEK")
# Longer words may carry an ending (declension); in short ones it is another word.
_SHORT = 5


def parts(keyword: str) -> list[str]:
    """What a word consists of: anything may stand between its parts that parts words of a name."""
    return [part for part in re.split(r"[\s_\-]+", keyword) if part]


def is_plain(keyword: str) -> bool:
    """Whether word boundaries mean something for this keyword (they do not in Chinese, Japanese or Thai)."""
    return keyword.isascii()


def keyword_expressions(keyword: str) -> list[str]:
    """Hyperscan expressions that end in, or just after, every occurrence of `keyword` as a word (and a few others).

    Literals as far as possible: they compile in microseconds and are what the engine is fastest at. What they let
    through besides is told apart by `context_regex`.
    """
    pieces = parts(keyword)
    if not is_plain(keyword):
        # Scripts without case or word boundaries, and Latin ones with accents: bytes as they are, in the usual cases.
        return [_either_case(keyword)]
    if len(pieces) > 1:
        return ["(?i)" + _quote(glue.join(pieces)) for glue in (" ", "_", "-", "")]
    word = pieces[0]
    forms = [rf"(?:\b|_)(?i:{_quote(word)})(?:[^a-z]|s[^a-z]|s?\z)", rf"[a-z]{_quote(word.capitalize())}"]
    return [*forms, rf"[a-z]{_quote(word.upper())}"] if len(word) > 1 else forms


def field_expression(name: str) -> str:
    """A Hyperscan expression for `name` as a key that is followed by an assignment: `name =`, `"name":`, `<name>`."""
    if not is_plain(name):
        return _either_case(name) + r"[\"']?[ \t]?[:=>]"
    pieces = parts(name)
    glued = GLUE.join(_quote(part) for part in pieces)
    camel = "".join(_quote(part.capitalize()) for part in pieces)
    return rf"(?:(?:\b|_)(?i:{glued})|[a-z]{camel}){ASSIGNED.decode()}"


def context_regex(keywords: tuple[str, ...], names: tuple[str, ...]) -> re.Pattern[bytes] | None:
    """What counts as context around a value in running text: a keyword, or a name that is assigned to."""
    short = tuple(name for name in names if _is_short(name))
    longer = tuple(name for name in names if not _is_short(name))
    return _compile([*_forms(keywords, _WORD_END), *_forms(longer, ASSIGNED), *_forms(short, _SHORT_ASSIGNED)])


def _is_short(name: str) -> bool:
    return len("".join(parts(name))) < _SHORT


def word_regex(words: tuple[str, ...]) -> re.Pattern[bytes] | None:
    """Any of `words` as a whole word."""
    return _compile(_forms(words, _WORD_END))


# No lower-case letter may follow a word, except the s of a plural or across a camelCase border.
_WORD_END = rb"(?:s(?![A-Za-z])|(?![A-Za-z])|(?<=[a-z])(?=[A-Z]))"
_SIGN = rb"[\"']?[ \t]?[:=>]"
_MORE = rb"(?:s|[A-Z_0-9][A-Za-z_0-9]{0,16})?"
ASSIGNED = _MORE + _SIGN
PAIRED = _MORE + rb"(?:[\"'][ \t]*+,|[\"']?[ \t]*+\r?\n|[ \t]*+</)"
"""How a name ends that stands as a value beside what it names (`formats/paired.py`): the last sign is none of `SIGNS`."""
SIGNS = b":=>"
# Capitals that follow a short word in capitals make another word of it (SIND, SSND), but for the words that numbers are called with.
_SHORT_ASSIGNED = (
    rb"(?:s|[_0-9][A-Za-z_0-9]{0,16}|(?<=[a-z])[A-Z][A-Za-z_0-9]{0,16}|[A-Z][a-z][A-Za-z_0-9]{0,15}"
    rb"|(?:NO|NR|NUM|NUMBER|ID|VALUE)(?:_[A-Za-z_0-9]{0,16})?)?" + _SIGN
)
_BYTE = rb"[\x00-\xff]"


class _Form(NamedTuple):
    """Words that begin alike: the bytes that the first may be, what must precede it, what may follow, and the end."""

    first: bytes
    before: bytes
    rest: list[bytes]
    end: bytes
    caseless: bool = False


def _compile(forms: list[_Form]) -> re.Pattern[bytes] | None:
    """One expression that begins with a set of bytes: all others are skipped without a try."""
    if not forms:
        return None
    grouped: dict[tuple[bytes, bytes], list[bytes]] = {}
    for form in forms:
        choice = rb"(?i:" if form.caseless else rb"(?:"
        rest = rb"(?<=" + _set(form.first) + rb")" + choice + b"|".join(form.rest) + rb")"
        grouped.setdefault((form.before, form.end), []).append(rest)
    choices = b"|".join(before + rb"(?:" + b"|".join(rests) + rb")" + end for (before, end), rests in grouped.items())
    return re.compile(_set(b"".join(form.first for form in forms)) + rb"(?:" + choices + rb")")


def _set(members: bytes) -> bytes:
    plain = (
        bytes((byte,)) if chr(byte).isalnum() and byte < 128 else rb"\x%02x" % byte for byte in sorted(set(members))
    )
    return b"[" + b"".join(plain) + b"]"


def _forms(keywords: tuple[str, ...], end: bytes) -> list[_Form]:
    """The words by their first letters, the longest first: whole, as parts of camelCase, and those beyond ASCII."""
    whole: dict[bytes, list[bytes]] = {}
    camel: dict[bytes, list[bytes]] = {}
    others: list[_Form] = []
    for word in sorted(keywords, key=len, reverse=True):
        if not is_plain(word):
            others += _bounded(word, end)
            continue
        pieces = [part.encode() for part in parts(word)]
        first = pieces[0][:1]
        rest = rb"[ \t_.\-]{0,2}".join(re.escape(part) for part in (pieces[0][1:], *pieces[1:]))
        whole.setdefault(first.lower() + first.upper(), []).append(rest)
        for form in (b"".join(map(bytes.capitalize, pieces)), b"".join(map(bytes.upper, pieces))):
            camel.setdefault(form[:1], []).append(re.escape(form[1:]))
    return [
        *(_Form(first, rb"(?<![A-Za-z0-9]" + _BYTE + rb")", rest, end, caseless=True) for first, rest in whole.items()),
        *(_Form(first, rb"(?<=[a-z]" + _BYTE + rb")", rest, end) for first, rest in camel.items()),
        *others,
    ]


def _bounded(word: str, end: bytes) -> Iterator[_Form]:
    """A word with letters beyond ASCII. In alphabetic scripts it must stand alone ("инн" is not in "длинный")."""
    first, last = word[0], word[-1]
    alphabetic = unicodedata.name(first, "").startswith(_ALPHABETS)
    before = rb"(?<![A-Za-z\x80-\xff]" + _BYTE + rb")" if alphabetic else b""
    rest = b"".join(_either_case_bytes(char) for char in word[1:])
    if unicodedata.name(last, "").startswith(_ALPHABETS) and len(word) <= _SHORT:
        rest += rb"(?![a-z\x80-\xff])"
    tail = b"" if end is _WORD_END else _SIGN
    for form in dict.fromkeys((first.lower().encode(), first.upper().encode())):
        yield _Form(form[:1], before, [re.escape(form[1:]) + rest], tail)


def _either_case(text: str) -> str:
    """A text in both its cases, for Hyperscan; letters beyond ASCII are sequences of bytes there."""
    return "".join(f"(?i:{run})" if run.isascii() and run.isalnum() else _in_cases(run) for run in _RUNS.findall(text))


def _in_cases(char: str) -> str:
    lower, upper = char.lower(), char.upper()
    if char == " ":
        return r"[ _\-]"
    if lower == upper:
        return _quote(lower)
    one, other = lower.encode(), upper.encode()
    if one[:-1] == other[:-1]:
        # A set in its last byte is one state, where two sequences are one for each byte.
        return "".join(f"\\x{byte:02x}" for byte in one[:-1]) + f"[\\x{one[-1]:02x}\\x{other[-1]:02x}]"
    return f"(?:{_quote(lower)}|{_quote(upper)})"


def _either_case_bytes(char: str) -> bytes:
    if char == " ":
        return rb"[ \t_.\-]{0,2}"
    forms = dict.fromkeys((char.lower(), char.upper()))
    return b"(?:" + b"|".join(re.escape(form.encode()) for form in forms) + b")"


def _quote(text: str) -> str:
    """Escape for Hyperscan, non-ASCII as the bytes of its UTF-8."""
    quoted = []
    for byte in text.encode():
        char = chr(byte)
        quoted.append(char if char.isalnum() and byte < 128 else f"\\x{byte:02x}")
    return "".join(quoted)
