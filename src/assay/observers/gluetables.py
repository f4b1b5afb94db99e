"""Where the data of Glue tables lie: by that the catalog knows them."""

from __future__ import annotations

from assay.aws import uris
from assay.aws.catalogtags import GLUE, named, table_of
from assay.aws.session import Calls, Session

CALLS: Calls = GLUE


def places_of(session: Session, resource: str) -> list[str]:
    """URIs of the catalog: of the table itself, and of its location in S3. Raises `AwsError`."""
    _, database, table = named(resource)
    stored = table_of(session, resource).get("StorageDescriptor") or {}
    where = uris.location(stored.get("Location") or "")
    return [uris.glue_table(database, table), *([where] if where else [])]
