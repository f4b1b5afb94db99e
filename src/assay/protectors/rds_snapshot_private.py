"""Not everybody may restore a snapshot. Accounts that are named stay.

https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_ModifyDBSnapshotAttribute.html
"""

from __future__ import annotations

from assay.aws import rdssettings
from assay.aws.session import Calls, Session
from assay.protectors import snapshotparts
from assay.protectors.settings import SettingProtector

CONTROL = "rds_snapshot_private"
CALLS: Calls = rdssettings.SHARING | {"rds.ModifyDBSnapshotAttribute", "rds.ModifyDBClusterSnapshotAttribute"}


def protector(session: Session, account: str) -> SettingProtector:
    """Changes snapshots of the account."""
    return SettingProtector(session, account, _PART)


_PART = snapshotparts.private(CONTROL, "RDS", CALLS, sharing_of=rdssettings.sharing_of, share=rdssettings.share)
