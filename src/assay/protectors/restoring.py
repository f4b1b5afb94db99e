"""Restores that are tests: what was backed up is restored into a place of its own, compared with what it is of, and deleted again.

What is compared never leaves: only keyed hashes are held, with a key that ends with the process.
https://docs.aws.amazon.com/aws-backup/latest/devguide/restore-testing.html
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, NamedTuple, Protocol

from assay.aws.failures import refusals
from assay.aws.paging import items
from assay.aws.session import Calls, Session, told
from assay.errors import AwsError

JOBS: Calls = frozenset({"backup.StartRestoreJob", "backup.DescribeRestoreJob"})
POINTS: Calls = frozenset({"backup.ListRecoveryPointsByResource"})
PREFIX = "assay-restore-test-"
PURPOSE = ("assay:purpose", "restore-test")
NUMBER = "assay:restore-test"
"""The key of the tag that says of which test something is: what is found by it, and nothing else, is deleted."""
NOT_DONE, NOT_THE_SAME, TOO_LONG = "not restored", "not the same", "takes too long"
NOT_READ, NOT_APART = "content not read", "not apart"
_ENDED = {"COMPLETED": True, "ABORTED": False, "FAILED": False}
_SECONDS = 15.0


class RecoveryPoint(NamedTuple):
    """The newest of a resource: its ARN, when it was made, how large it is (`None`: not told)."""

    arn: str
    at: datetime
    size: int | None


class Compared(NamedTuple):
    """How what was restored compares: `items` there are, `same` as in the source, `other` not, `missing` are in the source only,
    `since` were written or deleted there since, as far as that is known. `read` are those whose content was read. `what` is what they
    are, `note` what else is said of it, for people."""

    items: int
    same: int
    other: int
    missing: int
    since: int
    read: int
    what: str = "items"
    note: str = ""

    def holds(self, changed: float) -> bool:
        """Whether it is a backup of the source, of which a share of `changed` may have been written since."""
        whole = self.same + self.other + self.missing
        return (self.read > 0 and self.same > 0 and self.off() <= changed) or (whole == 0 and self.items == 0)

    def off(self) -> float:
        """The share of what should be there that is not, or not so."""
        whole = self.same + self.other + self.missing
        return (self.other + self.missing) / whole if whole else 0.0


Job = Callable[[Mapping[str, str]], None]


class Place(Protocol):
    """Where one resource is restored to."""

    def prepare(self) -> None:
        """Makes what has to be there before. Raises `AwsError`."""

    def restore(self, point: RecoveryPoint, job: Job) -> None:
        """Restores, and waits until that ended; `job` does it by AWS Backup, which is told where to. Raises `AwsError`."""

    def settle(self) -> None:
        """Marks what was restored as what it is. Raises `AwsError`."""

    def compare(self, point: RecoveryPoint) -> Compared:
        """What was restored with what is there. Raises `AwsError`."""

    def clean(self) -> None:
        """Deletes what was restored, and nothing else. Raises `AwsError`."""


def newest_point(
    session: Session, arn: str, region: str, fits: Callable[[str], bool] = lambda _: True
) -> RecoveryPoint | None:
    """The newest recovery point that is whole and whose ARN `fits`, `None` where there is none. Raises `AwsError`."""
    try:
        found = [
            RecoveryPoint(str(each["RecoveryPointArn"]), each["CreationDate"], each.get("BackupSizeBytes"))
            for each in items(
                session.client("backup", region), "list_recovery_points_by_resource", "RecoveryPoints", ResourceArn=arn
            )
            if each.get("Status") == "COMPLETED" and fits(str(each["RecoveryPointArn"]))
        ]
    except refusals() as error:
        raise told(error, "AWS Backup") from None
    return max(found, key=lambda each: each.at, default=None)


def restore(
    session: Session,
    region: str,
    point: RecoveryPoint,
    *,
    metadata: Mapping[str, str],
    role: str,
    token: str,
    pause: Callable[[float], None],
    seconds: float,
) -> None:
    """Restores, and waits until that ended. Raises `AwsError` where it failed, or has not ended in time."""
    client = session.client("backup", region)
    try:
        job = client.start_restore_job(
            RecoveryPointArn=point.arn, Metadata=dict(metadata), IamRoleArn=role, IdempotencyToken=token
        )["RestoreJobId"]
        waited = 0.0
        while waited <= seconds:
            answer = client.describe_restore_job(RestoreJobId=job)
            if answer["Status"] in _ENDED:
                if _ENDED[answer["Status"]]:
                    return
                raise AwsError(NOT_DONE, f"the restore job {job} {answer['Status']}: see it in AWS Backup")
            pause(_SECONDS)
            waited += _SECONDS
    except refusals() as error:
        raise told(error, "AWS Backup") from None
    raise AwsError(TOO_LONG, f"the restore job {job} has not ended in {seconds / 60:,.0f} minutes")


def marks(number: str) -> list[dict[str, str]]:
    """The tags of what the test of a number makes."""
    return [{"Key": PURPOSE[0], "Value": PURPOSE[1]}, {"Key": NUMBER, "Value": number}]


def is_of(tags: Any, number: str) -> bool:
    """Whether something has the tags of that test."""
    return all(each in (tags or ()) for each in marks(number))


def waited(look: Callable[[], bool], what: str, *, pause: Callable[[float], None], seconds: float) -> None:
    """Looks until it is so. Raises `AwsError` of `TOO_LONG`, and what `look` raises."""
    past = 0.0
    while not look():
        if past >= seconds:
            raise AwsError(TOO_LONG, f"{what} after {seconds / 60:,.0f} minutes still")
        pause(_SECONDS)
        past += _SECONDS


class Hashes:
    """Hashes of contents, which mean nothing outside of this process."""

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)

    def of(self, content: bytes) -> bytes:
        return hmac.new(self._key, content, hashlib.sha256).digest()[:16]

    def of_stream(self, body: Any) -> bytes:
        """Of what is read from a stream, part by part."""
        made = hmac.new(self._key, digestmod=hashlib.sha256)
        for part in iter(lambda: body.read(1 << 20), b""):
            made.update(part)
        return made.digest()[:16]
