"""What every destination is reached with, and what became of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from assay.aws.arn import Arn
from assay.aws.session import Session
from assay.aws.uris import place_of
from assay.model import Standing

if TYPE_CHECKING:
    from assay.store.engine import Catalog


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """What became of one destination. `failed` were not taken, and are sent again by the next run; `error` ended it early."""

    name: str
    sent: int = 0
    closed: int = 0
    unchanged: int = 0
    failed: int = 0
    error: str | None = None

    @property
    def is_whole(self) -> bool:
        return not self.failed and self.error is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Audience:
    """What every destination is reached with."""

    catalog: Catalog
    session: Session
    account: str
    version: str
    dry_run: bool

    def client(self, service: str) -> Any:
        return self.session.client(service)

    def standings(self, since: str | None = None) -> Iterator[Standing]:
        from assay.store import lookups  # loads SQLAlchemy: only what has a catalog pays for it

        with self.catalog.reading() as connection:
            for standing in lookups.standings(connection, since=since):
                yield replace(standing, arn=self.arn_of(standing.classification.resource))

    def arn_of(self, resource: str) -> str | None:
        """The ARN of what a resource of the catalog is, or is in; `None` for what does not show that it is of AWS."""
        place = place_of(resource)
        if place is None:
            return None
        region = place.region or self.session.region or ""
        if place.service == "s3":
            key = resource.removeprefix("s3://").partition("/")[2].partition("?")[0]
            return str(Arn(partition_of(region), "s3", "", "", f"{place.name}/{unquote(key)}" if key else place.name))
        kind = _KINDS.get(place.service)
        return (
            None
            if kind is None
            else str(Arn(partition_of(region), place.service, region, self.account, kind + place.name))
        )


# How the resource of an ARN begins.
_KINDS = {"dynamodb": "table/", "kinesis": "stream/", "rds": "db:", "redshift": "cluster:"}


def partition_of(region: str) -> str:
    return "aws-cn" if region.startswith("cn-") else "aws-us-gov" if region.startswith("us-gov-") else "aws"
