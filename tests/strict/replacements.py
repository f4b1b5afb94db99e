"""What the emulator leaves out when databases and volumes are copied and made anew, and what RDS and EC2 refuse of it: copies are encrypted
with the key that was named, what is made of a snapshot is as encrypted as that is, and what is in use is not deleted.

https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Overview.Encryption.html
https://docs.aws.amazon.com/ebs/latest/userguide/ebs-encryption.html
"""

from __future__ import annotations

import re
from typing import Any

from moto.ec2.models import ec2_backends
from moto.rds.models import rds_backends

from strict import state
from strict.answers import Answer, RefusedError
from strict.recognised import Request
from strict.state import State

_MADE = re.compile(r"<(?:snapshotId|volumeId)>([^<]+)</")


def _rds(request: Request) -> Any:
    return rds_backends[request.account][request.region]


def _ec2(request: Request) -> Any:
    return ec2_backends[request.account][request.region]


def _arn_of(request: Request, key: str) -> str:
    found = state.kms_key(request.account, request.region, key)
    return key if found is None else str(found.arn)


def _copied_snapshot(request: Request, answer: Answer) -> Answer:
    """A copy is encrypted where a key is named, or its source is."""
    key = request.parameters.get("KmsKeyId")
    held = _rds(request).database_snapshots.get(request.parameters["TargetDBSnapshotIdentifier"])
    if answer.ok and key and held is not None:
        held.encrypted, held.kms_key_id = True, _arn_of(request, key)
    return answer


def _restored(request: Request, answer: Answer) -> Answer:
    """As encrypted as its snapshot, and with the settings that were said; backups as the snapshot's source had are not among them."""
    held = _rds(request).databases.get(request.parameters["DBInstanceIdentifier"])
    source = _rds(request).database_snapshots.get(request.parameters["DBSnapshotIdentifier"])
    if answer.ok and held is not None and source is not None:
        held.storage_encrypted, held.kms_key_id = (
            bool(source.encrypted),
            source.kms_key_id if source.encrypted else None,
        )
        held.publicly_accessible = bool(request.parameters.get("PubliclyAccessible"))
        held.deletion_protection = bool(request.parameters.get("DeletionProtection"))
        held.copy_tags_to_snapshot = bool(request.parameters.get("CopyTagsToSnapshot"))
        held.enable_iam_database_authentication = bool(request.parameters.get("EnableIAMDatabaseAuthentication"))
        held.backup_retention_period = 1
        held.enabled_cloudwatch_logs_exports = list(request.parameters.get("EnableCloudwatchLogsExports") or ())
    return answer


def _delete_instance(request: Request, _: State) -> None:
    held = _rds(request).databases.get(request.parameters["DBInstanceIdentifier"])
    if held is None:
        return
    if held.deletion_protection:
        raise RefusedError(
            "InvalidParameterCombination",
            "Cannot delete protected DB Instance, please disable deletion protection.",
            400,
        )
    # One of DocumentDB has no snapshot of its own, and does not know the word.
    if (
        held.engine != "docdb"
        and not request.parameters.get("SkipFinalSnapshot")
        and not request.parameters.get("FinalDBSnapshotIdentifier")
    ):
        raise RefusedError(
            "InvalidParameterCombination",
            "FinalDBSnapshotIdentifier is required unless SkipFinalSnapshot is specified.",
            400,
        )


def _keyed(request: Request, _: State) -> None:
    """EC2 makes nothing with a key that is not there or cannot be used."""
    key = request.parameters.get("KmsKeyId")
    if not key or "alias/aws/" in key:
        return
    if not request.parameters.get("Encrypted"):
        raise RefusedError(
            "InvalidParameterDependency", "The parameter KmsKeyId requires the parameter Encrypted to be set.", 400
        )
    found = state.kms_key(request.account, request.region, key)
    if found is None or found.key_state != "Enabled":
        raise RefusedError("InvalidParameterValue", f"The specified KMS key ({key}) cannot be used.", 400)


def _copied(request: Request, answer: Answer) -> Answer:
    found = _MADE.search(answer.body.decode())
    held = _ec2(request).snapshots.get(found[1]) if found else None
    if answer.ok and held is not None and request.parameters.get("Encrypted"):
        held.encrypted, held.kms_key_id = True, _arn_of(request, request.parameters.get("KmsKeyId") or "alias/aws/ebs")
    return answer


def _made_volume(request: Request, answer: Answer) -> Answer:
    """What is made of an encrypted snapshot is encrypted, and with its key where none is named."""
    found = _MADE.findall(answer.body.decode())
    held = next((each for name, each in _ec2(request).volumes.items() if name in found), None)
    source = _ec2(request).snapshots.get(request.parameters.get("SnapshotId"))
    if answer.ok and held is not None and source is not None and source.encrypted:
        held.encrypted = True
        held.kms_key_id = _arn_of(request, request.parameters.get("KmsKeyId") or source.kms_key_id or "alias/aws/ebs")
    return answer


def _in_use(request: Request, _: State) -> None:
    held = _ec2(request).volumes.get(request.parameters["VolumeId"])
    if held is not None and held.attachment is not None:
        raise RefusedError(
            "VolumeInUse", f"Volume {held.id} is currently attached to {held.attachment.instance.id}", 400
        )


def _device_taken(request: Request, _: State) -> None:
    """A device has one volume, and a volume of another zone does not reach an instance."""
    volume = _ec2(request).volumes.get(request.parameters["VolumeId"])
    if volume is not None and volume.attachment is not None:
        raise RefusedError("VolumeInUse", f"{volume.id} is already attached to an instance", 400)
    for each in _ec2(request).volumes.values():
        at = each.attachment
        if at is not None and (at.instance.id, at.device) == (
            request.parameters["InstanceId"],
            request.parameters["Device"],
        ):
            raise RefusedError(
                "InvalidParameterValue",
                f"Invalid value '{at.device}' for unixDevice. Attachment point is already in use",
                400,
            )


CHECKS = {
    "rds.DeleteDBInstance": _delete_instance,
    "ec2.CopySnapshot": _keyed,
    "ec2.CreateVolume": _keyed,
    "ec2.DeleteVolume": _in_use,
    "ec2.AttachVolume": _device_taken,
}
AFTER = {
    "rds.CopyDBSnapshot": _copied_snapshot,
    "rds.RestoreDBInstanceFromDBSnapshot": _restored,
    "ec2.CopySnapshot": _copied,
    "ec2.CreateVolume": _made_volume,
}
