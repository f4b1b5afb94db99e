"""A topic and a bus are told."""

from __future__ import annotations

import os

from protecting_for_tests import URI, Guard
from proving import Stage

from assay.app.protection.incidents import listed
from assay.store.engine import open_catalog


def prepare(stage: Stage) -> None:
    """An incident is open."""
    os.environ["ASSAY_CATALOG"] = str(stage.folder / "catalog.db")
    with open_catalog(os.environ["ASSAY_CATALOG"], create=True) as made:
        Guard(aws=stage.aws, catalog=made).make()
    topic = stage.aws.client("sns").create_topic(Name="alarm")["TopicArn"]
    (stage.folder / "topic").write_text(topic)
    assert stage.assay("protect", "incident", "open", "--resource", URI) == 0


def opened(stage: Stage) -> str:
    """Its id."""
    with open_catalog(os.environ["ASSAY_CATALOG"]) as made:
        return listed(made)[0].id


def scenario(stage: Stage) -> None:
    """Both, once."""
    topic = (stage.folder / "topic").read_text()
    for _ in range(2):
        assert stage.assay("protect", "incident", "notify", opened(stage), "--topic", topic, "--bus", "default") == 0
