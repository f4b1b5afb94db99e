"""Executions that wait for a decision, and people at the desk: who may not decide answers none, and nothing shows the token."""

from __future__ import annotations

import re

import requests
from awsservers import Aws
from desks import Office, asked

from assay.app.permissions import calls_of
from assay.app.reviews.resuming import Resuming
from assay.aws.access import Access
from assay.aws.session import Session
from assay.model.identity import Grant, Role
from assay.model.review import State
from assay.model.sensitive import Sensitive
from assay.store import executions
from assay.store.auditlog import Wanted, newest

TOKEN = "AAAAKgAAAAIAAAAAAAAAASnobodyMaySeeThis"
SAID = {"verdict": "approve", "version": "1", "reason": "looked at"}


def test_who_may_not_decide_answers_no_execution(office: Office, aws: Aws) -> None:
    item = asked(1)
    office.ask([item])
    with office.catalog.transaction() as connection:
        executions.ask(connection, Sensitive(TOKEN), item.question.subject.resource, seconds=600, by="assay")
    resuming = Resuming(catalog=office.catalog, session=Session(Access(), calls_of("aws executions")), by="assay")
    strangers = (Grant(role=Role.VIEWER), Grant(role=Role.STEWARD, scope="s3://elsewhere/**"))
    for number, grant in enumerate(strangers):
        visitor = office.sign_in(f"Mo {number}", grant)
        assert visitor.post(f"/review/{item.id}/decide", SAID).status_code in (403, 404)
        assert office.item(item.id).state is State.OPEN
        assert resuming.send() == []
    assert aws.strict.calls.made("stepfunctions.SendTaskSuccess") == []
    ada = office.sign_in("Ada")
    assert ada.post(f"/review/{item.id}/decide", SAID).status_code == 303
    # An emulator that runs none takes any answer.
    requests.post(f"{aws.url}/moto-api/config", json={"stepfunctions": {"execute_state_machine": False}}, timeout=60)
    (sent,) = resuming.send()
    assert (sent.standing, sent.answer, sent.failure) == (executions.Standing.ANSWERED, "approved", "")
    assert len(aws.strict.calls.made("stepfunctions.SendTaskSuccess")) == 1
    pages = ["/", f"/review/{item.id}", "/review", "/audit", "/resources"]
    seen = "".join(ada.get(path).text for path in pages)
    with office.catalog.reading() as connection:
        log = newest(connection, Wanted(action="EXECUTION_ANSWERED"), 10)
    assert [each["details"] for each in log] == [
        {"execution": sent.asked.id, "standing": "answered", "answer": "approved"}
    ]
    assert not re.search(TOKEN, seen + office.log.getvalue() + repr(sent))
