"""Events of new resources are taken off a queue; what cannot be understood goes to its dead-letter queue."""

from __future__ import annotations

from proving import Stage
from workers_for_tests import queues

from assay.app.permissions import calls_of
from assay.app.protection.protectintake import Incoming
from assay.aws.access import Access
from assay.aws.session import Session
from assay.queues.sqs import SqsQueue
from assay.store.engine import open_catalog


def scenario(stage: Stage) -> None:
    """One that is understood, one that is not."""
    sent = queues(stage.aws)
    sent.send(
        {"version": "0", "id": "1", "detail-type": "Scheduled Event", "source": "aws.events", "detail": {}}, "no json"
    )
    sent.send({"detail-type": "AWS API Call via CloudTrail", "detail": {"eventName": "GetObject"}})
    queue = SqsQueue(Session(Access(), calls_of("protect watch --queue")), sent.url, visible_after=60)
    with open_catalog(str(stage.folder / "catalog.db"), create=True) as catalog:
        taking = Incoming(catalog=catalog, queue=queue)
        assert taking.take(wait=0) == 0
    assert sent.waiting() == 0
