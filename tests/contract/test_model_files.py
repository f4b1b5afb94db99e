"""Versions of models in a folder and in a bucket of a real S3 server: one suite for both."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from s3plane import S3Plane
from unit.test_learn_models import CARD, KEY, model

from assay.app.learning.modelfolder import ModelFolder
from assay.app.learning.versions import SHIPPED, Files, Pointer, Versions
from assay.app.permissions import calls_of
from assay.aws.access import Access
from assay.aws.session import Session
from assay.errors import ConflictError, UsageError
from assay.learn.modelfile import ModelCard, ModelError
from assay.sinks.modelobjects import ModelObjects

KIND = "document_type"
POINTER = f"{KIND}/current.json"


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where versions lie, and how somebody else reads and writes there. `opened` is what another process would have."""

    opened: Callable[[], Files]
    get: Callable[[str], bytes]
    put: Callable[[str, bytes], Any]
    names: Callable[[], list[str]]

    def versions(self, key: bytes = KEY) -> Versions:
        return Versions(self.opened(), key)


@pytest.fixture(params=["folder", "bucket"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    if request.param == "folder":
        folder = tmp_path / "models"
        return Place(
            opened=lambda: ModelFolder(folder),
            get=lambda name: (folder / name).read_bytes(),
            put=lambda name, data: (folder / name).write_bytes(data),
            names=lambda: sorted(str(file.relative_to(folder)) for file in folder.rglob("*") if file.is_file()),
        )
    plane: S3Plane = request.getfixturevalue("s3_plane")
    bucket, s3 = plane.new_bucket(), plane.client()
    return Place(
        opened=lambda: ModelObjects(Session(Access(), calls_of("learn")).client("s3"), bucket, "team/models/"),
        get=lambda name: s3.get_object(Bucket=bucket, Key=f"team/models/{name}")["Body"].read(),
        put=lambda name, data: s3.put_object(Bucket=bucket, Key=f"team/models/{name}", Body=data),
        names=lambda: sorted(
            item["Key"].removeprefix("team/models/") for item in s3.list_objects_v2(Bucket=bucket).get("Contents", ())
        ),
    )


def added(versions: Versions, count: int) -> list[str]:
    return [versions.add(model(), ModelCard(kind=KIND, fingerprint=f"f{n}", samples=4)) for n in range(count)]


def test_versions_are_kept_promoted_tried_and_taken_back(place: Place) -> None:
    versions = place.versions()
    assert list(versions.all()) == []
    assert versions.pointer(KIND) == Pointer(kind=KIND)
    one, two = added(versions, 2)
    assert added(versions, 1) == [one], "the same again is the same version"
    versions.promote(KIND, one)
    versions.try_out(KIND, two, 0.25)
    other = place.versions()
    assert (other.pointer(KIND).current, other.pointer(KIND).canary, other.pointer(KIND).share) == (one, two, 0.25)
    assert other.roll_back(KIND).canary is None
    other.promote(KIND, two)
    assert versions.roll_back(KIND).current == one
    assert versions.roll_back(KIND).current == SHIPPED
    with pytest.raises(UsageError, match="was in use before"):
        versions.roll_back(KIND)
    assert sorted(version for version, _ in versions.all()) == sorted([one, two])
    assert versions.resolve(two[:10]) == (KIND, two)
    assert place.names() == sorted([POINTER, f"{KIND}/{one}.model", f"{KIND}/{two}.model"]), "nothing else stays behind"
    with pytest.raises(UsageError, match="there is no version"):
        versions.load(KIND, "0" * 16)


def test_what_is_no_version_keeps_none_of_the_others_from_being_told(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    (one,) = added(place.versions(), 1)
    place.put(f"{KIND}/my-copy.model", b"x")
    place.put(f"{KIND}/large.model", b"x" * 100_000)
    monkeypatch.setattr("assay.app.learning.versions.LARGEST", 99_999)
    told = dict(place.versions().all())
    assert isinstance(told.pop(one), ModelCard)
    assert sorted(told) == ["large", "my-copy"]
    assert "is no version" in str(told["my-copy"])
    assert "too large" in str(told["large"])


@pytest.mark.parametrize("is_first", [True, False])
def test_of_those_who_promote_at_once_one_is_the_first(place: Place, is_first: bool) -> None:
    names = added(place.versions(), 5)
    if not is_first:
        place.versions().promote(KIND, names[4])
    start = threading.Barrier(4)

    def promote(version: str) -> str | None:
        versions = place.versions()
        seen = versions.pointer(KIND)
        start.wait(60)
        try:
            return versions.promote(KIND, version, seen=seen).current
        except ConflictError:
            return None

    with ThreadPoolExecutor(4) as threads:
        won = [each for each in threads.map(promote, names[:4]) if each is not None]
    assert len(won) == 1
    assert place.versions().pointer(KIND).current == won[0]
    assert place.versions().pointer(KIND).before == ((SHIPPED,) if is_first else (SHIPPED, names[4]))


class Meanwhile:
    """Files between whose reading and writing somebody else writes."""

    def __init__(self, files: Files, act: Callable[[], Any]) -> None:
        self._files, self._act = files, act

    def __getattr__(self, name: str) -> Any:
        return getattr(self._files, name)

    def replace(self, name: str, data: bytes, mark: str | None) -> bool:
        self._act()
        return self._files.replace(name, data, mark)


@pytest.mark.parametrize("verb", ["promote", "try", "roll back"])
def test_what_somebody_else_did_between_reading_and_writing_is_not_lost(place: Place, verb: str) -> None:
    one, two, three = added(place.versions(), 3)
    place.versions().promote(KIND, one)
    late = Versions(Meanwhile(place.opened(), lambda: place.versions().promote(KIND, three)), KEY)
    with pytest.raises(ConflictError, match="do it again"):
        if verb == "promote":
            late.promote(KIND, two)
        elif verb == "try":
            late.try_out(KIND, two, 0.5)
        else:
            late.roll_back(KIND)
    assert place.versions().pointer(KIND) == Pointer(kind=KIND, current=three, before=(SHIPPED, one))


def test_what_was_measured_against_another_version_is_not_promoted(place: Place) -> None:
    versions = place.versions()
    one, two = added(versions, 2)
    seen = versions.pointer(KIND)
    versions.promote(KIND, one)
    for late in (lambda: versions.promote(KIND, two, seen=seen), lambda: versions.try_out(KIND, two, 0.5, seen=seen)):
        with pytest.raises(ConflictError):
            late()
    assert versions.pointer(KIND).current == one


def test_a_write_whose_answer_was_lost_finds_its_own(place: Place) -> None:
    class Lost(Meanwhile):
        def replace(self, name: str, data: bytes, mark: str | None) -> bool:
            self._files.replace(name, data, mark)
            return self._files.replace(name, data, mark)

        def create(self, name: str, data: bytes) -> bool:
            self._files.create(name, data)
            return self._files.create(name, data)

    lost = Versions(Lost(place.opened(), lambda: None), KEY)
    (one,) = added(lost, 1)
    assert lost.promote(KIND, one).current == one
    assert place.versions().pointer(KIND).current == one


def test_whoever_reads_meanwhile_sees_the_one_or_the_other(place: Place) -> None:
    names = added(place.versions(), 2)
    place.versions().promote(KIND, names[0])
    over = threading.Event()

    def read() -> set[str]:
        versions, seen = place.versions(), set()
        while not over.is_set():
            current = versions.pointer(KIND).current
            versions.load(KIND, current)
            seen.add(current)
        return seen

    with ThreadPoolExecutor(1) as threads:
        reading = threads.submit(read)
        for number in range(30):
            place.versions().promote(KIND, names[number % 2])
        over.set()
        assert reading.result(60) <= set(names)


def test_what_was_changed_is_refused(place: Place) -> None:
    versions = place.versions()
    one, two = added(versions, 2)
    versions.promote(KIND, one)
    files = {version: place.get(f"{KIND}/{version}.model") for version in (one, two)}
    pointer = place.get(POINTER)

    place.put(f"{KIND}/{two}.model", files[two][:-40] + b"\1" + files[two][-39:])
    with pytest.raises(ModelError, match="was changed"):
        versions.promote(KIND, two)
    place.put(f"{KIND}/{two}.model", files[two][: len(files[two]) // 2])
    with pytest.raises(ModelError, match="was changed"):
        versions.data(KIND, two)
    # Signed by us, and not what it is called.
    place.put(f"{KIND}/{two}.model", files[one])
    with pytest.raises(ModelError, match="that of another version"):
        versions.promote(KIND, two)
    with pytest.raises(ModelError, match="that of another version"):
        added(versions, 2)
    states = dict(versions.all())
    assert isinstance(states[two], ModelError)
    assert isinstance(states[one], ModelCard)

    told = json.loads(pointer)
    told["pointer"]["current"] = two
    for wrong in (json.dumps(told).encode(), pointer[:-9], b"[" * 60_000, b"x" * 70_000, b""):
        place.put(POINTER, wrong)
        with pytest.raises(UsageError, match="current.json: (was changed|is damaged|is too large)"):
            versions.pointer(KIND)
        with pytest.raises(UsageError):
            versions.promote(KIND, one)
    place.put(POINTER, pointer)
    with pytest.raises(ModelError, match="another key"):
        place.versions(b"o" * 32).pointer(KIND)
    with pytest.raises(ModelError, match="another key"):
        place.versions(b"o" * 32).load(KIND, one)


def test_a_model_of_another_kind_is_refused(place: Place) -> None:
    versions = place.versions()
    version = versions.add(model(), ModelCard(kind="column_type", fingerprint="f", samples=4))
    added(versions, 1)
    place.put(f"{KIND}/{version}.model", place.get(f"column_type/{version}.model"))
    with pytest.raises(ModelError, match="that of another version"):
        versions.load(KIND, version)
    assert CARD.kind == KIND
