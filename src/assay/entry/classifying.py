"""The steps of the workflow of classification: an event is classified, its tags are written, or a person is asked."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from assay.app.cloud.tagging import judge_of
from assay.app.cloud.tagtargets import Where
from assay.app.retry import RetryError
from assay.app.work.eventtags import OBJECTS, EventTags
from assay.app.work.handling import Handling
from assay.app.work.processing import Bury, Processing, Release
from assay.errors import UsageError
from assay.events.items import Ignored, ObjectItem, Refused
from assay.events.parse import parse
from assay.model.sensitive import Sensitive
from assay.ports import Message
from assay.protect.judged import of_one
from assay.store import executions, reviews
from assay.store.classified import classified
from assay.store.here import actor

_NOTHING = "nothing"
DAY_SECONDS = 86_400


def classification_step(made: Processing, event: Mapping[str, Any]) -> dict[str, Any]:
    """Does a step. Raises `UsageError` for one that there is not, `RetryError` where it may succeed later."""
    step = _STEPS.get(str(event.get("do")))
    if step is None:
        raise UsageError(f"there is no such step; there are {', '.join(_STEPS)}")
    return step(made, event)


def _classify(made: Processing, event: Mapping[str, Any]) -> dict[str, Any]:
    """Reads what an event tells of, keeps what is in it, and says what may happen without a person; nothing is written elsewhere."""
    body = json.dumps(event.get("event"))
    found = [each for each in parse(body) if not isinstance(each, Ignored)]
    if len(found) > 1:
        raise UsageError(f"the event tells of {len(found)} things, and a workflow is of one; send them to a queue")
    if not found:
        return {"gate": _NOTHING, "resource": ""}
    (item,) = found
    if isinstance(item, Refused):
        raise UsageError(f"the event cannot be understood: {item.where} {item.reason}")
    fate = replace(made, apply=None).message(Message(item.identity[:32], "", Sensitive(body), 1))
    if isinstance(fate, Release):
        raise RetryError(fate.because, counts=True)
    if isinstance(fate, Bury):
        for then in fate.then:
            then()
        raise UsageError(f"given up: {fate.reason}")
    told: dict[str, Any] = {"gate": _NOTHING, "resource": item.resource}
    if not isinstance(item, ObjectItem):
        # It is a task now, which is worked on as a whole.
        return told
    # A workflow that asks a person waits for so long.
    seconds = _handling(made).settings.question_days * DAY_SECONDS
    return told | {"question_seconds": seconds} | (_ruling(made, item.resource) or {})


def _ruling(made: Processing, resource: str) -> dict[str, Any] | None:
    """What may happen to what is known of a resource, or `None` where nothing is."""
    with made.catalog.reading() as connection:
        known = next(iter(classified(connection, [resource])), None)
    if known is None:
        return None
    judged = of_one(known.classification, known.at)
    gate, because = judge_of(made.catalog, _handling(made).governance()).ruling(resource, judged)
    return {
        "gate": str(gate),
        "because": because,
        "level": str(judged.level),
        "confidence": round(judged.confidence, 4),
    }


def _tag(made: Processing, event: Mapping[str, Any]) -> dict[str, Any]:
    """Writes the tags of an object, where the rollout phase lets them be written still."""
    resource = _resource(event)
    if not isinstance(made.apply, EventTags):
        raise UsageError("ASSAY_TAGS is off: this function writes no tags")
    made.apply.write(resource, OBJECTS, Where([resource], []), _handling(made).governance())
    return {"resource": resource}


def _ask(made: Processing, event: Mapping[str, Any]) -> dict[str, Any]:
    """How many questions on a resource wait for a person. With a token the execution that asks is kept until they were answered, and whether
    the resource is what was concluded is one of them; one that is called again with the same token asks once."""
    resource = _resource(event)
    if event.get("token") is not None:
        _wait(made, resource, event["token"], event.get("seconds"))
    with made.catalog.reading() as connection:
        return {"resource": resource, "questions": len(reviews.still_open(connection, [resource]))}


def _wait(made: Processing, resource: str, token: Any, seconds: Any) -> None:
    is_time = isinstance(seconds, int) and not isinstance(seconds, bool) and seconds > 0
    if not isinstance(token, str) or not token or not is_time:
        raise UsageError("a question that is waited for needs a token, and for how many seconds")
    with made.catalog.reading() as connection:
        known = next(iter(classified(connection, [resource])), None)
    filling = _handling(made).asking()
    if known is not None:
        filling.ask_about(known.classification, awaited=True)
    # Both at once: an execution of which nothing is asked is told so by whoever sends answers.
    with made.catalog.transaction() as connection:
        filling.write(connection)
        executions.ask(connection, Sensitive(token), resource, seconds=seconds, by=actor())


def _judge(made: Processing, event: Mapping[str, Any]) -> dict[str, Any]:
    """What may happen to a resource without a person now that one was asked."""
    resource = _resource(event)
    told = _ruling(made, resource)
    return {"gate": _NOTHING, "resource": resource} if told is None else {"resource": resource, **told}


def _resource(event: Mapping[str, Any]) -> str:
    resource = event.get("resource")
    if not isinstance(resource, str) or not resource:
        raise UsageError("a step needs a resource, such as s3://lake/a.csv")
    return resource


def _handling(made: Processing) -> Handling:
    assert isinstance(made.handle, Handling)
    return made.handle


_STEPS: Mapping[str, Callable[[Processing, Mapping[str, Any]], dict[str, Any]]] = {
    "classify": _classify,
    "tag": _tag,
    "ask": _ask,
    "judge": _judge,
}
