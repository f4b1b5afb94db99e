"""The configuration of detection: what is in effect, tried before it is kept, and its history."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from assay.app.governing import changing
from assay.app.governing.changing import Change
from assay.app.governing.governance import Configuration, of_catalog
from assay.app.governing.governance_files import FORMATS, written
from assay.errors import ConfigError, ConflictError, ReviewError, UsageError
from assay.model.identity import Actor, Role
from assay.report.spelling import Named, spelled
from assay.review import rights
from assay.store import governance as store
from assay.tables.configuration import TABLES, GovernedTable
from assay.tables.governing import table_called
from assay.tables.rowtexts import text_of, texts_of
from assay.web.access import StewardOfAll, Viewer, ViewerOfAll
from assay.web.forms import Form, Posted
from assay.web.refusals import RefusedError
from assay.web.rendering import page
from assay.web.state import Served, Serving

router = APIRouter()
_ROWS = 200
_CHANGES = 100
_VERSIONS = 50
_OWN = ("csrf", "version", "kind", "table", "row", "back", "rows", "reason", "is_new")
_TYPES = {"yaml": "application/yaml", "json": "application/json", "csv": "text/csv; charset=utf-8"}


@router.get("/governance", response_model=None)
def show(request: Request, served: Served, actor: Viewer) -> Response:
    """The tables."""
    configuration = in_effect(served)
    with served.desk.catalog.reading() as connection:
        # Rows and reasons name resources, which may lie outside of somebody's scopes.
        history = store.history(connection, limit=5) if rights.everywhere(actor.grants, Role.VIEWER) else []
    tables = [
        (
            table,
            sum(row["IS_ACTIVE"] for row in configuration.rows[name].values()),
            len(configuration.stored.get(name, ())),
        )
        for name, table in TABLES.items()
    ]
    given: dict[str, Any] = {
        "tables": tables,
        "history": history,
        "version": configuration.version,
        "file": served.desk.settings.governance,
    }
    return page(request, "governance.html", **given, may_change=may_change(actor))


@router.get("/governance/history", response_model=None)
def history(request: Request, served: Served, actor: ViewerOfAll) -> Response:
    """Who changed what, and the way back. Rows and reasons name resources, which may lie outside of somebody's scopes."""
    asked = request.query_params
    table = _table(asked["table"]).name if asked.get("table") else None
    with served.desk.catalog.reading() as connection:
        found = store.history(connection, table, asked.get("row") or None)
        newest = store.version(connection)
    versions = [(number, list(changes)) for number, changes in groupby(found, key=lambda each: each.version)]
    told = [
        (number, changes, [(each, _differences(each.change.before, each.change.after)) for each in changes[:20]])
        for number, changes in versions[:_VERSIONS]
    ]
    given: dict[str, Any] = {
        "versions": told,
        "more": max(0, len(versions) - _VERSIONS),
        "table": table,
        "row": asked.get("row"),
        "newest": newest,
    }
    return page(request, "governance_history.html", **given, may_change=may_change(actor))


@router.get("/governance/export.{form}", response_model=None)
def export(served: Served, _actor: Viewer, form: str, table: str = "") -> Response:
    """Rows that are not as they ship, as a file that 'assay governance import' and the page read back."""
    if form not in FORMATS:
        raise RefusedError("rows are written as yaml, json or csv", status=404)
    wanted = _table(table).name if table else None
    configuration = in_effect(served)
    rows = {name: list(configuration.stored.get(name, ())) for name in TABLES if wanted in (None, name)}
    try:
        body = written(rows, form)
    except ConfigError as error:
        raise RefusedError(str(error)) from None
    headers = {"content-disposition": f'attachment; filename="governance.{form}"'}
    return Response(body, media_type=_TYPES[form], headers=headers)


@router.get("/governance/patterns/test", response_model=None)
def tester(request: Request, _actor: Viewer) -> Response:
    """Where an expression may be tried."""
    return page(request, "governance_tester.html", regex="", text="", wrong="", found=None)


