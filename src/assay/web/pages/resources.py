"""Resources: a list that stays quick whatever its length, and everything that is known of one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Path, Request
from fastapi.responses import RedirectResponse, Response

from assay.app.protection.protectasking import is_protectable
from assay.app.reviews import revealing
from assay.app.reviews.columnvalues import is_readable
from assay.app.reviews.evidence import sample_of
from assay.app.serving import asking
from assay.enrich.rules import sentence
from assay.errors import AwsError, UsageError
from assay.model.identity import Actor, Role
from assay.review import rights
from assay.store import enrichments, lookups, plans, reviews
from assay.store.schema.catalog import LEVELS
from assay.web.access import Steward, StewardOfAll, Viewer, need
from assay.web.forms import Posted
from assay.web.pages.glossary import owner_at, terms_at
from assay.web.pages.scans import allowed, startable
from assay.web.queries import resources
from assay.web.refusals import RefusedError
from assay.web.rendering import page
from assay.web.state import Served, Serving, is_partial

router = APIRouter()
_AT_ONCE = 50
_COLUMNS = 300
_FINDINGS = 25
_VERSIONS = 20
_PLANS = 5
_SHOWN_SECONDS = 30
SCHEMES = (
    *(
        "file",
        "git",
        "s3",
        "postgresql",
        "mysql",
        "mssql",
        "oracle",
        "sqlite",
        "duckdb",
        "rds",
        "redshift",
        "snowflake",
    ),
    *("dynamodb", "mongodb", "glue", "kinesis", "kafka"),
)
"""What addresses of resources begin with."""


@router.get("/resources", response_model=None)
def show(request: Request, served: Served, actor: Viewer) -> Response:
    """The list."""
    wanted = wanted_of(request.query_params, actor)
    with served.desk.catalog.reading() as connection:
        found = resources.page(connection, wanted, after=request.query_params.get("after"), limit=_AT_ONCE)
    given: dict[str, Any] = {
        "wanted": wanted,
        "rows": found.rows,
        "levels": LEVELS,
        "schemes": SCHEMES,
        "sorts": resources.SORTS,
    }
    following = None if found.next is None else link_of(wanted, after=found.next)
    if request.headers.get("hx-target") == "rows":
        return page(request, "_resources.html", rows=found.rows, following=following)
    return page(request, "resources.html", **given, following=following, is_first="after" not in request.query_params)


@router.get("/resources/{resource_id}", response_model=None)
def one(request: Request, served: Served, actor: Viewer, resource_id: str) -> Response:
    """One resource."""
    at = request.query_params.get("after", "0")
    after = int(at) if at.isascii() and at.isdecimal() and len(at) < 8 else 0  # digits of an offset
    row = _row(request, served, actor, Role.VIEWER, resource_id)
    with served.desk.catalog.reading() as connection:
        found, following = resources.numbered(connection, row.id, after=after, limit=_FINDINGS)
        columns = lookups.columns_of(connection, row.uri)
        given: dict[str, Any] = {
            "tables": lookups.tables_of(connection, row.uri),
            "omitted": lookups.left_out_of(connection, row.uri)[:_COLUMNS],
            "versions": resources.versions(connection, row.id, limit=_VERSIONS),
            "told": enrichments.of(connection, row.uri),
            "plans": plans.touching(connection, _and_what_holds_it(row.uri), limit=_PLANS)
            if rights.everywhere(actor.grants, Role.VIEWER)
            else [],
            "items": reviews.items(connection, resource=row.uri, limit=_COLUMNS),
        }
    return page(
        request,
        "resource.html",
        row=row,
        sentence=sentence,
        about=row.classification,
        owner=owner_at(served, row.uri),
        terms=terms_at(served, row.uri),
        samples=[(number, finding, sample_of(finding)) for number, finding in found],
        may_reveal=rights.may(actor.grants, Role.STEWARD, row.uri),
        may_read_column=rights.may(actor.grants, Role.STEWARD, row.uri) and is_readable(row.uri, served.roots),
        may_rescan=_may_rescan(served, actor, row.uri),
        may_protect=rights.everywhere(actor.grants, Role.STEWARD) and is_protectable(row.uri),
        after=after,
        following=following,
        columns=[each.record for each in columns[:_COLUMNS]],
        left_out=max(0, len(columns) - _COLUMNS),
        **given,
    )


@router.post("/resources/{resource_id}/rescan", response_model=None)
def rescan(request: Request, served: Served, actor: Steward, resource_id: str) -> Response:
    """Has it read again, with the settings of this server."""
    row = _row(request, served, actor, Role.STEWARD, resource_id)
    try:
        roots = startable(served.roots, actor)
        asked = asking.judged([row.uri], {}, roots=roots, settings=served.desk.settings)
        scan = asking.ask(served.desk.catalog, actor, allowed(request, served, actor, asked))
    except UsageError as error:
        raise RefusedError(str(error)) from None
    return RedirectResponse(f"/scans/{scan.id}", status_code=303)


@router.post("/resources/{resource_id}/protect", response_model=None)
def protect(request: Request, served: Served, actor: StewardOfAll, resource_id: str) -> Response:
    """Plans its protection, or that of the bucket that it lies in. Nothing is changed."""
    from assay.app.protection.deskplanning import plan_protection

    row = _row(request, served, actor, Role.STEWARD, resource_id)
    try:
        plan_id, made = plan_protection(served.desk, row.uri, by=actor.name, access=served.working.access)
    except AwsError as error:
        raise RefusedError(str(error)) from None
    if plan_id:
        return RedirectResponse(f"/plans/{plan_id}", status_code=303)
    untold = [f"{each.control}: {each.reason}. {each.detail}".strip() for each in made.refusals]
    return page(request, "unplanned.html", row=row, untold=untold)


@router.post("/resources/{resource_id}/findings/{number}/reveal", response_model=None)
def reveal(
    request: Request,
    served: Served,
    actor: Steward,
    resource_id: str,
    number: Annotated[int, Path(ge=1, lt=2**53)],
    form: Posted,
) -> Response:
    """One value in its line, read again from its source, for half a minute. It is kept nowhere on its way."""
    with served.desk.catalog.reading() as connection:
        row = resources.one(connection, resource_id)
        found = None if row is None else resources.finding(connection, row.id, number)
    if row is None or found is None:
        raise RefusedError("there is no such finding", status=404)
    need(request, served, actor, Role.STEWARD, row.uri, "finding")

    def shown() -> revealing.Revealed:
        return revealing.reveal(served.desk, found, by=actor.name, user=actor.user.id, reason=form.text("reason"))

    return _revealed(request, served, actor, row, shown)


@router.post("/resources/{resource_id}/columns/reveal", response_model=None)
def reveal_column(request: Request, served: Served, actor: Steward, resource_id: str, form: Posted) -> Response:
    """One value of a column of a database, read again from there, for half a minute."""
    row = _row(request, served, actor, Role.STEWARD, resource_id)
    table, column = form.get("table", ""), form.get("column", "")
    with served.desk.catalog.reading() as connection:
        known = lookups.columns_of(connection, row.uri)
    if all((each.record.table, each.record.column) != (table, column) for each in known):
        raise RefusedError("there is no such column", status=404)

    def shown() -> revealing.Revealed:
        said = {"by": actor.name, "user": actor.user.id, "reason": form.text("reason")}
        return revealing.reveal_column(served.desk, served.roots, row.uri, table, column, **said)

    return _revealed(request, served, actor, row, shown)


def _revealed(
    request: Request, served: Serving, actor: Actor, row: resources.Row, show_it: Callable[[], revealing.Revealed]
) -> Response:
    wait = served.limits.reveals.wait(actor.user.id)
    if wait:
        raise RefusedError("you have seen many values in a short time; wait a few minutes", status=429, wait=wait)
    given: dict[str, Any] = {"wrong": "", "parts": ("", "", ""), "id": row.id, "seconds": _SHOWN_SECONDS}
    status = 200
    try:
        shown = show_it()
        given["parts"] = tuple(each.reveal(why="a reviewer asked") for each in (shown.before, shown.value, shown.after))
        given["is_compared"] = shown.is_compared
    except revealing.NotRevealedError as error:
        given["wrong"], status = str(error), 409
    headers = {"cache-control": "no-store, no-cache, max-age=0, private", "pragma": "no-cache"}
    if is_partial(request):
        # What is refused stands where the value would.
        return page(request, "_revealed.html", headers=headers, **given)
    headers["refresh"] = f"{_SHOWN_SECONDS}; url=/resources/{row.id}"
    return page(request, "revealed.html", status=status, headers=headers, **given)


def _row(request: Request, served: Serving, actor: Actor, role: Role, resource_id: str) -> resources.Row:
    """The resource of an id. Raises `RefusedError` where it is none, or somebody may not act so on it."""
    with served.desk.catalog.reading() as connection:
        row = resources.one(connection, resource_id)
    if row is None:
        raise RefusedError("there is no such resource", status=404)
    need(request, served, actor, role, row.uri, "resource")
    return row


def _may_rescan(served: Serving, actor: Actor, uri: str) -> bool:
    if not rights.may(actor.grants, Role.STEWARD, uri):
        return False
    try:
        return (
            asking.refused(actor, asking.judged([uri], {}, roots=served.roots, settings=served.desk.settings)) is None
        )
    except UsageError:
        return False


def _and_what_holds_it(uri: str) -> tuple[str, ...]:
    """A resource, and the bucket that it lies in: that is what plans are of."""
    if not uri.startswith("s3://"):
        return (uri,)
    return (uri, "s3://" + uri.removeprefix("s3://").partition("/")[0])


def wanted_of(query: Mapping[str, str], actor: Actor) -> resources.Wanted:
    """Which resources an address asks for, of those that somebody may see."""
    sort, level, scheme = query.get("sort", "level"), query.get("level", ""), query.get("scheme", "")
    return resources.Wanted(
        scopes=rights.scopes(actor.grants, Role.VIEWER),
        sort=sort if sort in resources.SORTS else "level",
        search=query.get("search", "").strip()[:200],
        level=level if level in LEVELS else "",
        scheme=scheme if scheme in SCHEMES else "",
        review=query.get("review") == "yes",
    )


def link_of(wanted: resources.Wanted, **changes: str) -> str:
    """The address of the list with its filters, but for those that are given anew."""
    kept = {"sort": wanted.sort, "search": wanted.search, "level": wanted.level, "scheme": wanted.scheme}
    kept |= {"review": "yes" if wanted.review else ""} | changes
    return f"/resources?{urlencode({name: value for name, value in kept.items() if value})}"
