"""What models learn from and say: features without values, samples, predictions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from assay.model.identifier import Level

Features = Mapping[str, float]
"""Names of features with their values; a name is a public word, a count's name, or an identifier's, never a value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentType:
    """What kind of document a text is (`invoice`), and how probable that is."""

    name: str
    confidence: float


@dataclass(frozen=True, slots=True, kw_only=True)
class LearnedLevel:
    """The level that a learned model takes a text for, how probable that is, and the features that weigh most, each with what it
    adds; `said` is all that in a sentence. It is an opinion: no level follows from it."""

    level: Level
    confidence: float
    said: str = ""
    why: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnOpinion:
    """The type that a learned model takes a column for, how probable it is that the column is sensitive, and the features that
    weigh most in that, each with what it adds to the logit; `said` is those that speak for it, in words. It is for people to decide."""

    type: str
    confidence: float
    why: tuple[tuple[str, float], ...] = ()
    said: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """Something to learn from. `weight` says how far its label is trusted, `provenance` where that comes from.

    Samples of one `group` (a folder, a package, a table) are all in the same part of a split.
    """

    features: Features = field(repr=False)
    label: str
    weight: float = 1.0
    group: str = ""
    provenance: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prediction:
    """The label that is most probable, how probable it is, and what every label is."""

    label: str
    confidence: float
    shares: Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribution:
    """What one feature adds to the logit of a label, against the mean of all labels."""

    feature: str
    value: float
    weight: float