@router.post("/governance/patterns/test", response_model=None)
def tried_pattern(request: Request, _actor: Viewer, form: Posted) -> Response:
    """Where an expression would match in a text, of which nothing is kept."""
    regex, text = form.get("regex", form.get("REGEX", "")), form.get("text", "")
    wrong, found = "", None
    try:
        found = changing.matches(regex, text) if regex.strip() else None
    except ConfigError as error:
        wrong = str(error)
    template = "_matches.html" if request.headers.get("hx-request") == "true" else "governance_tester.html"
    return page(request, template, regex=regex, text=text, wrong=wrong, found=found)


@router.post("/governance/try", response_model=None)
def try_change(request: Request, served: Served, _actor: StewardOfAll, form: Posted) -> Response:
    """What a change would do. It is kept from the page that says so."""
    return _tried(request, served, form)


@router.post("/governance/save", response_model=None)
def save(request: Request, served: Served, actor: StewardOfAll, form: Posted) -> Response:
    """The change is kept, if the configuration is still the one that was looked at."""
    try:
        what = changing.proposed(served.desk, change_of(form))
        changing.keep(served.desk, what, based_on=form.number("version"), by=actor.name, reason=form.text("reason"))
    except ConflictError:
        raise
    except (ConfigError, UsageError, ReviewError) as error:
        return _tried(request, served, form, status=422, wrong=str(error))
    table = form.text("table")
    return RedirectResponse(f"/governance/{table}" if table in TABLES else "/governance/history", status_code=303)


@router.get("/governance/{table}", response_model=None)
def rows_of_table(request: Request, served: Served, actor: Viewer, table: str) -> Response:
    """The rows of a table."""
    governed, asked = _table(table), request.query_params
    configuration = in_effect(served)
    search, show_all, own = asked.get("search", "").strip()[:200], asked.get("all") == "yes", asked.get("own") == "yes"
    stored = {row[governed.key] for row in configuration.stored.get(governed.name, ())}
    ships = {row[governed.key] for row in configuration.shipped.get(governed.name, ())}
    found = []
    for row_id, row in configuration.rows[governed.name].items():
        texts = texts_of(governed, row)
        if (row["IS_ACTIVE"] or show_all) and (row_id in stored or not own) and _has(texts, search):
            origin = ("changed" if row_id in ships else "own") if row_id in stored else "shipped"
            found.append((row_id, texts, origin, row["IS_ACTIVE"]))
    names = [each.name for each in governed.columns if each.name not in (governed.key, "DESCRIPTION", "IS_ACTIVE")]
    given: dict[str, Any] = {
        "table": governed,
        "rows": found[:_ROWS],
        "more": max(0, len(found) - _ROWS),
        "names": names,
        "search": search,
    }
    given |= {"all": show_all, "own": own, "may_change": may_change(actor), "count": len(found)}
    return page(request, "governance_table.html", **given)


@router.get("/governance/{table}/row", response_model=None)
def one_row(request: Request, served: Served, actor: Viewer, table: str, id: str = "") -> Response:  # noqa: A002  # as the address has it
    """One row, to be changed; without an id the form of a new one."""
    governed, configuration = _table(table), in_effect(served)
    row = configuration.rows[governed.name].get(id)
    if id and row is None:
        raise RefusedError("there is no such row", status=404)
    given = form_of(configuration, governed, id, None if row is None else texts_of(governed, row))
    return page(request, "governance_row.html", **given, wrong="", may_change=may_change(actor))


