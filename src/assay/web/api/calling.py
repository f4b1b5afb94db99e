"""How calls of the API are answered: with an ETag, and once only where the caller names an idempotency key."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from fastapi import Request
from fastapi.responses import JSONResponse, Response
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool

from assay.model.identity import Actor
from assay.store import answers
from assay.store.answers import Kept
from assay.web.access import Access
from assay.web.forms import Form
from assay.web.refusals import RefusedError
from assay.web.state import Serving

_KEY = re.compile(r"[\x21-\x7e]{1,200}")
_TOLD = ("etag", "location", "content-type")
_AGAIN = "idempotency-replayed"

Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])
Handler = Callable[[Request], Coroutine[Any, Any, Response]]


def passing(endpoint: Endpoint) -> Endpoint:
    """Marks a call of which nothing is kept: its answer is not, either, and repeated it is carried out anew."""
    endpoint.__dict__["is_passing"] = True
    return endpoint


class Call(APIRoute):
    """A call of the API.

    A GET has an ETag, and is answered by 304 where the caller has that. A POST with an `Idempotency-Key` is carried out once in a
    day for who calls: again it is answered as it was the first time, and by 422 with another body under the same key. That is
    not so for what is `passing`.
    """

    def get_route_handler(self) -> Handler:
        """The handler with that around it."""
        handler = super().get_route_handler()
        is_passing = getattr(self.endpoint, "is_passing", False)

        async def handle(request: Request) -> Response:
            if request.method == "GET":
                return _tagged(request, await handler(request))
            key = request.headers.get("idempotency-key")
            if key is None or is_passing:
                return await handler(request)
            if _KEY.fullmatch(key) is None:
                raise RefusedError("an Idempotency-Key has from 1 to 200 printable characters of ASCII", status=400)
            return await self._once(request, handler, key)

        return handle

    async def _once(self, request: Request, handler: Handler, key: str) -> Response:
        served: Serving = request.app.state.serving
        actor = await run_in_threadpool(self._actor, request, served)
        if actor is None:
            return await handler(request)
        code = _digest(actor.user.id, actor.token or "", request.method, request.url.path, key)
        asked = _digest(request.headers.get("if-match", ""), request.url.query, (await request.body()).hex())
        kept = await run_in_threadpool(_begun, served, code, asked)
        if kept is not None:
            return _told_again(kept, asked)
        try:
            answer = await handler(request)
        except BaseException:
            await run_in_threadpool(_forgotten, served, code)
            raise
        if isinstance(answer, JSONResponse | Response) and 200 <= answer.status_code < 300 and hasattr(answer, "body"):
            headers = {name: answer.headers[name] for name in _TOLD if name in answer.headers}
            await run_in_threadpool(_kept, served, code, answer.status_code, headers, bytes(answer.body))
        else:
            await run_in_threadpool(_forgotten, served, code)
        return answer

    def _actor(self, request: Request, served: Serving) -> Actor | None:
        """Who calls: what was kept is told to nobody else, and to nobody who may not call any more."""
        from assay.web.application import decides  # which makes the routes of these

        found = [access(request, served, Form(())) for access in decides(self) if isinstance(access, Access)]
        return next((actor for actor in found if actor is not None), None)


def _tagged(request: Request, answer: Response) -> Response:
    if answer.status_code != 200 or not hasattr(answer, "body") or answer.body is None:
        return answer
    tag = answer.headers.get("etag")
    if tag is None:
        tag = answer.headers["etag"] = f'W/"{hashlib.sha256(bytes(answer.body)).hexdigest()[:32]}"'
    given = [each.strip().removeprefix("W/") for each in request.headers.get("if-none-match", "").split(",")]
    if tag.removeprefix("W/") in given or given == ["*"]:
        return Response(status_code=304, headers={"etag": tag})
    return answer


def _told_again(kept: Kept, asked: str) -> Response:
    if kept.asked != asked:
        raise RefusedError("this Idempotency-Key was used for another body already; choose a new one")
    if kept.status is None:
        raise RefusedError("the first call with this Idempotency-Key still goes on; wait a moment", status=409, wait=1)
    return Response(kept.body, kept.status, {**kept.headers, _AGAIN: "true"})


def _begun(served: Serving, code: str, asked: str) -> Kept | None:
    with served.desk.catalog.transaction() as connection:
        return answers.begin(connection, code, asked)


def _kept(served: Serving, code: str, status: int, headers: dict[str, str], body: bytes) -> None:
    with served.desk.catalog.transaction() as connection:
        answers.keep(connection, code, status=status, headers=headers, body=body)


def _forgotten(served: Serving, code: str) -> None:
    with served.desk.catalog.transaction() as connection:
        answers.forget(connection, code)


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(f"{len(part)}:{part}" for part in parts).encode()).hexdigest()
