"""The branch of the workflow of classification that asks a person: the execution waits in the emulator's interpreter, by a token, until the
review queue has the answer; it is answered once, by nobody who may not decide, and nothing shows the token."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from awsservers import ACCOUNT, REGION, Aws
from calling import Assay
from machines_for_tests import Machine
from sqlalchemy import delete, update
from workers_for_tests import put, set_phase, tags

from assay.app.permissions import calls_of
from assay.app.reviews.resuming import Resuming, Sent
from assay.aws.access import Access
from assay.aws.session import Session
from assay.entry import classifying, common, lambda_handler
from assay.model.review import Phase
from assay.model.sensitive import Sensitive
from assay.protect.workflow import classification_workflow
from assay.store import executions, reviews
from assay.store.engine import Catalog, open_catalog
from assay.store.executions import Standing
from assay.store.schema.executions import asked_executions
from assay.store.schema.review import review_items

LONG_AGO = "2000-01-01T00:00:00.000000Z"

pytestmark = pytest.mark.usefixtures("called")


@pytest.fixture
def catalog(aws: Aws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Catalog]:
    url = str(tmp_path / "catalog.db")
    monkeypatch.setenv("ASSAY_CATALOG", url)
    monkeypatch.chdir(tmp_path)
    with open_catalog(url, create=True) as made:
        yield made


@pytest.fixture
def machine(aws: Aws, catalog: Catalog) -> Machine:  # there first
    aws.client("s3").create_bucket(Bucket="intake", CreateBucketConfiguration={"LocationConstraint": REGION})
    return Machine(aws, classification_workflow())


def listed(catalog: Catalog, *standings: Standing) -> list[executions.Asked]:
    with catalog.reading() as connection:
        return executions.listed(connection, standings)


def waiting(machine: Machine, catalog: Catalog, aws: Aws, name: str, given: dict[str, Any] | None = None) -> str:
    """An execution that waits for a person, by its ARN."""
    before = len(listed(catalog, Standing.WAITING))
    execution = machine.start({"event": put(aws, name) if given is None else given})
    machine.until(execution, lambda: len(listed(catalog, Standing.WAITING)) > before)
    assert machine.client.describe_execution(executionArn=execution)["status"] == "RUNNING"
    return execution


def sending(catalog: Catalog) -> Resuming:
    return Resuming(catalog=catalog, session=Session(Access(), calls_of("aws executions")), by="ada")


def questions(catalog: Catalog, resource: str) -> list[str]:
    with catalog.reading() as connection:
        return [each.id for each in reviews.still_open(connection, [resource])]


def told(sent: list[Sent]) -> list[tuple[str, str | None, str]]:
    return [(str(each.standing), each.answer, each.failure) for each in sent]


def decide(assay: Assay, verdict: str, ids: list[str], by: str = "grace", *more: str) -> None:
    assert ids
    done = assay("review", verdict, *ids, "--by", by, "--reason", "looked at", *more)
    assert done.code == 0, done


class TestAnswers:
    def test_what_is_approved_goes_on_and_is_tagged(
        self, aws: Aws, catalog: Catalog, machine: Machine, assay: Assay, caplog: pytest.LogCaptureFixture
    ) -> None:
        execution = waiting(machine, catalog, aws, "a.csv")
        (asked,) = listed(catalog)
        assert asked.token is not None
        token = asked.token.reveal(why="nothing may show it")
        ids = questions(catalog, "s3://intake/a.csv")
        assert ids
        # Nothing is decided: nothing is sent, and all of it is told.
        done = assay("aws", "executions", "--send")
        assert (done.code, "s3://intake/a.csv" in done.out, "0 executions told. 1 execution waiting." in done.out) == (
            0,
            True,
            True,
        ), done
        shown = [done.out + done.err]
        set_phase(catalog, "*", Phase.AUTOMATED)
        decide(assay, "approve", ids)
        done = assay("aws", "executions", "--send")
        assert "1 execution told. 0 executions waiting." in done.out, done
        status, output, states = machine.ended(execution)
        assert (status, states[-1]) == ("SUCCEEDED", "Applied"), (output, states)
        assert {"AskAPerson", "EvaluateAnswer", "Reconsider", "EvaluateAnew", "Apply"} <= set(states)
        assert output["answer"] == {"answer": "approved", "resource": "s3://intake/a.csv"}
        assert tags(aws, "a.csv")["DataClassification"] == "restricted"
        # Once: nobody is told again, and the token is no more.
        assert sending(catalog).send() == []
        assert len(aws.strict.calls.made("stepfunctions.SendTaskSuccess")) == 1
        (asked,) = listed(catalog)
        assert (asked.standing, asked.answer, asked.token) == (Standing.ANSWERED, "approved", None)
        for arguments in (("aws", "executions", "--all"), ("aws", "executions", "--all", "--format", "jsonl"), ("audit", "log", "--format", "jsonl"),
                          ("review", "list", "--all", "--format", "jsonl")):  # fmt: skip
            done = assay(*arguments)
            assert done.code == 0, done
            shown.append(done.out + done.err)
        assert "EXECUTION_ASKED" in shown[-2]
        assert "EXECUTION_ANSWERED" in shown[-2]
        assert not [text for text in [*shown, caplog.text, repr(asked), json.dumps(output)] if token in text]

    def test_what_is_said_to_be_something_else_ends_and_nothing_is_written(
        self, aws: Aws, catalog: Catalog, machine: Machine, assay: Assay
    ) -> None:
        execution = waiting(machine, catalog, aws, "a.csv")
        decide(assay, "reclassify", questions(catalog, "s3://intake/a.csv"), "grace", "--level", "internal")

        # As the schedule of the stack does it.
        class Context:
            function_name = "assay"

        assert lambda_handler.handler(common.TASKS, Context())["answers"] == {"answered": 1}
        status, output, states = machine.ended(execution)
        assert (status, states[-1], output["answer"]["answer"]) == ("SUCCEEDED", "Declined", "reclassified")
        assert tags(aws, "a.csv") == {}

    def test_what_is_approved_in_pilot_is_not_written(
        self, aws: Aws, catalog: Catalog, machine: Machine, assay: Assay
    ) -> None:
        execution = waiting(machine, catalog, aws, "a.csv")
        decide(assay, "approve", questions(catalog, "s3://intake/a.csv"))
        assert told(sending(catalog).send()) == [("answered", "approved", "")]
        status, _, states = machine.ended(execution)
        assert (status, states[-1]) == ("SUCCEEDED", "Approved")
        assert tags(aws, "a.csv") == {}

    def test_it_waits_for_as_many_days_as_are_set(
        self, aws: Aws, catalog: Catalog, machine: Machine, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("ASSAY_QUESTION_DAYS", "30")
        waiting(machine, catalog, aws, "a.csv")
        (asked,) = listed(catalog)
        assert 29.9 < (asked.until - datetime.now(UTC)).total_seconds() / 86_400 < 30

    def test_nobody_answers_in_time(
        self, aws: Aws, catalog: Catalog, machine: Machine, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(classifying, "DAY_SECONDS", 1)
        monkeypatch.setenv("ASSAY_QUESTION_DAYS", "1")
        status, output, states = machine.run({"event": put(aws, "a.csv")})
        assert (status, states[-1], output["error"]["Error"]) == ("SUCCEEDED", "NotAnswered", "States.Timeout")
        with catalog.transaction() as connection:
            connection.execute(update(asked_executions).values(until_at=LONG_AGO))
        assert told(sending(catalog).send()) == [("expired", None, "")]
        (asked,) = listed(catalog)
        assert (asked.standing, asked.token) == (Standing.EXPIRED, None)
        assert aws.strict.calls.made("stepfunctions.SendTaskSuccess") == []
        # The question is there still.
        assert questions(catalog, "s3://intake/a.csv")

    def test_what_is_asked_no_more_fails_the_task_and_is_caught(
        self, aws: Aws, catalog: Catalog, machine: Machine
    ) -> None:
        execution = waiting(machine, catalog, aws, "a.csv")
        with catalog.transaction() as connection:
            connection.execute(delete(review_items))
        assert told(sending(catalog).send()) == [("withdrawn", None, "")]
        status, output, states = machine.ended(execution)
        assert (status, states[-1], output["error"]["Error"]) == ("SUCCEEDED", "NothingAsked", "QuestionWithdrawn")

    def test_one_question_left_is_no_answer(self, aws: Aws, catalog: Catalog, machine: Machine, assay: Assay) -> None:
        """A second person is waited for, too."""
        execution = waiting(machine, catalog, aws, "a.csv")
        Path("assay.toml").write_text('second_approval = "restricted"\n')
        ids = questions(catalog, "s3://intake/a.csv")
        decide(assay, "approve", ids)
        assert sending(catalog).send() == []
        decide(assay, "confirm", ids, "ada")
        assert told(sending(catalog).send()) == [("answered", "approved", "")]
        assert machine.ended(execution)[2][-1] == "Approved"


class TestOnce:
    def test_two_at_once_send_one_answer(self, aws: Aws, catalog: Catalog, machine: Machine, assay: Assay) -> None:
        execution = waiting(machine, catalog, aws, "a.csv")
        decide(assay, "approve", questions(catalog, "s3://intake/a.csv"))
        gate, found = threading.Barrier(4), []

        def send() -> None:
            gate.wait()
            found.extend(sending(catalog).send())

        threads = [threading.Thread(target=send) for _ in range(4)]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
        assert told(found) == [("answered", "approved", "")]
        assert len(aws.strict.calls.made("stepfunctions.SendTaskSuccess")) == 1
        assert machine.ended(execution)[0] == "SUCCEEDED"

    def test_a_token_that_comes_again_asks_once(self, catalog: Catalog) -> None:
        """As a task that Lambda calls twice."""
        with catalog.transaction() as connection:
            first = executions.ask(connection, Sensitive("t" * 40), "s3://intake/a.csv", seconds=60, by="ada")
            again = executions.ask(connection, Sensitive("t" * 40), "s3://intake/a.csv", seconds=60, by="ada")
        assert (first, again, len(listed(catalog))) == (True, False, 1)

    def test_one_that_was_stopped_is_gone(self, aws: Aws, catalog: Catalog, machine: Machine, assay: Assay) -> None:
        execution = waiting(machine, catalog, aws, "a.csv")
        machine.client.stop_execution(executionArn=execution)
        # The emulator takes answers for those still.
        aws.strict.fail("stepfunctions.SendTaskSuccess", "TaskTimedOut", "the token has expired, or its task has ended")
        decide(assay, "approve", questions(catalog, "s3://intake/a.csv"))
        assert told(sending(catalog).send()) == [("gone", None, "")]
        assert listed(catalog)[0].token is None

    @pytest.mark.parametrize("code", ["ThrottlingException", "AccessDeniedException"])
    def test_what_cannot_be_sent_waits_and_is_sent_later(
        self, aws: Aws, catalog: Catalog, machine: Machine, assay: Assay, code: str
    ) -> None:
        execution = waiting(machine, catalog, aws, "a.csv")
        decide(assay, "approve", questions(catalog, "s3://intake/a.csv"))
        token = listed(catalog)[0].token
        assert token is not None
        clear = token.reveal(why="nothing may show it")
        injected = aws.strict.fail("stepfunctions.SendTaskSuccess", code, f"not with {clear}")
        done = assay("aws", "executions", "--send")
        assert (done.code, f"not sent: {code}" in done.out, clear in done.out + done.err) == (3, True, False), done
        injected.end()
        assert told(sending(catalog).send()) == [("answered", "approved", "")]
        assert machine.ended(execution)[0] == "SUCCEEDED"

    def test_killed_between_the_answer_and_its_note(
        self, aws: Aws, catalog: Catalog, machine: Machine, assay: Assay, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """It is sent again, which the service refuses: it was answered."""
        execution = waiting(machine, catalog, aws, "a.csv")
        decide(assay, "approve", questions(catalog, "s3://intake/a.csv"))

        class Killed(BaseException):
            pass

        def killed(*_: Any, **__: Any) -> bool:
            raise Killed

        with monkeypatch.context() as patch:
            patch.setattr(executions, "finish", killed)
            with pytest.raises(Killed):
                sending(catalog).send()
        assert machine.ended(execution)[0] == "SUCCEEDED"
        # Whoever had it may be at it still.
        assert sending(catalog).send() == []
        with catalog.transaction() as connection:
            connection.execute(update(asked_executions).values(until=LONG_AGO))
        assert told(sending(catalog).send()) == [("gone", None, "")]
        assert (len(listed(catalog)), listed(catalog)[0].token) == (1, None)


def test_a_question_without_a_token_or_a_time_is_refused(aws: Aws, catalog: Catalog) -> None:
    from assay.errors import UsageError

    class Context:
        function_name = "assay"

    base = {"assay": "step", "do": "ask", "resource": f"s3://intake/{ACCOUNT}"}
    assert lambda_handler.handler(base, Context()) == {"resource": f"s3://intake/{ACCOUNT}", "questions": 0}
    for wrong in ({"token": ""}, {"token": 7, "seconds": 3}, {"token": "t"}, {"token": "t", "seconds": 0}, {"token": "t", "seconds": True},
                  {"token": "t", "seconds": "3"}):  # fmt: skip
        with pytest.raises(UsageError, match="needs a token"):
            lambda_handler.handler(base | wrong, Context())
    assert listed(catalog) == []
