"""What a catalog has of an estate, whichever database it is kept in."""

from __future__ import annotations

from unit import records_for_tests as made

from assay.app.scan.recording import begin
from assay.model import Level
from assay.store.engine import Catalog
from assay.store.estate import remote
from assay.store.lookups import all_uris

ASKED = {"ruleset": "r", "governance": "g", "sampling": "all", "options": {}}


def test_all_but_files_with_their_level(catalog: Catalog) -> None:
    recording = begin(catalog, ["made"], **ASKED)
    for uri, level in {
        "s3://lake/a.csv": Level.RESTRICTED,
        "dynamodb://orders3": Level.PUBLIC,
        "file:///srv/s3.csv": Level.RESTRICTED,
    }.items():
        recording.take(made.finding(resource=uri))
        recording.take(made.classification(resource=uri, level=level))
    recording.finish(made.summary())
    with catalog.reading() as connection:
        found = sorted(remote(connection))
    assert [(each.uri, each.level) for each in found] == [
        ("dynamodb://orders3", Level.PUBLIC),
        ("s3://lake/a.csv", Level.RESTRICTED),
    ]
    assert all(each.seen_at.endswith("Z") for each in found)


def test_what_is_being_read_is_not_read_yet(catalog: Catalog) -> None:
    recording = begin(catalog, ["made"], **ASKED)
    # So many are written before the resource is done.
    for _ in range(5_001):
        recording.take(made.finding(resource="s3://lake/half.csv"))
    with catalog.reading() as connection:
        assert list(all_uris(connection)) == ["s3://lake/half.csv"]
        assert list(remote(connection)) == []
    recording.abandon()
