"""CloudTrail logs who reads and writes what is in a bucket or a table. `PutEventSelectors` replaces all selectors of a trail: those of
others are sent along, in the form that the trail has.

https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_PutEventSelectors.html
"""

from __future__ import annotations

from typing import Any

from assay.aws import trails
from assay.aws.arn import parse
from assay.aws.failures import refusals
from assay.aws.session import Calls, Session, told
from assay.errors import ActionError
from assay.model.action import Action, State
from assay.model.dataevents import NoRoomError, Selectors, changed, logged
from assay.protectors.settings import Part, SettingProtector, Write

CONTROL = "data_events"
CALLS: Calls = trails.SELECTORS | {"cloudtrail.PutEventSelectors"}
OF = "data events of "


def protector(session: Session, account: str) -> SettingProtector:
    """Changes trails of the account."""
    return SettingProtector(session, account, _PART)


def _read(session: Session, resource: str, account: str) -> Any:  # noqa: ARG001  # the ARN names the account
    try:
        return trails.selectors_of(session, resource)
    except refusals() as error:
        raise told(error, "CloudTrail") from None


def _state(raw: Selectors, action: Action) -> State:
    """What is logged of the resources that the action names."""
    partition = parse(action.resource).partition
    return {name: logged(raw, name.removeprefix(OF), partition) for name in action.after}


def _write(write: Write) -> None:
    arn = parse(write.resource)
    selectors: Selectors = write.raw
    for name, wanted in write.sets.items():
        resource = name.removeprefix(OF)
        now = logged(selectors, resource, arn.partition)
        try:
            selectors = changed(selectors, resource, now=now, wanted=str(wanted), partition=arn.partition)
        except NoRoomError as error:
            raise ActionError("no room", str(error)) from None
    sent = (
        {"AdvancedEventSelectors": list(selectors.advanced)}
        if selectors.advanced
        else {"EventSelectors": list(selectors.basic)}
    )
    write.session.client("cloudtrail", arn.region).put_event_selectors(TrailName=write.resource, **sent)


_PART = Part(control=CONTROL, service="CloudTrail", calls=CALLS, read=_read, state=_state, write=_write)
