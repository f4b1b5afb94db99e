"""The semantic method: what a column's name, comment and table mean (SPEC section 4, step 5).

The words are compared with descriptions of categories, of identifiers, and of harmless columns (`semantic.yaml`). How
near they are to the nearest description, and how much nearer than to the nearest harmless one, is made a probability by
a logistic curve fitted on labelled names (`benchmarks/semantic.py`). Below `ABSTAINS_BELOW` nothing is said.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from assay.detect.abbreviations import known_words
from assay.detect.yamlmarks import load_with_marks
from assay.tables.embedding import Embedding, ModelMissingError, load_embedding, why_missing
from assay.tables.meaning import Meaning
from assay.tables.wording import Wording

if TYPE_CHECKING:
    from assay.tables.embedding import Vectors

MODELS = ("wordllama",)
OFF = "none"
ABSTAINS_BELOW = 0.5
_ANY, _PERSON = "ANY", "PERSON"
_LONGEST_COMMENT = 12
_KEPT = 100_000
_BATCH = 1_024

Column = tuple[str, str, str]


class Similarities(NamedTuple):
    """How near columns are to descriptions, as cosines: shapes (columns, categories), (columns, identifiers), (columns,).

    `rivals` is for each identifier the nearest description of anything else, harmless ones included.
    """

    categories: Vectors
    identifiers: Vectors
    rivals: Vectors
    harmless: Vectors


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """How names begin and end that state a fact about something sensitive instead of naming it."""

    first: tuple[tuple[str, ...], ...]
    last: frozenset[str]

    def hold(self, words: Sequence[str]) -> bool:
        """Whether words state such a fact."""
        return bool(words) and (
            words[-1] in self.last or any(tuple(words[: len(start)]) == start for start in self.first)
        )


@dataclass(slots=True, kw_only=True)
class Semantic:
    """Says what names of columns mean. Equal columns are looked at once."""

    embedding: Embedding
    wording: Wording
    categories: tuple[str, ...]
    identifiers: tuple[tuple[str, str], ...]
    curves: Mapping[str, tuple[float, float, float]]
    owners: frozenset[str]
    facts: Facts
    _sensitive: Vectors
    _starts: Vectors
    _owners: Vectors
    _harmless: Vectors
    _seen: dict[Column, Meaning] = field(default_factory=dict)

    def scores(self, columns: Sequence[Column]) -> list[Mapping[str, float]]:
        """For each (name, comment, table): category → probability 0–1. What is abstained on is absent."""
        return [meaning.categories for meaning in self.meanings(columns)]

    def types(self, columns: Sequence[Column]) -> list[Mapping[str, float]]:
        """For each (name, comment, table): identifier's NAME → probability 0–1. What is abstained on is absent."""
        return [meaning.types for meaning in self.meanings(columns)]

    def meanings(self, columns: Sequence[Column]) -> list[Meaning]:
        """Both, for each (name, comment, table)."""
        if len(self._seen) > _KEPT:
            self._seen.clear()
        new = [column for column in dict.fromkeys(columns) if column not in self._seen]
        found: dict[Column, Meaning] = {}
        for start in range(0, len(new), _BATCH):
            part = new[start : start + _BATCH]
            found.update(zip(part, self._judge(part), strict=True))
        self._seen.update(found)
        return [self._seen[column] for column in columns]

    def similarities(self, phrases: Sequence[Sequence[str]]) -> Similarities:
        """How near phrases are to the descriptions, before anything is made of it."""
        import numpy as np

        vectors = self.embedding.phrases(phrases)
        near = vectors @ self._sensitive.T
        harmless = (vectors @ self._harmless.T).max(axis=1)
        groups = np.maximum.reduceat(near, self._starts, axis=1)
        best, second = _two_highest(groups)
        rivals = np.maximum(np.where(groups == best[:, None], second[:, None], best[:, None]), harmless[:, None])
        categories = np.stack(
            [groups[:, self._owners == number].max(axis=1) for number in range(len(self.categories))], 1
        )
        return Similarities(categories, groups, rivals, harmless)

    def _judge(self, columns: Sequence[Column]) -> list[Meaning]:
        names = [self.wording.of(name, table) for name, _, table in columns]
        owned = [self._without_owner(words) for words in names]
        comments = [self.wording.words(comment)[: _LONGEST_COMMENT + 1] for _, comment, _ in columns]
        said = self._meant(names)
        for others in (owned, comments):
            there = [number for number, words in enumerate(others) if 0 < len(words) <= _LONGEST_COMMENT]
            for number, meaning in zip(there, self._meant([others[number] for number in there]), strict=True):
                said[number] = _both(said[number], meaning)
        return said

    def _without_owner(self, words: Sequence[str]) -> Sequence[str]:
        """`employee email` → `email`; nothing where nobody's or nothing but an owner is named."""
        at = next((number for number, word in enumerate(words) if word not in self.owners), 0)
        return words[at:] if at else ()

    def _meant(self, phrases: Sequence[Sequence[str]]) -> list[Meaning]:
        if not phrases:
            return []
        near = self.similarities(phrases)
        by_category = [
            self._chances(name, near.categories[:, at], near.harmless) for at, name in enumerate(self.categories)
        ]
        by_identifier = [
            self._chances(category, near.identifiers[:, at], near.rivals[:, at])
            for at, (category, _) in enumerate(self.identifiers)
        ]
        found = []
        for number, phrase in enumerate(phrases):
            facts_only = self.facts.hold(phrase)
            categories = {
                name: round(float(chances[number]), 4)
                for name, chances in zip(self.categories, by_category, strict=True)
                if chances[number] >= ABSTAINS_BELOW and not (facts_only and name != "PHI")
            }
            types = {
                name: round(float(chances[number]), 4)
                for (category, name), chances in zip(self.identifiers, by_identifier, strict=True)
                if name != _ANY and category in categories and chances[number] >= ABSTAINS_BELOW
            }
            found.append(Meaning(categories=categories, types=types))
        return found

    def _chances(self, category: str, near: Vectors, rival: Vectors) -> Vectors:
        import numpy as np

        base, nearness, lead = self.curves[category]
        return cast("Vectors", 1 / (1 + np.exp(-(base + nearness * near + lead * (near - rival)))))


