"""Whatever is sent to the API, by its own description: an answer that is described, and none of the server's own failing.

`ASSAY_FUZZ_EXAMPLES=500 ./test tests/security/test_desk_fuzzed.py` is the long form; with `--hypothesis-profile=anew` each run of it has
examples of its own.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from desks import Office
from hypothesis import HealthCheck, given, settings
from integration.test_desk_scans import Bot

from assay.app.serving.roots import roots_of
from assay.model.identity import Grant, Role
from assay.web.application import make

schemathesis = pytest.importorskip("schemathesis")
EXAMPLES = int(os.environ.get("ASSAY_FUZZ_EXAMPLES", "5"))


@pytest.fixture
def api(office: Office, tmp_path: Path) -> Any:
    object.__setattr__(office.serving, "roots", roots_of(office.serving.desk.settings, tmp_path / "empty"))
    # However much is sent, it is looked at.
    office.serving.limits.requests.most = 10_000_000
    office.serving.limits.requests.seconds = 1
    bot = Bot(office, Grant(role=Role.ADMIN))
    document = bot.get("/openapi.json").json()
    schema = schemathesis.openapi.from_dict(document)
    schema.app = office.app
    return schema, bot


# The long form takes longer than the ten minutes that any other test has.
@pytest.mark.timeout(max(600, 20 * EXAMPLES))
def test_no_call_fails(api: Any) -> None:
    schema, bot = api
    seen: dict[int, int] = {}
    for result in schema.get_all_operations():
        operation = result.ok()

        @settings(
            max_examples=EXAMPLES,
            database=None,
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy())
        def check(case: Any) -> None:
            told = _sent(bot, case)
            seen[told.status_code] = seen.get(told.status_code, 0) + 1
            assert told.status_code < 500, (case.method, case.path, case.query, case.body, told.text[:300])
            if told.status_code >= 400:
                assert told.headers["content-type"] == "application/problem+json"
                assert "Traceback" not in told.text

        check()
    assert seen.get(200)
    assert seen.get(422)


def _sent(bot: Bot, case: Any) -> Any:
    path = case.formatted_path
    headers = {name: value for name, value in (case.headers or {}).items() if name.lower() != "authorization"}
    body = {} if isinstance(case.body, type(schemathesis.core.NOT_SET)) else {"json": case.body}
    if case.media_type and "multipart" in case.media_type:
        body = {"content": repr(case.body).encode()}
        headers["content-type"] = "multipart/form-data; boundary=x"
    return bot.client.request(case.method, path, params=case.query or {}, headers=headers, **body)


def test_the_document_is_what_the_routes_are(office: Office) -> None:
    bot = Bot(office, Grant(role=Role.VIEWER))
    described = set(bot.get("/openapi.json").json()["paths"])
    there = {route.path for route in make(office.serving).routes if route.path.startswith("/api/v1/")}
    assert there - described == {"/api/v1/openapi.json"}
