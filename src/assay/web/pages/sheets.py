"""The queue as a sheet, CSV or Excel, and back: a steward fills in decisions elsewhere, and all of them are made, or none."""

from __future__ import annotations

import tempfile
import zipfile
from pathlib import Path

from fastapi import APIRouter, Request
from fastapi.responses import Response
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile

from assay.app.reviews import review_sheets, reviewing
from assay.errors import UsageError
from assay.model.identity import Actor, Role
from assay.model.review import Decision, QueueItem
from assay.review import rights
from assay.web.access import Steward, Viewer, denied
from assay.web.forms import Posted
from assay.web.pages.queue import queue_page, wanted_of
from assay.web.queries import queue
from assay.web.refusals import RefusedError
from assay.web.rendering import page
from assay.web.sending import sent
from assay.web.state import Served, Serving, is_partial

router = APIRouter()
_MOST = 10_000
_UNPACKED = 128 * 1024 * 1024
_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@router.get("/review/sheet.{form}", response_model=None)
def export(request: Request, served: Served, actor: Viewer, form: str) -> Response:
    """The questions that the page would list, the first 10,000 of them."""
    if form not in _TYPES:
        raise RefusedError("the queue is written as csv or xlsx", status=404)
    with served.desk.catalog.reading() as connection:
        found = queue.page(connection, wanted_of(request.query_params, actor), after=None, limit=_MOST)
    with tempfile.TemporaryDirectory(prefix="assay-sheet-") as folder:
        file = Path(folder) / f"review.{form}"
        review_sheets.written([row.item for row in found.rows], file)
        body = file.read_bytes()
    headers = {"content-disposition": f'attachment; filename="review.{form}"'}
    return Response(body, media_type=_TYPES[form], headers=headers)


@router.post("/review/sheet", response_model=None)
async def take(request: Request, served: Served, actor: Steward, form: Posted) -> Response:
    """Decides what a sheet says: a file, or CSV that was pasted."""
    if request.headers.get("content-type", "").startswith("multipart/form-data"):
        async with sent(request, served, actor, files=1, fields=5) as given:
            file = given.get("file")
            data = await file.read() if isinstance(file, UploadFile) else b""
            return await run_in_threadpool(_decided, request, served, actor, "review", data)
    data = form.get("rows", "").encode("utf-8", "replace")
    return await run_in_threadpool(_decided, request, served, actor, "review.csv", data)


def _decided(request: Request, served: Serving, actor: Actor, name: str, data: bytes) -> Response:
    if not data.strip():
        raise RefusedError("choose a file that was exported here, or paste its rows")
    status, told = 200, {"wrong": "", "done": 0}
    try:
        told["done"] = len(_imported(request, served, actor, name, data))
    except UsageError as error:
        status, told["wrong"] = 422, str(error).replace(f"{name}: ", "").replace(f"{name}:", "row ")
    if is_partial(request):
        return page(request, "_sheet_told.html", status=status, sheet=told)
    return queue_page(request, served, actor, None, status=status, sheet=told)


def _imported(request: Request, served: Serving, actor: Actor, name: str, data: bytes) -> list[QueueItem]:
    beyond: list[str] = []

    def permit(item: QueueItem, decision: Decision | None) -> bool:
        resource = item.question.subject.resource
        may = rights.may(actor.grants, Role.STEWARD, resource) and all(
            each is None or rights.may_decide(actor.grants, each) for each in (item.proposal, decision)
        )
        if not may:
            beyond.append(resource)
        return may

    desk = served.desk
    try:
        return reviewing.import_rows(
            desk.catalog,
            _rows(name, data),
            by=actor.name,
            redact=desk.redact,
            known=desk.known,
            file=Path(name),
            second_from=desk.settings.second_approval,
            sees=lambda item: rights.may(actor.grants, Role.VIEWER, item.question.subject.resource),
            permit=permit,
        )
    except UsageError:
        # After the transaction: the log has no other place for it.
        for resource in beyond[:1]:
            denied(request, served, actor, resource)
        raise


def _rows(name: str, data: bytes) -> list[review_sheets.SheetRow]:
    """The rows of a sheet. What a file is, its first bytes say."""
    with tempfile.TemporaryDirectory(prefix="assay-sheet-") as folder:
        file = Path(folder) / ("review.xlsx" if data.startswith(b"PK") else "review.csv")
        file.write_bytes(data)
        if file.suffix == ".xlsx":
            _check_unpacked(file)
        try:
            return review_sheets.read_sheet(file)
        except UsageError as error:
            raise UsageError(str(error).replace(str(file), name)) from None


def _check_unpacked(file: Path) -> None:
    """Raises `UsageError` for a workbook that is far larger than it looks."""
    try:
        with zipfile.ZipFile(file) as packed:
            size = sum(each.file_size for each in packed.infolist())
    except (zipfile.BadZipFile, NotImplementedError, ValueError):
        raise UsageError(f"{file}: cannot be read as an Excel file; save it as .xlsx or .csv again") from None
    if size > _UNPACKED:
        raise UsageError(f"{file}: unpacks to more than {_UNPACKED // 2**20} MiB; import it in parts")
