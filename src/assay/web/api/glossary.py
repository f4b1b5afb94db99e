"""The business glossary and owners for programs: read, added, changed by version, taken out."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from pydantic import Field

from assay.app.reviews import glossary
from assay.errors import ConflictError
from assay.model.identity import Actor
from assay.store import glossary as store
from assay.web.api.calling import Call
from assay.web.api.shared import (
    ApiStewardOfAll,
    ApiViewer,
    ApiViewerOfAll,
    Asked,
    Limit,
    Page,
    answers,
    based,
    cut,
    version_of,
)
from assay.web.api.told import ChangedTold, OwnerTold, PageOf, TagsTold, TermTold
from assay.web.pages.glossary import owners_by_tags, seen_terms
from assay.web.refusals import RefusedError
from assay.web.state import Served, Serving

router = APIRouter(prefix="/api/v1", tags=["glossary"], route_class=Call)
_BASED = based("term")


class Term(Asked):
    """A term. Links are NAMES of identifiers, and columns such as `s3://lake/hr/*#salary`."""

    term: str
    definition: str
    owner: str = ""
    links: list[str] = Field(default_factory=list)


class Owner(Asked):
    """Whose the resources of a scope are; an empty owner is nobody."""

    resource: str
    owner: str


class Regions(Asked):
    """Which regions are looked at; all, if none is named."""

    regions: list[str] = Field(default_factory=list, max_length=40)


@router.get("/glossary", responses=answers(PageOf[TermTold]))
def list_terms(
    served: Served,
    actor: ApiViewer,
    search: Annotated[str, Query(max_length=200)] = "",
    after: Annotated[int, Query(ge=0, le=1_000_000, description="How many terms to pass over.")] = 0,
    limit: Limit = 50,
) -> Page:
    """Terms by name. Links to resources are told to those who may see everything."""
    return cut([asdict(each) for each in seen_terms(served, actor, search)], after, limit)


@router.get("/glossary/{term_id}", responses=answers(TermTold))
def one_term(response: Response, served: Served, actor: ApiViewer, term_id: str) -> dict[str, Any]:
    """One term. Its `ETag` is what a change is based on."""
    return _told(response, served, actor, term_id)


@router.post("/glossary", status_code=201, responses=answers(TermTold, 201))
def add_term(response: Response, served: Served, actor: ApiStewardOfAll, body: Term) -> dict[str, Any]:
    """Adds a term."""
    kept = glossary.put_term(served.desk.catalog, _given(body), **_who(served, actor))
    return _told(response, served, actor, kept)


@router.put("/glossary/{term_id}", openapi_extra=_BASED, responses=answers(TermTold))
def change_term(
    request: Request, response: Response, served: Served, actor: ApiStewardOfAll, term_id: str, body: Term
) -> dict[str, Any]:
    """Changes a term. `If-Match` has to be the `ETag` of what was looked at."""
    _known(served, actor, term_id)
    version = version_of(request, term_id, what="term")
    try:
        glossary.put_term(served.desk.catalog, _given(body), **_who(served, actor), term_id=term_id, version=version)
    except ConflictError as error:
        raise RefusedError(error.told, status=412) from None
    return _told(response, served, actor, term_id)


@router.delete("/glossary/{term_id}", status_code=204, openapi_extra=_BASED)
def remove_term(request: Request, served: Served, actor: ApiStewardOfAll, term_id: str) -> None:
    """Takes a term out. `If-Match` has to be the `ETag` of what was looked at."""
    _known(served, actor, term_id)
    version = version_of(request, term_id, what="term")
    try:
        glossary.remove_term(served.desk.catalog, term_id, version=version, by=actor.name)
    except ConflictError as error:
        raise RefusedError(error.told, status=412) from None


@router.get("/owners", responses=answers(PageOf[OwnerTold]))
def list_owners(
    served: Served,
    _actor: ApiViewerOfAll,
    after: Annotated[int, Query(ge=0, le=1_000_000, description="How many to pass over.")] = 0,
    limit: Limit = 50,
) -> Page:
    """Whose resources are: the narrowest scope counts. `source` is file, tag or person."""
    with served.desk.catalog.reading() as connection:
        return cut([asdict(each) for each in store.owners(connection)], after, limit)


@router.put("/owners", responses=answers(ChangedTold))
def set_owner(served: Served, actor: ApiStewardOfAll, body: Owner) -> dict[str, Any]:
    """Says whose the resources of a scope are."""
    changed = glossary.set_owner(
        served.desk.catalog, body.resource, body.owner, by=actor.name, redact=served.desk.redact
    )
    return {"changed": changed}


@router.post("/owners/tags", responses=answers(TagsTold))
def take_tags(served: Served, actor: ApiStewardOfAll, body: Regions) -> dict[str, Any]:
    """Takes owners from tags of the AWS account that the server has rights in, where no person and no file says otherwise. Lists it while
    the call waits; nothing of it is changed. `gaps` are lists that could not be read."""
    return owners_by_tags(served, actor, body.regions)._asdict()


def _given(body: Term) -> dict[str, str]:
    return {
        "term": body.term,
        "definition": body.definition,
        "owner": body.owner,
        "links": " ".join("%20".join(link.split()) for link in body.links),
    }


def _who(served: Serving, actor: Actor) -> dict[str, Any]:
    names = {each.name for each in served.desk.identifiers}
    return {"identifiers": names, "by": actor.name, "redact": served.desk.redact}


def _known(served: Serving, actor: Actor, term_id: str) -> store.Term:
    found = next((each for each in seen_terms(served, actor, "") if each.id == term_id), None)
    if found is None:
        raise RefusedError("there is no such term", status=404)
    return found


def _told(response: Response, served: Serving, actor: Actor, term_id: str) -> dict[str, Any]:
    found = _known(served, actor, term_id)
    response.headers["etag"] = f'"{found.id}.{found.version}"'
    return asdict(found)
