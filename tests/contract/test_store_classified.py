"""What the catalog concludes of all that lies at a place."""

from __future__ import annotations

from tagging_for_tests import classify, known

from assay.model import Level
from assay.store.classified import classified
from assay.store.engine import Catalog


def found(catalog: Catalog, exact: list[str], below: list[str] | None = None) -> list[str]:
    with catalog.reading() as connection:
        return [each.resource for each in classified(connection, exact, below or [])]


def test_names_are_told_apart_by_every_character(catalog: Catalog) -> None:
    uris = [
        "s3://lake/a",
        "s3://lake/A",
        "s3://lake/a/b",
        "s3://lake/a_b",
        "s3://lake/aXb",
        "s3://lake/a%20b",
        "s3://lake2/a",
    ]
    classify(catalog, dict.fromkeys(uris, known()))
    assert sorted(found(catalog, [], ["s3://lake/"])) == sorted(uris[:-1])
    assert found(catalog, ["s3://lake/a"], ["s3://lake/a/"]) == ["s3://lake/a", "s3://lake/a/b"]
    assert found(catalog, [], ["s3://lake/a_"]) == ["s3://lake/a_b"]
    assert found(catalog, [], ["s3://lake/a%"]) == ["s3://lake/a%20b"]
    assert found(catalog, ["s3://lake/A"]) == ["s3://lake/A"]
    assert found(catalog, ["s3://nothing"], ["s3://LAKE/"]) == []
    assert found(catalog, []) == []


def test_the_state_now_is_told_with_its_token(catalog: Catalog) -> None:
    classify(catalog, {"s3://lake/a": known(Level.INTERNAL)}, {"s3://lake/a": "one"})
    classify(catalog, {"s3://lake/a": known(Level.RESTRICTED)}, {"s3://lake/a": "two"})
    with catalog.reading() as connection:
        (told,) = classified(connection, ["s3://lake/a"])
    assert (told.classification.level, told.change) == (Level.RESTRICTED, "two")
