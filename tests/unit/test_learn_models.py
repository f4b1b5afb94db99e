"""Training, splitting, measuring, keeping and promoting models."""

from __future__ import annotations

import hashlib
import hmac
import json
import math
import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from assay.app.learning.modelfolder import ModelFolder
from assay.app.learning.versions import SHIPPED, Versions
from assay.errors import UsageError
from assay.learn.drift import Read, drift
from assay.learn.evaluate import compare, evaluate, evaluation
from assay.learn.linear import LinearModel
from assay.learn.modelfile import MAGIC, ModelCard, ModelError, read, write
from assay.learn.propose import proposals
from assay.learn.reading import drawn
from assay.learn.shipped import shipped
from assay.learn.split import AUTOMATIC, capped, distinct, fingerprint, folds, hold_out
from assay.learn.train import train
from assay.model.learning import Sample

KEY = b"k" * 32
CARD = ModelCard(kind="document_type", fingerprint="f", samples=3)


def some(number: int, seed: int = 0, noise: float = 0.1) -> list[Sample]:
    drawing = random.Random(seed)
    found = []
    for at in range(number):
        label = ("invoice", "contract", "log")[at % 3]
        words = {f"{label}{drawing.randrange(8)}": 1.0 for _ in range(4)}
        words[f"any{drawing.randrange(30)}"] = drawing.random()
        said = drawing.choice(("invoice", "contract", "log")) if drawing.random() < noise else label
        found.append(Sample(features=words, label=said, group=f"g{at // 6}", provenance="review"))
    return found


def model() -> LinearModel:
    return LinearModel(
        names=("due", "party"),
        labels=("contract", "invoice"),
        weights=np.array([[-1, 1], [2, -2]], dtype=np.float32),
        bias=np.zeros(2, dtype=np.float32),
    )


@pytest.mark.parametrize(
    ("samples", "said"),
    [
        (some(9), "9 samples are too few"),
        ([Sample(features={"a": at}, label="one") for at in range(20)], "two classes"),
        ([Sample(features={"a": at}, label="one" if at else "two") for at in range(20)], "at least 2 samples each"),
    ],
)
def test_too_little_to_learn_from_is_refused(samples: list[Sample], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        train(samples)


def test_what_is_learned_is_told_and_calibrated() -> None:
    found = evaluate(train(some(600)), some(600, seed=1, noise=0))
    assert found.macro_f1 > 0.97
    assert found.interval[0] <= found.macro_f1 <= found.interval[1]
    assert sum(sum(told.values()) for told in found.confusion.values()) == 600
    noisy, held = some(300, noise=0.4), some(300, seed=2, noise=0.4)
    calibrated, raw = train(noisy, strength=1_000), train(noisy, strength=1_000, calibrated=False)
    assert calibrated.temperature > 1 == raw.temperature
    assert surprise(calibrated, held) < surprise(raw, held)


def surprise(one: LinearModel, samples: list[Sample]) -> float:
    """The mean of how improbable the model held what is (log loss)."""
    return sum(-math.log(max(1e-6, one.predict(item.features).shares[item.label])) for item in samples) / len(samples)


def test_on_a_base_few_samples_change_what_they_speak_of_and_nothing_else() -> None:
    base = train(some(600))
    added = [Sample(features={"parcel": 1.0, f"any{at % 9}": 1.0}, label="waybill", group=f"n{at}") for at in range(12)]
    new = train([*some(120, seed=3), *added], base=base)
    assert new.predict({"parcel": 1.0}).label == "waybill"
    held = some(300, seed=4, noise=0)
    assert evaluate(new, held).accuracy >= evaluate(base, held).accuracy - 0.03
    assert not [name for name in new.names if name.startswith("base:")]


def test_attributions_add_up_to_the_logit() -> None:
    one = train(some(300))
    features = some(1, seed=9)[0].features
    label = one.predict(features).label
    logits = one.logits(features)
    told = sum(part.weight for part in one.why(features, label, most=100))
    at = one.labels.index(label)
    centred = logits - one.bias
    assert told == pytest.approx(float(centred[at] - centred.mean()), abs=1e-4)


def test_groups_are_never_on_both_sides() -> None:
    samples = some(300)
    kept, held = hold_out(samples)
    assert not {one.group for one in kept} & {one.group for one in held}
    assert 0.1 < len(held) / 300 < 0.3
    assert {one.label for one in held} == {"invoice", "contract", "log"}
    parts = folds([one.label for one in samples], [one.group for one in samples], number=4)
    assert sorted(at for part in parts for at in part) == list(range(300))


def test_each_content_once_by_the_most_trusted_label() -> None:
    features = {"a": 1.0}
    kept, contradicted = distinct(
        [
            Sample(features=features, label="x", weight=0.5),
            Sample(features=features, label="y", weight=1.0),
            Sample(features={"b": 1.0}, label="x"),
            Sample(features={"b": 1.0}, label="y"),
            Sample(features={"c": 1.0}, label="y"),
            Sample(features={"c": 1.0}, label="y"),
        ]
    )
    assert sorted((one.label, *one.features) for one in kept) == [("y", "a"), ("y", "c")]
    assert contradicted == 1


def test_automatic_results_are_never_the_only_source() -> None:
    own = [Sample(features={"a": float(at)}, label="x", provenance=AUTOMATIC) for at in range(100)]
    told = [Sample(features={"b": float(at)}, label="x", provenance="review") for at in range(10)]
    assert capped(own) == []
    assert len([one for one in capped([*own, *told]) if one.provenance == AUTOMATIC]) == 10


def test_the_fingerprint_of_data_knows_no_order_and_every_label() -> None:
    samples = some(20)
    assert fingerprint(samples) == fingerprint(reversed(samples))
    assert fingerprint(samples) != fingerprint([Sample(features=samples[0].features, label="z"), *samples[1:]])


def test_better_means_beyond_noise() -> None:
    labels = ["a", "b"] * 50
    assert compare(labels, labels, ["a"] * 100).better
    slightly = list(labels)
    slightly[0] = "b"
    assert not compare(labels, labels, slightly).better
    assert compare(labels, ["a"] * 100, labels).worse


def test_calibration_is_measured() -> None:
    sure = evaluation(["a", "b"] * 50, ["a"] * 100, [0.99] * 100)
    assert sure.ece == pytest.approx(0.49)
    assert evaluation(["a", "b"] * 50, ["a"] * 100, [0.5] * 100).ece == 0


def test_a_model_file_is_read_as_it_was_written() -> None:
    data = write(model(), CARD, KEY)
    found, card = read(data, KEY)
    assert (found.labels, found.names, card) == (("contract", "invoice"), ("due", "party"), CARD)
    assert found.predict({"party": 1.0}).label == "contract"


@pytest.mark.parametrize("at", [len(MAGIC) + 20, -40, -1])
def test_a_changed_model_file_is_refused(at: int) -> None:
    data = bytearray(write(model(), CARD, KEY))
    data[at] ^= 1
    with pytest.raises(ModelError, match="changed"):
        read(bytes(data), KEY)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"assay model 7\nrest", "another version"),
        (b"\x80\x04pickle", "no model"),
        (MAGIC + b"\xff" * 40, "damaged"),
        (write(model(), CARD)[:-1], "damaged"),
        (write(model(), CARD)[:-2], "damaged"),
    ],
)
def test_what_is_no_model_is_refused(data: bytes, said: str) -> None:
    with pytest.raises(ModelError, match=said):
        read(data)


