"""Contributor Insights tells which keys of a table are asked for most. Keys are values: they stand in CloudWatch, in clear.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateContributorInsights.html
"""

from __future__ import annotations

from typing import Any

from assay.aws import alarms
from assay.aws.arn import parse
from assay.aws.session import Calls, Session
from assay.model.action import Action, State
from assay.protectors.settings import Part, SettingProtector, Write

CONTROL = "dynamodb_insights"
CALLS: Calls = alarms.INSIGHTS | {"dynamodb.UpdateContributorInsights"}
NAME = "contributor insights"


def protector(session: Session, account: str) -> SettingProtector:
    """Changes tables of the account."""
    return SettingProtector(session, account, _PART)


def _read(session: Session, resource: str, account: str) -> Any:  # noqa: ARG001  # the ARN names the account
    arn = parse(resource)
    return alarms.has_insights(session, arn.region, arn.name)


def _state(raw: Any, action: Action) -> State:  # noqa: ARG001  # every state has an action
    return {NAME: bool(raw)}


def _write(write: Write) -> None:
    arn = parse(write.resource)
    write.session.client("dynamodb", arn.region).update_contributor_insights(
        TableName=arn.name, ContributorInsightsAction="ENABLE" if write.sets[NAME] else "DISABLE"
    )


_PART = Part(control=CONTROL, service="DynamoDB", calls=CALLS, read=_read, state=_state, write=_write)
