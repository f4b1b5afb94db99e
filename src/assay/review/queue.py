"""What a run's questions do to the queue: the same thing is not asked twice, and a decided one only when it has changed."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from assay.model.review import Question, QueueItem, State
from assay.review import workflow
from assay.review.workflow import Step


def asked(item: QueueItem | None, question: Question, *, now: datetime, two_step: bool, run: str | None) -> Step | None:
    """The queue item after a run asks `question`; `None` where nothing changes.

    A new question is opened; an open one is brought up to date; one that was decided, or waits for a second person, is
    asked again only if its evidence differs or its decision has expired.
    """
    if item is None:
        fresh = QueueItem(question=question, state=State.OPEN, version=1, queued_at=now, two_step=two_step, run=run)
        return Step(fresh)
    same = item.question.evidence == question.evidence
    if item.state is State.OPEN:
        if item.question == question and item.two_step == two_step:
            return None
        # Only another evidence makes what somebody is looking at stale.
        version = item.version if same else item.version + 1
        return Step(replace(item, question=question, two_step=two_step, version=version, run=run))
    if same and item.state is not State.WITHDRAWN and not workflow.expired(item, now.date()):
        return None
    step = workflow.reopen(item, now)
    return step._replace(item=replace(step.item, question=question, two_step=two_step, run=run))


def unasked(item: QueueItem, now: datetime) -> Step | None:
    """The queue item after a run has looked at its subject and asks nothing; `None` where nothing changes.

    What was decided stays so: it may be the very decision that leaves nothing to ask.
    """
    return workflow.withdraw(item, now) if item.state is State.OPEN else None
