"""A table of DynamoDB is restored beside itself, every item compared, and deleted again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from assay.aws import tablesettings
from assay.aws.arn import parse
from assay.aws.failures import NOT_FOUND, failure_of, refusals
from assay.aws.paging import items
from assay.aws.session import Calls, Session, told
from assay.protectors.restoring import PREFIX, PURPOSE, Compared, Hashes, Job, RecoveryPoint

CALLS: Calls = tablesettings.TABLE | {"dynamodb.Scan", "dynamodb.DeleteTable", "dynamodb.TagResource"}


class RestoredTable:
    """A copy of the table `source`. `number` makes its name."""

    def __init__(self, session: Session, source: str, number: str) -> None:
        self._session = session
        self._arn = parse(source)
        self.name = f"{PREFIX}{number}"
        self._client = session.client("dynamodb", self._arn.region)

    def prepare(self) -> None:
        """Nothing: DynamoDB makes the table."""

    def restore(self, point: RecoveryPoint, job: Job) -> None:  # noqa: ARG002  # the job knows it
        """The key is that of the source's kind: one that DynamoDB owns needs no right of anybody."""
        job({"targetTableName": self.name, "encryptionType": "Default"})

    def settle(self) -> None:
        """Says what it is for whoever finds it."""
        arn = str(self._arn._replace(resource=f"table/{self.name}"))
        tablesettings.settled_table(self._session, arn)
        try:
            self._client.tag_resource(ResourceArn=arn, Tags=[{"Key": PURPOSE[0], "Value": PURPOSE[1]}])
        except refusals() as error:
            raise told(error, "DynamoDB") from None

    def compare(self, point: RecoveryPoint) -> Compared:  # noqa: ARG002  # a table does not tell when an item was written
        """Item by item, by their keys."""
        table = tablesettings.table_of(self._session, str(self._arn))
        keys = sorted(str(each["AttributeName"]) for each in table["KeySchema"])
        hashes = Hashes()
        restored = dict(self._hashed(self.name, keys, hashes))
        same = other = missing = 0
        for key, content in self._hashed(self._arn.name, keys, hashes):
            there = restored.pop(key, None)
            same += there == content
            other += there is not None and there != content
            missing += there is None
        count = same + other + len(restored)
        return Compared(items=count, same=same, other=other, missing=missing, since=len(restored), read=count)

    def clean(self) -> None:
        """The table is deleted, if it is there."""
        try:
            self._client.delete_table(TableName=self.name)
        except refusals() as error:
            if failure_of(error).reason != NOT_FOUND:
                raise told(error, "DynamoDB") from None

    def _hashed(self, name: str, keys: list[str], hashes: Hashes) -> Iterator[tuple[bytes, bytes]]:
        try:
            for item in items(self._client, "scan", "Items", TableName=name, ConsistentRead=True):
                yield hashes.of(_told({key: item[key] for key in keys})), hashes.of(_told(item))
        except refusals() as error:
            raise told(error, "DynamoDB") from None


def _told(value: Any) -> bytes:
    """An item in one form, whatever the order of its attributes and of its sets."""
    return repr(_plain(value)).encode()


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return sorted(
            (key, sorted(map(repr, each)) if key in ("SS", "NS", "BS") else _plain(each)) for key, each in value.items()
        )
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return value
