"""What is due to be classified again: read too long ago, by other rules or another configuration, or because somebody asks for it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from assay.app.scan.recipe import recipe_of
from assay.app.scan.sources import is_aws, is_database
from assay.model import Level
from assay.model.options import ScanOptions
from assay.report.printable import counted
from assay.store import audit, due, reviews, tasks

if TYPE_CHECKING:
    from assay.app.reviews.desk import Desk

ASKED = "RECLASSIFICATION_ASKED"
_OBJECTS = ("s3://", "kinesis://", "kafka://")
_ROOTS = ("s3", "dynamodb", "kinesis", "glue", "rds")


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """A resource that is due, and why. `target` is what a worker would scan for it; `None` where no worker can."""

    resource: str
    level: Level
    because: tuple[str, ...]
    target: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ages:
    """After how many days objects and streams are due, and all else; 0 for never."""

    objects: int = 7
    others: int = 30


def falling_due(desk: Desk, ages: Ages, asked: Sequence[str] = (), *, now: datetime | None = None) -> Iterator[Due]:
    """All that is due. What is `asked` for by its URI, and what lies below, is due whatever its age; all else then is not told."""
    rules = recipe_of(ScanOptions(), desk.settings, catalog=desk.catalog).make().rules.digest
    governance = desk.governance.digest
    at = now or datetime.now(UTC)
    with desk.catalog.reading() as connection:
        for each in due.classified(connection):
            if asked:
                because = ["asked for"] if any(_is_of(each.uri, one) for one in asked) else []
            else:
                because = list(_reasons(each, ages, rules, governance, at))
            if because:
                yield Due(resource=each.uri, level=each.level, because=tuple(because), target=target_of(each.uri))


def _reasons(each: due.Classified, ages: Ages, rules: str, governance: str, at: datetime) -> Iterator[str]:
    if each.is_all and each.ruleset != rules:
        yield "the rules have changed since"
    if each.governance != governance:
        yield "the configuration has changed since"
    days = ages.objects if each.uri.startswith(_OBJECTS) else ages.others
    age = at - reviews.time_of(each.seen_at)
    if days and age > timedelta(days=days):
        yield f"last read {counted(age.days, 'day')} ago"


def _is_of(uri: str, one: str) -> bool:
    return uri == one or uri.startswith(f"{one.rstrip('/')}/")


def target_of(uri: str) -> str | None:
    """What a worker scans for a resource: its bucket, table or stream, or its database as a whole.

    >>> target_of("s3://lake/a/b.csv"), target_of("postgresql://db:5432/shop/public/staff"), target_of("file:///a.csv")
    ('s3://lake', 'postgresql://db:5432/shop', None)
    """
    parts = urlsplit(uri)
    root = f"{parts.scheme}://{parts.netloc}"
    if parts.scheme in _ROOTS:
        return root if is_aws(root) else None
    if not parts.netloc or not is_database(uri):
        return None
    return f"{root}/{parts.path.lstrip('/').partition('/')[0]}"


def queue(desk: Desk, found: Iterable[Due], *, by: str) -> list[str]:
    """Asks for the targets to be scanned, each once, by `assay worker --rescans`, and says which."""
    because: dict[str, str] = {}
    numbers: dict[str, int] = {}
    for each in found:
        if each.target is not None:
            because.setdefault(each.target, each.because[0])
            numbers[each.target] = numbers.get(each.target, 0) + 1
    with desk.catalog.transaction() as connection:
        for target, why in because.items():
            told = f"{counted(numbers[target], 'resource')} to be classified again: {why}"
            tasks.ask(connection, tasks.Kind.RESCAN, target, because=told)
        if because:
            audit.append(
                connection,
                actor=by,
                action=ASKED,
                details={"targets": list(because), "resources": sum(numbers.values())},
            )
    return list(because)
