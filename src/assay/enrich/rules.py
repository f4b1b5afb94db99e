"""What is said of a resource without any model: the same fields, from what was detected, what things are called, and tables of
`rules.yaml`. It is sure of little, and says so by its confidence."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import unquote, urlsplit

import yaml

from assay.model.enrichment import (
    Advice,
    ColumnFacts,
    DataSubject,
    Described,
    Description,
    DocumentType,
    Facts,
    Refined,
)

_WORD = re.compile(r"[a-z]+")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_ENOUGH = 2
_CLEAR = 4
_PLAIN = ("documentation", "report", "other")
_NAMED = 0.7
_TOLD = 0.55
_GUESSED = 0.3
_MOST_DESCRIBED = 60
_LINE = 240


@cache
def _tables() -> Mapping[str, Any]:
    return dict(yaml.safe_load(Path(__file__).with_name("rules.yaml").read_text("utf-8")))


@cache
def vocabulary() -> frozenset[str]:
    """The words that the tables ask for: none of them is anybody's, so that all may be shown."""
    found: set[str] = set()
    for name in ("endings", "document_words", "subject_words"):
        lists: Mapping[str, Sequence[str]] = _tables()[name]
        for words in lists.values():
            found.update(words)
            found.update(f"{word}s" for word in words)
    return frozenset(found | set(_tables()["shown"]))


def describe(facts: Facts, titles: Mapping[str, str]) -> Description:
    """A description by rules. `titles` are what identifiers are called, by NAME."""
    type_, sure = _document_type(facts)
    subjects = _subjects(facts)
    jurisdictions = _jurisdictions(facts)
    years, because = _retention(type_, facts.frameworks)
    return Description(
        document_type=type_,
        summary=_summary(facts, type_, subjects, titles),
        business_context=_context(facts, subjects),
        business_terms=_terms(facts),
        data_subjects=subjects,
        retention_years=years,
        retention_because=because,
        jurisdictions=jurisdictions,
        residency=_residency(facts.frameworks),
        refined=_refined(facts, subjects, titles),
        described=tuple(_described(facts, titles)),
        tags=_tags(type_, subjects),
        advice=_advice(facts),
        confidence=sure,
    )


def words_of(name: str) -> list[str]:
    """The words of a name, in lower case.

    >>> words_of("tblEmployee_Salaries2024")
    ['tbl', 'employee', 'salaries']
    """
    return _WORD.findall(_CAMEL.sub(" ", name).lower())


def _names(facts: Facts) -> list[str]:
    path = PurePosixPath(unquote(urlsplit(facts.resource).path))
    found = [*path.parts[-3:], *(each.table for each in facts.columns), *(each.column for each in facts.columns)]
    return [word for name in dict.fromkeys(found) for word in words_of(name)]


def _has(word: str, wanted: Sequence[str]) -> bool:
    return any(word == each or word == each + "s" or word == each + "es" for each in wanted)


def _document_type(facts: Facts) -> tuple[DocumentType, float]:
    path = PurePosixPath(unquote(urlsplit(facts.resource).path).lower())
    by_ending: Mapping[str, Sequence[str]] = _tables()["endings"]
    for name, endings in by_ending.items():
        if path.suffix.lstrip(".") in endings or path.name in endings:
            return DocumentType(name), _NAMED
    named = set(_names(facts))
    said = Counter(_WORD.findall(facts.excerpt.lower()))
    scores: Counter[str] = Counter()
    words: Mapping[str, Sequence[str]] = _tables()["document_words"]
    for name, wanted in words.items():
        scores[name] += 3 * sum(any(_has(word, [each]) for word in named) for each in wanted)
        scores[name] += sum(min(2, said[each]) for each in wanted)
    best = scores.most_common(2)
    is_clear = best[0][1] >= _CLEAR and best[0][1] >= 2 * best[1][1]
    learned = facts.document_type if facts.document_type in {each.value for each in DocumentType} else ""
    # What a model takes for a text like any other may be told better by its words.
    if learned and not (learned in _PLAIN and is_clear):
        return DocumentType(learned), _NAMED
    if best[0][1] < _ENOUGH:
        return DocumentType.OTHER, _GUESSED
    return DocumentType(best[0][0]), _TOLD if is_clear else _GUESSED


def _subjects(facts: Facts) -> tuple[DataSubject, ...]:
    if not set(facts.categories) & {"PII", "PHI", "PCI"}:
        return ()
    names = [*_names(facts), *_WORD.findall(facts.excerpt.lower())]
    table: Mapping[str, Sequence[str]] = _tables()["subject_words"]
    found = [DataSubject(name) for name, wanted in table.items() if any(_has(word, wanted) for word in names)]
    if not found and "PHI" in facts.categories:
        found = [DataSubject.PATIENTS]
    return tuple(found)


def _jurisdictions(facts: Facts) -> tuple[str, ...]:
    places: Mapping[str, str] = _tables()["places"]
    found = [places[name] for name in facts.frameworks if name in places]
    # SSN and the like say in their names of which country they are.
    found += [name[:2] for name in facts.identifiers if re.match(r"[A-Z]{2}_", name) and name[:2] in places.values()]
    return tuple(sorted(set(found)))


