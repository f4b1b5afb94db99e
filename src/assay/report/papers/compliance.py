"""Compliance: of each standard what is held where, which controls are met, what is missing, what proves it and who approved it."""

from __future__ import annotations

from collections import Counter

from assay.model import Level
from assay.report.papers.facts import Control, Facts, Held
from assay.report.papers.paper import Cell, Grid, Number, Paper, Part, levels_first, listed
from assay.report.printable import counted

COLUMNS = (
    "framework", "resource", "level", "holds", "owner", "region", "controls met", "gaps", "evidence", "approved by",
)  # fmt: skip


def compliance(facts: Facts, frameworks: tuple[str, ...] = ()) -> Paper:
    """`frameworks` narrows it; without any it is of all that something is held under."""
    under: dict[str, list[Held]] = {name: [] for name in frameworks}
    for each in facts.held:
        for name in each.frameworks:
            if not frameworks or name in under:
                under.setdefault(name, []).append(each)
    controls = {store: facts.of_store(store) for store in {each.store for each in facts.held}}
    parts, missing, rows = [], 0, []
    for name, held in sorted(under.items(), key=lambda item: (-len(item[1]), item[0])):
        lines = [
            _row(name, each, controls[each.store], is_compared=each.store in facts.compared)
            for each in _worst_first(held)
        ]
        rows += lines
        open_ones = sum(bool(line[7]) for line in lines)
        missing += open_ones
        parts.append(_part(facts, name, held, open_ones))
    main = Part(
        title="What is held where",
        said=() if rows else ("Nothing is held under a standard, of what was scanned.",),
        grid=Grid(name="held", columns=COLUMNS, rows=tuple(rows)) if rows else None,
    )
    done = Counter(each.outcome for each in facts.controls)
    numbers = (
        Number(title="Standards", number=f"{sum(bool(held) for held in under.values()):,}", of="that data is held under"),
        Number(title="Resources", number=f"{len({each.uri for held in under.values() for each in held}):,}", of=f"of {len(facts.held):,} known"),
        Number(title="Controls met", number=f"{sum(done[name] for name in ('applied', 'unchanged')):,}", of=f"of {len(facts.controls):,} that plans asked for"),
        Number(title="Entries with gaps", number=f"{missing:,}", of=f"of {len(rows):,}", is_bad=bool(missing)),
    )  # fmt: skip
    evidence = Part(
        title="What proves it",
        said=(
            "Every plan, approval and change is an entry of the audit log, whose entries are chained by hashes.",
            f"The log stood at {facts.checkpoint} when this was made: 'assay audit verify --checkpoint {facts.checkpoint}' proves all "
            "entries up to there, and 'assay audit export' writes them."
            if facts.checkpoint
            else "The log has no entry yet.",
            "'assay aws plans PLAN' shows a plan that is named here, with its approvals and its journal.",
        ),
    )
    return Paper(
        name="compliance",
        title="Compliance",
        about=facts.about,
        made_at=facts.made_at,
        numbers=numbers,
        parts=(main, *parts, evidence),
        limits=(
            "Which standards hold is concluded from the kinds of data that were found; whether a law applies to you, it does not say.",
            (
                "A plan names what has to change: what was right before is not counted as a control met. 'assay protect verify' reads "
                "the account."
            ),
        ),
    )


def _worst_first(held: list[Held]) -> list[Held]:
    return sorted(held, key=lambda each: (-each.level.rank, each.uri))


def _part(facts: Facts, name: str, held: list[Held], open_ones: int) -> Part:
    levels = Counter(each.level.value for each in held)
    kinds = Counter(kind for each in held for kind in each.identifiers)
    if not held:
        return Part(title=name, said=(f"Nothing was found that falls under {name}.",))
    asked = list(dict.fromkeys(each.policy for each in facts.asked if each.standard == name and each.policy))
    return Part(
        title=name,
        said=(
            (
                f"{counted(len(held), 'resource')} in {counted(len({each.store for each in held}), 'place')}: "
                f"{listed([kind for kind, _ in kinds.most_common()], 6)}. {open_ones:,} of them have gaps."
            ),
            *(f"It asks for: {text}" for text in asked),
        ),
        bars=levels_first(levels),
        is_bad=bool(open_ones),
    )


def _row(name: str, each: Held, controls: list[Control], *, is_compared: bool) -> tuple[Cell, ...]:
    met = [control for control in controls if control.is_met]
    return (
        name,
        each.uri,
        each.level,
        ", ".join(sorted(each.identifiers)),
        each.owner,
        each.region,
        ", ".join(_called(control) for control in met),
        "; ".join(gaps_of(each, controls, is_compared=is_compared)),
        ", ".join(dict.fromkeys(f"plan {control.plan[:8]}" for control in met)),
        ", ".join(dict.fromkeys(person for control in met for person in control.approved_by)),
    )


def _called(control: Control) -> str:
    return f"{control.name} ({', '.join(control.ids)})" if control.ids else control.name


def gaps_of(each: Held, controls: list[Control], *, is_compared: bool) -> list[str]:
    """What is missing of a resource, in words; nothing for what is at most public."""
    told: list[str] = []
    if each.level.rank >= Level.UNCLASSIFIED.rank and not is_compared:
        told.append("never compared with its policy" if each.is_protectable else "its protection is not known")
    told += [_unmet(control) for control in controls if not control.is_met]
    if not each.is_complete:
        told.append("not read completely")
    if each.needs_review:
        told.append("waits for review")
    if each.owner is None:
        told.append("no owner")
    return told


def _unmet(control: Control) -> str:
    because = f", {control.reason}" if control.reason else ""
    return f"{control.name}: {control.outcome.replace('_', ' ')}{because}"
