"""What a text is like, counted over all of its bytes at once: marks, lines, numbers, each as a share in steps.

Regular expressions say the same and take five times as long, which a scan of many small texts would feel.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Bytes = NDArray[np.uint8]
    Mask = NDArray[np.bool_]
    Places = NDArray[np.intp]

_AFTER = 8
"""So many bytes beyond the end may be looked at."""
_STEPS = (0.0, 0.02, 0.05, 0.1, 0.2, 0.4, 0.7, 1.0)
_KEY_LENGTH = 31
_STAMP_WITHIN = 3
_DIGITS = b"0123456789"
_UPPER = bytes(range(ord("A"), ord("Z") + 1))
_LOWER = _UPPER.lower()


def _table(marks: bytes, *, but: bool = False) -> bytes:
    """What makes of each byte whether it is one of these, or is none."""
    return bytes((byte in marks) != but for byte in range(256))


_DIGIT, _NO_DIGIT = _table(_DIGITS), _table(_DIGITS, but=True)
_CAPITAL, _NO_CAPITAL = _table(_UPPER), _table(_UPPER, but=True)
_SMALL = _table(_LOWER)
_NO_BLANK = _table(b" \t\r", but=True)
_NO_KEY = _table(_UPPER + _LOWER + _DIGITS + b"_. -", but=True)
_BEGINS_STAMP = _table(_UPPER + _LOWER + _DIGITS + b"\n")
_PARTS_DATE = _table(b"-/.")
_MARKS = {
    "question and exclamation marks": b"?!",
    "full stops": b".",
    "commas": b",",
    "colons": b":",
    "braces": b"{}[]",
    "round brackets": b"()",
    "at signs": b"@",
    "percent signs": b"%",
    "currency signs": b"$",
    "quotes": b"\"'",
    "equals signs": b"=",
    "bars and tabs": b"|\t",
    "slashes": b"/\\",
}

# Kinds of bytes, two of which in a row may be a sign of code.
_KINDS = (_DIGITS, _UPPER, _LOWER, b"_", b"(", b"{};", b"\n", b"=", b"-", b">", b":", b"<", b"/")
_KIND = bytes(next((at for at, members in enumerate(_KINDS, 1) if byte in members), 0) for byte in range(256))
_WIDE = 16


def _pair(first: bytes, second: bytes) -> int:
    return _KIND[first[0]] * _WIDE + _KIND[second[0]]


_OF_CODE = [
    *(_pair(before, b"(") for before in (b"0", b"A", b"a", b"_")),
    _pair(b"{", b"\n"),
    _pair(b"=", b"="),
    _pair(b"-", b">"),
    _pair(b"=", b">"),
    _pair(b":", b":"),
    _pair(b"_", b"a"),
    _pair(b"a", b"A"),
    _pair(b"<", b"/"),
]
_OF_TAGS = [_pair(b"<", after) for after in (b"a", b"A", b"/")]


def _of_one(marks: bytes) -> Mask:
    return np.frombuffer(_table(marks), dtype=bool)


# For single bytes of each line, which are few.
_IS_DIGIT, _IS_CAPITAL, _IS_SMALL = _of_one(_DIGITS), _of_one(_UPPER), _of_one(_LOWER)
_IS_LETTER = _IS_CAPITAL | _IS_SMALL
_IS_BLANK, _ENDS_KEY, _ENDS_NUMBER = _of_one(b" \t\r"), _of_one(b":="), _of_one(b".)")
_IS_BULLET, _IS_COMMENT, _IS_DOUBLED, _IN_STAMP = _of_one(b"-*+"), _of_one(b"#;"), _of_one(b"/-"), _of_one(b"-/.: ")


def structure(text: bytes, words: int) -> Iterable[str]:
    """Each share in steps: `w:digits=3`. `words` says how many words there are.

    >>> [step for step in structure(b"Total: 12.50\\n- one\\n", 2) if "bullets" in step or "money" in step]
    ['w:bullets=5', 'w:sums of money=6']
    """
    size = len(text)
    data = text + b"\n" * _AFTER
    padded = np.frombuffer(data, dtype=np.uint8)
    lines = text.count(b"\n") + 1
    digit = _mask(data, _DIGIT)
    yield f"w:length={min(13, size.bit_length())}"
    yield f"w:words={min(10, words.bit_length())}"
    yield f"w:line length={min(8, (size // lines).bit_length())}"
    yield f"w:digits={_step(2 * int(np.count_nonzero(digit)) / size)}"
    yield f"w:capitals={_step(2 * (size - len(text.translate(None, _UPPER))) / size)}"
    counts = np.bincount(padded[:size], minlength=256).tolist()
    for name, marks in _MARKS.items():
        yield f"w:{name}={_step(10 * sum(map(counts.__getitem__, marks)) / size)}"
    for name, of_lines in _per_line(data, padded, size).items():
        yield f"w:{name}={_step(int(np.count_nonzero(of_lines)) / lines)}"
    for name, number in _per_text(data, padded, digit, size).items():
        yield f"w:{name}={_step(2 * number / (words + 1))}"


def _per_line(data: bytes, padded: Bytes, size: int) -> dict[str, Mask]:
    """Of each line, whether it is such a one."""
    starts = np.concatenate(([0], (padded[:size] == 10).nonzero()[0] + 1))
    ends = np.concatenate((starts[1:], [size + 1]))
    first = _next(data, _NO_BLANK, starts)
    begins = padded[starts]
    one, two, three, four = (padded[first + at] for at in range(4))
    blank = one == 10
    after_key = _next(data, _NO_KEY, first + 1)
    keys = _IS_LETTER[one] & (after_key - first <= _KEY_LENGTH) & _ENDS_KEY[padded[after_key]]
    numbered = _ENDS_NUMBER[two] & _IS_BLANK[three] | _IS_DIGIT[two] & _ENDS_NUMBER[three] & _IS_BLANK[four]
    lettered = (one == ord("(")) & _IS_SMALL[two] & (three == ord(")")) & _IS_BLANK[four]
    boxed = (one == ord("[")) & ((two == ord("]")) | (three == ord("]")))
    bullets = _IS_BULLET[one] & _IS_BLANK[two] | (one == 0xE2) | _IS_DIGIT[one] & numbered | lettered | boxed
    double = (one == two) & _IS_DOUBLED[one] | (one == ord("/")) & (two == ord("*"))
    places = _mask(data, _CAPITAL).nonzero()[0]
    capitals = places.searchsorted(ends) - places.searchsorted(starts)
    return {
        "stamped lines": _stamped(data, padded, starts),
        "lines of a key": keys,
        "bullets": bullets,
        "comment lines": _IS_COMMENT[one] | double,
        "quoted lines": begins == ord(">"),
        "lines of capitals": (capitals >= 3) & (_next(data, _SMALL, starts) >= ends),
        "indented lines": _IS_BLANK[begins] & ~blank,
        "blank lines": blank,
    }


def _stamped(data: bytes, padded: Bytes, starts: Places) -> Mask:
    """Lines that begin with a time, a date, or the level of a log's line."""
    begin = _next(data, _BEGINS_STAMP, starts)
    one, two, three, four, five = (padded[begin + at] for at in range(5))
    digits = _next(data, _NO_DIGIT, begin) - begin
    numbers = (digits >= 1) & (digits <= 4) & _IN_STAMP[padded[begin + np.minimum(digits, 4)]]
    month = _IS_CAPITAL[one] & _IS_SMALL[two] & _IS_SMALL[three] & (four == ord(" "))
    month &= _IS_DIGIT[five] | (five == ord(" "))
    capitals = _next(data, _NO_CAPITAL, begin) - begin
    level = (capitals >= 4) & (capitals <= 5) & (padded[begin + np.minimum(capitals, 5)] == ord(" "))
    as_object = (padded[starts] == ord("{")) & (padded[starts + 1] == ord('"')) & (padded[starts + 2] == ord("t"))
    stamped: Mask = (begin - starts <= _STAMP_WITHIN) & (numbers | month | level) | as_object
    return stamped


