"""Glue: jobs and crawlers that came to their end.

Source: https://docs.aws.amazon.com/glue/latest/dg/automating-awsglue-with-cloudwatch-events.html
"""

from __future__ import annotations

from collections.abc import Iterator

from assay.events.fields import Fields
from assay.events.items import RUN, Ignored, Parsed, RescanItem, identity_of
from assay.events.shapes.eventbridge import is_from, told

_KINDS = {
    "Glue Job State Change": ("job", "jobName"),
    "Glue Crawler State Change": ("crawler", "crawlerName"),
}


def matches(event: Fields) -> bool:
    """Whether a job or a crawler changed its state."""
    return is_from(event, "aws.glue", *_KINDS)


def items(event: Fields) -> Iterator[Parsed]:
    """The job or crawler that succeeded. Raises `Malformed`."""
    kind, name_field = _KINDS[event.text("detail-type")]
    around = told(event)
    detail = event.under("detail")
    if detail.text("state").upper() != "SUCCEEDED":
        yield Ignored("is no end of a run that succeeded")
        return
    yield RescanItem(
        identity=identity_of("glue", around.id),
        resource=around.arn("glue", f"{kind}/{detail.text(name_field)}"),
        source="glue",
        type=RUN,
        at=around.at,
        account=around.account,
        region=around.region,
        because=f"the {kind} came to its end",
    )
