"""Messages of SNS: one for what became restricted or confidential."""

from __future__ import annotations

import re

from awsservers import ACCOUNT, REGION, Aws
from cases.sinks import Destination

from assay.notify.sns import CALLS

_NAME = re.compile(r"[\w-]+\.txt")


def _prepare(aws: Aws) -> None:
    aws.client("sns").create_topic(Name="stewards")


def _there(aws: Aws) -> dict[str, list[str]]:
    """What was sent and taken."""
    found: dict[str, list[str]] = {}
    for call in aws.strict.calls.made("sns.Publish"):
        if not call.code:
            (name,) = set(_NAME.findall(call.parameters["Message"]))
            found.setdefault(name, []).append(call.parameters["MessageAttributes"]["level"]["StringValue"])
    return found


DESTINATION = Destination(
    options=("--topic", f"arn:aws:sns:{REGION}:{ACCOUNT}:stewards"), prepare=_prepare, there=_there, calls=CALLS,
    write="sns.Publish", entries=lambda _: 1, most=1, again="beside", argument="Message", least="confidential",
)  # fmt: skip
