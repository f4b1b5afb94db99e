"""Which resource's protection an event concerns, and the task that looks at it."""

from __future__ import annotations

from urllib.parse import unquote

from sqlalchemy import Connection

from assay.aws.arn import parse as parse_arn
from assay.aws.uris import root_of
from assay.events.items import RescanItem
from assay.events.shapes.eventbridge import Told
from assay.store import tasks

_KINDS = {"ec2": ("volume",), "rds": ("db", "cluster"), "dynamodb": ("table",)}
_TABLES = "dynamodb://"


def protectable(resource: str, account: str | None, region: str | None) -> str | None:
    """The resource that is protected where something happens to `resource`; `None` where none is."""
    if resource.startswith("s3://"):
        return root_of(resource)
    if resource.startswith(_TABLES):
        if account is None or region is None:
            return resource
        name = unquote(resource.removeprefix(_TABLES))
        return Told("", None, account, region).arn("dynamodb", f"table/{name}")
    if resource.startswith("arn:"):
        try:
            arn = parse_arn(resource)
        except ValueError:
            return None
        return resource if arn.kind in _KINDS.get(arn.service, ()) else None
    return None


def is_protectable(resource: str) -> bool:
    """Whether protection of a resource, or of what holds it, can be planned."""
    return protectable(resource, None, None) is not None


def ask_for(connection: Connection, item: RescanItem) -> str | None:
    """Asks for what an event tells of to be looked at; what is asked for, `None` where nothing is protected there."""
    found = protectable(item.resource, item.account, item.region)
    if found is not None:
        tasks.ask(
            connection,
            tasks.Kind.PROTECT,
            found,
            because=item.because,
            account=item.account,
            region=item.region,
        )
    return found
