"""Whether anybody was connected to a database since a time: what nobody connects to does not change.

Source: https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-metrics.html
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from assay.aws.arn import parse
from assay.aws.session import Calls
from assay.model import Asset

CALLS: Calls = frozenset({"cloudwatch.GetMetricStatistics"})

_DAY = 86_400
# How long numbers are kept (CloudWatch's retention of hourly ones).
_KEPT = timedelta(days=455)


def connected_since(client: Any, asset: Asset, since: datetime) -> bool | None:
    """Whether the most connections at once to an instance or cluster of RDS were above 0; `None` where that is not known.

    `client` is of CloudWatch. Raises what the AWS library raises.
    """
    now = datetime.now(UTC)
    if now - since > _KEPT:
        return None
    kind = parse(asset.arn)
    answer = client.get_metric_statistics(
        Namespace={"docdb": "AWS/DocDB", "neptune": "AWS/Neptune"}.get(asset.engine or "", "AWS/RDS"),
        MetricName="DatabaseConnections",
        Dimensions=[
            {"Name": "DBClusterIdentifier" if kind.kind == "cluster" else "DBInstanceIdentifier", "Value": asset.name}
        ],
        StartTime=since,
        EndTime=now,
        Period=_DAY,
        Statistics=["Maximum"],
    )
    points = answer["Datapoints"]
    if any(point["Maximum"] > 0 for point in points):
        return True
    # A day without a number is a day of which nothing is known.
    days = (now - since) // timedelta(seconds=_DAY)
    return False if len(points) >= days else None
