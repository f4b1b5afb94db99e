"""What stands in for the model where it is not installed: lists of names. It knows a name only where a list has it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from assay.detect.prose.tagger import CLASSES, WORD, Word
from assay.detect.validators.person_names import is_listed, is_no_name

_LISTED = (0.25, 0.25, *(0.0 for _ in CLASSES[2:]))
_UNKNOWN = tuple(0.0 for _ in CLASSES)


class _Everything:
    """Without a vocabulary nothing tells that a word is rare."""

    def __contains__(self, word: object, /) -> bool:
        return True


class Lists:
    """In the model's place: a listed name with a capital is as likely a person as not, and everything else is unknown."""

    is_model = False
    common = _Everything()

    def words(self, texts: Sequence[str]) -> list[list[Word]]:
        """The words of each text, in order."""
        return [
            [Word(match.start(), match.end(), _chances(match.group())) for match in WORD.finditer(text)]
            for text in texts
        ]


@lru_cache(maxsize=65_536)
def _chances(word: str) -> tuple[float, ...]:
    return _LISTED if word[0].isupper() and is_listed(word) and not is_no_name(word) else _UNKNOWN
