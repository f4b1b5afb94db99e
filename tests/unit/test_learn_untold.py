"""The model of columns that nothing else tells of: trees as arrays, features of tables, and what follows from its opinions."""

from __future__ import annotations

import hashlib
import itertools
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pytest
from governance_for_tests import judged

from assay.classify.held import of_column
from assay.classify.resource import Tally, classify
from assay.detect.ruleset import RuleSet
from assay.learn import trees
from assay.learn.kinds import UNTOLD
from assay.learn.looks import NAMES, OWN, looks
from assay.learn.modelfile import ModelCard, ModelError, packed
from assay.learn.shipped import shipped_file
from assay.learn.trees import Trees
from assay.learn.untold import SENSITIVE, in_words, shipped_untold
from assay.model import ColumnRecord, ColumnSketch, Features, Governance, Level, TableRecord
from assay.model.learning import ColumnOpinion
from assay.review.explain import explain_column
from assay.review.triage import Surroundings
from assay.review.triage import of_column as question_of
from assay.tables.defaults import defaults
from assay.tables.judge import TableJudge
from assay.tables.judges import Judges

DIGEST = "04d30ebaf37a729b76c0450e57cf02ae8fd481a466cd79fcf82f4ccf72ddbed2"
CARD = ModelCard(kind=UNTOLD, fingerprint="f", samples=3)
PEOPLE = {
    "c1": [f"{at}" for at in range(1, 41)],
    "c2": [f"person{at}@harbour-clinic.org" for at in range(40)],
    "c3": [f"K{700 + at}-{at * 37 % 91}" for at in range(40)],
}


def some_trees() -> Trees:
    """Two trees for `a` and one for `b`; the second tree of `a` is a leaf."""
    return Trees(
        names=("x", "y"),
        labels=("a", "b"),
        start=np.array([0.5, -0.5], dtype=np.float32),
        feature=np.array([0, 1, 0, 0, 0, 0, 1, 0, 0], dtype=np.int32),
        limit=np.array([1.0, 2.0, 0, 0, 0, 0, 3.0, 0, 0], dtype=np.float32),
        left=np.array([1, 3, 2, 3, 4, 5, 7, 7, 8], dtype=np.int32),
        right=np.array([2, 4, 2, 3, 4, 5, 8, 7, 8], dtype=np.int32),
        value=np.array([0.1, 0.4, -0.2, 1.0, -0.5, 0.25, 0.0, 2.0, -2.0], dtype=np.float32),
        roots=np.array([0, 5, 6], dtype=np.int32),
        of=np.array([0, 0, 1], dtype=np.int32),
    )


def test_trees_add_their_leaves_up() -> None:
    rows = np.array([[1.0, 2.0], [1.0, 2.5], [1.5, 9.0]], dtype=np.float32)
    assert some_trees().sums(rows).tolist() == [[1.75, 1.5], [0.25, 1.5], [0.55, -2.5]] or np.allclose(
        some_trees().sums(rows), [[1.75, 1.5], [0.25, 1.5], [0.55, -2.5]]
    )


def test_attributions_add_up_to_what_is_predicted() -> None:
    model = shipped_untold()
    drawing = np.random.default_rng(3)
    rows = drawing.uniform(-1, 12, (40, len(NAMES))).astype(np.float32)
    for trees_of, labels in ((model.whether, [SENSITIVE]), (model.what, model.what.labels[:3])):
        sums = trees_of.sums(rows)
        for at, label in itertools.product(range(0, 40, 9), labels):
            told = trees_of.mean(label) + sum(part.weight for part in trees_of.why(rows[at], label, len(NAMES)))
            assert told == pytest.approx(float(sums[at, trees_of.labels.index(label)]), abs=1e-3)


