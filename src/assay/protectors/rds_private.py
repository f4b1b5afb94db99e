"""An instance has no public address. RDS changes that at once, whatever waits for the maintenance window.

https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_ModifyDBInstance.html
"""

from __future__ import annotations

from dataclasses import replace

from assay.aws import rdssettings
from assay.aws.session import Calls, Session
from assay.protectors import rdsparts
from assay.protectors.settings import SettingProtector

CONTROL = "rds_private"
CALLS: Calls = rdssettings.DATABASE | {"rds.ModifyDBInstance"}


def protector(session: Session, account: str) -> SettingProtector:
    """Changes instances of the account."""
    return SettingProtector(session, account, _PART)


_PART = replace(rdsparts.flag(CONTROL, "public", "PubliclyAccessible", "PubliclyAccessible"), calls=CALLS)