def headed(header: str | bytes, arrays: bytes = b"") -> bytes:
    """A file with this header, signed as by somebody who has the key."""
    text = header if isinstance(header, bytes) else header.encode()
    body = MAGIC + len(text).to_bytes(8, "little") + text + arrays
    return body + hmac.digest(hmac.digest(KEY, b"assay model file", "sha256"), body, "sha256")


@pytest.mark.parametrize(
    "changed",
    [
        {"card": {"kind": ["document_level"]}},
        {"card": {"samples": "many"}},
        {"card": {"metrics": 7}},
        {"card": {"metrics": {"macro_f1": "x"}}},
        {"card": {"metrics": {"decisions": float("nan")}}},
        {"card": {"more": 1}},
        {"labels": []},
        {"labels": ["a", "a"]},
        {"temperature": float("inf")},
        {"temperature": 0},
    ],
)
def test_a_signed_file_that_holds_something_else_is_refused(changed: dict[str, Any]) -> None:
    told: dict[str, Any] = {
        "card": {"kind": "document_level", "fingerprint": "f", "samples": 1},
        "labels": ["a", "b"],
        "names": [],
        "temperature": 1,
    }
    assert read(headed(json.dumps(told), b"\0" * 4), KEY)[1].samples == 1
    card = {**told["card"], **changed.get("card", {})}
    told |= changed | {"card": card}
    arrays = b"\0\0" * len(told["labels"])
    with pytest.raises(ModelError, match="damaged"):
        read(headed(json.dumps(told), arrays), KEY)


def test_a_header_without_end_is_refused() -> None:
    with pytest.raises(ModelError, match="damaged"):
        read(headed(b"[" * 200_000), KEY)


def test_another_key_is_refused() -> None:
    with pytest.raises(ModelError, match="another key"):
        read(write(model(), CARD, KEY), b"o" * 32)


def test_versions_are_promoted_tried_and_taken_back(tmp_path: Path) -> None:
    versions = Versions(ModelFolder(tmp_path), KEY)
    one = versions.add(model(), CARD)
    two = versions.add(model(), ModelCard(kind="document_type", fingerprint="g", samples=4))
    assert one != two
    assert versions.pointer("document_type").current == SHIPPED
    versions.promote("document_type", one)
    versions.try_out("document_type", two, 0.25)
    assert (versions.pointer("document_type").current, versions.pointer("document_type").canary) == (one, two)
    assert versions.roll_back("document_type").canary is None
    versions.promote("document_type", two)
    assert versions.roll_back("document_type").current == one
    assert versions.roll_back("document_type").current == SHIPPED
    with pytest.raises(UsageError, match="was in use before"):
        versions.roll_back("document_type")
    assert not list(tmp_path.rglob(".*"))


