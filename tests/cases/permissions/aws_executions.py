"""One execution whose question was approved, and one of which nothing is asked."""

from __future__ import annotations

import os

from proving import Stage
from tagging_for_tests import classify, governance, known

from assay.app.reviews import queueing
from assay.model import Level
from assay.model.sensitive import Sensitive
from assay.store import executions, reviews
from assay.store.engine import open_catalog

RESOURCE = "s3://intake/a.csv"


def prepare(stage: Stage) -> None:
    """Both wait."""
    os.environ["ASSAY_CATALOG"] = str(stage.folder / "catalog.db")
    with open_catalog(os.environ["ASSAY_CATALOG"], create=True) as made:
        classify(made, {RESOURCE: known(Level.RESTRICTED)})
        filling = queueing.begin(made, identifiers=[], governance=governance())
        filling.ask_about(known(Level.RESTRICTED, resource=RESOURCE), awaited=True)
        filling.flush()
        with made.transaction() as connection:
            executions.ask(connection, Sensitive("a" * 30), RESOURCE, seconds=600, by="ada")
            executions.ask(connection, Sensitive("b" * 30), "s3://intake/b.csv", seconds=600, by="ada")
        with made.reading() as connection:
            (item,) = reviews.still_open(connection, [RESOURCE])
    assert stage.assay("review", "approve", item.id, "--reason", "looked at") == 0


def scenario(stage: Stage) -> None:
    """Both are told, and gone: nobody waits in the emulator."""
    assert stage.assay("aws", "executions", "--send") == 0
