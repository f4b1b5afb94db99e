"""A promoted model of levels is used by the worker, too: it asks a person about what nothing was found in, and raises nothing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from awsservers import Aws
from workers_for_tests import Queues, drain, levels, put

from assay.app.config.settings import Settings, load_settings
from assay.app.learning.models import Current, versions_of
from assay.learn.linear import LinearModel
from assay.learn.modelfile import ModelCard, ModelError
from assay.store import lookups, reviews
from assay.store.engine import Catalog

MENU = b"Today the kitchen has soup and salad for lunch, and the dessert is a surprise for everybody in the house. " * 3


def _promoted(settings: Settings, label: str) -> str:
    """A model that takes every text with the word `lunch` for that level."""
    model = LinearModel(
        names=("lunch",),
        labels=("public", label),
        weights=np.array([[-9, 9]], np.float32),
        bias=np.zeros(2, np.float32),
    )
    versions = versions_of(settings)
    version = versions.add(model, ModelCard(kind="document_level", fingerprint=label, samples=9))
    versions.promote("document_level", version)
    return version


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return replace(load_settings(environment={}), models=tmp_path / "models")


@pytest.mark.usefixtures("intake")
def test_the_worker_asks_what_the_model_suspects(catalog: Catalog, inbox: Queues, aws: Aws, settings: Settings) -> None:
    _promoted(settings, "restricted")
    inbox.send(put(aws, "menu.txt", MENU))
    drain(catalog, inbox, settings=settings)
    assert levels(catalog) == {"s3://intake/menu.txt": "public"}
    with catalog.reading() as connection:
        found = lookups.classification_now(connection, "s3://intake/menu.txt")
        (asked,) = reviews.items(connection, resource="s3://intake/menu.txt")
    assert found is not None
    assert found.learned_level is not None
    assert (found.learned_level.level, found.needs_review) == ("restricted", True)
    assert found.learned_level.why[0][0] == "lunch"
    assert "for it speaks the word 'lunch'" in asked.question.reasons[0]


def test_who_goes_on_for_long_looks_now_and_then_for_another_model(settings: Settings) -> None:
    now = 100.0
    current = Current(settings=settings, clock=lambda: now)
    first = current.learner()
    assert first is not None
    assert first.model("document_level") is None
    version = _promoted(settings, "restricted")
    now += 29
    assert current.learner() is first
    now += 1
    second = current.learner()
    assert second is not None
    assert second.model("document_level") is not None
    now += 31
    assert current.learner() is second, "it stays loaded while it is in use"
    assert isinstance(settings.models, Path)
    (settings.models / "document_level" / f"{version}.model").write_bytes(b"changed")
    _promoted(settings, "internal")
    now += 31
    third = current.learner()
    assert third is not None
    assert third is not second
    (settings.models / "document_level" / "current.json").write_text("{}", encoding="utf-8")
    now += 31
    with pytest.raises(ModelError, match="damaged"):
        current.learner()
