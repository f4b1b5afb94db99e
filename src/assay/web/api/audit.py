"""The audit log for programs, newest first. For administrators: it tells of all resources."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query

from assay.model.identity import Actor, Role
from assay.store.auditlog import Wanted, newest
from assay.store.proof import verify
from assay.web.access import Access
from assay.web.api.calling import Call
from assay.web.api.shared import Limit, Page, answers, moment_of
from assay.web.api.told import PageOf
from assay.web.api.toldlog import EntryTold, ProofTold
from assay.web.pages.audit import one_at_a_time
from assay.web.state import Served

router = APIRouter(prefix="/api/v1/audit", tags=["audit"], route_class=Call)
ApiAdmin = Annotated[Actor, Depends(Access(Role.ADMIN, everywhere=True, by_token=True))]
_Name = Annotated[str | None, Query(max_length=1_000)]
_At = Annotated[
    str | None,
    Query(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9:.]{1,15}Z?)?$", description="A day, or a moment in UTC."),
]


@router.get("", responses=answers(PageOf[EntryTold]))
def list_entries(
    served: Served,
    _actor: ApiAdmin,
    action: _Name = None,
    by: _Name = None,
    resource: _Name = None,
    since: _At = None,
    until: _At = None,
    after: Annotated[int | None, Query(ge=1, le=2**62)] = None,
    limit: Limit = 50,
) -> Page:
    """Entries of the log, the newest first."""
    between = {"since": moment_of(since, "since"), "until": moment_of(until, "until")}
    wanted = Wanted(**between, action=action, actor=by, resource=resource)
    with served.desk.catalog.reading() as connection:
        found = newest(connection, wanted, limit + 1, before=after)[::-1]
    following = str(found[limit - 1]["seq"]) if len(found) > limit else None
    return Page(items=found[:limit], next=following)


@router.post("/verify", responses=answers(ProofTold))
def prove(served: Served, _actor: ApiAdmin) -> dict[str, Any]:
    """Reads the whole log and all rows, and says whether anything was changed past assay. One at a time."""
    with one_at_a_time():
        proof = verify(served.desk.catalog)
    return {
        "holds": proof.holds,
        "entries": proof.entries,
        "problems": [{"entry": each.seq, "what": each.what} for each in proof.problems[:100]],
    }
