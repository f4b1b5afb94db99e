"""The summary for management: how things stand, what changed, and what to do first, in plain words."""

from __future__ import annotations

from collections import Counter

from assay.model import Level
from assay.report.papers.facts import Facts, Held
from assay.report.papers.paper import Cell, Grid, Number, Paper, Part, levels_first, listed
from assay.report.printable import counted

_TOP = 10
_PLAIN = {
    "PII": "data about people",
    "PHI": "health data",
    "PCI": "payment data",
    "SECRETS": "passwords and keys",
}
_ENOUGH = 0.9


def executive(facts: Facts) -> Paper:
    """The paper."""
    sensitive = [each for each in facts.held if each.is_sensitive]
    by_level = Counter(each.level.value for each in facts.held)
    categories = Counter(category for each in sensitive for category in each.categories)
    kinds = [_PLAIN.get(name, name) for name, _ in categories.most_common()]
    complete = sum(each.is_complete for each in facts.held)
    unmet = [each for each in facts.controls if not each.is_met]
    first = (
        f"Of {counted(len(facts.held), 'resource')} that were looked at, {len(sensitive):,} hold sensitive data"
        f"{f': {listed(kinds, 6)}' if kinds else ''}. {by_level['restricted']:,} of them would do serious harm in the wrong hands."
        if facts.held
        else "Nothing was looked at yet."
    )
    second = _known(facts, complete)
    change = (
        f"In the period {counted(facts.raised, 'resource')} became more sensitive and {facts.lowered:,} less."
        if facts.since is not None
        else ""
    )
    numbers = (
        Number(title="Hold sensitive data", number=f"{len(sensitive):,}", of=f"of {counted(len(facts.held), 'resource')}"),
        Number(title="Restricted", number=f"{by_level['restricted']:,}", of="would do serious harm", is_bad=bool(by_level["restricted"])),
        Number(title="Wait for a decision", number=f"{facts.waiting:,}", of="questions to people", is_bad=bool(facts.waiting)),
        Number(title="Read completely", number=f"{complete / len(facts.held):.0%}" if facts.held else "–", of="of what is known"),
    )  # fmt: skip
    advice = _advice(facts, sensitive, len(unmet))
    stores = _stores(facts.held)
    parts = (
        Part(title="How things stand", said=tuple(text for text in (first, second, change) if text), bars=levels_first(by_level)),
        Part(
            title="What to do first",
            said=tuple(f"{number}. {text}" for number, text in enumerate(advice, 1)) or ("Nothing is open.",),
            is_bad=bool(advice),
        ),
        Part(
            title="Where the most sensitive data is",
            grid=Grid(name="places", columns=("place", "level", "resources", "sensitive", "holds", "owner"), rows=stores),
        ),
        Part(title="Under which standards", bars=tuple(Counter(name for each in sensitive for name in each.frameworks).most_common(_TOP))),
    )  # fmt: skip
    return Paper(
        name="executive",
        title="Sensitive data: summary",
        about=facts.about,
        made_at=facts.made_at,
        numbers=numbers,
        parts=parts,
        limits=("It tells of what was scanned. What was never looked at is in the report 'coverage'.",),
    )


def _known(facts: Facts, complete: int) -> str:
    if not facts.held:
        return ""
    told = (
        f"{complete:,} of {len(facts.held):,} were read completely; of the others nobody can say that no more is there."
    )
    if complete == len(facts.held):
        told = "All of them were read completely."
    if facts.together is not None and facts.together.precision is not None:
        judged = facts.together.right + facts.together.wrong
        told += f" Where people looked, {facts.together.precision:.0%} of {judged:,} findings were right."
    return told


def _advice(facts: Facts, sensitive: list[Held], unmet: int) -> list[str]:
    secrets = [each for each in sensitive if "SECRETS" in each.categories]
    dark = [] if facts.estate is None else [each for each in facts.estate if each.state == "dark"]
    ownerless = [each for each in sensitive if each.owner is None and each.level.rank >= Level.CONFIDENTIAL.rank]
    naked = {each.store for each in sensitive if each.level is Level.RESTRICTED and each.is_protectable}
    naked -= facts.compared
    partly = [each for each in facts.held if not each.is_complete]
    told = [
        (secrets, f"Replace the passwords and keys that lie in {counted(len(secrets), 'resource')}: {listed([each.uri for each in secrets], 3)}."),
        (naked, f"Compare {counted(len(naked), 'place')} with restricted data with the policy of protection: {listed(sorted(naked), 3)}."),
        (unmet, f"See to {counted(unmet, 'control')} that plans asked for and that are not met (assay report compliance)."),
        (facts.waiting, f"Answer {counted(facts.waiting, 'question')} that wait for a person (assay serve)."),
        (dark, f"Scan {counted(len(dark), 'resource')} of the account that nobody has looked at (assay report coverage)."),
        (ownerless, f"Find owners for {counted(len(ownerless), 'confidential or restricted resource')}."),
        (partly, f"Read {counted(len(partly), 'resource')} that could not be read completely."),
    ]  # fmt: skip
    return [text for is_open, text in told if is_open]


def _stores(held: tuple[Held, ...]) -> tuple[tuple[Cell, ...], ...]:
    stores: dict[str, list[Held]] = {}
    for each in held:
        if each.is_sensitive:
            stores.setdefault(each.store, []).append(each)
    all_of = Counter(each.store for each in held)
    rows: list[tuple[Cell, ...]] = []
    for store, some in stores.items():
        worst = max(some, key=lambda each: each.level.rank)
        kinds = Counter(kind for each in some for kind in each.identifiers)
        owners = sorted({each.owner for each in some if each.owner})
        rows.append(
            (
                store,
                worst.level,
                all_of[store],
                len(some),
                listed([kind for kind, _ in kinds.most_common()]),
                ", ".join(owners) or None,
            )
        )
    rows.sort(key=lambda row: (-row[1].rank if isinstance(row[1], Level) else 0, -int(row[3] or 0), str(row[0])))
    return tuple(rows[:_TOP])
