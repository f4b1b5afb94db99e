"""Workers train by themselves: when it is due, one at a time, promoted by the rule or proposed, recorded whatever comes of it."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from calling import Assay

from assay.app.config.settings import Settings
from assay.app.learning.retraining import LEASE, due, retrain
from assay.model.learning import DocumentType
from assay.store import learning, learnruns, leases
from assay.store.engine import Catalog, open_catalog

_NOW = datetime(2027, 3, 1, 12, tzinfo=UTC)


def _labelled(
    catalog: Catalog, numbers: range, kinds: tuple[str, ...] = ("waybill", "tender"), at: datetime = _NOW
) -> None:
    """Documents of types that the shipped model does not know, as a person has labelled them."""
    drawing = random.Random(numbers.start)
    with catalog.transaction() as connection:
        for number in numbers:
            kind = kinds[number % len(kinds)]
            words = {f"{kind}{drawing.randrange(9)}": 0.5 for _ in range(4)}
            words |= {f"any{drawing.randrange(40)}": round(drawing.random(), 3), kind: 1.0}
            uri = f"file:///d/{number % 11}/{number}.txt"
            learning.see(connection, [learning.Seen(uri, words, DocumentType(name="report", confidence=0.7))], at)
            learning.label(connection, uri, kind, by="ann", at=at)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("config", "cache"):
        monkeypatch.setenv(f"XDG_{name.upper()}_HOME", str(tmp_path / name))
    return tmp_path


def _configured(place: Path, more: str) -> None:
    (place / "assay.toml").write_text(f'catalog = "c.db"\nmodels = "models"\n{more}', encoding="utf-8")


def _models(assay: Assay) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(assay("learn", "models", "--format", "json").out)
    return told


def test_a_worker_trains_after_so_many_decisions(place: Path, assay: Assay) -> None:
    _configured(place, "learn_after = 50\n")
    assert assay("catalog", "init").code == 0
    with open_catalog("c.db") as catalog:
        _labelled(catalog, range(49))
        worked = assay("worker", "--scans", "--until-empty")
        assert (worked.code, _models(assay)["runs"]) == (0, [])
        _labelled(catalog, range(49, 80))
    worked = assay("worker", "--scans", "--until-empty")
    assert worked.code == 0, worked.err
    assert "training document_type: 80 decisions are new" in worked.err
    told = _models(assay)
    (run,) = told["runs"]
    assert (run["outcome"], run["decisions"]) == ("proposed", 80), run
    assert f"assay learn promote {run['version']}" in run["told"]
    assert told["in_use"]["document_type"]["current"] == "shipped"
    assert "proposed: better than shipped" in assay("learn", "models").out
    # Nothing is new: nothing is trained.
    assert "training" not in assay("worker", "--scans", "--until-empty").err
    (entry,) = [one for one in _audited(assay) if one["action"] == "MODEL_TRAINED"]
    assert (entry["details"]["outcome"], entry["details"]["version"]) == ("proposed", run["version"])
    assert assay("audit", "verify").code == 0
    assert assay("learn", "promote", run["version"]).code == 0


def _audited(assay: Assay) -> list[dict[str, Any]]:
    return [json.loads(line) for line in assay("audit", "log", "--format", "jsonl").out.splitlines()]


def test_what_is_better_is_promoted_where_the_setting_says_so(place: Path, assay: Assay) -> None:
    _configured(place, "learn_every = 7\nlearn_promote = true\n")
    assert assay("catalog", "init").code == 0
    with open_catalog("c.db") as catalog:
        _labelled(catalog, range(80))
        trained = assay("learn", "retrain", "--by", "cron")
        assert trained.code == 0, trained.err
        assert "document_type: promoted" in trained.out
        told = _models(assay)
        assert told["in_use"]["document_type"]["current"] == told["runs"][0]["version"]
        changed = [one for one in _audited(assay) if one["action"] == "CONFIG_CHANGE" and one["actor"] == "cron"]
        assert changed[0]["details"] == {"model": "document_type", "forced": False}
        # A decision more, and nothing before seven days are over.
        _labelled(catalog, range(80, 81))
        assert "nothing is due" in assay("learn", "retrain").err
        settings = Settings(learn_every=7, models=place / "models")
        assert due(catalog, settings, datetime.now(UTC) + timedelta(days=6, hours=23)) == []
        (each,) = due(catalog, settings, datetime.now(UTC) + timedelta(days=7, hours=1))
        assert each.because == "1 decision is new, and 7 days are over"


def test_what_fails_is_recorded_and_not_tried_again_at_once(place: Path, assay: Assay) -> None:
    _configured(place, "learn_after = 20\n")
    assert assay("catalog", "init").code == 0
    with open_catalog("c.db") as catalog:
        _labelled(catalog, range(30), ("waybill",))
        failed = assay("learn", "retrain")
        assert failed.code == 3
        assert "failed: all 30 samples are 'waybill': a model needs two classes" in failed.out
        assert _models(assay)["runs"][0]["outcome"] == "failed"
        assert "failed: all 30" in assay("learn", "models").out
        assert "nothing is due" in assay("learn", "retrain").err
        _labelled(catalog, range(30, 60), ("tender",))
        again = assay("learn", "retrain")
        assert (again.code, "proposed" in again.out) == (0, True)


def test_two_do_not_train_at_once_and_one_that_ended_is_tried_again(place: Path, assay: Assay) -> None:
    _configured(place, "learn_after = 20\n")
    assert assay("catalog", "init").code == 0
    settings = Settings(learn_after=20, models=place / "models")
    with open_catalog("c.db") as catalog:
        _labelled(catalog, range(60))
        with catalog.transaction() as connection:
            lease = leases.take(connection, LEASE, timedelta(minutes=5), by="another")
            assert isinstance(lease, leases.Lease)
            key = learnruns.begin(connection, "document_type", 60, by="another", at=_NOW)
        held = assay("learn", "retrain")
        assert (held.code, held.out) == (0, "")
        assert "another trains on" in held.err
        with catalog.transaction() as connection:
            leases.give_back(connection, lease)
        # Its process went without a word.
        assert due(catalog, settings, _NOW + timedelta(minutes=59)) == []
        found = retrain(catalog, settings, actor="next", now=lambda: _NOW + timedelta(hours=1))
        assert isinstance(found, list)
        assert [each.outcome for each in found] == ["proposed"]
        with catalog.reading() as connection:
            runs = {run.id: run for run in learnruns.latest(connection, 9)}
    assert (runs[key].outcome, runs[key].told) == ("interrupted", "its process ended while it trained")


def test_the_worker_beside_the_desk_trains(place: Path) -> None:
    _configured(place, "learn_after = 20\nlearn_promote = true\n")
    command = [sys.executable, "-m", "assay.cli.__main__", "serve", "--port", "0"]
    with open_catalog("c.db", create=True) as catalog:
        _labelled(catalog, range(60))
        with (place / "log").open("wb") as log:
            process = subprocess.Popen(command, cwd=place, stdout=subprocess.DEVNULL, stderr=log)
        try:
            until = time.monotonic() + 300
            runs: list[learnruns.Trained] = []
            while time.monotonic() < until and not (runs and runs[0].outcome):
                with catalog.reading() as connection:
                    runs = list(learnruns.latest(connection, 9))
                time.sleep(0.1)
            process.send_signal(signal.SIGTERM)
            process.wait(300)
        finally:
            process.kill()
    assert [run.outcome for run in runs] == ["promoted"]
    lines = [json.loads(line) for line in (place / "log").read_text().splitlines()]
    assert "training document_type: 60 decisions are new" in [
        line["told"] for line in lines if line["message"] == "worker"
    ]


def test_what_is_older_than_is_wanted_teaches_nothing(place: Path, assay: Assay) -> None:
    _configured(place, "learn_days = 30\n")
    assert assay("catalog", "init").code == 0
    with open_catalog("c.db") as catalog:
        now = datetime.now(UTC)
        _labelled(catalog, range(40), at=now - timedelta(days=31))
        refused = assay("learn", "train")
        assert (refused.code, "nothing to learn document_type from in 30 days" in refused.err) == (2, True), refused.err
        _labelled(catalog, range(40, 80), at=now - timedelta(days=29))
        trained = json.loads(assay("learn", "train", "--format", "json").out)
    assert trained["provenance"] == {"review": 40}


def test_without_a_setting_nothing_is_due(place: Path, assay: Assay) -> None:
    _configured(place, "")
    assert assay("catalog", "init").code == 0
    refused = assay("learn", "retrain")
    assert refused.code == 2
    assert "set learn_after or learn_every" in refused.err
