"""What an event's scan classified is described afterwards, where a setting asks for that; the event does not wait for it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from awsservers import Aws
from models_for_tests import ANSWER, always, chat, failed, served
from sqlalchemy import select
from workers_for_tests import Queues, drain, levels, put

from assay.app.config.settings import load_settings
from assay.store import enrichments
from assay.store.engine import Catalog
from assay.store.schema.events import tasks

RESOURCE = "s3://intake/plain.csv"


@pytest.mark.usefixtures("intake")
@pytest.mark.parametrize("is_there", [True, False])
def test_an_object_is_described_after_its_event(catalog: Catalog, inbox: Queues, aws: Aws, is_there: bool) -> None:
    inbox.send(put(aws, "plain.csv"))
    with served(always(chat(ANSWER) if is_there else failed(401))) as model:
        settings = replace(
            load_settings(environment={}),
            enrich_events=True, enrich_provider="openai", enrich_model="small", enrich_url=f"{model.url}/v1",
        )  # fmt: skip
        drain(catalog, inbox, settings=settings)
    assert levels(catalog) == {RESOURCE: "restricted"}
    with catalog.reading() as connection:
        told = enrichments.of(connection, RESOURCE)
        (task,) = connection.execute(select(tasks).where(tasks.c.kind == "enrich")).all()
    assert task.status == "done"
    assert told is not None
    assert told.source == ("model" if is_there else "rules")
    assert len(model.asked) == 1


@pytest.mark.usefixtures("intake")
def test_without_the_setting_nothing_is_described(catalog: Catalog, inbox: Queues, aws: Aws) -> None:
    inbox.send(put(aws, "plain.csv"))
    drain(catalog, inbox)
    with catalog.reading() as connection:
        assert enrichments.of(connection, RESOURCE) is None
