"""Vectors of words and phrases, from a model that ships inside a package: nothing is downloaded, at no time.

The model is the one of `wordllama` (https://github.com/dleemiller/WordLlama): a table of token vectors and the tokenizer
that belongs to it. Both files are read from where the package is installed; the package itself, which would download what
it does not find, is not imported.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from assay.detect.cache import keep, kept_in, kept_or_made
from assay.detect.files import state_of
from assay.tables.pieces import Pieces, vocabulary_in

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vectors = NDArray[np.float32]

_NEEDED = ("tokenizers", "safetensors", "numpy")
_WEIGHTS = Path("weights", "l2_supercat_256.safetensors")
_TOKENIZER = Path("tokenizers", "l2_supercat_tokenizer_config.json")
_TENSOR = "embedding.weight"
_LINKING = frozenset(["of", "the", "and", "a", "for", "in", "on", "at", "is", "to", "by", "with"])
_LINKING_WEIGHT = 0.3
_KEPT_WORDS = 50_000
_FORMAT = b"assay words 1\n"


class ModelMissingError(Exception):
    """The model cannot be used; the message says why and what to do."""


class Model:
    """Token vectors, rows of shape (tokens, dimensions) by slices, and what words are cut into tokens by.

    Raises `ModelMissingError`. The tokenizer that belongs to them loads with the first word that `pieces` do not tell of.
    """

    def __init__(self, folder: Path, pieces: Pieces | None) -> None:
        self._folder = folder
        self._pieces = pieces or None
        self._tokenizer: Any = None
        self.weights = _weights_in(folder)
        if self._pieces is None:
            self._tokenizer = _tokenizer_in(folder)
        known = self._tokenizer.get_vocab_size() if self._pieces is None else len(self._pieces)
        shape = self.weights.get_shape()
        if len(shape) != 2 or known > shape[0]:
            raise ModelMissingError(
                f"tokenizer and weights of the model in {folder} do not belong together; "
                "reinstall it: pip install --force-reinstall wordllama"
            )

    def tokens(self, words: Sequence[str]) -> list[Sequence[int]]:
        """The numbers of the tokens of each word."""
        found = [None if self._pieces is None else self._pieces.of(word) for word in words]
        rest = [word for word, tokens in zip(words, found, strict=True) if tokens is None]
        if not rest:
            return [tokens for tokens in found if tokens is not None]
        if self._tokenizer is None:
            self._tokenizer = _tokenizer_in(self._folder)
        told = iter(self._tokenizer.encode_batch(rest, add_special_tokens=False))
        return [next(told).ids if tokens is None else tokens for tokens in found]


class Embedding:
    """Word vectors, and phrases as their weighted means.

    Those of words that were `kept` in a file are read from it; the model is for the others, and loads with the first.
    """

    def __init__(self, folder: Path, kept: Path | None = None, pieces: Path | None = None) -> None:
        self._folder = folder
        self._kept = kept
        self._pieces = pieces
        self._model: Model | None = None
        self._words: dict[str, Vectors] = _kept_words(kept) if kept is not None else {}
        if not self._words:
            self._model = self._loaded()

    def phrases(self, phrases: Sequence[Sequence[str]]) -> Vectors:
        """Unit vectors, shape (phrases, dimensions); zero for a phrase without any token.

        Every word counts alike however many tokens it is cut into; linking words count less.
        """
        import numpy as np

        self._learn(word for phrase in phrases for word in phrase)
        found = np.zeros((len(phrases), self._dimensions), dtype=np.float32)
        for number, phrase in enumerate(phrases):
            row = found[number]
            for word in phrase:
                row += self._words[word] * _LINKING_WEIGHT if word in _LINKING else self._words[word]
        return _unit(found)

    def keep(self) -> None:
        """Writes the words so far to the file, where they are not all from there. They have to be nobody's own."""
        if self._kept is None or self._model is None:
            return
        import numpy as np

        keep(self._kept, orjson.dumps(list(self._words)) + b"\n" + np.stack(list(self._words.values())).tobytes())

    @property
    def _dimensions(self) -> int:
        if self._model is not None:
            return int(self._model.weights.get_shape()[1])
        return len(next(iter(self._words.values())))

    def _learn(self, words: Iterable[str]) -> None:
        import numpy as np

        if len(self._words) > _KEPT_WORDS:
            self._words.clear()
        new = sorted({word for word in words if word not in self._words})
        if self._model is None and (new or not self._words):
            self._model = self._loaded()
        if not new or self._model is None:
            return
        weights = self._model.weights
        for word, tokens in zip(new, self._model.tokens(new), strict=True):
            vectors = [weights[token : token + 1].astype(np.float32)[0] for token in tokens]
            mean = np.mean(vectors, axis=0) if vectors else np.zeros(self._dimensions, dtype=np.float32)
            self._words[word] = _unit(mean[None])[0]

    def _loaded(self) -> Model:
        file = self._pieces
        if file is None:
            return Model(self._folder, None)
        return Model(self._folder, Pieces(kept_or_made(file, lambda: vocabulary_in(self._folder / _TOKENIZER))))