def _per_text(data: bytes, padded: Bytes, digit: Mask, size: int) -> dict[str, int]:
    # Bytes in a row, as views of the same that begin one later each.
    zero, one, two, three, four, five = (digit[at : size + at] for at in range(6))
    second = padded[1 : size + 1]
    parting = _mask(data, _PARTS_DATE)
    kinds = np.frombuffer(data.translate(_KIND), dtype=np.uint8)[: size + 1]
    pairs = np.bincount(kinds[:-1] * np.uint8(_WIDE) + kinds[1:], minlength=_WIDE * _WIDE)
    money = zero & ((second == ord(".")) | (second == ord(","))) & two & three & ~four
    # 1-2-3 and 1-12-3: what stands before and behind these is not asked.
    dates = zero & parting[1 : size + 1] & two & (parting[3 : size + 3] & four | three & parting[4 : size + 4] & five)
    return {
        "numbers": int(np.count_nonzero(~zero & one)) + int(digit[0]),
        "sums of money": int(np.count_nonzero(money)),
        "times": int(np.count_nonzero(zero & (second == ord(":")) & two & three)),
        "dates": int(np.count_nonzero(dates)),
        "signs of code": int(pairs[_OF_CODE].sum()),
        "tags": int(pairs[_OF_TAGS].sum()),
    }


def _mask(data: bytes, table: bytes) -> Mask:
    """Of each byte, whether it is one of a table: a translation takes a tenth of what looking it up takes numpy."""
    return np.frombuffer(data.translate(table), dtype=bool)


def _next(data: bytes, table: bytes, places: Places) -> Places:
    """The first place from each of `places` on where a byte of the table stands; one behind the text where none does."""
    last = len(data) - _AFTER + 2
    found = np.concatenate((_mask(data, table)[:last].nonzero()[0], [last]))
    return found[found.searchsorted(places)]


def _step(share: float) -> int:
    return bisect_left(_STEPS, share)
