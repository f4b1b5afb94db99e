"""Events of databases: what may have changed in one is found by scanning it again.

Source: https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-cloud-watch-events.html
"""

from __future__ import annotations

from collections.abc import Iterator

from assay.events.fields import Fields
from assay.events.items import DATABASE, Ignored, Parsed, RescanItem, identity_of
from assay.events.shapes.eventbridge import is_from, told

_KINDS = {"RDS DB Instance Event": "db", "RDS DB Cluster Event": "cluster"}
# Categories after which a database may hold what it did not hold before.
_CHANGING = frozenset({"creation", "restoration", "recovery", "configuration change", "migration"})


def matches(event: Fields) -> bool:
    """Whether it is an event of RDS's."""
    return is_from(event, "aws.rds") and str(event.raw("detail-type")).startswith("RDS ")


def items(event: Fields) -> Iterator[Parsed]:
    """The instance or the cluster. Raises `Malformed`."""
    kind = _KINDS.get(event.text("detail-type"))
    if kind is None:
        yield Ignored("is of no database")
        return
    around = told(event)
    detail = event.under("detail")
    name = detail.text("SourceIdentifier")
    categories = detail.raw("EventCategories")
    found = {each for each in categories if isinstance(each, str)} if isinstance(categories, list) else set()
    if not found & _CHANGING:
        yield Ignored("changes no data of the database")
        return
    yield RescanItem(
        identity=identity_of("rds", around.id),
        resource=detail.text_or_none("SourceArn") or around.arn("rds", f"{kind}:{name}"),
        source="rds",
        type=DATABASE,
        at=detail.moment("Date") or around.at,
        account=around.account,
        region=around.region,
        because=f"{min(found & _CHANGING)} of the database",
    )
