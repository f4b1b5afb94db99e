"""Identifier files → `Identifier`s, with errors that say file, line, key and what was meant."""

from __future__ import annotations

import difflib
import hashlib
import re
import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any, NoReturn, TypeVar

from assay.detect.written import WrittenError, read_written
from assay.detect.yamlmarks import Marks, YamlError, load_with_marks
from assay.errors import RuleError
from assay.model import (
    DEFAULT_FRAMEWORKS,
    DEFAULT_LEVEL,
    Category,
    Example,
    Identifier,
    Level,
    Normalise,
    Pattern,
    Redaction,
    Sensitivity,
    Stage,
    category_of,
)

_KEYS = [
    "name",
    "title",
    "description",
    "category",
    "sensitivity",
    "level",
    "frameworks",
    "regions",
    "locales",
    "stage",
    "since",
    "replaced_by",
    "source",
    "redaction",
    "prefixes",
    "normalise",
    "priority",
    "keywords",
    "names",
    "distance",
    "context_weight",
    "patterns",
    "ignore",
    "test_values",
    "finds",
    "ignores",
    "known_misses",
]
_PATTERN_KEYS = [
    "id",
    "find",
    "regex",
    "confidence",
    "anchor",
    "left",
    "context_required",
    "field_required",
    "caseless",
    "validators",
]
_EXAMPLE_KEYS = ("text", "value", "because")
_NAME = re.compile(r"[A-Z][A-Z0-9_]{1,62}")
_MINIMUM_EXAMPLES = 3

E = TypeVar("E", Sensitivity, Level, Stage, Redaction, Normalise)


def read_identifier(file: Path, root: Path | None = None, text: str | None = None) -> Identifier:
    """The identifier in `file`; its id is the path below `root`. Raises `RuleError`."""
    base = root if root is not None and root.is_dir() else file.parent
    path = file.relative_to(base).with_suffix("").as_posix()
    if not path.isprintable():
        raise RuleError(f"{file}: its name holds characters that cannot be printed; rename it")
    if text is None:
        try:
            text = read_written(file)
        except FileNotFoundError:
            raise RuleError(f"{file}: no such file; name an existing identifier's file") from None
        except WrittenError as error:
            raise RuleError(f"{file}: {error}") from None
    try:
        document, marks = load_with_marks(text)
    except YamlError as error:
        raise RuleError(f"{file}:{error.line}: {error}") from None
    if not isinstance(document, dict):
        raise RuleError(f"{file}:1: an identifier is a mapping of keys such as name, category and patterns")
    identifier = _Reader(file=file, marks=marks).identifier(path, document)
    return replace(identifier, digest=hashlib.sha256(text.encode()).hexdigest()[:16])


