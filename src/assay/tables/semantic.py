"""The semantic method: what a column's name, comment and table mean (SPEC section 4, step 5).

The words are compared with descriptions of categories, of identifiers, and of harmless columns (`semantic.yaml`). How
near they are to the nearest description, and how much nearer than to the nearest harmless one, is made a probability by
a logistic curve fitted on labelled names (`benchmarks/semantic.py`). Below `ABSTAINS_BELOW` nothing is said.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, cast

from assay.detect.abbreviations import known_words
from assay.detect.cache import kept_or_made
from assay.detect.files import state_of_code
from assay.detect.shipped import shipped
from assay.tables.embedding import Embedding, ModelMissingError, load_embedding, why_missing
from assay.tables.meaning import Meaning
from assay.tables.wording import Wording

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from assay.tables.embedding import Vectors

MODELS = ("wordllama",)
OFF = "none"
ABSTAINS_BELOW = 0.5
_ANY, _PERSON = "ANY", "PERSON"
_LONGEST_COMMENT = 12
_KEPT = 100_000
_BATCH = 1_024
_FILE = Path(__file__).with_name("semantic.yaml")

Column = tuple[str, str, str]


class Similarities(NamedTuple):
    """How near columns are to descriptions, as cosines: shapes (columns, categories), (columns, identifiers), (columns,).

    `rivals` is for each identifier the nearest description of anything outside its family, harmless ones included.
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
    heads: frozenset[tuple[str, ...]]
    facts: Facts
    _sensitive: Vectors
    _starts: NDArray[np.int_]
    _owners: NDArray[np.int_]
    _families: NDArray[np.int_]
    _harmless: Vectors
    _longer: NDArray[np.bool_]
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
        # One word is always near to what it is a part of: it is held against descriptions of one word.
        short = np.array([len(phrase) == 1 for phrase in phrases])
        near[np.ix_(short, self._longer)] = 0
        harmless = (vectors @ self._harmless.T).max(axis=1)
        groups = np.maximum.reduceat(near, self._starts, axis=1)
        families = np.stack(
            [groups[:, self._families == number].max(axis=1) for number in range(self._families.max() + 1)], 1
        )
        best, second = _two_highest(families)
        own = families[:, self._families]
        rivals = np.maximum(np.where(own == best[:, None], second[:, None], best[:, None]), harmless[:, None])
        categories = np.stack(
            [groups[:, self._owners == number].max(axis=1) for number in range(len(self.categories))], 1
        )
        return Similarities(categories, groups, rivals, harmless)

    def _judge(self, columns: Sequence[Column]) -> list[Meaning]:
        names = [self.wording.of(name, table) for name, _, table in columns]
        cores = [self._core(words) for words in names]
        comments = [self.wording.words(comment)[: _LONGEST_COMMENT + 1] for _, comment, _ in columns]
        said = self._meant(names)
        for others in (cores, comments):
            there = [number for number, words in enumerate(others) if 0 < len(words) <= _LONGEST_COMMENT]
            for number, meaning in zip(there, self._meant([others[number] for number in there]), strict=True):
                said[number] = _both(said[number], meaning)
        return said

    def _core(self, words: Sequence[str]) -> Sequence[str]:
        """`employee email` → `email`, `mail host password` → `password`; nothing where it is all of the words or none."""
        if self.facts.hold(words):
            return ()
        if not self.wording.of_organisation(words):
            for size in range(len(words) - 1, 0, -1):
                if tuple(words[-size:]) in self.heads:
                    return words[-size:]
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


def load(model: str, cache: Path | None = None) -> Semantic | None:
    """The method with the model of that name, or `None` where it cannot be used; `why_not` says why.

    Below `cache` is kept what else would be made anew in every process.
    """
    if model not in MODELS:
        return None
    try:
        return _made(load_embedding(cache), cache)
    except ModelMissingError:
        return None


def why_not(model: str, *, thorough: bool = False) -> str | None:
    """Why the method cannot be used with a model, in a sentence; `None` where it can.

    `thorough` reads the model's files, too, instead of only looking whether they are there.
    """
    if model == OFF:
        return "switched off by the configuration"
    if model not in MODELS:
        return f"no model named {model!r}; use one of: {', '.join((*MODELS, OFF))}"
    if not thorough:
        return why_missing()
    try:
        load_embedding()
    except ModelMissingError as error:
        return str(error)
    return None


def _made(embedding: Embedding, cache: Path | None) -> Semantic:
    import numpy as np

    data = dict(shipped(_FILE, cache))
    settings = data.pop("settings")
    harmless = data.pop("harmless")
    groups = [
        (category, name, _for_each_person(group, settings["persons"]))
        for category, named in data.items()
        for name, group in named.items()
    ]
    texts = [text for *_, group in groups for text in group] + harmless
    heads = frozenset(tuple(text.split()) for text in settings["heads"])
    wording = Wording(
        settled=heads,
        known=known_words().union(*(text.split() for text in texts)),
        **{
            name: frozenset(settings[name]) for name in ("dependent", "reachable", "organisations", "persons", "layers")
        },
    )
    file = cache and cache / f"phrases-{state_of_code()}.json"
    phrases = kept_or_made(file, lambda: [wording.words(text) for text in texts])
    vectors = embedding.phrases(phrases)
    embedding.keep()
    sizes = np.array([len(group) for *_, group in groups])
    categories = tuple(data)
    return Semantic(
        embedding=embedding,
        wording=wording,
        categories=categories,
        identifiers=tuple((category, name) for category, name, _ in groups),
        curves={name: tuple(settings["curves"][name]) for name in categories},
        owners=frozenset(settings["owners"]),
        heads=heads,
        facts=Facts(
            first=tuple(tuple(text.split()) for text in settings["facts"]["first"]),
            last=frozenset(settings["facts"]["last"]),
        ),
        _sensitive=vectors[: sizes.sum()],
        _starts=np.concatenate(([0], sizes.cumsum()[:-1])),
        _owners=np.array([categories.index(category) for category, *_ in groups]),
        _families=_numbered_families([name for _, name, _ in groups], settings["families"]),
        _harmless=vectors[sizes.sum() :],
        _longer=np.array([len(phrase) > 1 for phrase in phrases[: sizes.sum()]]),
    )


def _numbered_families(names: Sequence[str], families: Sequence[Sequence[str]]) -> NDArray[np.int_]:
    """For each identifier its family's number, from 0 on without a gap; those of none are a family each."""
    import numpy as np

    family_of = {name: family[0] for family in families for name in family}
    keys = [family_of.get(name, f"{at} {name}") for at, name in enumerate(names)]
    # `np.unique` would do, and load masked arrays for it.
    numbers = {key: number for number, key in enumerate(sorted(set(keys)))}
    return np.array([numbers[key] for key in keys])


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