def test_the_shipped_file_is_what_was_measured() -> None:
    data = shipped_file(UNTOLD)
    assert hashlib.sha256(data).hexdigest() == DIGEST
    page = (Path(__file__).parents[2] / "docs" / "learning.md").read_text(encoding="utf-8")
    assert DIGEST[:16] in page
    assert f"{len(data):,} bytes" in page
    card = trees.read(data)[2]
    assert (card.kind, card.note) == (UNTOLD, "shipped")


def test_a_file_is_read_as_it_was_written() -> None:
    other = replace(some_trees(), start=np.zeros(2, dtype=np.float32))
    found, settings, card = trees.read(trees.write({"two": other, "one": some_trees()}, {"sure": 0.5}, CARD))
    rows = np.array([[1.0, 2.5], [4.0, 1.0]], dtype=np.float32)
    assert found["two"].sums(rows).tolist() == other.sums(rows).tolist()
    assert found["one"].sums(rows).tolist() == some_trees().sums(rows).tolist()
    assert (settings, card) == ({"sure": 0.5}, CARD)


def test_a_damaged_file_is_refused() -> None:
    data = trees.write({"one": some_trees()}, {"sure": 0.5}, CARD)
    for cut in (0, 5, 20, 200, len(data) - 1):
        with pytest.raises(ModelError):
            trees.read(data[:cut])
    with pytest.raises(ModelError):
        trees.read(data + b"\0")
    for header in ({}, {"trees": 3}, {"trees": {"one": {}}}, {"trees": {"one": {"sizes": [-1] * 8}}}, {"trees": []}):
        with pytest.raises(ModelError):
            trees.read(packed({"card": {}, "settings": {}, **header}, b""))
    drawing = random.Random(1)
    for _ in range(300):
        at = drawing.randrange(len(data))
        changed = data[:at] + bytes([data[at] ^ (1 << drawing.randrange(8))]) + data[at + 1 :]
        try:
            found = trees.read(changed)[0]
        except ModelError:
            continue
        for each in found.values():
            each.sums(np.zeros((1, max(2, len(each.names))), dtype=np.float32))


@pytest.mark.parametrize(
    ("part", "place", "value"),
    [
        ("left", 0, 0),  # a tree that never ends, since its other side goes on
        ("left", 0, 99),
        ("right", 6, -1),
        ("feature", 1, 2),
        ("limit", 0, float("nan")),
        ("value", 3, float("inf")),
        ("of", 2, 2),
        ("roots", 1, 9),
    ],
)
def test_trees_that_lead_nowhere_are_none(part: str, place: int, value: float) -> None:
    one = some_trees()
    array = getattr(one, part).copy()
    array[place] = value
    if (part, place, value) == ("left", 0, 0):
        array[0], array[1] = 1, 0
    with pytest.raises(ValueError, match="trees"):
        replace(one, **{part: array})


def test_every_feature_has_a_name_and_words() -> None:
    assert len({*NAMES}) == len(NAMES)
    words = {name: in_words(name) for name in NAMES}
    assert len({*words.values()}) == len(NAMES)
    assert not [said for said in words.values() if "_of_" in said or ":" in said]
    models = shipped_untold()
    assert models.whether.names == models.what.names == NAMES


def _table(seed: int, number: int) -> tuple[list[ColumnSketch], list[ColumnRecord]]:
    drawing = random.Random(seed)
    sketches, records = [], []
    for at in range(number):
        cells = drawing.choice((0, 30))
        decades = {f"decade_{drawing.randrange(190, 203)}": 9} if cells and drawing.random() < 0.5 else {}
        shapes = {drawing.choice(("integer", "word", "date")): cells}
        features = Features(
            rows=30,
            cells=cells,
            shapes=shapes,
            signs=decades,
            length=cells * 4,
            squares=cells * 20,
            longest=9,
            different=cells,
        )
        sketches.append(ColumnSketch(name=f"c{at}", index=at, rows=30, filled=cells, features=features))
        told = drawing.choice((None, None, "PERSON_NAME", "EMAIL", "DOB"))
        record = ColumnRecord(resource="r", table="t", column=f"c{at}", level=Level.PUBLIC)
        records.append(record if told is None else replace(record, detected_type=told, dominant_category="PII"))
    return sketches, records


