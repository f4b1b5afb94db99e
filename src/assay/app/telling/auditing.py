"""The audit log, told to a place outside of the catalog."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from assay.app.permissions import calls_of
from assay.aws.failures import refusals
from assay.aws.session import Session, told
from assay.errors import UsageError
from assay.sinks import auditplaces
from assay.sinks.objects import bucket_of
from assay.store.auditlog import everything

if TYPE_CHECKING:
    from assay.aws.access import Access
    from assay.store.engine import Catalog

_LOGS = "logs:"


def export_to(catalog: Catalog, place: str, access: Access, *, owner: str | None = None) -> tuple[int, str]:
    """Writes what a place does not have yet: how many entries, and the end of the log as a checkpoint. Raises `UsageError`,
    `AwsError`. `owner` is the account of the bucket where it is not the caller's own."""
    group = place.removeprefix(_LOGS) if place.startswith(_LOGS) else None
    if group is None:
        bucket_of(place)
    elif not group:
        raise UsageError(f"--to {place}: name a log group, as logs:/assay/audit")
    session = Session(access, calls_of("audit export"))
    with catalog.reading() as connection:
        # One state: what is appended meanwhile comes with the next export.
        entries = everything(connection)
        end = ""

        def noted() -> Iterator[dict[str, Any]]:
            nonlocal end
            for each in entries:
                end = f"{each['seq']}:{each['hash']}"
                yield each

        try:
            if group is None:
                client = session.client("s3")
                written = auditplaces.to_s3(
                    noted(), place, catalog.id, client=client, account=owner or session.account()
                )
            else:
                client = session.client("logs")
                written = auditplaces.to_logs(noted(), group, catalog.id, client=client, now=datetime.now(UTC))
        except refusals() as error:
            raise told(error, place) from None
    return written, end
