"""Checks regular expressions of a configuration: they run in linear time here, and end wherever they are exported to."""

from __future__ import annotations

import re
import warnings

from assay.detect.ambiguity import is_exponential
from assay.detect.ruleset import RuleSet, check_patterns
from assay.errors import ConfigError, RuleError
from assay.model import Category, Identifier, Level, Pattern, Sensitivity


def check_expression(regex: str) -> None:
    """Raises `ConfigError` for what is no regular expression, cannot be run in linear time, matches nothing at all, or
    would never end in an engine that goes back (`(a+)+$`)."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", FutureWarning)
            compiled = re.compile(regex.encode())
    except FutureWarning as error:
        raise ConfigError(
            f"REGEX is read differently by different engines: {error}; write \\[ for [ in a set"
        ) from None
    except re.error as error:
        raise ConfigError(f"REGEX is not a regular expression: {error}") from None
    except (OverflowError, RecursionError):
        raise ConfigError("REGEX is too large or too deeply nested for a regular expression") from None
    if compiled.match(b"") is not None:
        raise ConfigError("REGEX matches where nothing stands; make it need at least one character")
    if is_exponential(regex):
        raise ConfigError(
            "REGEX is catastrophically slow: some texts match it in exponentially many ways, as with a repeat within "
            "a repeat, (a+)+; let only one of them repeat, or separate what they match"
        )
    probe = Identifier(
        path="row",
        name="ROW",
        title="row",
        category=Category.CUSTOM,
        sensitivity=Sensitivity.LOW,
        level=Level.INTERNAL,
        frameworks=(),
        patterns=(Pattern(id="regex", regex=regex, confidence=0.5),),
    )
    try:
        check_patterns(probe)
        RuleSet([probe], untrusted=frozenset(("row",)))
    except RuleError as error:
        said = str(error).partition(": regex ")[2] or str(error)
        raise ConfigError(f"REGEX {said}") from None
