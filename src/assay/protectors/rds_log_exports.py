"""Which logs of a database go to CloudWatch: those that are named are added or taken away, and all others stay.

https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CloudwatchLogsExportConfiguration.html
"""

from __future__ import annotations

from typing import Any

from assay.aws import rdssettings
from assay.aws.session import Session
from assay.model.action import Action, State
from assay.protectors import rdsparts
from assay.protectors.settings import Part, SettingProtector, Write

CONTROL = "rds_log_exports"
CALLS = rdsparts.CALLS
_LOG = "log "


def protector(session: Session, account: str) -> SettingProtector:
    """Changes instances and clusters of the account."""
    return SettingProtector(session, account, _PART)


def _state(raw: Any, action: Action) -> State:
    there = raw.get("EnabledCloudwatchLogsExports") or ()
    return {name: name.removeprefix(_LOG) in there for name in action.after}


def _write(write: Write) -> None:
    there = write.raw.get("EnabledCloudwatchLogsExports") or ()
    change: dict[str, list[str]] = {"EnableLogTypes": [], "DisableLogTypes": []}
    for name, wanted in write.sets.items():
        log = name.removeprefix(_LOG)
        if wanted != (log in there):
            change["EnableLogTypes" if wanted else "DisableLogTypes"].append(log)
    sent = {name: logs for name, logs in change.items() if logs}
    rdssettings.modify(write.session, write.resource, CloudwatchLogsExportConfiguration=sent)


_PART = Part(control=CONTROL, service="RDS", calls=CALLS, read=rdsparts.settled, state=_state, write=_write)
