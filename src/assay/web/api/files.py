"""Files that are classified at once, and of which nothing is kept."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile

from assay.app.serving.uploads import LEFT_OUT, BusyError
from assay.web.api.calling import Call, passing
from assay.web.api.shared import ApiViewer, answers
from assay.web.api.told import FilesTold
from assay.web.refusals import RefusedError
from assay.web.sending import sent
from assay.web.state import Served, Serving

router = APIRouter(prefix="/api/v1", tags=["classify"], route_class=Call)
PATH = "/api/v1/classify/files"
MOST_FILES = 10
_LONGEST_NAME = 255
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_BODY = {
    "required": True,
    "content": {
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "properties": {"file": {"type": "array", "items": {"type": "string", "format": "binary"}}},
                "required": ["file"],
            }
        }
    },
}


@router.post("/classify/files", openapi_extra={"requestBody": _BODY}, responses=answers(FilesTold))
@passing
async def classify_files(
    request: Request,
    served: Served,
    actor: ApiViewer,
    include_test_values: Annotated[bool, Query(description="Documentation and test values, too.")] = False,
) -> dict[str, Any]:
    """Finds what is sensitive in files (`multipart/form-data`, each as `file`): texts, tables, documents, archives. Nothing of them
    is kept; values come back redacted, and what could not be read as a gap. `left_out` counts what is beyond 2,000 of a kind."""
    async with sent(request, served, actor, files=MOST_FILES) as form:
        return {"files": await _classified(form, served, include_test_values=include_test_values)}


async def _classified(form: FormData, served: Serving, *, include_test_values: bool) -> list[dict[str, Any]]:
    files = [value for name, value in form.multi_items() if name == "file" and isinstance(value, UploadFile)]
    if not files or len(files) != len(form.multi_items()):
        raise RefusedError("send from one to 10 files, each as 'file', and nothing else")
    told = []
    for file in files:
        name, data = _named(file.filename or ""), await file.read()
        with _busy():
            records = await run_in_threadpool(
                served.uploads.classify, name, data, include_test_values=include_test_values
            )
        told.append({"size": len(data)} | _told(records))
    return told


def _named(filename: str) -> str:
    r"""The last part of a name, as a file here could be called: it says of which kind it may be, and leads nowhere.

    >>> _named("../../etc/staff.csv"), _named("C:\\staff.csv"), _named("a/.."), _named(". ."), _named("")
    ('staff.csv', 'staff.csv', 'file', 'file', 'file')
    """
    last = _CONTROL.sub("", re.split(r"[/\\]", filename)[-1])[-_LONGEST_NAME:]
    # Dots alone are a folder.
    return last if last.strip(". ") else "file"


@contextmanager
def _busy() -> Iterator[None]:
    try:
        yield
    except BusyError:
        raise RefusedError("too many files are being read; try again in a moment", status=429, wait=5) from None


def _told(records: list[dict[str, Any]]) -> dict[str, Any]:
    by_kind: dict[str, list[dict[str, Any]]] = {}
    for record in records:
        by_kind.setdefault(record["kind"], []).append(record)
    (more,) = by_kind.get(LEFT_OUT, [{"numbers": {}}])
    of = by_kind.get("classification", [])
    return {
        "resource": of[0]["resource"] if of else by_kind["gap"][0]["resource"] if "gap" in by_kind else None,
        "level": of[0]["level"] if of else "unclassified",
        "findings": by_kind.get("finding", []),
        "columns": by_kind.get("column", []),
        "gaps": by_kind.get("gap", []),
        "skips": by_kind.get("skip", []),
        "left_out": {f"{kind}s": number for kind, number in more["numbers"].items()},
    }