def load_embedding(cache: Path | None = None) -> Embedding:
    """The model of the installed `wordllama`, with the words that were kept of it below `cache`.

    Raises `ModelMissingError`.
    """
    folder = _folder()
    if cache is None:
        return Embedding(folder)
    files = "".join(state_of(folder / file) for file in (_WEIGHTS, _TOKENIZER))
    state = hashlib.sha256(_FORMAT + files.encode()).hexdigest()[:32]
    return Embedding(folder, cache / f"words-{state}.bin", cache / f"pieces-{state}.json")


def _kept_words(file: Path) -> dict[str, Vectors]:
    """What `Embedding.keep` wrote; nothing where that cannot be used."""
    import numpy as np

    body = kept_in(file)
    if body is None:
        return {}
    words, _, vectors = body.partition(b"\n")
    names = orjson.loads(words)
    return dict(zip(names, np.frombuffer(vectors, dtype=np.float32).reshape(len(names), -1), strict=True))


def _weights_in(folder: Path) -> Any:
    from safetensors import SafetensorError, safe_open

    try:
        # Mapped, not read: a few hundred of its rows are needed, and processes share what they touch.
        return safe_open(folder / _WEIGHTS, framework="numpy").get_slice(_TENSOR)  # type: ignore[no-untyped-call]
    except (OSError, SafetensorError, ValueError) as error:
        raise _unreadable(folder, error) from None


def _tokenizer_in(folder: Path) -> Any:
    from tokenizers import Tokenizer

    try:
        tokenizer = Tokenizer.from_buffer((folder / _TOKENIZER).read_bytes())
    except (OSError, ValueError) as error:
        raise _unreadable(folder, error) from None
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def _unreadable(folder: Path, error: Exception) -> ModelMissingError:
    return ModelMissingError(
        f"the files of the model in {folder} cannot be read ({type(error).__name__}); "
        "reinstall it: pip install --force-reinstall wordllama"
    )


def why_missing() -> str | None:
    """Why `load_embedding` would fail, without loading anything; `None` where all files are there."""
    try:
        _folder()
    except ModelMissingError as error:
        return str(error)
    return None


def _folder() -> Path:
    spec = find_spec("wordllama")
    absent = [name for name in _NEEDED if find_spec(name) is None]
    if spec is None or not spec.submodule_search_locations or absent:
        raise ModelMissingError("its packages are not installed: pip install 'assay[nlp]'")
    folder = Path(next(iter(spec.submodule_search_locations)))
    for file in (_WEIGHTS, _TOKENIZER):
        if not (folder / file).is_file():
            raise ModelMissingError(
                f"the installed wordllama has no {file.as_posix()}; another version is needed: pip install 'wordllama>=0.4'"
            )
    return folder


def _unit(vectors: Vectors) -> Vectors:
    import numpy as np

    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    return (vectors / np.where(norms == 0, 1, norms)).astype(np.float32)
