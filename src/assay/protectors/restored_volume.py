"""A volume of EBS is made of the snapshot that a recovery point is, stands at no instance, and is deleted again. What is in it cannot be
compared without attaching it: the blocks of the snapshot are read instead, and held against the checksums that go with them.

https://docs.aws.amazon.com/ebs/latest/userguide/readsnapshots.html
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

from assay.aws import ebssettings
from assay.aws.arn import parse
from assay.aws.failures import NOT_FOUND, failure_of, refusals
from assay.aws.paging import items
from assay.aws.session import Calls, Session, told
from assay.errors import AwsError
from assay.protectors.restoring import NOT_APART, NOT_DONE, NOT_READ, Compared, Job, RecoveryPoint, marks, waited

CALLS: Calls = ebssettings.VOLUME | {
    "ec2.DescribeSnapshots", "ec2.CreateVolume", "ec2.DeleteVolume", "ebs.ListSnapshotBlocks", "ebs.GetSnapshotBlock",
}  # fmt: skip
_SNAPSHOT = ":snapshot/snap-"
_ALGORITHM = "SHA256"


def is_snapshot(arn: str) -> bool:
    """Whether a recovery point is a snapshot of EC2, of which volumes are made."""
    return _SNAPSHOT in arn


class RestoredVolume:
    """A copy of the volume `source`, made by the test of a `number`. Of the snapshot at most `sample` blocks are read (0: all)."""

    def __init__(
        self, session: Session, source: str, number: str, *, sample: int, pause: Callable[[float], None], seconds: float
    ) -> None:
        self._session, self._source, self._number = session, source, number
        self._region = parse(source).region
        self._client = session.client("ec2", self._region)
        self._sample, self._pause, self._seconds = sample, pause, seconds
        self._snapshot: Mapping[str, Any] = {}
        self._is_seen = False

    def prepare(self) -> None:
        """Nothing: nothing has to be there before."""

    def restore(self, point: RecoveryPoint, job: Job) -> None:  # noqa: ARG002  # made by EC2, with its tags at once
        """Encrypted, in the same zone, of the same type; as slow as that type is when nothing is said."""
        old = ebssettings.volume_of(self._session, self._source)
        name = point.arn.rpartition("/")[2]
        try:
            self._snapshot = self._client.describe_snapshots(SnapshotIds=[name])["Snapshots"][0]
            if self._snapshot.get("State") != "completed":
                raise AwsError(NOT_DONE, f"EC2: its snapshot {name} is {self._snapshot.get('State')}")
            speed = {"Iops": old["Iops"]} if str(old.get("VolumeType")).startswith("io") else {}
            self._client.create_volume(
                SnapshotId=name, AvailabilityZone=old["AvailabilityZone"], VolumeType=old["VolumeType"], Encrypted=True,
                ClientToken=f"assay-restore-test-{self._number}",
                TagSpecifications=[{"ResourceType": "volume", "Tags": marks(self._number)}], **speed,
            )  # fmt: skip
        except refusals() as error:
            raise told(error, "EC2") from None
        waited(self._is_made, "the volume is being made", pause=self._pause, seconds=self._seconds)

    def settle(self) -> None:
        """It is what it was to be. Raises `AwsError` where it is not, or stands at an instance."""
        made = self._the_one()
        if made.get("Attachments"):
            raise AwsError(NOT_APART, f"EC2: {made['VolumeId']} is attached to an instance, which nobody asked for")
        if not made.get("Encrypted"):
            raise AwsError(NOT_APART, f"EC2: {made['VolumeId']} is not encrypted, as it was to be")
        if int(made["Size"]) < int(self._snapshot["VolumeSize"]):
            raise AwsError(NOT_DONE, f"EC2: {made['VolumeId']} has {made['Size']} GiB, and its snapshot {self._snapshot['VolumeSize']}")  # fmt: skip

    def compare(self, point: RecoveryPoint) -> Compared:
        """Block by block of the snapshot: a sample of all of them, evenly."""
        name = point.arn.rpartition("/")[2]
        client = self._session.client("ebs", self._region)
        try:
            blocks = [
                (int(each["BlockIndex"]), str(each["BlockToken"]))
                for each in items(client, "list_snapshot_blocks", "Blocks", SnapshotId=name)
            ]
            count = min(self._sample or len(blocks), len(blocks))
            chosen = [blocks[number * len(blocks) // count] for number in range(count)]
            held = sum(self._holds(client, name, each) for each in chosen)
        except refusals() as error:
            raise told(error, "EBS") from None
        if not blocks:
            raise AwsError(
                NOT_READ,
                f"EBS: its snapshot {name} holds no block: there is nothing that could be read, and nothing is shown by that",
            )
        made = self._the_one()
        note = (
            f"{made['VolumeId']} of {made['Size']} GiB, encrypted, was made of it; not verified: whether what is in it is what the original "
            "holds, which only an instance that it is attached to could tell"
        )
        return Compared(
            items=len(blocks), same=held, other=len(chosen) - held, missing=0, since=0, read=len(chosen), what="blocks", note=note
        )  # fmt: skip

    def clean(self) -> None:
        """What has the tags of this test is deleted, once it is no longer in the making."""
        try:
            for each in self._made():
                name = str(each["VolumeId"])
                waited(partial(self._deleted, name), f"{name} is there", pause=self._pause, seconds=self._seconds)
        except refusals() as error:
            raise told(error, "EC2") from None

    def _deleted(self, name: str) -> bool:
        try:
            self._client.delete_volume(VolumeId=name)
        except refusals() as error:
            failure = failure_of(error)
            if failure.code == "IncorrectState":
                return False
            if failure.reason != NOT_FOUND:
                raise
        return True

    def _made(self) -> list[dict[str, Any]]:
        """The volumes of this test, of which there is one, or none yet."""
        wanted = [{"Name": f"tag:{each['Key']}", "Values": [each["Value"]]} for each in marks(self._number)]
        try:
            found: Iterator[dict[str, Any]] = items(self._client, "describe_volumes", "Volumes", Filters=wanted)
            return [each for each in found if each.get("State") != "deleting"]
        except refusals() as error:
            raise told(error, "EC2") from None

    def _the_one(self) -> dict[str, Any]:
        """The volume of this test. Raises `AwsError` where somebody deleted it meanwhile, or there are several."""
        found = self._made()
        if len(found) != 1:
            raise AwsError(
                NOT_APART if found else NOT_FOUND,
                f"EC2: there are {len(found)} volumes of this test, where one was made",
            )
        return found[0]

    def _is_made(self) -> bool:
        states = [str(each.get("State")) for each in self._made()]
        if self._is_seen and not states:
            raise AwsError(NOT_FOUND, "EC2: the volume of this test was deleted by somebody while it was being made")
        self._is_seen = bool(states)
        if "error" in states:
            raise AwsError(NOT_DONE, "EC2: the volume could not be made (state error): see whether its key can be used")
        return states == ["available"]

    def _holds(self, client: Any, snapshot: str, block: tuple[int, str]) -> bool:
        answer = client.get_snapshot_block(SnapshotId=snapshot, BlockIndex=block[0], BlockToken=block[1])
        algorithm = answer.get("ChecksumAlgorithm")
        if algorithm != _ALGORITHM:
            raise AwsError("not readable", f"EBS: its checksums are by {algorithm}, and {_ALGORITHM} is known here")
        content = answer["BlockData"].read()
        return bool(base64.b64encode(hashlib.sha256(content).digest()).decode() == answer.get("Checksum"))
