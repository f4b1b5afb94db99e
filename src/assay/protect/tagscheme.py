"""How the owner calls the tags, and which of them are written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from assay.errors import ConfigError
from assay.model import Level
from assay.model.tagging import RULES, is_legal, is_system, length


class Tag(StrEnum):
    """What tags say, the most important first; the names are those that they have by default."""

    LEVEL = "DataClassification"
    TYPES = "SensitiveDataTypes"
    FRAMEWORKS = "ComplianceFrameworks"
    RETENTION = "RetentionYears"
    AUTOMATIC = "AutoClassified"
    CONFIDENCE = "ClassificationConfidence"
    TIMESTAMP = "ClassificationTimestamp"


SEPARATORS = ("+", ":", "/", "|", ",", ";")
_STRICTEST = RULES["s3_object_tags"]
_LONGEST_KEY = min(rules.longest_key for rules in RULES.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Scheme:
    """`keys` are the tags that are written, in the order of `Tag`, and their keys; `levels` what levels are called."""

    keys: Mapping[Tag, str]
    levels: Mapping[Level, str]
    separator: str = "+"

    def level_of(self, value: str) -> Level | None:
        """The level that a tag's value names, `None` for what is no level."""
        folded = value.strip().casefold()
        return next((level for level, name in self.levels.items() if name.casefold() == folded), None)


def scheme_of(
    *,
    prefix: str = "",
    names: Sequence[str] = (),
    write: Sequence[str] = (),
    levels: Sequence[str] = (),
    separator: str = "+",
) -> Scheme:
    """The scheme of settings: `names` and `levels` as `DataClassification=data-class`, `write` as default names (empty: all).

    Raises `ConfigError` for what no service takes, and for keys or names of levels that are equal.
    """
    renamed = _pairs("tag_names", names, [str(tag) for tag in Tag])
    called = _pairs("tag_levels", levels, [str(level) for level in Level])
    unknown = [name for name in write if name not in [str(tag) for tag in Tag]]
    if unknown:
        raise ConfigError(f"tag_write: there is no tag {unknown[0]}; there are {', '.join(Tag)}")
    if write and str(Tag.LEVEL) not in write:
        raise ConfigError(f"tag_write: {Tag.LEVEL} is needed: without it nobody sees that a level would be lowered")
    if separator not in SEPARATORS or not is_legal(separator, _STRICTEST):
        legal = [mark for mark in SEPARATORS if is_legal(mark, _STRICTEST)]
        raise ConfigError(f"tag_separator: must be one of {' '.join(legal)}: S3 takes no other between words")
    keys = {tag: prefix + renamed.get(str(tag), str(tag)) for tag in Tag if not write or str(tag) in write}
    for key in keys.values():
        _check_key(key)
    _distinct("tag_names", list(keys.values()))
    level_names = {level: called.get(str(level), str(level)) for level in Level}
    for name in level_names.values():
        if not is_legal(name, _STRICTEST) or length(name) > _STRICTEST.longest_value or name != name.strip():
            raise ConfigError(f"tag_levels: '{name}' cannot be a tag's value; letters, digits, spaces and +-=._:/@ can")
    _distinct("tag_levels", [name.casefold() for name in level_names.values()])
    return Scheme(keys=keys, levels=level_names, separator=separator)


def _pairs(setting: str, given: Sequence[str], known: Sequence[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for pair in given:
        name, equals, own = pair.partition("=")
        if not equals or not own or name not in known:
            raise ConfigError(
                f"{setting}: '{pair}' must be like {known[0]}=NAME, with one of {', '.join(known)} before it"
            )
        found[name] = own
    return found


def _check_key(key: str) -> None:
    if is_system(key) or key.lower().startswith("rds:"):
        raise ConfigError(
            f"tag '{key}': keys that begin with aws: or rds: are AWS's own; choose another tag_prefix or tag_names"
        )
    if not is_legal(key, _STRICTEST) or key != key.strip():
        raise ConfigError(
            f"tag '{key}': a key has letters, digits, spaces within and +-=._:/@ only; change tag_prefix or tag_names"
        )
    if length(key) > _LONGEST_KEY:
        raise ConfigError(
            f"tag '{key[:40]}…': a key has at most {_LONGEST_KEY} characters; change tag_prefix or tag_names"
        )


def _distinct(setting: str, values: list[str]) -> None:
    twice = next((value for value in values if values.count(value) > 1), None)
    if twice is not None:
        raise ConfigError(f"{setting}: '{twice}' stands for two things; give each a name of its own")
