"""Where the data lie that a crawler, a job, a database or a table of Glue is about.

Source: https://docs.aws.amazon.com/glue/latest/dg/aws-glue-api-crawler-crawling.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from assay.aws import uris
from assay.aws.arn import Arn, parse
from assay.aws.failures import refusals
from assay.aws.paging import items
from assay.aws.session import Calls, Session, told
from assay.observers import gluejobs
from assay.observers.gluejobs import located, locations_of_job, of_table

CALLS: Calls = frozenset({"glue.GetCrawler", "glue.GetTable", "glue.GetTables"}) | gluejobs.CALLS
# Where a crawler's targets name paths: a list of objects, and the field of each that holds a path, or several.
_PATHS = (
    ("S3Targets", "Path"),
    ("DeltaTargets", "DeltaTables"),
    ("IcebergTargets", "Paths"),
    ("HudiTargets", "Paths"),
)


def locations_of(session: Session, resource: str) -> list[str]:
    """Targets of a scan, each once, the outermost ones only. Raises `AwsError`."""
    arn = parse(resource)
    client = session.client("glue", arn.region)
    try:
        found = set(_of(client, arn))
    except refusals() as error:
        raise told(error, "Glue") from None
    return sorted(uri for uri in found if not any(above in found for above in list(uris.ancestors(uri))[1:]))


def _of(client: Any, arn: Arn) -> Iterator[str]:
    if arn.kind == "crawler":
        return _of_crawler(client, arn.name)
    return locations_of_job(client, arn.name) if arn.kind == "job" else _of_tables(client, arn)


def _of_crawler(client: Any, name: str) -> Iterator[str]:
    crawler = client.get_crawler(Name=name)["Crawler"]
    targets: Mapping[str, Sequence[Mapping[str, Any]]] = crawler.get("Targets") or {}
    for kind, field in _PATHS:
        for target in targets.get(kind) or ():
            named = target.get(field) or ()
            for path in (named,) if isinstance(named, str) else named:
                yield from located(path)
    for target in targets.get("DynamoDBTargets") or ():
        yield uris.dynamodb_table(target["Path"])
    for target in targets.get("CatalogTargets") or ():
        for table in target.get("Tables") or ():
            yield from of_table(client.get_table(DatabaseName=target["DatabaseName"], Name=table)["Table"])


def _of_tables(client: Any, arn: Arn) -> Iterator[str]:
    database, _, table = arn.name.partition("/")
    if table:
        yield from of_table(client.get_table(DatabaseName=database, Name=table)["Table"])
        return
    for each in items(client, "get_tables", "TableList", DatabaseName=database):
        yield from of_table(each)
