"""For how many days a database's backups are kept. None is never brought back: all backups would be deleted.

https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_WorkingWithAutomatedBackups.BackupRetention.html
"""

from __future__ import annotations

from typing import Any

from assay.aws import rdssettings
from assay.aws.arn import parse
from assay.aws.session import Session
from assay.errors import ActionError
from assay.model.action import CHANGED, Action, State
from assay.protectors import rdsparts
from assay.protectors.settings import Part, SettingProtector, Write

CONTROL = "rds_backups"
CALLS = rdsparts.CALLS
NAME = "backup_days"


def protector(session: Session, account: str) -> SettingProtector:
    """Changes instances and clusters of the account."""
    return SettingProtector(session, account, _PART)


def _state(raw: Any, action: Action) -> State:  # noqa: ARG001  # every state has an action
    rdsparts.not_pending(raw, "BackupRetentionPeriod")
    return {NAME: int(raw.get("BackupRetentionPeriod") or 0)}


def _write(write: Write) -> None:
    days, there = int(write.sets[NAME]), int(write.raw.get("BackupRetentionPeriod") or 0)
    if not days:
        raise ActionError(CHANGED, "without backups all that were made would be deleted; that is left to people")
    if there and not rdssettings.is_cluster(parse(write.resource)):
        # From some days to others it is made soon, without being asked to.
        rdssettings.modify(write.session, write.resource, BackupRetentionPeriod=days)
    else:
        rdsparts.modify_at_once(write, BackupRetentionPeriod=days)


_PART = Part(control=CONTROL, service="RDS", calls=CALLS, read=rdsparts.settled, state=_state, write=_write)
