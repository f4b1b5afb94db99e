"""What the desk tells of learned models: versions, what workers trained, drift; and that no more than that is needed for it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from desks import Office, Program

from assay.app.learning.models import versions_of
from assay.learn.linear import LinearModel
from assay.learn.modelfile import ModelCard
from assay.model.identifier import Level
from assay.model.identity import Grant, Role
from assay.model.learning import DocumentType, LearnedLevel
from assay.store import learning, learnruns
from assay.web.pages import models


@pytest.fixture(autouse=True)
def _apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Models of these tests are damaged; those of the user's folder are for all tests of a run."""
    monkeypatch.setenv("ASSAY_MODELS", str(tmp_path / "models"))


def _read(office: Office, folder: str, days: int, kind: str, level: Level) -> None:
    """Fifty documents that were read so many days ago."""
    seen = [
        learning.Seen(
            f"file:///{folder}/{at}.txt",
            {"rent" if kind == "contract" else "total": 1.0},
            DocumentType(name=kind, confidence=0.9),
            LearnedLevel(level=level, confidence=0.9),
        )
        for at in range(50)
    ]
    with office.catalog.transaction() as connection:
        learning.see(connection, seen, datetime.now(UTC) - timedelta(days=days))


def test_where_only_so_many_documents_were_looked_at_it_is_said(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(models, "MOST", 50)
    _read(office, "new", 1, "invoice", Level.RESTRICTED)
    page = office.sign_in("Ada").get("/models").text
    assert "at least 50 were read in the last 30 days, 0 before" in page


def test_models_runs_and_drift_are_told(office: Office, tmp_path: Path) -> None:
    ada = office.sign_in("Ada")
    empty = ada.get("/models").text
    assert "the one that ships" in empty
    assert "Too few documents" in empty
    assert "None was trained here yet" in empty
    _read(office, "old", 60, "contract", Level.INTERNAL)
    _read(office, "new", 1, "invoice", Level.RESTRICTED)
    versions = versions_of(office.serving.desk.settings)
    model = LinearModel(
        names=("rent",), labels=("a", "b"), weights=np.zeros((1, 2), np.float32), bias=np.zeros(2, np.float32)
    )
    metrics = {"macro_f1": 0.87, "ece": 0.02, "difference": 0.11}
    card = ModelCard(kind="document_level", fingerprint="f", samples=77, metrics=metrics, made_at="2027-01-02T03:04:05")
    version = versions.add(model, card)
    versions.try_out("document_level", version, 0.25)
    with office.catalog.transaction() as connection:
        key = learnruns.begin(connection, "document_level", 40, by="worker", at=datetime.now(UTC))
        told = "all 40 samples are <b>internal</b>"
        learnruns.end(connection, key, "failed", version=None, told=told, at=datetime.now(UTC))
    page = ada.get("/models").text
    assert f"<code>{version}</code> is tried on 25 % of documents" in page
    assert "0.870" in page
    assert "Much drift" in page
    assert "levels that are told" in page
    assert "all 40 samples are &lt;b&gt;internal" in page
    place = office.serving.desk.settings.models
    assert isinstance(place, Path)
    assert place == tmp_path / "models"
    (place / "document_level" / "current.json").write_text("{}")
    broken = ada.get("/models")
    assert broken.status_code == 200
    assert "is damaged" in broken.text
    assert "Much drift" in broken.text
    bot = Program(office, Grant(role=Role.VIEWER))
    assert bot.get("/metrics").json()["documents_drift_30_days"]["levels"] > 0.25
    prometheus = bot.get("/metrics?format=prometheus").text
    assert "# TYPE assay_documents_drift_30_days gauge\n" in prometheus
    assert 'assay_documents_drift_30_days{of="types"} ' in prometheus
    # It is about all documents.
    lake = Program(office, Grant(role=Role.VIEWER, scope="s3://lake/*"), name="Far")
    assert lake.get("/metrics").json()["documents_drift_30_days"] is None
    assert office.sign_in("Eve", Grant(role=Role.VIEWER, scope="s3://lake/*")).get("/models").status_code == 403
