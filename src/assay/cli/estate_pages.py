"""An estate for people: what nobody has looked at first, then how much there is of what."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby

from assay.cli.grid import grid
from assay.model import Asset, EstateAsset, EstateState, EstateSummary, Gap, Skip
from assay.report.people import Paint
from assay.report.printable import counted, printable, size, wrapped

_ROWS_OF_A_KIND = 5
_ROWS = 40
_GAPS = 12
_INDENT = "  "

_SCANNED = ("s3://", "dynamodb://", "kinesis://")
_MANY = frozenset({"ec2:volume", "ec2:snapshot"})
_NAMES = {
    "s3:bucket": "S3 bucket",
    "redshift:cluster": "Redshift",
    "redshift-serverless:namespace": "Redshift Serverless",
    "redshift-serverless:workgroup": "Redshift workgroup",
    "docdb-elastic:cluster": "DocumentDB elastic",
    "dynamodb:table": "DynamoDB table",
    "ec2:volume": "EBS volume",
    "ec2:snapshot": "EBS snapshot",
    "glue:database": "Glue database",
    "glue:table": "Glue table",
    "kinesis:stream": "Kinesis stream",
    "es:domain": "OpenSearch domain",
    "snowflake:stage": "Snowflake stage",
}
_ENGINES = {
    "docdb": "DocumentDB",
    "neptune": "Neptune cluster",
    "aurora": "Aurora MySQL",
    "aurora-mysql": "Aurora MySQL",
    "aurora-postgresql": "Aurora PostgreSQL",
    "postgres": "RDS PostgreSQL",
    "mysql": "RDS MySQL",
    "mariadb": "RDS MariaDB",
}
_TITLES = {
    EstateState.DARK: "Dark: never scanned",
    EstateState.UNKNOWN: "Not known whether scanned, or gone",
    EstateState.STALE: "Stale: scanned too long ago",
    EstateState.UNSUPPORTED: "Never scanned, and of kinds that no scan reads",
    EstateState.GONE: "Gone: in the catalog, but not in the estate",
    None: "Resources",
}
_ORDER = (EstateState.DARK, EstateState.UNKNOWN, EstateState.STALE, EstateState.UNSUPPORTED, EstateState.GONE, None)


def kind_of(asset: Asset) -> str:
    """What a person calls it: `Aurora PostgreSQL`."""
    if asset.type in _NAMES:
        return _NAMES[asset.type]
    engine = asset.engine or ""
    noun = _ENGINES.get(engine) or f"RDS {engine}".rstrip()
    return noun if asset.held_by is None else f"{noun} instance"


def estate_page(
    results: Sequence[EstateAsset | Gap | Skip], summary: EstateSummary, columns: int, paint: Paint
) -> Iterator[str]:
    """The lines. `results` are in the order in which they were found."""
    yield from wrapped(_headline(summary), columns)
    assets = [each for each in results if isinstance(each, EstateAsset)]
    for state in _ORDER:
        group = [each for each in assets if each.state is state]
        if group:
            yield ""
            yield paint(f"{_TITLES[state]} ({len(group):,})", "strong")
            yield from _section(group, state, columns)
    rest = [each for each in assets if each.state in (EstateState.SCANNED, EstateState.ELSEWHERE)]
    if rest:
        yield ""
        yield paint(f"Scanned, or held by another ({len(rest):,})", "strong")
        yield from _counts(rest, columns)
    yield from _omitted(results, columns, paint)
    yield from _advice(assets, columns)


def _headline(summary: EstateSummary) -> str:
    where = f"{counted(len(summary.accounts), 'account')} and {counted(len(summary.regions), 'region')}"
    states = ", ".join(f"{number:,} {state}" for state, number in summary.by_state.items())
    stopped = "Interrupted. " if summary.interrupted else ""
    return f"{stopped}{counted(summary.assets, 'resource')} in {where}{f': {states}' if states else ''}"


def _section(group: list[EstateAsset], state: EstateState | None, columns: int) -> Iterator[str]:
    if state is EstateState.GONE or all(each.asset is None for each in group):
        rows = [(each.uri, _scanned(each), _level(each)) for each in group[:_ROWS]]
        for line in grid(("what", "last scanned", "level"), rows, columns - 2, cut=(0,)):
            yield _INDENT + line
        yield from _more(len(group) - len(rows))
        return
    told = sorted((each for each in group if each.asset is not None), key=_place)
    if state is EstateState.UNSUPPORTED:
        yield from _totals(told, columns)
        return
    yield from _listed([each for each in told if not _is_many(each)], state, columns)
    yield from _totals([each for each in told if _is_many(each)], columns)
    unplaced = [each for each in group if each.asset is None]
    for each in unplaced[:_ROWS_OF_A_KIND]:
        yield from wrapped(f"{printable(each.uri)}: {each.because}", columns, first=_INDENT, indent=_INDENT * 2)
    yield from _more(len(unplaced) - _ROWS_OF_A_KIND)


def _is_many(each: EstateAsset) -> bool:
    """Whether it is of a kind that there is much of, and whose names say nothing."""
    return each.asset is not None and each.asset.type in _MANY


def _listed(told: list[EstateAsset], state: EstateState | None, columns: int) -> Iterator[str]:
    if not told:
        return
    kept, left = _few(told)
    heads, cells = _columns(kept, state)
    lines = list(grid(heads, [cells(each) for each in kept], columns - 4, cut=range(2, len(heads))))
    yield f"{_INDENT}{_INDENT}{lines[0]}"
    before = None
    for each, line in zip(kept, lines[1:], strict=True):
        assert each.asset is not None
        here = (each.asset.account, each.asset.region)
        if here != before:
            yield f"{_INDENT}{here[0]} {here[1] or 'region not known'}"
        before = here
        yield f"{_INDENT}{_INDENT}{line}"
        kind = (*here, each.asset.type)
        if left.get(kind) and each is _last_of(kept, kind):
            yield f"{_INDENT}{_INDENT}… and {left[kind]:,} more of {kind_of(each.asset)}"
    shown = {(each.asset.account, each.asset.region, each.asset.type) for each in kept if each.asset is not None}
    yield from _more(sum(number for kind, number in left.items() if kind not in shown))


def _totals(told: list[EstateAsset], columns: int) -> Iterator[str]:
    """So many of each kind in each region."""
    lines = [_total(list(group)) for _, group in groupby(told, key=_kind)]
    for line in lines[:_ROWS]:
        yield from wrapped(line, columns, first=_INDENT, indent=_INDENT * 2)
    yield from _more(len(lines) - _ROWS)


def _total(group: list[EstateAsset]) -> str:
    assets = [each.asset for each in group if each.asset is not None]
    first = assets[0]
    capacity = sum(asset.capacity_bytes or 0 for asset in assets)
    facts = [f"up to {size(capacity)}"] if capacity else []
    facts += [f"{number:,} {note}" if len(assets) > 1 else note for note, number in Counter(_notes(assets)).items()]
    return f"{first.account} {first.region}: {'; '.join((counted(len(group), kind_of(first)), *facts))}"


def _few(told: list[EstateAsset]) -> tuple[list[EstateAsset], Counter[tuple[str, str | None, str]]]:
    """The first of each kind in each region, and how many there are more of it."""
    kept: list[EstateAsset] = []
    left: Counter[tuple[str, str | None, str]] = Counter()
    for kind, group in groupby(told, key=_kind):
        some = list(group)
        shown = some[: min(_ROWS_OF_A_KIND, max(_ROWS - len(kept), 0))]
        kept += shown
        left[kind] = len(some) - len(shown)
    return kept, left


def _kind(each: EstateAsset) -> tuple[str, str | None, str]:
    assert each.asset is not None
    return each.asset.account, each.asset.region, each.asset.type


def _place(each: EstateAsset) -> tuple[str, str, int, str]:
    assert each.asset is not None
    types = ("s3:bucket", "rds:cluster", "rds:db", "redshift:cluster", "redshift-serverless:namespace",
             "redshift-serverless:workgroup", "docdb-elastic:cluster", "dynamodb:table", "glue:database", "glue:table",
             "kinesis:stream", "es:domain", "ec2:volume", "ec2:snapshot", "snowflake:stage")  # fmt: skip
    return each.asset.account, each.asset.region or "", types.index(each.asset.type), each.asset.name


def _last_of(kept: list[EstateAsset], kind: tuple[str, str | None, str]) -> EstateAsset:
    return next(each for each in reversed(kept) if _kind(each) == kind)


def _columns(
    kept: list[EstateAsset], state: EstateState | None
) -> tuple[tuple[str, ...], Callable[[EstateAsset], tuple[object, ...]]]:
    """Heads, and what gives the cells of a row; a column in which nothing stands is left out."""
    parts: list[tuple[str, Callable[[EstateAsset], object]]] = [
        ("what", lambda each: kind_of(each.asset) if each.asset is not None else ""),
        ("name", lambda each: each.asset.name if each.asset is not None else ""),
    ]
    if state in (EstateState.STALE, EstateState.UNKNOWN):
        parts += [("last scanned", _scanned), ("level", _level)]
    else:
        parts += [("size", _size)]
    parts += [("owner", _owner), ("note", _note)]
    used = [(head, cell) for head, cell in parts if any(cell(each) for each in kept)]
    return tuple(head for head, _ in used), lambda each: tuple(cell(each) for _, cell in used)


def _size(each: EstateAsset) -> str:
    asset = each.asset
    if asset is None:
        return ""
    if asset.size_bytes is not None:
        return size(asset.size_bytes)
    return "" if asset.capacity_bytes is None else f"≤ {size(asset.capacity_bytes)}"


def _scanned(each: EstateAsset) -> str:
    return "" if each.scans is None else each.scans.last_at.date().isoformat()


def _level(each: EstateAsset) -> str:
    return "" if each.scans is None or each.scans.level is None else each.scans.level.value


def _owner(each: EstateAsset) -> str:
    if each.owners is None:
        return "?"
    return next(iter(each.owners.values()), "")


def _note(each: EstateAsset) -> str:
    notes = [] if each.asset is None else list(_notes([each.asset]))
    if each.labels:
        notes.append("tagged " + next(iter(each.labels.values())))
    if each.state is EstateState.STALE and "; " in each.because:
        notes.append(each.because.partition("; ")[2])
    return ", ".join(notes)


def _notes(assets: list[Asset]) -> Iterator[str]:
    for asset in assets:
        if asset.public:
            yield "public"
        if asset.encrypted is False:
            yield "unencrypted"
        if asset.related.get("volume_is_there") == "no":
            yield "of a volume that is gone"
        if asset.related.get("bucket_is_here") == "no":
            yield "of a bucket elsewhere"
        if asset.type == "ec2:volume" and asset.status == "available":
            yield "attached to nothing"


def _counts(rest: list[EstateAsset], columns: int) -> Iterator[str]:
    counts: dict[tuple[str, str], Counter[str]] = {}
    for each in rest:
        if each.asset is not None:
            here = (each.asset.account, each.asset.region or "region not known")
            counts.setdefault(here, Counter())[kind_of(each.asset)] += 1
    for (account, region), kinds in sorted(counts.items())[:_ROWS]:
        told = ", ".join(f"{printable(kind)} {number:,}" for kind, number in sorted(kinds.items()))
        yield from wrapped(f"{account} {region}: {told}", columns, first=_INDENT, indent=_INDENT * 2)
    yield from _more(sum(kinds.total() for _, kinds in sorted(counts.items())[_ROWS:]))


def _omitted(results: Sequence[EstateAsset | Gap | Skip], columns: int, paint: Paint) -> Iterator[str]:
    for title, noun in (("Not known", Gap), ("Left out", Skip)):
        group = [each for each in results if isinstance(each, noun)]
        if not group:
            continue
        yield ""
        yield paint(f"{title} ({len(group):,})", "strong")
        for each in group[:_GAPS]:
            assert not isinstance(each, EstateAsset)
            detail = f" ({each.detail})" if each.detail else ""
            text = printable(f"{each.resource}: {each.reason}{detail}")
            yield from wrapped(text, columns, first=_INDENT, indent=_INDENT * 2)
        yield from _more(len(group) - _GAPS)


def _more(number: int) -> Iterator[str]:
    if number > 0:
        yield f"{_INDENT}… and {number:,} more; --format csv or jsonl has all"


def _advice(assets: list[EstateAsset], columns: int) -> Iterator[str]:
    first = next((each for each in assets if each.state is EstateState.DARK and each.uri.startswith(_SCANNED)), None)
    if first is not None:
        yield ""
        yield from wrapped(f"Next, with the same catalog: assay scan {printable(first.uri)}", columns)