@dataclass(frozen=True, slots=True)
class _Reader:
    file: Path
    marks: Marks

    def fail(self, path: tuple[str | int, ...], problem: str) -> NoReturn:
        while path and path not in self.marks:
            path = path[:-1]
        raise RuleError(f"{self.file}:{self.marks.get(path, 1)}: {problem}")

    def identifier(self, path: str, document: Mapping[str, Any]) -> Identifier:
        self._known_keys((), document, _KEYS)
        name = self._text(document, ("name",))
        if not _NAME.fullmatch(name):
            self.fail(("name",), f"name '{name}' must be capitals, digits and underscores, e.g. EMPLOYEE_NUMBER")
        category = self._category(document)
        sensitivity = self._enum(document, "sensitivity", Sensitivity)
        level = self._enum(document, "level", Level) if "level" in document else DEFAULT_LEVEL[sensitivity]
        if level in (Level.UNCLASSIFIED, Level.PUBLIC):
            self.fail(("level",), "level must be restricted, confidential or internal")
        ignore = self._mapping(document, ("ignore",), ("values", "regexes", "words", "names"))
        test = self._mapping(document, ("test_values",), ("values", "regexes"))
        extra = self._texts(document, ("frameworks",))
        sources = document.get("source", [])
        self._texts(document, ("locales",))
        self._text(document, ("replaced_by",), default="")
        since = document.get("since", "")
        if isinstance(since, bool) or not isinstance(since, str | int | float | date):
            self.fail(("since",), "since must be text, e.g. '1'")
        keywords = self._texts(document, ("keywords",))
        names = self._texts(document, ("names",))
        identifier = Identifier(
            path=path,
            name=name,
            title=self._text(document, ("title",)),
            description=self._text(document, ("description",), default=""),
            category=category,
            sensitivity=sensitivity,
            level=level,
            frameworks=tuple(dict.fromkeys((*DEFAULT_FRAMEWORKS.get(category, ()), *extra))),
            regions=self._texts(document, ("regions",)),
            stage=self._enum(document, "stage", Stage) if "stage" in document else Stage.STABLE,
            since=str(since),
            source=(sources,) if isinstance(sources, str) else self._texts(document, ("source",)),
            keywords=keywords,
            names=names,
            distance=self._number(document, ("distance",), 50, 1, 1_000, int),
            context_weight=self._number(document, ("context_weight",), 0.1, 0, 0.5, float),
            priority=self._number(document, ("priority",), 0, -100, 100, int),
            redaction=self._enum(document, "redaction", Redaction) if "redaction" in document else Redaction.PARTIAL,
            prefixes=self._texts(document, ("prefixes",)),
            normalise=self._enum(document, "normalise", Normalise) if "normalise" in document else Normalise.EXACT,
            ignore_values=self._texts(ignore, ("ignore", "values")),
            ignore_regexes=self._regexes(ignore, ("ignore", "regexes")),
            ignore_words=self._texts(ignore, ("ignore", "words")),
            ignore_names=self._texts(ignore, ("ignore", "names")),
            test_values=self._texts(test, ("test_values", "values")),
            test_regexes=self._regexes(test, ("test_values", "regexes")),
            patterns=self._patterns(document, has_context=bool(keywords or names)),
            finds=self._examples(document, "finds", needs="value"),
            ignores=self._examples(document, "ignores", needs="because"),
            known_misses=self._examples(document, "known_misses", needs="because"),
        )
        for key in ("finds", "ignores"):
            if len(getattr(identifier, key)) < _MINIMUM_EXAMPLES:
                self.fail((key,), f"{name} needs at least {_MINIMUM_EXAMPLES} examples under '{key}'")
        return identifier

    def _patterns(self, document: Mapping[str, Any], *, has_context: bool) -> tuple[Pattern, ...]:
        entries = document.get("patterns")
        if not isinstance(entries, list) or not entries:
            self.fail(("patterns",), "patterns must be a list with at least one entry")
        found: list[Pattern] = []
        for index, entry in enumerate(entries):
            at: tuple[str | int, ...] = ("patterns", index)
            if not isinstance(entry, dict):
                self.fail(at, "a pattern is a mapping with id, regex and confidence")
            self._known_keys(at, entry, _PATTERN_KEYS)
            left = self._mapping(entry, (*at, "left"), ("chars", "max", "digits"))
            anchor = self._text(entry, (*at, "anchor"), default="value")
            if anchor not in ("value", "keyword", "column", "standard"):
                self.fail((*at, "anchor"), f"anchor '{anchor}' must be value, keyword, column or standard")
            needs_context = self._flag(entry, (*at, "context_required"))
            if (needs_context or anchor != "value") and not has_context:
                self.fail(at, "a pattern that needs context needs keywords or names")
            pattern = Pattern(
                id=self._text(entry, (*at, "id")),
                regex=self._regex(entry, (*at, "regex")),
                find=self._regex(entry, (*at, "find")) or None if "find" in entry else None,
                confidence=self._number(entry, (*at, "confidence"), None, 0.05, 0.99, float),
                anchor=anchor,
                left_chars=self._text(left, (*at, "left", "chars"), default=""),
                left_max=self._number(left, (*at, "left", "max"), 64, 1, 4096, int) if left else 0,
                left_digits=self._flag(left, (*at, "left", "digits")),
                context_required=needs_context,
                field_required=self._flag(entry, (*at, "field_required")),
                caseless=self._flag(entry, (*at, "caseless")),
                validators=self._validators(entry, (*at, "validators")),
            )
            if sum(weight for _, weight in pattern.validators) > pattern.confidence + 1e-9:
                self.fail((*at, "validators"), "the validators' shares are more than the confidence they are part of")
            if any(pattern.id == other.id for other in found):
                self.fail((*at, "id"), f"pattern id '{pattern.id}' is used twice")
            found.append(pattern)
        return tuple(found)

    def _validators(self, entry: Mapping[str, Any], at: tuple[str | int, ...]) -> tuple[tuple[str, float], ...]:
        value = entry.get("validators", {})
        if not isinstance(value, dict):
            self.fail(at, "validators maps a validator's name to its share of the confidence, e.g. {luhn: 0.3}")
        for name, weight in value.items():
            if isinstance(weight, bool) or not isinstance(weight, int | float) or not 0 <= weight <= 1:
                self.fail((*at, name), f"validator '{name}' needs a weight between 0 and 1")
        return tuple((str(name), float(weight)) for name, weight in value.items())

    def _examples(self, document: Mapping[str, Any], key: str, *, needs: str) -> tuple[Example, ...]:
        entries = document.get(key, [])
        if not isinstance(entries, list):
            self.fail((key,), f"{key} must be a list of examples")
        found = []
        for index, entry in enumerate(entries):
            at = (key, index)
            if not isinstance(entry, dict):
                self.fail(at, f"an example under {key} is a mapping with text and {needs}")
            self._known_keys(at, entry, _EXAMPLE_KEYS)
            text = self._text(entry, (*at, "text"))
            value = self._text(entry, (*at, "value"), default="")
            because = self._text(entry, (*at, "because"), default="")
            if needs == "value" and value not in (value and text):
                self.fail(at, "the example's value does not stand in its text")
            if not (value if needs == "value" else because):
                self.fail(at, f"an example under {key} needs '{needs}'")
            found.append(Example(text=text, value=value or None, because=because))
        return tuple(found)

    def _known_keys(self, at: tuple[str | int, ...], entry: Mapping[str, Any], known: Iterable[str]) -> None:
        names = list(known)
        for key in entry:
            if key not in names:
                close = difflib.get_close_matches(str(key), names, n=1)
                hint = f"did you mean '{close[0]}'?" if close else f"known keys: {', '.join(names)}"
                self.fail((*at, str(key)), f"unknown key '{key}'; {hint}")

    def _mapping(
        self, parent: Mapping[str, Any], at: tuple[str | int, ...], keys: tuple[str, ...]
    ) -> Mapping[str, Any]:
        value = parent.get(str(at[-1]), {})
        if not isinstance(value, dict):
            self.fail(at, f"{at[-1]} is a mapping with {' and '.join(keys)}")
        self._known_keys(at, value, keys)
        return value

    def _text(self, parent: Mapping[str, Any], at: tuple[str | int, ...], default: str | None = None) -> str:
        value = parent.get(str(at[-1]), default)
        if value is None:
            self.fail(at[:-1] or at, f"key '{at[-1]}' is missing")
        if not isinstance(value, str):
            self.fail(at, f"{at[-1]} must be text; put it in quotes")
        if default is None and not value.strip():
            self.fail(at, f"{at[-1]} must not be empty")
        return value

    def _texts(self, parent: Mapping[str, Any], at: tuple[str | int, ...]) -> tuple[str, ...]:
        value = parent.get(str(at[-1]), [])
        if not isinstance(value, list):
            self.fail(at, f"{at[-1]} must be a list")
        for index, item in enumerate(value):
            if not isinstance(item, str) or not item:
                self.fail((*at, index), f"{at[-1]} entry {index + 1} must be text; put it in quotes")
        return tuple(value)

    def _flag(self, parent: Mapping[str, Any], at: tuple[str | int, ...]) -> bool:
        value = parent.get(str(at[-1]), False)
        if not isinstance(value, bool):
            self.fail(at, f"{at[-1]} must be true or false")
        return value

    def _number(
        self, parent: Mapping[str, Any], at: tuple[str | int, ...], default: Any, low: float, high: float, kind: type
    ) -> Any:
        value = parent.get(str(at[-1]), default)
        if value is None:
            self.fail(at[:-1] or at, f"key '{at[-1]}' is missing")
        if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
            self.fail(at, f"{at[-1]} must be a number from {low} to {high}")
        if kind is int and not isinstance(value, int):
            self.fail(at, f"{at[-1]} must be a whole number from {low} to {high}")
        return kind(value)

    def _regex(self, parent: Mapping[str, Any], at: tuple[str | int, ...]) -> str:
        value = self._text(parent, at)
        self._compiles(value, at)
        return value

    def _regexes(self, parent: Mapping[str, Any], at: tuple[str | int, ...]) -> tuple[str, ...]:
        values = self._texts(parent, at)
        for index, value in enumerate(values):
            self._compiles(value, (*at, index))
        return values

    def _compiles(self, value: str, at: tuple[str | int, ...]) -> None:
        name = at[-1] if isinstance(at[-1], str) else f"{at[-2]} entry {at[-1] + 1}"
        try:
            with warnings.catch_warnings():
                # Python warns of sets such as [[:alpha:]], which RE2 and Hyperscan read as something else.
                warnings.simplefilter("error", FutureWarning)
                re.compile(value.encode())
        except FutureWarning as error:
            self.fail(at, f"{name} is read differently by different engines: {error}; write \\[ for a bracket in a set")
        except re.error as error:
            self.fail(at, f"{name} is not a regular expression: {error}")
        except (OverflowError, RecursionError):
            self.fail(at, f"{name} is too large or too deeply nested for a regular expression")

    def _category(self, document: Mapping[str, Any]) -> str:
        """One of ours, or a user's own. What is nearly one of ours is taken for a slip."""
        value = self._text(document, ("category",))
        shipped = [str(item) for item in Category]
        close = [] if value in shipped else difflib.get_close_matches(value.upper(), shipped, n=1, cutoff=0.75)
        if close:
            known = ", ".join(shipped)
            self.fail(("category",), f"category '{value}' is not one of {known}; did you mean '{close[0]}'?")
        if not _NAME.fullmatch(value):
            hint = f"{', '.join(shipped)} or a name of your own in capitals, digits and underscores, e.g. HR"
            self.fail(("category",), f"category '{value}' must be {hint}")
        return category_of(value)

    def _enum(self, document: Mapping[str, Any], key: str, kind: type[E]) -> E:
        value = self._text(document, (key,))
        try:
            return kind(value)
        except ValueError:
            close = difflib.get_close_matches(value, [str(item) for item in kind], n=1, cutoff=0.5)
            hint = f"did you mean '{close[0]}'?" if close else ""
            self.fail((key,), f"{key} '{value}' is not one of {', '.join(kind)}{'; ' + hint if hint else ''}")