@pytest.mark.parametrize("seed", range(6))
def test_what_is_beside_a_column_is_told_without_itself(seed: int) -> None:
    """Against the same reckoned column by column."""
    sketches, records = _table(seed, random.Random(seed).randrange(1, 9))
    rows = looks(sketches, records)
    of = {name: at for at, name in enumerate(NAMES)}
    for at, row in enumerate(rows):
        others = [place for place in range(len(rows)) if place != at]
        told = [place for place in others if records[place].detected_type is not None]
        assert row[of["told"]] == len(told)
        assert row[of["nearest told"]] == min((abs(at - place) for place in told), default=20)
        names = [place for place in told if records[place].detected_type == "PERSON_NAME"]
        assert row[of["told PERSON_NAME"]] == len(names)
        assert row[of["nearest name"]] == min((abs(at - place) for place in names), default=20)
        before = -1 if at == 0 else rows[at - 1][of["decade"]]
        assert row[of["before: decade"]] == before
        assert row[of["after: told"]] == (-1 if at == len(rows) - 1 else records[at + 1].detected_type is not None)
        decade = row[of["decade"]]
        dated = [rows[place][of["decade"]] for place in others if rows[place][of["decade"]] >= 0]
        assert row[of["newer than the oldest"]] == (decade - min(dated) if dated and decade >= 0 else -1)
        assert row[of["newer than the newest"]] == (decade - max(dated) if dated and decade >= 0 else -1)
    assert np.isfinite(rows).all()
    assert rows.shape == (len(sketches), len(NAMES))
    assert len(OWN) < len(NAMES)


@dataclass
class Fake:
    """Takes the columns that it is asked of for what it was given, and notes which these were."""

    says: Mapping[str, str]
    asked: list[str] = field(default_factory=list)

    def columns(self, sketches: Sequence[ColumnSketch], table: str) -> list[Mapping[str, float]]:
        return [{} for _ in sketches]

    def opinions(
        self, sketches: Sequence[ColumnSketch], records: Sequence[ColumnRecord], asked: Sequence[int]
    ) -> Mapping[int, ColumnOpinion]:
        self.asked = [sketches[at].name for at in asked]
        return {
            at: ColumnOpinion(type=self.says[sketches[at].name], confidence=0.83, said="its values (+0.9)")
            for at in asked
            if sketches[at].name in self.says
        }


def _told(
    rules: RuleSet, frame: Mapping[str, Sequence[str]], says: Mapping[str, str], governance: Governance | None = None
) -> tuple[Fake, dict[str, ColumnRecord], TableRecord]:
    governance = governance or defaults(rules.identifiers)
    sketches, _, _ = judged(frame, "t1", "file:///srv/t1.csv", governance)
    fake = Fake(says)
    judge = TableJudge(identifiers=rules.identifiers, names=rules.names, governance=governance, learned=fake)
    columns, table = judge.records(sketches, resource="file:///srv/t1.csv", table="t1")
    return fake, {record.column: record for record in columns}, table


def test_an_opinion_is_reported_and_for_people_to_decide(rules: RuleSet) -> None:
    fake, columns, table = _told(rules, PEOPLE, {"c3": "MRN"})
    assert fake.asked == ["c1", "c3"], "c2 is told by its values"
    found = columns["c3"]
    assert (found.detected_type, found.need_review, found.is_opinion) == ("MRN", True, True)
    assert (found.detection_methods, found.ml_score, found.confidence) == (("ML_BASED",), 0.83, 51.0)
    assert found.detection_reason == "only the learned model takes it for MRN (83%), by its values (+0.9)"
    assert columns["c2"].detected_type == "EMAIL"
    assert not columns["c2"].is_opinion
    assert table.sensitive_columns == ("c2", "c3")
    question = question_of(found, table, Surroundings(review_below=lambda _category: 0.5))
    assert question is not None
    assert found.detection_reason in question.reasons
    told = explain_column(found, governance=defaults(rules.identifiers))
    assert found.detection_reason in told.evidence
    assert any("since the learned model takes it for that" in line for line in told.evidence)


