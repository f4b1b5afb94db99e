"""Numbers that nothing can be found among: what is said of expressions holds for real numbers, and for real columns."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pytest

from assay.detect import purity
from assay.detect.automaton import Expression, compiled, scanner
from assay.detect.engine import Detector
from assay.detect.loading import read_identifier
from assay.detect.numeric import ANY, NEVER, Least, least
from assay.detect.plan import DISGUISE, KEYWORD, VALUE
from assay.detect.purity import Purity
from assay.detect.redact import Fingerprinter
from assay.detect.ruleset import RuleSet, load
from assay.formats.arrowtext import _written
from assay.formats.unwritten import Digits, Unwritten
from assay.model import ColumnInfo, TableInfo
from assay.ports import TableBatch
from assay.scanning.distinct import quiet
from assay.scanning.report import SplitReport
from assay.scanning.tablefile import scan_table
from assay.tables.judge import TableJudge
from assay.tables.judges import Judges

ROWS = 2_100


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        (r"\d{9}", Least(9, 1)),
        (r"(?<!\w)\d{9}(?!\w)", Least(9, 1)),
        (r"(?<![\w.])\d{9}", Least(9, 9)),
        (r"(?<!\d[./-])(?<!\w)\d{9}", Least(9, 9)),
        (r"(?<!\d\d[./-])(?<!\w)\d{9}", Least(9, 1)),  # there may be one digit before the point
        (r"(?<!\d-)\d{3}", Least(3, 1)),
        (r"\d{3}-\d{2}", Least(NEVER, NEVER)),
        (r"\d{1,3}(?:\.\d{1,3}){3}", Least(NEVER, NEVER)),
        (r"-?\d+\.\d+", Least(NEVER, 1)),
        (r"\d[eE]-\d", Least(NEVER, 1)),
        (r"(?i)1E\+\d{3}", Least(NEVER, 1)),
        (r"\d{23}", Least(NEVER, NEVER)),
        (r'1"\n"2', Least(1, 1)),
        (r"x|\d{4}", Least(4, 1)),
        (r"(?:\d{2}){2,3}", Least(4, 1)),
        (r"(?>\d{5})", Least(5, 1)),
        (r"[^a-z]", Least(0, 0)),
        (r"\bname\b", Least(NEVER, NEVER)),
        (r"\d{6}\z", Least(6, 1)),
        (r"(\d)\1{7}", ANY),  # not known
        (r"(", ANY),
        (r"[[:digit:]]{5}", ANY),
        (r"[[:^alpha:]]{5}", ANY),
        (r"\d{5}[:=>]", Least(NEVER, NEVER)),
    ],
)
def test_what_an_expression_needs(expression: str, said: Least) -> None:
    assert least(expression) == said


def lines(dice: random.Random, digits: int, *, fraction: bool) -> bytes:
    """Numbers of at most so many digits before the point, as columns of them are laid out."""
    numbers: list[float | int] = []
    for _ in range(400):
        whole = dice.randrange(10**digits) * dice.choice((1, 1, 1, -1))
        if not fraction:
            numbers.append(whole // 10 ** dice.choice((0, 0, 0, 1, digits - 1)))
            continue
        numbers.append(dice.choice((whole + dice.random(), dice.random(), round(whole / 7, 2), whole * 1e-12, 1e300)))
    kind = pa.float64() if fraction else pa.int64()
    return b'"' + '"\n"'.join(text or "" for text in _written(pa.array(numbers, kind)).to_pylist()).encode() + b'"\n'


def test_what_is_said_of_all_identifiers_holds(rules: RuleSet) -> None:
    """Numbers that are said to be too short: the automaton reports nothing that could be confirmed."""
    dice = random.Random(5)
    need = rules.plan.numbers
    assert 9 <= need.whole <= 16
    assert 9 <= need.fraction <= 16
    texts = [lines(dice, digits, fraction=False) for digits in range(1, need.whole)]
    texts += [lines(dice, digits, fraction=True) for digits in range(1, min(11, need.fraction))]
    assert rules.database is not None
    scan = scanner(rules.database)
    assert scan is not None
    for text in texts:
        raw: list[tuple[int, int, int]] = []
        scan(text, lambda number, start, end, _flags, _context, raw=raw: raw.append((number, start, end)))
        for number in {number for number, _, _ in raw}:
            target = rules.targets[number]
            if target.kind == VALUE:
                assert all(item.regex.search(text) is None for item in target.patterns), target
            elif target.kind == KEYWORD:
                near = [item for rule in target.rules for item in rule.near_word]
                assert all(item.regex.search(text) is None for item in near), target
            else:
                assert target.kind == DISGUISE


def test_what_is_said_of_named_columns_holds(rules: RuleSet) -> None:
    dice = random.Random(6)
    held = {(n, f): lines(dice, n, fraction=f)[:1_500] for n in range(1, 16) for f in (False, True) if n < 11 or not f}
    named = [item for rule in rules.rules for item in rule.in_column]
    assert any(0 < item.numbers.whole < NEVER for item in named)
    for item in named:
        # The longest that are said to be too short.
        for digits, fraction in ((min(15, item.numbers.whole - 1), False), (min(10, item.numbers.fraction - 1), True)):
            if digits > 0:
                assert item.regex.search(held[digits, fraction]) is None, (item.where, digits, fraction)


def test_an_automaton_writes_the_end_otherwise() -> None:
    scan = scanner(compiled([Expression(r"\d{6}\z")]))
    found: list[int] = []
    assert scan is not None
    scan(b'"123456', lambda _n, _s, end, *_: found.append(end))
    assert found == [7]


@pytest.mark.parametrize(
    ("array", "said"),
    [
        (pa.array([-1234, 7, None]), Digits(4, False, 2)),
        (pa.array([255], pa.uint8()), Digits(3, False, 1)),
        (pa.array([-(2**63)]), Digits(19, False, 1)),
        (pa.array([2**64 - 1], pa.uint64()), Digits(20, False, 1)),
        (pa.array([1.0, 250.0, float("nan"), None]), Digits(3, False, 2)),
        (pa.array([1.5, 250.0]), Digits(3, True, 2)),
        (pa.array([0.25]), Digits(1, True, 1)),
        (pa.array([1e17, 0.5]), Digits(18, True, 2)),
        (pa.array([1e18]), Digits(11, True, 1)),
        (pa.array([123456789012.5]), Digits(11, True, 1)),
        (pa.array([1.1], pa.float32()), Digits(1, True, 1)),
        (pa.array([None], pa.float64()), Digits(1, False, 0)),
        (pa.array([float("inf"), 1.5]), None),
        (pa.array([True]), None),
        (pa.array([1], pa.date32()), None),
        (pa.array([1], pa.timestamp("us")), None),
    ],
    ids=str,
)
def test_how_long_numbers_are(array: pa.Array, said: Digits | None) -> None:
    found = Unwritten(array, _written).digits()
    assert found == (said and said._replace(whole=0 if not said.filled else said.whole))
    if found is not None:
        texts = [text for text in _written(array).to_pylist() if text is not None]
        assert len(texts) == found.filled
        assert all(len(text.partition("e")[0].partition(".")[0].lstrip("-")) <= found.whole for text in texts)
        assert found.fraction or all(text.lstrip("-").isdecimal() for text in texts)


def test_what_is_left_out() -> None:
    column = Unwritten(pa.array([1234, None, 5] * ROWS), _written)
    values = quiet(column, Least(5, 0))
    assert values is not None
    assert (list(values.texts), values.filled, values.is_repeated) == ([], 2 * ROWS, True)
    assert quiet(column, Least(4, 9)) is None
    assert quiet(["1234"], Least(9, 9)) is None
    fractions = Unwritten(pa.array([0.5]), _written)
    assert quiet(fractions, Least(0, 2)) is not None
    assert quiet(fractions, Least(9, 1)) is None


@pytest.fixture(scope="module")
def judge(rules: RuleSet) -> TableJudge:
    return Judges().of(rules)


@pytest.mark.parametrize("mask", ["9" * 7, "9" * 10, "9" * 13, "9999.99"])
def test_no_pattern_is_passed_over_that_numbers_of_a_mask_match(
    mask: str, rules: RuleSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    values = ["".join(random.Random(n).choice("123456789") if char == "9" else char for char in mask) for n in range(3)]
    found = Purity(rules.rules)._fit(mask, values)
    monkeypatch.setattr(purity, "_is_short", lambda *_: False)
    assert found == Purity(rules.rules)._fit(mask, values)
    assert found


OWN = """name: STAFF_ID
title: Number of staff
category: CUSTOM
sensitivity: LOW
patterns:
  - {id: x, regex: '\\b77[0-9]{4}\\b', confidence: 0.8}
