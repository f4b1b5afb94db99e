"""What is told of a resource: all of it from the catalog, and the beginning of its text if it has one."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

import yaml

from assay.detect.validators.column_names import family_name, full_name
from assay.detect.validators.person_names import is_listed
from assay.enrich.rules import vocabulary
from assay.enrich.schema import MOST_COLUMNS
from assay.errors import ConfigError, UsageError
from assay.model.enrichment import ColumnFacts, Facts
from assay.report.snippets import HIDDEN, masked_name, plain_words
from assay.store import lookups
from assay.store.engine import Catalog

_MOST_TERMS = 200
_BETWEEN = re.compile(r"[\W_]+")
_LETTERS = re.compile(r"[^\W\d_]+")
_COMMON = frozenset(
    [
        "doctor",
        "fee",
        "fields",
        "floor",
        "gross",
        "lang",
        "lower",
        "max",
        "pages",
        "pan",
        "parent",
        "parts",
        "per",
        "price",
        "repo",
        "room",
        "sol",
        "topic",
    ]
)
"""What columns are often called, and few people."""
_PARTS = 3


@dataclass(frozen=True, kw_only=True)
class Gathering:
    """Gathers facts. `excerpt` gives the beginning of a resource's text, `standards` what frameworks ask for, in words."""

    catalog: Catalog
    excerpt: Callable[[str], str]
    glossary: Mapping[str, str]
    standards: Mapping[str, str]
    clear: bool = False

    def of(self, resource: str) -> Facts:
        """The facts of a resource that the catalog knows. Raises `UsageError` for another."""
        with self.catalog.reading() as connection:
            known = lookups.classification_now(connection, resource)
            kept = lookups.columns_of(connection, resource)
        if known is None:
            raise UsageError(f"{resource}: nothing is concluded of it as a whole; scan it with the catalog first")
        # What is sensitive comes first where there are too many.
        chosen = sorted(range(len(kept)), key=lambda at: (kept[at].record.detected_type is None, at))[:MOST_COLUMNS]
        records = [kept[at].record for at in sorted(chosen)]
        parts = urlsplit(resource)
        place = "/".join(unquote(parts.path).split("/")[-_PARTS:])
        return Facts(
            resource=f"{parts.scheme}:{place if self.clear else masked_name(place, more=vocabulary())}",
            kind=parts.scheme,
            level=known.level.value,
            document_type="" if known.document_type is None else known.document_type.name,
            categories=tuple(sorted(known.categories)),
            frameworks=tuple(sorted(known.frameworks)),
            identifiers=dict(sorted(known.identifiers.items())),
            columns=tuple(
                ColumnFacts(
                    table=each.table if self.clear else without_names(each.table),
                    column=each.column if self.clear else without_names(each.column),
                    sensitive=each.detected_type or "",
                )
                for each in records
            ),
            excerpt=self.excerpt(resource),
            glossary=self.glossary,
            rules={name: self.standards[name] for name in sorted(known.frameworks) if name in self.standards},
        )


def without_names(header: str) -> str:
    """What a table or a column is called, without names of persons: a sheet may have a column for each of its people.

    >>> without_names("Ada Kowalczyk"), without_names("salaryKowalczyk"), without_names("unit_price")
    ('…', 'salary…', 'unit_price')
    """
    shown = vocabulary() | plain_words() | _COMMON
    spaced = _BETWEEN.sub(" ", header).strip()
    if full_name(spaced) and shown.isdisjoint(spaced.casefold().split()):
        return HIDDEN

    def masked(run: re.Match[str]) -> str:
        words = [run[0]] if run[0].isupper() else _in_camel_case(run[0])
        return "".join(HIDDEN if _is_name(word) and word.casefold() not in shown else word for word in words)

    return _LETTERS.sub(masked, header)


def _is_name(word: str) -> bool:
    return is_listed(word) or family_name(word.capitalize())


def _in_camel_case(run: str) -> list[str]:
    begins = [at for at, letter in enumerate(run) if not at or (letter.isupper() and not run[at - 1].isupper())]
    return [run[at:end] for at, end in zip(begins, [*begins[1:], len(run)], strict=True)]


def read_glossary(path: Path | None) -> dict[str, str]:
    """Terms of the business with what they mean. Raises `ConfigError`."""
    if path is None:
        return {}
    try:
        text = path.read_text("utf-8-sig")
    except FileNotFoundError:
        raise ConfigError(f"{path}: there is no such file, which enrich_glossary names; check the path") from None
    except (OSError, UnicodeDecodeError):
        raise ConfigError(
            f"{path}: the glossary cannot be read; enrich_glossary names a CSV or a YAML file in UTF-8"
        ) from None
    if path.suffix.lower() == ".csv":
        reader = csv.DictReader(io.StringIO(text, newline=""), restval="", strict=True)
        try:
            rows = list(reader)
        except csv.Error as error:
            raise ConfigError(f"{path}: not valid CSV: {error}") from None
        if not rows or not {"term", "meaning"} <= set(rows[0]):
            raise ConfigError(f"{path}: a glossary has the columns term and meaning")
        if any(None in row for row in rows):
            raise ConfigError(f"{path}: a row has more cells than the first line; put a meaning with a comma in quotes")
        found = {row["term"].strip(): row["meaning"].strip() for row in rows}
    else:
        try:
            given = yaml.safe_load(text)
        except (yaml.YAMLError, ValueError, RecursionError):
            # What is no date, or too long for a number, is no error of YAML to the library.
            raise ConfigError(f"{path}: the glossary is no valid YAML") from None
        if not isinstance(given, dict) or not all(isinstance(each, str) for pair in given.items() for each in pair):
            raise ConfigError(f"{path}: a glossary is a mapping of terms to what they mean")
        found = {term.strip(): meaning.strip() for term, meaning in given.items()}
    return {term[:80]: meaning[:240] for term, meaning in list(found.items())[:_MOST_TERMS] if term}