def test_an_opinion_raises_nothing_above_what_was_found(rules: RuleSet) -> None:
    _, plain, table = _told(rules, PEOPLE, {})
    _, columns, after = _told(rules, PEOPLE, {"c3": "MRN"})
    by_name = {item.name: item for item in rules.identifiers}
    assert by_name["MRN"].level.rank > plain["c2"].level.rank, "else this tests nothing"
    assert columns["c3"].level is plain["c2"].level
    assert (after.level, after.table_sensitivity_score) == (table.level, table.table_sensitivity_score)
    assert after.dominant_table_category == table.dominant_table_category
    assert {name: columns[name] for name in ("c1", "c2")} == {name: plain[name] for name in ("c1", "c2")}


def test_where_nothing_was_found_an_opinion_makes_a_table_internal_and_has_it_reviewed(rules: RuleSet) -> None:
    _, columns, table = _told(rules, {name: PEOPLE[name] for name in ("c1", "c3")}, {"c3": "MRN"})
    assert (columns["c3"].level, table.level, table.need_review) == (Level.INTERNAL, Level.INTERNAL, True)
    tally = Tally(resource="file:///srv/t1.csv")
    tally.add_table([*columns.values()], table)
    told = classify(tally, {item.name: item for item in rules.identifiers})
    assert (told.level, told.needs_review) == (Level.INTERNAL, True)
    assert "the learned model takes columns for MRN" in told.because
    assert "which is for people to say" in told.because
    held = of_column(columns["c3"])
    assert held is not None
    proven = replace(held, is_opinion=False, count=3)
    assert not held.and_also(proven).is_opinion
    assert "3 MRN were found" in held.and_also(proven).said


def test_it_is_not_asked_where_a_name_tells_or_nothing_is_there(rules: RuleSet) -> None:
    frame = {**PEOPLE, "colour": PEOPLE["c3"], "c4": [""] * 40}
    fake, columns, _ = _told(rules, frame, dict.fromkeys(frame, "MRN"))
    assert fake.asked == ["c1", "c3"]
    assert columns["colour"].detected_type is None


def test_the_configuration_can_ask_for_more_than_an_opinion(rules: RuleSet) -> None:
    governance = defaults(rules.identifiers)
    off = replace(governance, weights={**governance.weights, "ml": 0.0})
    fake, columns, _ = _told(rules, PEOPLE, {"c3": "MRN"}, off)
    assert (fake.asked, columns["c3"].detected_type) == ([], None)
    strict = replace(governance, thresholds={**governance.thresholds, ("MRN", "DETECTION"): 0.51})
    assert _told(rules, PEOPLE, {"c3": "MRN"}, strict)[1]["c3"].detected_type is None
    assert _told(rules, PEOPLE, {"c3": "NO_SUCH_TYPE"})[1]["c3"].detected_type is None


def test_opinions_have_no_rows_counted(rules: RuleSet) -> None:
    quasi = Judges(governance=defaults(rules.identifiers)).of(rules).quasi
    frame = {**PEOPLE, "zip": [f"{10_000 + 7 * at}" for at in range(40)], "gender": ["female", "male"] * 20}
    before = _told(rules, frame, {})[1]
    after = _told(rules, frame, {"c3": "DOB"})[1]
    assert after["c3"].detected_type == "DOB"
    assert quasi.places([*before.values()]) == quasi.places([*after.values()])
    decided = replace(after["c3"], need_review=False)
    assert len(quasi.places([*{**after, "c3": decided}.values()])) == len(quasi.places([*before.values()])) + 1
