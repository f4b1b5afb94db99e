"""Servers that speak MongoDB's protocol, on loopback. None is MongoDB itself, which no package registry has.

`mongo` is nx-27017, which keeps documents in SQLite and knows neither views, nor users, nor types that JSON has not; `scripted`
is mockupdb of MongoDB's own driver makers, which answers what a test says, in BSON as it comes from a server.
"""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fresh import free_port

_HELLO = {
    "isWritablePrimary": True,
    "minWireVersion": 0,
    "maxWireVersion": 21,
    "maxBsonObjectSize": 16 * 1024**2,
    "maxMessageSizeBytes": 48_000_000,
    "maxWriteBatchSize": 100_000,
}


@pytest.fixture(scope="session")
def _mongo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("mongo")
    port = free_port()
    command = [sys.executable, "-m", "nx_27017.nx_27017", "--data-dir", "memory", "--port", str(port)]
    log = ["--log-file", str(folder / "log"), "--pid-file", str(folder / "pid")]
    with Path(folder / "out").open("wb") as out:
        server = subprocess.Popen([*command, *log], stdout=out, stderr=out, cwd=folder)
    try:
        _wait(port, server)
        yield f"127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait()


@pytest.fixture
def mongo(_mongo: str) -> Iterator[Any]:
    """A client of a server without databases. `client.address[0]` and `[1]` are its host and port."""
    from pymongo import MongoClient

    with MongoClient(f"mongodb://{_mongo}", serverSelectionTimeoutMS=20_000) as client:
        yield client
        for name in client.list_database_names():
            if name != "admin":
                for collection in client[name].list_collection_names():
                    client[name].drop_collection(collection)


class Scripted:
    """A server that answers a command as a test says."""

    def __init__(self) -> None:
        from mockupdb import MockupDB, Request

        self.commands: list[Any] = []
        self._told: dict[str, Callable[[Any], Any]] = {}
        self.server = MockupDB(auto_ismaster=dict(_HELLO))
        self.server.autoresponds("hello", {**_HELLO, "ok": 1})
        self.server.autoresponds("ping")
        self.server.autoresponds("endSessions")
        self.server.autoresponds(Request(), self._answer)
        self.server.run()

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.server.port}"

    def answers(self, command: str, **told: Any) -> None:
        """`command` is answered so from now on."""
        self._told[command] = lambda request: request.reply({"ok": 1, **told})

    def cursor(self, command: str, *documents: Any, collection: str = "people") -> None:
        """`command` is answered with these documents, and no more after them."""
        self.answers(command, cursor={"id": 0, "ns": f"shop.{collection}", "firstBatch": list(documents)})

    def refuses(self, command: str, code: int) -> None:
        """`command` is refused from now on; the message of a server may hold anything."""
        self.answers(command, ok=0, code=code, codeName="Refused", errmsg="refused for 512-44-7100")

    def hangs_up(self, command: str) -> None:
        """`command` ends the connection."""
        self._told[command] = lambda request: request.hangup()

    def _answer(self, request: Any) -> Any:
        """`False` where a test says nothing of the command: others are asked then."""
        command = next(iter(request.doc))
        if command not in self._told:
            return False
        self.commands.append(request.doc)
        return self._told[command](request)


@pytest.fixture
def scripted() -> Iterator[Scripted]:
    """A server with one collection, `shop.people`, whose documents a test says."""
    made = Scripted()
    made.cursor("listCollections", {"name": "people", "type": "collection"}, collection="$cmd.listCollections")
    yield made
    made.server.stop()


def _wait(port: int, server: subprocess.Popen[bytes]) -> None:
    for _ in range(600):
        assert server.poll() is None, "the server ended"
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise AssertionError("the server does not listen")
