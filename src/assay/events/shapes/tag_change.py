"""Resources whose owner asks for a classification by the tag `classification-pending`.

Source: https://docs.aws.amazon.com/tag-editor/latest/userguide/monitor-tag-changes.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from assay.events.fields import Fields, Malformed
from assay.events.items import PENDING, Ignored, Parsed, RescanItem, identity_of
from assay.events.shapes.eventbridge import is_from, told
from assay.events.uris import of_bucket, of_table

PENDING_TAG = "classification-pending"
_NO = frozenset({"false", "no", "0", "done"})


def matches(event: Fields) -> bool:
    """Whether tags of a resource changed."""
    return is_from(event, "aws.tag", "Tag Change on Resource")


def items(event: Fields) -> Iterator[Parsed]:
    """The resources that are tagged so. Raises `Malformed`."""
    around = told(event)
    detail = event.under("detail")
    tags = detail.raw("tags")
    changed = detail.raw("changed-tag-keys")
    if not isinstance(tags, Mapping) or not isinstance(changed, list):
        raise Malformed("must tell the tags and which changed", detail.where)
    if not any(_is_asked(name, value) and name in changed for name, value in tags.items()):
        yield Ignored("asks for no classification")
        return
    named = event.raw("resources")
    arns = (
        [each for each in named if isinstance(each, str) and each.startswith("arn:")] if isinstance(named, list) else []
    )
    if not arns:
        raise Malformed("must name the resource", event.place("resources"))
    for arn in arns:
        yield RescanItem(
            identity=identity_of("tag", around.id, arn),
            resource=_resource(arn),
            source=arn.split(":")[2] or "unknown",
            type=PENDING,
            at=around.at,
            account=around.account,
            region=around.region,
            because=f"it is tagged {PENDING_TAG}",
        )


def _is_asked(name: object, value: object) -> bool:
    """`classification-pending` as a key, unless its value says no, or as the value of any key."""
    if isinstance(name, str) and name.lower() == PENDING_TAG:
        return str(value).lower() not in _NO
    return isinstance(value, str) and value.lower() == PENDING_TAG


def _resource(arn: str) -> str:
    service, _, name = arn.split(":", 2)[2].partition(":")
    last = name.rpartition(":")[2]
    if service == "s3" and "/" not in last:
        return of_bucket(last)
    if service == "dynamodb" and last.startswith("table/"):
        return of_table(last.removeprefix("table/"))
    return arn
