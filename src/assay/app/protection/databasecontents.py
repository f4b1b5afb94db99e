"""What two databases hold, compared row by row without keeping a row: of each table, how many rows there are and a sum of their hashes in
each of many parts. A part is the same where both are, so that what differs is at most what the differing parts hold.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import replace

from assay.aws.access import Access
from assay.errors import AwsError, ReadError, UsageError
from assay.model import AssetRef, Gap
from assay.protectors.restoring import NOT_READ, Compared, Hashes
from assay.sources.awssql.address import parse
from assay.sources.awssql.logins import Secret
from assay.sources.awssql.source import find
from assay.sources.sql.address import Address
from assay.sources.sql.source import SqlOpener, SqlSource

_PARTS = 1 << 14
_WHOLE = 1 << 64


class Rows:
    """How many rows a table has, and what they add up to, part by part."""

    def __init__(self) -> None:
        self.counts = array("Q", bytes(8 * _PARTS))
        self.sums = array("Q", bytes(8 * _PARTS))

    def add(self, row: bytes, hashes: Hashes) -> None:
        """Counts one row, whatever its place."""
        made = hashes.of(row)
        part = int.from_bytes(made[:4]) % _PARTS
        self.counts[part] += 1
        self.sums[part] = (self.sums[part] + int.from_bytes(made[4:12])) % _WHOLE


def compared(source: Rows, restored: Rows) -> Compared:
    """How the rows of one table compare.

    >>> one, hashes = Rows(), Hashes()
    >>> one.add(b"a", hashes)
    >>> compared(one, Rows())[:6]
    (0, 0, 0, 1, 0, 0)
    """
    same = other = missing = since = 0
    for was, now, first, second in zip(source.counts, restored.counts, source.sums, restored.sums, strict=True):
        if was == now and first == second:
            same += was
            continue
        other += min(was, now)
        missing += max(0, was - now)
        since += max(0, now - was)
    count = sum(restored.counts)
    return Compared(items=count, same=same, other=other, missing=missing, since=since, read=count, what="rows")


def compare(targets: Sequence[str], name: str, access: Access) -> Compared:
    """The databases of `targets` (`rds://…`) with those of the restored database of a name, entered by the same logins. Raises `AwsError` where
    a table of either cannot be read, or none is seen: that it is the same was not seen then."""
    whole = Compared(items=0, same=0, other=0, missing=0, since=0, read=0, what="rows")
    tables = 0
    try:
        for target in targets:
            source, restored = _both(target, name, access)
            hashes = Hashes()
            before, after = dict(_tables(source)), dict(_tables(restored))
            if not before:
                # Whoever may read none is told of none: that nothing differs is not seen then.
                raise ReadError("nothing seen", "the login sees no table in the original")
            tables += len(before)
            for table in sorted(before.keys() | after.keys()):
                rows = compared(_rows(source, before.get(table), hashes), _rows(restored, after.get(table), hashes))
                whole = _together(whole, rows)
    except (ReadError, UsageError) as error:
        detail = getattr(error, "detail", "") or str(error)
        raise AwsError(NOT_READ, f"what was restored was not compared: {detail}") from None
    return whole._replace(note=f"of {tables:,} tables, by how many rows there are and what they hash to")


def _together(one: Compared, other: Compared) -> Compared:
    """Of two tables."""
    return one._replace(
        items=one.items + other.items, same=one.same + other.same, other=one.other + other.other,
        missing=one.missing + other.missing, since=one.since + other.since, read=one.read + other.read,
    )  # fmt: skip


def _both(target: str, name: str, access: Access) -> tuple[Address, Address]:
    named = parse(target)
    if named.tunnel is not None:
        raise ReadError("not reachable", "the login goes by a tunnel, which leads to the original alone")
    source = find(named, access).address
    secret = source.login.arn if isinstance(source.login, Secret) else None
    # What is restored has no secret of its own that RDS keeps; its users have the passwords of then.
    copy = replace(
        named,
        name=name,
        secret=secret,
        user=None if secret else named.user,
        endpoint="writer",
        database=source.database,
    )
    return source, find(copy, access).address


def _tables(address: Address) -> Iterator[tuple[tuple[str, ...], AssetRef]]:
    for item in SqlSource("", address=address).listed():
        if isinstance(item, Gap):
            raise ReadError(item.reason, item.detail or "a table cannot be read")
        if isinstance(item, AssetRef):
            yield item.name or (item.uri,), item


def _rows(address: Address, asset: AssetRef | None, hashes: Hashes) -> Rows:
    rows = Rows()
    if asset is None:
        return rows
    with SqlOpener(address).open(asset) as reader:
        for batch in reader.read():
            for number in range(batch.rows):
                rows.add(repr([column[number] for column in batch.columns]).encode(), hashes)
            if batch.cut:
                raise ReadError("too large", "a value is longer than what is read of it")
    return rows