finds: [{text: "771234", value: "771234"}, {text: "771235", value: "771235"}, {text: "771236", value: "771236"}]
ignores: [{text: a, because: none}, {text: b, because: none}, {text: c, because: none}]
"""


def test_of_users_own_nothing_is_said(tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_text(OWN)
    rules = load([tmp_path], names=["STAFF_ID"])
    assert rules.numbers("x") == ANY
    column = Unwritten(pa.array([7] * ROWS + [771234]), _written)
    found, _ = told(["x"], [column], Detector(rules, Fingerprinter(b"x" * 32)), Judges().of(rules))
    assert [line.split()[:3] for line in found] == [[str(ROWS + 1), "x", "STAFF_ID"]]


def test_a_word_of_digits_is_nothing_without_a_value_beside_it(tmp_path: Path) -> None:
    text = OWN.replace(
        "  - {id: x, regex: '\\b77[0-9]{4}\\b', confidence: 0.8}",
        "  - {id: x, anchor: keyword, regex: '77[0-9]{4}', confidence: 0.8}",
    )
    for keyword, need in (("1099", Least(6, 1)), ("staff", Least(NEVER, NEVER))):
        (tmp_path / "own.yaml").write_text(text + f'keywords: ["{keyword}"]\n')
        assert RuleSet([read_identifier(tmp_path / "own.yaml", tmp_path)]).plan.numbers == need


def told(
    names: Sequence[str], columns: Sequence[Sequence[str | None]], detector: Detector, judge: TableJudge
) -> tuple[list[str], list[object]]:
    class Given:
        info = TableInfo(resource="memory:t", table="t", columns=tuple(ColumnInfo(name=name) for name in names))

        def read(self) -> list[TableBatch]:
            return [TableBatch(columns, len(columns[0]), 1)]

    report = SplitReport(resource="memory:t")
    found = [
        f"{each.location.row} {each.location.field} {each.identifier} {each.confidence} {each.fingerprint} {each.evidence}"
        for piece in scan_table(Given(), detector, report, judge=judge)  # type: ignore[arg-type]
        for each in piece.findings
    ]
    return sorted(found), [each for table in report.tables for each in table.columns]


def test_columns_of_numbers_are_told_as_their_texts_are(detector: Detector, judge: TableJudge) -> None:
    """Named or not, short or long: what is found in the texts is found in the numbers."""
    dice = random.Random(8)
    arrays = {
        "amount": pa.array([dice.gauss(0, 50) for _ in range(ROWS)]),
        "c": pa.array([dice.choice((4111111111111111, 5500005555555559, 4485275742308327, 12)) for _ in range(ROWS)]),
        "ssn": pa.array([dice.randint(10**8, 10**9 - 1) for _ in range(ROWS)]),
        "phone": pa.array([float(dice.randint(2 * 10**9, 9 * 10**9)) for _ in range(ROWS)]),
        "latitude": pa.array([dice.uniform(-90, 90) for _ in range(ROWS)]),
        "zip": pa.array([dice.choice((90210, 10001, 60601, None)) for _ in range(ROWS)]),
        "age": pa.array([dice.randint(0, 99) for _ in range(ROWS)], pa.int8()),
        "n": pa.array(range(ROWS)),
        "ein": pa.array([dice.choice((10, 109912345, 123456789)) for _ in range(ROWS)]),
        "id": pa.array([dice.randint(10**12, 10**15) for _ in range(ROWS)]),
    }
    names = list(arrays)
    numbers, texts = zip(
        *((Unwritten(each, _written), list(Unwritten(each, _written))) for each in arrays.values()), strict=True
    )
    found, columns = told(names, numbers, detector, judge)
    assert (found, columns) == told(names, texts, detector, judge)
    assert {line.split()[1] for line in found} >= {"c", "ssn", "phone", "latitude", "zip", "age"}
