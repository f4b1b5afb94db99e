"""A desk behind a real server of this process, for clients that speak HTTP."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn
from desks import Office

from assay.app.identity import people as peopling
from assay.model.identity import Actor, Grant
from assay.web.application import served
from assay.web.running import _listening


@contextmanager
def running(office: Office) -> Iterator[str]:
    """The address that the desk is served at."""
    listening = _listening("127.0.0.1", 0)
    origin = f"http://127.0.0.1:{listening.getsockname()[1]}"
    object.__setattr__(office.serving, "origin", origin)
    application = served(office.serving, log=office.log)
    config = uvicorn.Config(application, log_config=None, access_log=False, lifespan="off")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    try:
        yield origin
    finally:
        office.serving.stopping.set()
        server.should_exit = True
        thread.join(30)
        office.serving.uploads.close()


def token_of(office: Office, name: str, *grants: Grant) -> str:
    """A token of somebody new."""
    user = office.person(name, *grants)
    given: dict[str, Any] = {"name": "ci", "grants": user.grants, "days": 1, "prefix": "assay_"}
    return peopling.add_token(office.catalog, Actor(user=user, grants=user.grants), **given)[1]
