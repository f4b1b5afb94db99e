"""What a text must have in it for any of some words to be found there: a cheap look before an expression's search."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import groupby

from assay.detect import keywords

_ENOUGH = 3


def stems(words: Iterable[str]) -> tuple[bytes, ...]:
    """Texts of which one stands, in lower case, wherever `keywords.context_regex` or `word_regex` finds one of `words`.

    As few as can easily be had: each costs a look.
    """
    kept: list[bytes] = []
    # Words of one part first: what they need may do for those of several.
    for choices in sorted((list(_choices(word)) for word in words), key=len):
        if any(all(any(stem in text for stem in kept) for text in texts) for texts in choices):
            continue
        for text in max(choices, key=lambda texts: min(map(len, texts))):
            kept = [*(stem for stem in kept if text not in stem), text]
    return tuple(kept)


def any_stem(words: Iterable[str]) -> re.Pattern[bytes] | None:
    """The expression of all `stems` of some words, for texts in lower case; `None` where there are none."""
    found = stems(words)
    return re.compile(b"|".join(map(re.escape, found))) if found else None


def may_have(text: bytes, among: re.Pattern[bytes] | None) -> bool:
    """Whether one of the stems `among` stands in `text`."""
    return among is not None and among.search(text.lower()) is not None


def _choices(word: str) -> Iterator[tuple[bytes, ...]]:
    """Texts of which every place of `word` has one, in lower case; several choices of such texts."""
    if keywords.is_plain(word):
        yield from ((part.lower().encode(),) for part in keywords.parts(word))
        return
    for same, group in groupby(word, _is_same):
        run = "".join(group)
        if same and len(run.encode()) >= _ENOUGH:
            yield (run.encode().lower(),)
        elif not same and not run.isspace():
            # Letters beyond ASCII in either case.
            yield tuple({run[0].lower().encode().lower(), run[0].upper().encode().lower()})


def _is_same(char: str) -> bool:
    """Whether a character of a word is found as it is, but for the case of ASCII."""
    return char != " " and (char.isascii() or char.lower() == char.upper())
