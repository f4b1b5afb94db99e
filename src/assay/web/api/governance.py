"""The configuration of detection for programs: read, tried, changed and brought back. A change names the version it is based on."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from assay.app.governing import changing
from assay.app.governing.changing import Change
from assay.app.governing.replay_documents import replayed_document
from assay.errors import ConfigError, ConflictError
from assay.store import governance as store
from assay.tables.configuration import TABLES
from assay.tables.governing import table_called
from assay.web.api.calling import Call, passing
from assay.web.api.shared import (
    ApiStewardOfAll,
    ApiViewer,
    ApiViewerOfAll,
    Asked,
    Limit,
    Page,
    answers,
    based,
    version_of,
)
from assay.web.api.told import ChangeTold, GovernanceTold, KeptTold, MatchesTold, PageOf, RowsTold, TriedTold
from assay.web.pages.governance import in_effect
from assay.web.refusals import RefusedError
from assay.web.state import Served

router = APIRouter(prefix="/api/v1/governance", tags=["governance"], route_class=Call)
_TAG = "governance"
_MOST_ROWS = 1_000


class StoredRow(Asked):
    """A row that is stored."""

    table: str
    id: str


class Proposed(Asked):
    """A change: rows by table, stored rows that are taken away, or the version to go back to. One of these."""

    rows: dict[str, list[dict[str, Any]]] | None = None
    reset: list[StoredRow] | None = None
    back_to: int | None = None


class Kept(Proposed):
    """A change, and why it is made."""

    reason: str


class Expression(Asked):
    """A regular expression, and a text to try it on."""

    regex: str
    text: str


@router.get("", responses=answers(GovernanceTold))
def tables(response: Response, served: Served, _actor: ApiViewer) -> dict[str, Any]:
    """The tables. The `ETag` is what a change is based on."""
    configuration = in_effect(served)
    response.headers["etag"] = f'"{_TAG}.{configuration.version}"'
    told = [
        {
            "table": name,
            "help": table.help,
            "rows": sum(row["IS_ACTIVE"] for row in configuration.rows[name].values()),
            "own": len(configuration.stored.get(name, ())),
        }
        for name, table in TABLES.items()
    ]
    return {"version": configuration.version, "digest": configuration.governance.digest, "tables": told}


@router.get("/tables/{table}", responses=answers(RowsTold))
def rows(response: Response, served: Served, _actor: ApiViewer, table: str) -> dict[str, Any]:
    """All rows of a table, and where each is from: `shipped`, `changed`, `own`."""
    try:
        governed = table_called(table)
    except ConfigError as error:
        raise RefusedError(str(error), status=404) from None
    configuration = in_effect(served)
    response.headers["etag"] = f'"{_TAG}.{configuration.version}"'
    stored = {row[governed.key] for row in configuration.stored.get(governed.name, ())}
    ships = {row[governed.key] for row in configuration.shipped.get(governed.name, ())}
    items = [
        {"row": row, "origin": ("changed" if row_id in ships else "own") if row_id in stored else "shipped"}
        for row_id, row in configuration.rows[governed.name].items()
    ]
    return {"version": configuration.version, "items": items}


@router.get("/history", responses=answers(PageOf[ChangeTold]))
def history(
    served: Served,
    _actor: ApiViewerOfAll,
    table: Annotated[str | None, Query(max_length=100)] = None,
    row: Annotated[str | None, Query(max_length=255)] = None,
    after: Annotated[int | None, Query(ge=1, le=2**62)] = None,
    limit: Limit = 50,
) -> Page:
    """The latest changes, the newest first. For those who may see everything: rows and reasons name resources."""
    with served.desk.catalog.reading() as connection:
        found = store.history(connection, table, row, limit=limit + 1, before=after)
    following = str(found[limit - 1].number) if len(found) > limit else None
    return Page(items=[asdict(each) for each in found[:limit]], next=following)


@router.post("/try", responses=answers(TriedTold))
@passing
def try_change(served: Served, _actor: ApiStewardOfAll, body: Proposed) -> dict[str, Any]:
    """What a change would do. Nothing is written."""
    what = changing.proposed(served.desk, _change(body))
    changes = [asdict(each) for each in what.before.changes_to(what.after)]
    return {
        "version": what.before.version,
        "rows": changes,
        "would": replayed_document(changing.tried(served.desk, what)),
    }


@router.post("/changes", openapi_extra=based("configuration"), responses=answers(KeptTold))
def change(request: Request, response: Response, served: Served, actor: ApiStewardOfAll, body: Kept) -> dict[str, Any]:
    """A change is kept. `If-Match` has to be the `ETag` of the configuration that was looked at."""
    based_on = version_of(request, _TAG, what="configuration")
    what = changing.proposed(served.desk, _change(body))
    try:
        version = changing.keep(served.desk, what, based_on=based_on, by=actor.name, reason=body.reason)
    except ConflictError as error:
        raise RefusedError(error.told, status=412) from None
    response.headers["etag"] = f'"{_TAG}.{version}"'
    return {"version": version, "rows": [asdict(each) for each in what.before.changes_to(what.after)]}


@router.post("/patterns/test", responses=answers(MatchesTold))
@passing
def tried_pattern(_actor: ApiViewer, body: Expression) -> dict[str, Any]:
    """Where an expression would match in the first 10,000 characters of a text, as far as 100 matches. Nothing is kept."""
    return {"matches": [asdict(each) for each in changing.matches(body.regex, body.text)]}


def _change(body: Proposed) -> Change:
    if sum(map(len, (body.rows or {}).values())) > _MOST_ROWS:
        raise RefusedError(f"at most {_MOST_ROWS:,} rows are changed at once")
    return Change(
        rows=body.rows or None,
        reset=tuple((each.table, each.id) for each in body.reset or ()),
        back_to=body.back_to,
    )
