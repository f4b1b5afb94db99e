"""Coverage: what was read and what was not, stores that nobody ever scanned, resources without an owner, and where lineage ends."""

from __future__ import annotations

from collections import Counter

from assay.report.papers.facts import Facts, Held
from assay.report.papers.paper import Cell, Grid, Number, Paper, Part
from assay.report.printable import counted

COLUMNS = ("place", "resources", "read completely", "with gaps", "last seen", "level", "owner")
_DARK = ("resource", "type", "state", "account", "region", "bytes", "owner", "because")
_WORST = ("dark", "unknown", "stale", "gone")


def coverage(facts: Facts) -> Paper:
    """The paper."""
    stores: dict[str, list[Held]] = {}
    for each in facts.held:
        stores.setdefault(each.store, []).append(each)
    rows = tuple(
        _row(store, some) for store, some in sorted(stores.items(), key=lambda item: (-_partly(item[1]), item[0]))
    )
    complete = sum(each.is_complete for each in facts.held)
    ownerless = [each for each in facts.held if each.owner is None]
    parts = [
        Part(
            title="What was read",
            said=() if rows else ("Nothing was scanned yet.",),
            grid=Grid(name="coverage", columns=COLUMNS, rows=rows) if rows else None,
            is_bad=complete < len(facts.held),
        ),
        Part(
            title="Why something was not read",
            bars=tuple(sorted(facts.gaps.items(), key=lambda item: (-item[1], item[0]))),
        ),
    ]
    dark = 0
    if facts.estate is None:
        parts.append(
            Part(
                title="Dark data",
                said=(
                    (
                        "What the accounts hold besides is not known here: give --estate with the file that "
                        "'assay aws discover --format jsonl --output estate.jsonl' writes."
                    ),
                ),
                is_bad=True,
            )
        )
    else:
        dark = sum(each.state == "dark" for each in facts.estate)
        parts += _estate(facts)
    return Paper(
        name="coverage",
        title="Coverage and dark data",
        about=facts.about,
        made_at=facts.made_at,
        numbers=(
            Number(title="Read completely", number=f"{complete:,}", of=f"of {counted(len(facts.held), 'resource')}", is_bad=complete < len(facts.held)),
            Number(title="Never scanned", number="not known" if facts.estate is None else f"{dark:,}", of="" if facts.estate is None else f"of {len(facts.estate):,} in the account", is_bad=facts.estate is None or bool(dark)),
            Number(title="Without an owner", number=f"{len(ownerless):,}", of="resources", is_bad=bool(ownerless)),
        ),
        parts=tuple(parts),
        limits=("What is not read may hold anything: it is never counted as clean.",),
    )  # fmt: skip


def _partly(some: list[Held]) -> int:
    return sum(not each.is_complete or bool(each.gaps) for each in some)


def _row(store: str, some: list[Held]) -> tuple[Cell, ...]:
    owners = sorted({each.owner for each in some if each.owner})
    return (
        store,
        len(some),
        sum(each.is_complete for each in some),
        sum(bool(each.gaps) for each in some),
        max(each.seen_at for each in some).strftime("%Y-%m-%d"),
        max((each.level for each in some), key=lambda level: level.rank),
        ", ".join(owners) or None,
    )


def _estate(facts: Facts) -> list[Part]:
    estate = facts.estate or ()
    left = [each for each in estate if each.state in _WORST]
    left.sort(key=lambda each: (_WORST.index(each.state or ""), -(each.size_bytes or 0), each.uri))
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (each.uri, each.type, each.state, each.account, each.region, each.size_bytes, each.owner, each.because)
        for each in left
    )
    lineage = [each for each in estate if each.is_lineage]
    known = {each.store for each in facts.held} | {each.uri for each in facts.held}
    lost = [each for each in lineage if each.state in ("dark", "unknown", None) and each.uri not in known]
    orphans = [each for each in estate if each.owner is None]
    return [
        Part(
            title="Dark, stale and gone",
            said=() if rows else ("All that the account holds was scanned lately.",),
            bars=tuple(Counter(each.state for each in estate if each.state).most_common()),
            grid=Grid(name="dark", columns=_DARK, rows=rows) if rows else None,
            is_bad=bool(rows),
        ),
        Part(
            title="Where lineage ends",
            said=(
                (
                    f"{counted(len(lineage), 'place')} of the account are read or written by jobs and tables of Glue; "
                    f"{len(lost):,} of these were never scanned, so what came from there is not known."
                ),
            ),
            is_bad=bool(lost),
        ),
        Part(
            title="Of nobody",
            said=(f"{counted(len(orphans), 'resource')} of the account have no owner in their tags.",),
            is_bad=bool(orphans),
        ),
    ]
