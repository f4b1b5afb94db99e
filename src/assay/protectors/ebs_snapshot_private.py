"""Not everybody may make volumes of a snapshot. Accounts that are named stay.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifySnapshotAttribute.html
"""

from __future__ import annotations

from assay.aws import ebssettings
from assay.aws.session import Calls, Session
from assay.protectors import snapshotparts
from assay.protectors.settings import SettingProtector

CONTROL = "ebs_snapshot_private"
CALLS: Calls = ebssettings.SHARING | {"ec2.ModifySnapshotAttribute"}


def protector(session: Session, account: str) -> SettingProtector:
    """Changes snapshots of the account."""
    return SettingProtector(session, account, _PART)


_PART = snapshotparts.private(CONTROL, "EC2", CALLS, sharing_of=ebssettings.sharing_of, share=ebssettings.share)