def test_a_changed_pointer_and_a_changed_version_are_refused(tmp_path: Path) -> None:
    versions = Versions(ModelFolder(tmp_path), KEY)
    one = versions.add(model(), CARD)
    two = versions.add(model(), ModelCard(kind="document_type", fingerprint="g", samples=4))
    versions.promote("document_type", one)
    pointer = tmp_path / "document_type" / "current.json"
    told = json.loads(pointer.read_text())
    told["pointer"]["current"] = two
    pointer.write_text(json.dumps(told))
    with pytest.raises(ModelError, match="changed"):
        versions.pointer("document_type")
    file = tmp_path / "document_type" / f"{two}.model"
    file.write_bytes(file.read_bytes()[:-33] + b"\0" * 33)
    with pytest.raises(ModelError):
        versions.promote("document_type", two)
    states = dict(versions.all())
    assert isinstance(states[two], ModelError)
    assert states[one] == CARD


def test_a_share_of_documents_is_drawn_the_same_way_each_time() -> None:
    documents = [one.features for one in some(400)]
    chosen = [drawn(features, 0.25) for features in documents]
    assert chosen == [drawn(features, 0.25) for features in documents]
    assert 0.1 < sum(chosen) / 400 < 0.4
    assert all(drawn(features, 1.0) for features in documents)


def test_drift_is_seen_in_what_is_told_and_in_what_is_there() -> None:
    before = [Read("invoice", "none", ["due", "total"])] * 60 + [Read("contract", "none", ["party"])] * 60
    assert drift(before, before).said == "no drift"
    now = [Read("contract", "none", ["party", "lease"])] * 100
    found = drift(before, now)
    assert found.outcome is not None
    assert found.outcome > 0.25
    assert found.moved[0][0] in ("lease", "due", "total")
    assert drift(before, now[:5]).outcome is None
    # A model of levels that came into use is no drift; what it tells otherwise is.
    assert found.levels is drift(before, [one._replace(level="internal") for one in before]).levels is None
    some, others = ([one._replace(level=level) for one in before] for level in ("internal", "restricted"))
    assert drift(some, others).levels == drift(others, some).levels > 0.25
    assert "much drift" in drift(some, others).said


def test_the_least_sure_are_proposed_and_not_one_confusion_alone() -> None:
    one = model()
    documents = [("sure", {"party": 3.0}), *((f"unsure{at}", {"due": 0.01 * at}) for at in range(9))]
    found = proposals(one, documents, most=6)
    assert found[0].resource == "unsure0"
    assert len(found) == 2
    assert all(item.resource != "sure" for item in found)


def test_cross_validation_tells_each_sample_by_models_that_have_not_seen_its_group() -> None:
    from assay.learn.evaluate import cross_validation
    from assay.learn.train import cross_validated

    # A group's own word says its label, and is of no use for another group; the common word is.
    samples = [
        Sample(
            features={f"own {group}": 1.0, ("yes" if label == "a" else "no"): 0.5 if group % 2 else 0.0},
            label=label,
            group=f"g{group}",
        )
        for group in range(20)
        for label in ("a", "b")
    ]
    labels, told = cross_validated(samples)
    found = cross_validation(labels, told)
    assert found is not None
    assert found.samples == len(samples)
    assert found.interval[0] <= found.macro_f1 <= found.interval[1]
    assert 0.4 < found.macro_f1 < 1.0


def test_the_card_of_the_shipped_model_is_that_of_the_file() -> None:
    data = shipped("document_type")
    assert data is not None
    card, docs = read(data)[1], Path(__file__).parents[2] / "docs" / "learning.md"
    told = docs.read_text(encoding="utf-8")
    assert f"{len(data):,} bytes, SHA-256 `{hashlib.sha256(data).hexdigest()[:16]}…`" in told
    measured = card.metrics["measured"]
    assert f"**{measured['macro_f1']:.3f}** ({measured['interval'][0]:.3f}–{measured['interval'][1]:.3f})" in told
    assert f"**{measured['ece'] + 1e-9:.3f}**" in told  # half is rounded up
    assert f"Trained on {card.samples:,} texts" in told
    assert f"{len(read(data)[0].names):,} features" in told


@pytest.mark.parametrize(("number", "told"), [(1, "1 sample is too few"), (9, "9 samples are too few")])
def test_too_few_samples_say_that_alike_ones_count_once(number: int, told: str) -> None:
    with pytest.raises(UsageError, match=f"{told} to learn from, where those that are alike count as one; at least 10"):
        train(some(30)[:number])
