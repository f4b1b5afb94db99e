"""What models of levels learn from, and how far each label is trusted, on each kind of catalog."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from reviews_for_tests import question
from unit import records_for_tests as made

from assay.app.learning.samples import samples_of
from assay.app.scan.recording import begin
from assay.learn.kinds import DOCUMENT_LEVEL
from assay.model import Evidence, Level
from assay.model.review import Decision, QueueItem, State, Subject, Verdict
from assay.store import learning, reviews
from assay.store.engine import Catalog

ASKED = {"ruleset": "r1", "governance": "g1", "sampling": "all", "options": {}}
_NOW = datetime.now(UTC)


def _decided(resource: str, level: Level, at: datetime) -> QueueItem:
    asked = replace(question(), subject=Subject(kind="resource", resource=resource))
    said = Decision(verdict=Verdict.RECLASSIFY, by="ann", at=at, reason="known", level=level)
    return QueueItem(
        question=asked, state=State.RECLASSIFIED, version=1, queued_at=at, decided_at=at, proposal=said, two_step=False
    )


def test_people_count_most_then_macie_then_what_is_sure(catalog: Catalog) -> None:
    names = ("person", "macie", "sure", "unsure", "unclassified", "old")
    uris = {name: f"file:///docs/{name}.txt" for name in names}
    recording = begin(catalog, ["file:///docs"], **ASKED)
    macie = replace(made.finding(), resource=uris["macie"], evidence=(Evidence("macie", "CREDENTIALS", 0.9),))
    recording.take(macie)
    for name, uri in uris.items():
        level = Level.UNCLASSIFIED if name == "unclassified" else Level.CONFIDENTIAL
        recording.take(
            replace(made.classification(), resource=uri, level=level, confidence=0.7 if name == "unsure" else 0.95)
        )
    recording.finish(made.summary())
    with catalog.transaction() as connection:
        learning.see(
            connection,
            [learning.Seen(uri, {name: 1.0}, None) for name, uri in uris.items() if name != "old"],
            _NOW,
        )
        old = _NOW - timedelta(days=100)
        learning.see(connection, [learning.Seen(uris["old"], {"old": 1.0}, None)], old)
        reviews.add(connection, [_decided(uris["person"], Level.INTERNAL, old)])

    def told(since: datetime | None) -> dict[str, tuple[str, float, str]]:
        found, contradicted = samples_of(catalog, DOCUMENT_LEVEL, since)
        assert contradicted == 0
        return {next(iter(one.features)): (one.label, one.weight, one.provenance) for one in found}

    everything = told(None)
    assert everything["person"] == ("internal", 1.0, "review")
    assert everything["macie"] == ("confidential", 0.9, "macie")
    # Of what is told by itself no more than what people and Macie said.
    assert {name: one for name, one in everything.items() if one[2] == "automatic"}.keys() <= {"sure", "old"}
    assert {one[1] for one in everything.values() if one[2] == "automatic"} == {0.5}
    assert not {"unsure", "unclassified"} & everything.keys()
    lately = told(_NOW - timedelta(days=90))
    assert "old" not in lately
    # What was decided long ago counts as told by itself now.
    assert lately["macie"] == ("confidential", 0.9, "macie")
    assert all(one[2] != "review" for one in lately.values())
