"""Migration waves: datasets by how sensitive, how large and how much used they are, the harmless first, with a storage tier for each."""

from __future__ import annotations

from collections import Counter

from assay.model import Level
from assay.report.papers.facts import Facts, Held
from assay.report.papers.paper import Cell, Grid, Number, Paper, Part
from assay.report.printable import counted, size

COLUMNS = (
    "wave", "dataset", "level", "resources", "bytes", "changes seen", "days unchanged", "rank", "storage tier", "before it moves", "owner",
)  # fmt: skip
_SENSITIVITY = {Level.RESTRICTED: 4, Level.CONFIDENTIAL: 3, Level.UNCLASSIFIED: 3, Level.INTERNAL: 2, Level.PUBLIC: 1}
_WAVES = (
    "harmless: it shows that the way works",
    "internal: of little harm by itself",
    "confidential, or not fully known: after owners agreed",
    "restricted: last, with its protection in place first",
)
_TIERS = ((30, "S3 Standard"), (90, "S3 Standard-IA"), (365, "S3 Glacier Instant Retrieval"))
_COLDEST = "S3 Glacier Deep Archive"


def migration(facts: Facts) -> Paper:
    """The paper."""
    datasets: dict[str, list[Held]] = {}
    for each in facts.held:
        datasets.setdefault(dataset_of(each), []).append(each)
    rows = [_row(facts, name, some) for name, some in datasets.items()]
    rows.sort(key=lambda row: (int(row[0] or 0), -float(row[7] or 0), str(row[1])))
    waves = Counter(int(row[0] or 0) for row in rows)
    total = sum(each.bytes_total for each in facts.held)
    return Paper(
        name="migration",
        title="Migration waves",
        about=facts.about,
        made_at=facts.made_at,
        numbers=(
            Number(title="Datasets", number=f"{len(rows):,}", of=counted(len(facts.held), "resource")),
            Number(title="Size", number=size(total), of="as far as it is known"),
            Number(title="Waves", number=f"{len(waves):,}", of="from the harmless to the restricted"),
        ),
        parts=(
            Part(
                title="Waves",
                said=tuple(f"Wave {number}, {counted(waves[number], 'dataset')}: {_WAVES[number - 1]}." for number in sorted(waves)),
                bars=tuple((f"wave {number}", waves[number]) for number in sorted(waves)),
                grid=Grid(name="waves", columns=COLUMNS, rows=tuple(rows)) if rows else None,
            ),
        ),
        limits=(
            ("How much something is used is known from changes that were told of ('assay worker') and from when it was last written; "
            "reading is not counted."),
            ("Rank: what is much used and large is worth moving early within its wave. Tiers are for what is not read more often "
            "than it is written; archive tiers cost to read back."),
        ),
    )  # fmt: skip


def dataset_of(each: Held) -> str:
    """What moves as one: the first folder of a bucket or of a place on disk that resources share, else the store."""
    if not each.uri.startswith(("s3://", "file://")):
        return each.store
    head, _, rest = each.uri.removeprefix(each.store).lstrip("/").partition("/")
    return f"{each.store.rstrip('/')}/{head}/" if rest and each.store.startswith("s3://") else each.store


def _row(facts: Facts, name: str, some: list[Held]) -> tuple[Cell, ...]:
    worst = max((each.level for each in some), key=lambda level: _SENSITIVITY[level])
    events = sum(each.events for each in some)
    known = [each.written_at for each in some if each.written_at is not None]
    idle = (facts.made_at - (max(known) if known else max(each.first_seen_at for each in some))).days
    total = sum(each.bytes_total for each in some)
    wave = _SENSITIVITY[worst]
    # Orders of magnitude of size, and of use: a dataset of a gigabyte that changes daily comes before an idle one of a terabyte.
    value = len(str(max(total, 1))) + 3 * len(str(events + 1))
    tier = next((tier for days, tier in _TIERS if idle < days), _COLDEST)
    owners = sorted({each.owner for each in some if each.owner})
    return (wave, name, worst, len(some), total, events, max(0, idle), value, tier, _before(facts, some, worst), ", ".join(owners) or None)  # fmt: skip


def _before(facts: Facts, some: list[Held], worst: Level) -> str | None:
    told = []
    if any(not each.is_complete for each in some):
        told.append("read it completely")
    if any(each.needs_review for each in some):
        told.append("answer its open questions")
    if worst.rank >= Level.CONFIDENTIAL.rank:
        stores = {each.store for each in some}
        unmet = [each for each in facts.controls if each.store in stores and not each.is_met]
        told.append("meet its controls" if unmet else "plan its protection where it goes")
    if any(each.owner is None for each in some):
        told.append("name an owner")
    return "; ".join(told) or None