def form_of(
    configuration: Configuration, governed: GovernedTable, row_id: str, texts: Mapping[str, str] | None
) -> dict[str, Any]:
    """What the form of a row shows."""
    ships = {row[governed.key]: row for row in configuration.shipped.get(governed.name, ())}
    stored = {row[governed.key] for row in configuration.stored.get(governed.name, ())}
    return {
        "table": governed,
        "row_id": row_id,
        "texts": texts or {each.name: text_of(each.default) for each in governed.columns},
        "is_new": texts is None,
        "is_shipped": row_id in ships,
        "is_stored": row_id in stored,
        "shipped": texts_of(governed, ships[row_id]) if row_id in ships else {},
        "version": configuration.version,
        "categories": sorted(
            row["NAME"] for row in configuration.rows["SENSITIVE_CATEGORIES"].values() if row["IS_ACTIVE"]
        ),
        "identifiers": sorted(configuration.identifiers),
    }


def change_of(form: Form) -> Change:
    """The change that a form asks for. Raises `ConfigError`, `UsageError`, `RefusedError`."""
    kind = form.text("kind")
    if kind == "row":
        governed = _table(form.text("table"))
        given = {name: form[name] for name in form if name not in _OWN}
        return Change(
            rows={
                governed.name: [
                    changing.row_of(governed.name, form.text("row"), given, is_new=form.text("is_new") == "yes")
                ]
            }
        )
    if kind == "reset":
        return Change(reset=((form.text("table"), form.text("row")),))
    if kind == "back":
        return Change(back_to=form.number("back"))
    if kind == "rows":
        rows = changing.rows_in_text(text) if (text := form.get("rows", "")).strip() else {}
        if not any(rows.values()):
            raise UsageError("no row is given; paste YAML, JSON or CSV as 'export' writes it")
        return Change(rows=rows)
    raise RefusedError("a change is of a row, of rows, or back to a version")


def may_change(actor: Actor) -> bool:
    """Whether somebody may change how all is judged."""
    return rights.everywhere(actor.grants, Role.STEWARD)


def in_effect(served: Serving) -> Configuration:
    """What the catalog has."""
    return of_catalog(served.desk.catalog, served.desk.identifiers)


def _tried(request: Request, served: Serving, form: Form, *, status: int = 200, wrong: str = "") -> Response:
    based_on = form.number("version")
    given: dict[str, Any] = {"fields": [(name, form[name]) for name in form if name not in ("csrf", "reason")]}
    given |= {"reason": form.text("reason"), "table": form.text("table"), "row_id": form.text("row"), "changes": []}
    given |= {"found": None, "more": 0, "kind": form.text("kind"), "spelled": _spelled}
    try:
        what = changing.proposed(served.desk, change_of(form))
    except (ConfigError, UsageError, ReviewError) as error:
        return page(request, "governance_try.html", status=422, **given, wrong=wrong or str(error))
    if what.before.version != based_on:
        wrong = (
            "somebody changed the configuration since you opened this form; look at the row again before you keep it"
        )
    changes = what.before.changes_to(what.after)
    rows = what.after.rows
    # Where a stored row is taken away, what ships holds again.
    given["changes"] = [
        (each, _differences(each.before, rows[each.table].get(each.row_id))) for each in changes[:_CHANGES]
    ]
    given["more"] = max(0, len(changes) - _CHANGES)
    given["found"] = changing.tried(served.desk, what) if changes else None
    return page(
        request, "governance_try.html", status=409 if what.before.version != based_on else status, **given, wrong=wrong
    )


def _differences(before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> list[tuple[str, str, str]]:
    names: Sequence[str] = [*(after or before or {})]
    told = [(name, text_of((before or {}).get(name)), text_of((after or {}).get(name))) for name in names]
    return [each for each in told if each[1] != each[2]]


def _spelled(resource: str, table: str | None = None, column: str | None = None) -> str:
    return spelled(Named(resource, table, column), base="/\0")


def _has(texts: Mapping[str, str], search: str) -> bool:
    told = " ".join(texts.values()).casefold()
    return all(word in told for word in search.casefold().split())


def _table(name: str) -> GovernedTable:
    try:
        return table_called(name)
    except ConfigError:
        raise RefusedError("there is no such table", status=404) from None
