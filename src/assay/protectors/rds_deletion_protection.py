"""A database cannot be deleted until that is switched off.

https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_ModifyDBInstance.html
"""

from __future__ import annotations

from assay.aws.session import Session
from assay.protectors import rdsparts
from assay.protectors.settings import SettingProtector

CONTROL = "rds_deletion_protection"
CALLS = rdsparts.CALLS


def protector(session: Session, account: str) -> SettingProtector:
    """Changes instances and clusters of the account."""
    return SettingProtector(session, account, _PART)


_PART = rdsparts.flag(CONTROL, "deletion_protection", "DeletionProtection", "DeletionProtection")