def load(model: str) -> Semantic | None:
    """The method with the model of that name, or `None` where it cannot be used; `why_not` says why."""
    if model not in MODELS:
        return None
    try:
        return _made(load_embedding())
    except ModelMissingError:
        return None


def why_not(model: str) -> str | None:
    """Why the method cannot be used with a model, in a sentence; `None` where it can."""
    if model == OFF:
        return "switched off by the configuration"
    if model not in MODELS:
        return f"no model named {model!r}; use one of: {', '.join((*MODELS, OFF))}"
    return why_missing()


def _made(embedding: Embedding) -> Semantic:
    import numpy as np

    data = cast(
        "dict[str, Any]", load_with_marks(files("assay.tables").joinpath("semantic.yaml").read_text("utf-8"))[0]
    )
    settings = data.pop("settings")
    harmless = data.pop("harmless")
    groups = [
        (category, name, _for_each_person(group, settings["persons"]))
        for category, named in data.items()
        for name, group in named.items()
    ]
    texts = [text for *_, group in groups for text in group] + harmless
    wording = Wording(
        known=known_words().union(*(text.split() for text in texts)),
        **{name: frozenset(settings[name]) for name in ("dependent", "reachable", "organisations", "layers")},
    )
    vectors = embedding.phrases([wording.words(text) for text in texts])
    sizes = np.array([len(group) for *_, group in groups])
    categories = tuple(data)
    return Semantic(
        embedding=embedding,
        wording=wording,
        categories=categories,
        identifiers=tuple((category, name) for category, name, _ in groups),
        curves={name: tuple(settings["curves"][name]) for name in categories},
        owners=frozenset(settings["owners"]),
        facts=Facts(
            first=tuple(tuple(text.split()) for text in settings["facts"]["first"]),
            last=frozenset(settings["facts"]["last"]),
        ),
        _sensitive=vectors[: sizes.sum()],
        _starts=np.concatenate(([0], sizes.cumsum()[:-1])),
        _owners=np.array([categories.index(category) for category, *_ in groups]),
        _harmless=vectors[sizes.sum() :],
    )


def _for_each_person(texts: Sequence[str], persons: Sequence[str]) -> list[str]:
    return [
        text.replace(_PERSON, person)
        for text in texts
        for person in (persons if _PERSON in text.split() else persons[:1])
    ]


def _both(name: Meaning, comment: Meaning) -> Meaning:
    """What either of them says, the surer of the two where both speak."""
    return Meaning(categories=_surer(name.categories, comment.categories), types=_surer(name.types, comment.types))


def _surer(one: Mapping[str, float], other: Mapping[str, float]) -> dict[str, float]:
    return {
        key: max(one.get(key, 0.0), other.get(key, 0.0)) for key in (*one, *(key for key in other if key not in one))
    }


def _two_highest(values: Vectors) -> tuple[Vectors, Vectors]:
    import numpy as np

    ordered = np.partition(values, values.shape[1] - 2, axis=1)
    return ordered[:, -1], ordered[:, -2]
