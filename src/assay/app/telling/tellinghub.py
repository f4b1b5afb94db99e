"""Security Hub is told what holds now, and what no longer does."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from assay.app.telling.telling import Audience, Delivery, partition_of
from assay.errors import AwsError
from assay.model import Level
from assay.report.asff import Hub, asff
from assay.sinks import securityhub


def tell_hub(who: Audience, least: Level) -> Delivery:
    region = who.session.region
    if region is None:
        raise AwsError("refused", "Security Hub: no region is set; give --region or set AWS_REGION")
    hub = Hub(account=who.account, region=region, partition=partition_of(region))
    target = securityhub.SecurityHub(who.client("securityhub"), hub)
    present = target.present()
    now = datetime.now(UTC).isoformat()
    wanted: list[dict[str, Any]] = []
    unchanged = 0
    still: set[str] = set()
    for standing in who.standings():
        if standing.classification.level.rank < least.rank:
            continue
        finding = asff(standing, hub)
        there = present.get(finding["Id"])
        still.add(finding["Id"])
        if there is None:
            wanted.append(finding)
        elif _is_same(finding, there):
            unchanged += 1
        else:
            # An update that is no newer than what is there is passed over in silence.
            wanted.append({**finding, "UpdatedAt": now})
    # What was taken out of the catalog or fell below the level: the finding as it was, and no longer so.
    gone = [
        {**_sendable(item), "RecordState": "ARCHIVED", "UpdatedAt": now}
        for name, item in present.items()
        if name not in still and item.get("RecordState") != "ARCHIVED"
    ]
    if who.dry_run:
        return Delivery(name="", sent=len(wanted), closed=len(gone), unchanged=unchanged)
    refused = sum(isinstance(each, securityhub.Refused) for each in target.send(wanted))
    not_closed = sum(isinstance(each, securityhub.Refused) for each in target.send(gone))
    return Delivery(
        name="",
        sent=len(wanted) - refused,
        closed=len(gone) - not_closed,
        unchanged=unchanged,
        failed=refused + not_closed,
    )


# What Security Hub itself or its users add to a finding, and a sender may not send.
_THEIRS = frozenset(
    "Workflow WorkflowState Note FirstObservedAt ProcessedAt CompanyName ProductName Region AwsAccountName FindingProviderFields".split()  # noqa: SIM905
)


def _sendable(finding: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in finding.items() if name not in _THEIRS}


def _is_same(finding: Mapping[str, Any], there: Mapping[str, Any]) -> bool:
    told = ("Title", "Description", "ProductFields", "RecordState")
    label = (there.get("Severity") or {}).get("Label")
    return all(finding[name] == there.get(name) for name in told) and finding["Severity"]["Label"] == label