def _residency(frameworks: Sequence[str]) -> str:
    rules: Mapping[str, str] = _tables()["residency"]
    said = ""
    for each in (rules[name] for name in frameworks if name in rules):
        if len(said) + 1 + len(each) <= _LINE:
            said = f"{said} {each}".strip()
    return said


def _retention(type_: DocumentType, frameworks: Sequence[str]) -> tuple[int | None, str]:
    rows = [
        row
        for row in _tables()["retention"]
        if row["document_type"] in (type_.value, "any") and row["framework"] in frameworks
    ]
    places: Mapping[str, str] = _tables()["places"]
    where = {places[name] for name in frameworks if name in places}
    if not rows:
        is_open = set(frameworks) & {"GDPR", "UK_GDPR"}
        return (
            None,
            "No number of years is set: no longer than the purpose needs (GDPR Art. 5(1)(e))." if is_open else "",
        )
    longest = max(rows, key=lambda row: int(row["years"]))
    # Where several countries' laws may hold, which one does is not known here.
    return (int(longest["years"]) if len(where) == 1 else None), str(longest["because"])


def _listed(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _plain(value: str) -> str:
    return value.replace("_", " ")


def _summary(facts: Facts, type_: DocumentType, subjects: Sequence[DataSubject], titles: Mapping[str, str]) -> str:
    what = "A data set" if type_ is DocumentType.OTHER else f"What looks like {_article(_plain(type_.value))}"
    tables = list(dict.fromkeys(each.table for each in facts.columns if each.table))
    if len(tables) > 1:
        what += f" of {len(tables):,} tables"
    elif facts.columns:
        what += f" of {len(facts.columns):,} columns"
    if subjects:
        what += f" about {_listed([each.value for each in subjects[:3]])}"
    most = sorted(facts.identifiers.items(), key=lambda each: (-each[1], each[0]))[:4]
    if not most:
        return f"{what}. Nothing that assay looks for was found in it."
    more = len(facts.identifiers) - len(most)
    kinds = [f"{titles.get(name, _plain(name.lower()))} ({count:,})" for name, count in most]
    if more > 0:
        kinds.append(f"{more} more kinds")
    return f"{what}. It holds {_listed(kinds)}."[:600]


def _article(name: str) -> str:
    if name in ("customer data", "transactions", "source code", "configuration"):
        return name
    return f"{'an' if name[0] in 'aeiou' or name.startswith('hr') else 'a'} {name}"


def _context(facts: Facts, subjects: Sequence[DataSubject]) -> str:
    if not facts.frameworks:
        return ""
    who = f" about {_listed([each.value for each in subjects[:3]])}" if subjects else ""
    kinds = _listed(sorted(facts.categories)[:4]) if facts.categories else "data"
    return f"{kinds}{who} under {_listed(list(facts.frameworks[:5]))}."


def _terms(facts: Facts) -> tuple[str, ...]:
    names = set(_names(facts))
    found = []
    for term in facts.glossary:
        wanted = words_of(term)
        if wanted and all(any(_has(word, [each]) for word in names) for each in wanted):
            found.append(term)
    return tuple(sorted(found)[:12])


def _refined(facts: Facts, subjects: Sequence[DataSubject], titles: Mapping[str, str]) -> tuple[Refined, ...]:
    # Whose it is can be told only where all are of one kind.
    whose = f" of {subjects[0].value}" if len(subjects) == 1 else ""
    if not whose:
        return ()
    return tuple(
        Refined(identifier=name, title=f"{titles[name]}{whose}"[:80])
        for name in sorted(facts.identifiers)
        if name in titles
    )


def _described(facts: Facts, titles: Mapping[str, str]) -> list[Described]:
    told = ((each, _column(each, titles)) for each in facts.columns[:_MOST_DESCRIBED])
    return [Described(table=each.table, column=each.column, text=said) for each, said in told if said]


def _column(column: ColumnFacts, titles: Mapping[str, str]) -> str:
    name = " ".join(words_of(column.column))
    if column.sensitive:
        title = titles.get(column.sensitive, _plain(column.sensitive.lower()))
        alike = " ".join(words_of(title)) == name
        return title if alike or not name else f"{title} ({name})"
    return ""


def _tags(type_: DocumentType, subjects: Sequence[DataSubject]) -> dict[str, str]:
    tags = {} if type_ is DocumentType.OTHER else {"DocumentType": type_.value}
    if subjects:
        tags["DataSubjects"] = ".".join(each.value for each in subjects[:4])
    return tags


def _advice(facts: Facts) -> tuple[Advice, ...]:
    found: list[Advice] = []
    rows: Sequence[Mapping[str, Any]] = _tables()["advice"]
    for row in rows:
        levels, categories = row.get("levels"), row.get("categories")
        if (levels is None or facts.level in levels) and (
            categories is None or set(categories) & set(facts.categories)
        ):
            found += [Advice(each) for each in row["advice"]]
    if _residency(facts.frameworks):
        found.append(Advice.KEEP_IN_REGION)
    return tuple(dict.fromkeys(found))


def sentence(advice: Advice) -> str:
    """An advice in words."""
    told: Mapping[str, str] = _tables()["sentences"]
    return told[advice.value]
