"""Objects of S3 with lines of OCSF: all that is new in one."""

from __future__ import annotations

import gzip
import json

from awsservers import REGION, Aws
from cases.sinks import Destination, name_of

from assay.sinks.objects import CALLS


def _prepare(aws: Aws) -> None:
    aws.client("s3").create_bucket(Bucket="lake", CreateBucketConfiguration={"LocationConstraint": REGION})


def _there(aws: Aws) -> dict[str, list[str]]:
    """One for each event, which has the same number where it is told again."""
    client = aws.client("s3")
    told: dict[str, tuple[str, str]] = {}
    for entry in client.list_objects_v2(Bucket="lake").get("Contents", ()):
        body = gzip.decompress(client.get_object(Bucket="lake", Key=entry["Key"])["Body"].read())
        for event in map(json.loads, body.splitlines()):
            (named,) = {each["uid"] for each in event["resources"]}
            level = event["data_security"]["confidentiality"].lower().replace("not confidential", "public")
            told[f"{event['finding_info']['uid']} {event['time']}"] = name_of(named), level
    found: dict[str, list[str]] = {}
    for name, level in told.values():
        found.setdefault(name, []).append(level)
    return found


DESTINATION = Destination(
    options=("--ocsf", "s3://lake/ours"), prepare=_prepare, there=_there, calls=CALLS, write="s3.PutObject",
    entries=lambda _: 1, most=1, again="beside", argument="Key",
)  # fmt: skip
