"""Executions of AWS Step Functions that wait for what a person says of a resource go on once everything that is asked of it was decided.

The answer is what the review queue has: who may decide there is asked there, and nobody answers past it.

https://docs.aws.amazon.com/step-functions/latest/dg/connect-to-resource.html#connect-wait-token
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from assay.aws.failures import failure_of, refusals
from assay.aws.session import Calls, Session
from assay.model.review import QueueItem, State
from assay.store import executions, reviews
from assay.store.engine import Catalog
from assay.store.executions import Asked, Standing

CALLS: Calls = frozenset({"stepfunctions.SendTaskSuccess", "stepfunctions.SendTaskFailure"})
APPROVED, RECLASSIFIED, REJECTED, NOTHING = "approved", "reclassified", "rejected", "nothing is asked"
WITHDRAWN = "QuestionWithdrawn"
"""The error with which an execution goes on whose questions are no more."""

_ENDED = frozenset({"TaskDoesNotExist", "TaskTimedOut", "InvalidToken"})
_UNDECIDED = (State.OPEN, State.AWAITING_SECOND)
_DECLINED = (State.REJECTED, State.SUPPRESSED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What became of an execution; `failure` is the code of what kept its answer from it, with which it waits on."""

    asked: Asked
    standing: Standing
    answer: str | None = None
    failure: str = ""


def verdict(items: Iterable[QueueItem]) -> str | None:
    """What all that is asked of a resource comes to: `None` while something is undecided. One that was said to be something else is enough
    for the resource not to be what was concluded, and one that was approved for it to be that."""
    states = {item.state for item in items}
    if states & set(_UNDECIDED):
        return None
    if State.RECLASSIFIED in states:
        return RECLASSIFIED
    if State.APPROVED in states:
        return APPROVED
    return REJECTED if states & set(_DECLINED) else NOTHING


@dataclass(frozen=True, slots=True, kw_only=True)
class Resuming:
    """Sends answers of a catalog's queue."""

    catalog: Catalog
    session: Session
    by: str

    def send(self) -> list[Sent]:
        """Tells every execution that can be told, each once. What could not be sent waits for the next call."""
        with self.catalog.reading() as connection:
            waiting = executions.listed(connection, [Standing.WAITING])
            found = {each.id: verdict(reviews.items(connection, resource=each.resource)) for each in waiting}
        return list(self._sent(waiting, found))

    def _sent(self, waiting: Iterable[Asked], found: dict[str, str | None]) -> Iterator[Sent]:
        for asked in waiting:
            said, is_late = found[asked.id], asked.until <= datetime.now(UTC)
            if said is None and not is_late:
                continue
            with self.catalog.transaction() as connection:
                key = executions.claim(connection, asked)
            if key is not None:
                yield self._one(asked, key, None if is_late else said)

    def _one(self, asked: Asked, key: str, said: str | None) -> Sent:
        failure = ""
        if said is None:
            # The workflow has gone on by itself: nothing is sent.
            standing = Standing.EXPIRED
        else:
            standing = Standing.WITHDRAWN if said == NOTHING else Standing.ANSWERED
            code = self._told(asked, said)
            if code in _ENDED:
                standing = Standing.GONE
            elif code:
                failure, standing = code, Standing.WAITING
        answer = said if standing is Standing.ANSWERED else None
        with self.catalog.transaction() as connection:
            if failure:
                executions.give_back(connection, asked, key)
            else:
                executions.finish(connection, asked, key, standing, answer=answer, by=self.by)
        return Sent(asked=asked, standing=standing, answer=answer, failure=failure)

    def _told(self, asked: Asked, said: str) -> str:
        """Sends it. Returns the code with which it was refused: what the service says besides may hold the token."""
        assert asked.token is not None
        token: Any = asked.token.reveal(why="it is what an execution is answered by")
        client = self.session.client("stepfunctions")
        try:
            if said == NOTHING:
                client.send_task_failure(
                    taskToken=token, error=WITHDRAWN, cause="Nothing is asked of the resource any more."
                )
            else:
                client.send_task_success(
                    taskToken=token, output=json.dumps({"answer": said, "resource": asked.resource})
                )
        except refusals() as error:
            failure = failure_of(error)
            return failure.code or failure.reason
        return ""
