"""Vectors of words and phrases, from a model that ships inside a package: nothing is downloaded, at no time.

The model is the one of `wordllama` (https://github.com/dleemiller/WordLlama): a table of token vectors and the tokenizer
that belongs to it. Both files are read from where the package is installed; the package itself, which would download what
it does not find, is not imported.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

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


class ModelMissingError(Exception):
    """The model cannot be used; the message says why and what to do."""


@dataclass(slots=True, kw_only=True)
class Embedding:
    """Word vectors, and phrases as their weighted means. `weights` is of shape (tokens, dimensions)."""

    tokenizer: Any
    weights: Any
    _words: dict[str, Vectors] = field(default_factory=dict)

    @property
    def dimensions(self) -> int:
        """How long a vector is."""
        return int(self.weights.shape[1])

    def phrases(self, phrases: Sequence[Sequence[str]]) -> Vectors:
        """Unit vectors, shape (phrases, dimensions); zero for a phrase without any token.

        Every word counts alike however many tokens it is cut into; linking words count less.
        """
        import numpy as np

        self._learn(word for phrase in phrases for word in phrase)
        found = np.zeros((len(phrases), self.dimensions), dtype=np.float32)
        for number, phrase in enumerate(phrases):
            for word in phrase:
                found[number] += self._words[word] * (_LINKING_WEIGHT if word in _LINKING else 1.0)
        return _unit(found)

    def _learn(self, words: Iterable[str]) -> None:
        import numpy as np

        if len(self._words) > _KEPT_WORDS:
            self._words.clear()
        new = sorted({word for word in words if word not in self._words})
        for word, encoded in zip(new, self.tokenizer.encode_batch(new, add_special_tokens=False), strict=True):
            vectors = self.weights[encoded.ids].astype(np.float32)
            mean = vectors.mean(axis=0) if len(vectors) else np.zeros(self.dimensions, dtype=np.float32)
            self._words[word] = _unit(mean[None])[0]


def load_embedding() -> Embedding:
    """The model of the installed `wordllama`. Raises `ModelMissingError`."""
    folder = _folder()
    from safetensors import SafetensorError, safe_open
    from tokenizers import Tokenizer

    try:
        with safe_open(folder / _WEIGHTS, framework="numpy") as file:
            weights = file.get_tensor(_TENSOR)
        tokenizer = Tokenizer.from_buffer((folder / _TOKENIZER).read_bytes())
    except (OSError, SafetensorError, ValueError) as error:
        raise ModelMissingError(
            f"the files of the model in {folder} cannot be read ({type(error).__name__}); "
            "reinstall it: pip install --force-reinstall wordllama"
        ) from None
    if weights.ndim != 2 or tokenizer.get_vocab_size() > weights.shape[0]:
        raise ModelMissingError(
            f"tokenizer and weights of the model in {folder} do not belong together; "
            "reinstall it: pip install --force-reinstall wordllama"
        )
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return Embedding(tokenizer=tokenizer, weights=weights)


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
