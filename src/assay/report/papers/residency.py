"""Residency: in which region data about people lies, and what the laws of those people's countries say of that."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from importlib.resources import files
from typing import Any

import yaml

from assay.errors import ConfigError
from assay.report.papers.facts import Facts, Held
from assay.report.papers.paper import Cell, Grid, Number, Paper, Part, listed
from assay.report.printable import counted

COLUMNS = ("resource", "level", "region", "people of", "law", "verdict", "because", "suggested move", "owner")
_FIELDS = {"name", "people_of", "at_home", "adequate", "elsewhere", "ground", "source"}
_NEEDED = {"name", "people_of", "at_home", "elsewhere", "ground"}


class Verdict(StrEnum):
    """What a law says of a place, the worst first."""

    NOT_ALLOWED = "not allowed"
    NEEDS_GROUND = "needs a ground"
    UNKNOWN = "unknown"
    ADEQUATE = "adequate"
    AT_HOME = "at home"


_ORDER = list(Verdict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Law:
    """A law, whose data it is about, and what it says of regions."""

    name: str
    people_of: frozenset[str]
    at_home: tuple[str, ...]
    adequate: frozenset[str]
    elsewhere: Verdict
    ground: str

    def verdict(self, region: str | None) -> Verdict:
        if region is None:
            return Verdict.UNKNOWN
        if region in self.at_home:
            return Verdict.AT_HOME
        return Verdict.ADEQUATE if region in self.adequate else self.elsewhere


def shipped() -> str:
    """The rules that come with assay, as YAML."""
    return files(__package__ or "").joinpath("residency.yaml").read_text(encoding="utf-8")


def laws(text: str, where: str) -> list[Law]:
    """The laws of a file. Raises `ConfigError`."""
    try:
        given = yaml.safe_load(text)
    # A date that is none raises `ValueError`, what is nested too deep the last.
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise ConfigError(f"{where}: is no YAML: {' '.join(str(error).split())}") from None
    if not isinstance(given, dict) or not isinstance(given.get("laws"), list):
        raise ConfigError(f"{where}: has no list 'laws'; see docs/reports.md for its form")
    groups = {name: _texts(value, f"{where}: '{name}'") for name, value in given.items() if name != "laws"}
    return [_law(each, groups, f"{where}: law {number}") for number, each in enumerate(given["laws"], 1)]


def _law(given: Any, groups: Mapping[str, Sequence[str]], where: str) -> Law:
    if not isinstance(given, dict):
        raise ConfigError(f"{where}: has to have {', '.join(sorted(_NEEDED))}")
    unknown, missing = set(given) - _FIELDS, _NEEDED - set(given)
    if unknown or missing:
        told = [f"no field is called '{name}'" for name in sorted(map(str, unknown))]
        raise ConfigError(f"{where}: {'; '.join(told + [f'{name!r} is missing' for name in sorted(missing)])}")
    people = {one for name in _texts(given["people_of"], f"{where}: 'people_of'") for one in groups.get(name, (name,))}
    if given["elsewhere"] not in (Verdict.NEEDS_GROUND, Verdict.NOT_ALLOWED):
        raise ConfigError(f"{where}: 'elsewhere' is '{Verdict.NEEDS_GROUND}' or '{Verdict.NOT_ALLOWED}'")
    return Law(
        name=str(given["name"]),
        people_of=frozenset(people),
        at_home=tuple(_texts(given["at_home"], f"{where}: 'at_home'")),
        adequate=frozenset(_texts(given.get("adequate", []), f"{where}: 'adequate'")),
        elsewhere=Verdict(given["elsewhere"]),
        ground=str(given["ground"]),
    )


def _texts(given: Any, where: str) -> list[str]:
    # NO, for Norway, is a truth value of YAML 1.1.
    if not isinstance(given, list) or not all(isinstance(each, str | bool) for each in given):
        raise ConfigError(f"{where}: has to be a list of names, in [ ]")
    return ["NO" if each is False else str(each) for each in given]


def residency(facts: Facts, known: Sequence[Law]) -> Paper:
    """The paper, by these laws."""
    found: list[tuple[Held, Law, Verdict, list[str]]] = []
    for each in facts.held:
        people = _people(each, facts)
        for law in known:
            mine = sorted(people & law.people_of)
            if mine:
                found.append((each, law, law.verdict(each.region), mine))
    found.sort(key=lambda entry: (_ORDER.index(entry[2]), -entry[0].level.rank, entry[0].uri, entry[1].name))
    counts = Counter(verdict for _, _, verdict, _ in found)
    rows = tuple(_row(*entry) for entry in found)
    regions = Counter(each.region or "not known" for each in facts.held if each.is_sensitive)
    nobody = sum(each.is_sensitive and not _people(each, facts) for each in facts.held)
    bad = counts[Verdict.NOT_ALLOWED]
    numbers = (
        Number(title="Not allowed", number=f"{bad:,}", of="where the data lies", is_bad=bool(bad)),
        Number(title="Need a ground", number=f"{counts[Verdict.NEEDS_GROUND]:,}", of="that has to be on record", is_bad=bool(counts[Verdict.NEEDS_GROUND])),
        Number(title="Region not known", number=f"{counts[Verdict.UNKNOWN]:,}", of="nothing is said of these", is_bad=bool(counts[Verdict.UNKNOWN])),
        Number(title="In order", number=f"{counts[Verdict.AT_HOME] + counts[Verdict.ADEQUATE]:,}", of="at home, or where it is adequate"),
    )  # fmt: skip
    said = [_sentence(law, [entry for entry in found if entry[1] is law]) for law in known]
    parts = (
        Part(
            title="Data about people, and where it lies",
            said=tuple(text for text in said if text)
            or ("Nothing was found that tells of whose country its people are.",),
            grid=Grid(name="residency", columns=COLUMNS, rows=rows) if rows else None,
            is_bad=bool(bad),
        ),
        Part(title="Resources with sensitive data by region", bars=tuple(regions.most_common())),
    )
    return Paper(
        name="residency", title="Data residency and sovereignty", about=facts.about, made_at=facts.made_at,
        numbers=numbers, parts=parts,
        limits=(
            (f"Whose country people are of is told by what is of one country alone, such as its identity numbers; "
            f"{counted(nobody, 'resource')} with sensitive data hold nothing that tells it."),
            ("The region of a bucket or table is known from 'assay aws discover --format jsonl' (--estate), from plans of protection, "
            "or by --place; without it the verdict is unknown, which is not in order."),
            "This is no advice of a lawyer.",
        ),
    )  # fmt: skip


def _people(each: Held, facts: Facts) -> set[str]:
    """The countries whose people the data is about, as far as one kind of data tells a few."""
    told: set[str] = set()
    for name in each.identifiers:
        identifier = facts.identifiers.get(name)
        if identifier is not None and len(identifier.regions) == 1:
            told.update(region.partition("-")[0].upper() for region in identifier.regions)
    return told


def _row(each: Held, law: Law, verdict: Verdict, people: list[str]) -> tuple[Cell, ...]:
    because = {
        Verdict.UNKNOWN: "nothing tells its region",
        Verdict.AT_HOME: f"{each.region} is at home",
        Verdict.ADEQUATE: f"{each.region} counts as adequate",
    }.get(verdict, law.ground)
    move = f"to {law.at_home[0]}" if verdict in (Verdict.NOT_ALLOWED, Verdict.NEEDS_GROUND) and law.at_home else None
    if verdict is Verdict.NOT_ALLOWED and not law.at_home:
        move = "to a place within the country: no region of AWS is there"
    return (each.uri, each.level, each.region, ", ".join(people), law.name, verdict.value, because, move, each.owner)


def _sentence(law: Law, found: Sequence[tuple[Held, Law, Verdict, list[str]]]) -> str:
    if not found:
        return ""
    people = sorted({country for *_, mine in found for country in mine})
    counts = Counter(verdict for _, _, verdict, _ in found)
    told = ", ".join(f"{counts[verdict]:,} {verdict.value}" for verdict in Verdict if counts[verdict])
    return f"{law.name}, people of {listed(people, 6)}: {told}."
