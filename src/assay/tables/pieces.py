"""Words → the pieces that a model has vectors of, without loading its tokenizer, which takes longer than all else of the model.

Byte pair encoding (https://aclanthology.org/P16-1162): of the pieces beside one another those two are joined whose whole is
the first in the vocabulary, again and again. Signs that the vocabulary has no piece for are left to the tokenizer.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import orjson

_SPACE = "▁"
# The time that a word takes grows with the square of its length.
_LONGEST = 64


class Pieces:
    """The vocabulary, by number."""

    def __init__(self, vocabulary: Sequence[str]) -> None:
        self._numbers = {piece: number for number, piece in enumerate(vocabulary)}

    def __len__(self) -> int:
        return len(self._numbers)

    def of(self, word: str) -> list[int] | None:
        """The numbers of the pieces of a word; `None` where only the tokenizer tells."""
        numbers = self._numbers
        parts = [_SPACE, *word]
        if len(word) > _LONGEST or not word.isalnum() or not all(part in numbers for part in parts):
            return None
        while len(parts) > 1:
            joined = [one + other for one, other in pairwise(parts)]
            ranks = [numbers.get(whole, len(numbers)) for whole in joined]
            best = min(ranks)
            if best == len(numbers):
                break
            at = ranks.index(best)
            parts[at : at + 2] = [joined[at]]
        return [numbers[part] for part in parts]


def vocabulary_in(file: Path) -> list[str]:
    """The pieces that a tokenizer's file lists, by number; nothing where its words are not cut as they are here."""
    try:
        told = orjson.loads(file.read_bytes())
        return _listed(told["model"], told["normalizer"], told["pre_tokenizer"])
    except (OSError, ValueError, KeyError, TypeError):
        return []  # the tokenizer says what is wrong with its file


def _listed(model: dict[str, Any], normalizer: Any, before: Any) -> list[str]:
    numbers: dict[str, int] = model["vocab"]
    pairs = [pair.split(" ") if isinstance(pair, str) else pair for pair in model["merges"]]
    # Runs of blanks stand in no word.
    ranks = [numbers[one + other] for one, other in pairs if (one + other).strip(_SPACE)]
    joints = sum(piece[:at] in numbers and piece[at:] in numbers for piece in numbers for at in range(1, len(piece)))
    steps = [{"type": "Prepend", "prepend": _SPACE}, {"type": "Replace", "pattern": {"String": " "}, "content": _SPACE}]
    is_plain = (
        model["type"] == "BPE"
        and not any(model.get(name) for name in ("dropout", "continuing_subword_prefix", "end_of_word_suffix"))
        and not model.get("ignore_merges")
        and normalizer == {"type": "Sequence", "normalizers": steps}
        and before is None
    )
    # Each two whose whole is a piece are joined, in the order of the wholes.
    is_by_number = ranks == sorted(ranks) and joints == len(pairs)
    by_number = sorted(numbers, key=numbers.__getitem__)
    is_whole = [numbers[piece] for piece in by_number] == list(range(len(numbers)))
    return by_number if is_plain and is_by_number and is_whole else []
