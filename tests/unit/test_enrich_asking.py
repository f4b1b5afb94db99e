"""A model is asked within bounds: tries, seconds, tokens, money; it is corrected once, and left alone where it fails."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from models_for_tests import ANSWER

from assay.app.enriching.asking import OVER, RESTING, Asker, Breaker, Budget, Prices
from assay.app.enriching.gathering import without_names
from assay.app.threads import Threads
from assay.enrich.answers import Heard, heard
from assay.errors import ModelError
from assay.model.enrichment import Facts
from assay.ports import ModelAnswer, ModelAsked

FACTS = Facts(resource="file:a.txt", kind="file", level="restricted", identifiers={"SSN": 2})
GOOD = json.dumps(ANSWER)


@dataclass
class Scripted:
    """Answers one after the other; the last one again and again."""

    answers: list[Any]
    asked: list[ModelAsked] = field(default_factory=list)
    name: str = "openai"
    model: str = "scripted"

    def ask(self, asked: ModelAsked, *, most_tokens: int, seconds: float) -> ModelAnswer:
        self.asked.append(asked)
        said = self.answers[min(len(self.asked), len(self.answers)) - 1]
        if isinstance(said, Exception):
            raise said
        return ModelAnswer(said, 100, 10, self.model)


def hear(answer: str | Mapping[str, Any], facts: Facts) -> Heard:
    return heard(answer, facts, mask=lambda text: text)


def asker(
    model: Any, *, tokens: float = 1e9, cost: float = 0.0, breaker: Breaker | None = None, seconds: float = 5
) -> Asker:
    return Asker(
        enricher=model,
        budget=Budget(tokens=tokens, cost=cost, prices=Prices(1.0, 10.0)),
        seconds=seconds,
        threads=Threads(2, "tests"),
        breaker=breaker or Breaker(),
        wait=waited.append,
    )


waited: list[float] = []


@pytest.fixture(autouse=True)
def _nothing_waited() -> None:
    waited.clear()


def test_a_good_answer_is_taken_and_what_it_took_is_told() -> None:
    found = asker(Scripted([GOOD])).ask(FACTS, hear)
    assert found.description is not None
    assert found.description.summary == "A contract of employment."
    assert (found.used.tokens_in, found.used.tokens_out, found.used.requests) == (100, 10, 1)
    assert found.used.cost == pytest.approx(0.0002)


def test_a_wrong_answer_is_corrected_once() -> None:
    model = Scripted(["It is a contract.", GOOD])
    found = asker(model).ask(FACTS, hear)
    assert found.description is not None
    assert found.used.requests == 2
    assert found.used.tokens_in == 200
    assert "it is no JSON" in model.asked[1].user
    assert "It is a contract" not in model.asked[1].user, "what a document made it say is not said to it again"
    again = Scripted([json.dumps({**ANSWER, "document_type": "poem"}), "no"])
    worse = asker(again).ask(FACTS, hear)
    assert worse.description is None
    assert len(again.asked) == 2
    assert "document_type" in again.asked[1].user
    assert "poem" not in again.asked[1].user


def test_what_passes_is_tried_again_and_what_does_not_is_not() -> None:
    busy = Scripted([ModelError("busy", transient=True, after=3.0), ModelError("busy", transient=True), GOOD])
    assert asker(busy).ask(FACTS, hear).description is not None
    assert 3.0 <= waited[0] <= 3.75
    assert 4.0 <= waited[1] <= 5.0
    for_ever = Scripted([ModelError("busy", transient=True)])
    found = asker(for_ever).ask(FACTS, hear)
    assert (found.description, found.problems, len(for_ever.asked)) == (None, ("busy",), 3)
    wrong_key = Scripted([ModelError("no key")])
    assert asker(wrong_key).ask(FACTS, hear).problems == ("no key",)
    assert len(wrong_key.asked) == 1


def test_a_library_that_fails_ends_nothing_and_is_not_quoted() -> None:
    found = asker(Scripted([ValueError("Maria Gonzalez")])).ask(FACTS, hear)
    assert found.problems == ("unexpected ValueError",)


def test_no_more_tokens_are_used_than_a_run_may() -> None:
    model = Scripted([GOOD])
    some = asker(model, tokens=5_000)
    assert some.ask(FACTS, hear).description is not None
    # What was promised for the first is settled to the 110 that it took.
    while not (found := some.ask(FACTS, hear)).problems:
        assert len(model.asked) < 50
    assert found.problems == (OVER,)
    assert found.description is None
    assert 110 * len(model.asked) <= 5_000


def test_no_more_money_is_spent_than_a_run_may() -> None:
    model = Scripted([GOOD])
    some = asker(model, cost=0.03)
    while not (found := some.ask(FACTS, hear)).problems:
        assert len(model.asked) < 500
    assert found.problems == (OVER,)
    assert 0.0002 * len(model.asked) <= 0.03


def test_one_that_fails_again_and_again_is_left_alone_and_then_tried_once() -> None:
    now = [0.0]
    breaker = Breaker(clock=lambda: now[0])
    model = Scripted([ModelError("busy", transient=True)])
    some = asker(model, breaker=breaker)
    some.ask(FACTS, hear)
    some.ask(FACTS, hear)
    assert len(model.asked) == 4, "the fourth failure opens it"
    assert some.ask(FACTS, hear).problems == (f"{RESTING}; the last time: busy",)
    now[0] = 61.0
    model.answers = [GOOD]
    assert some.ask(FACTS, hear).description is not None
    assert some.ask(FACTS, hear).description is not None


def test_nobody_waits_for_one_that_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("assay.app.enriching.asking._GRACE", 0.05)
    ended = threading.Event()

    class Hanging(Scripted):
        def ask(self, asked: ModelAsked, *, most_tokens: int, seconds: float) -> ModelAnswer:
            ended.wait(20)
            return ModelAnswer(GOOD, 1, 1, "late")

    try:
        assert asker(Hanging([GOOD]), seconds=0.05).ask(FACTS, hear).problems == ("no answer in time",)
    finally:
        ended.set()


@pytest.mark.parametrize(
    "changes",
    [
        {"jurisdictions": ["GB\n"]},
        {"tags": {"Department\n": "people"}},
        {"tags": {"Department": "people\n"}},
        {"suspected": [{"identifier": "SSN\n", "where": "", "why": "it looks so"}]},
    ],
)
def test_a_line_break_at_the_end_is_no_part_of_a_name(changes: dict[str, Any]) -> None:
    assert hear(ANSWER, FACTS).description is not None
    told = hear(ANSWER | changes, FACTS)
    assert told.description is None
    assert told.wrong


@pytest.mark.parametrize(
    ("header", "told"),
    [
        ("Ada Kowalczyk", "…"),
        ("ANNA MÜLLER", "…"),
        ("anna.mueller", "….…"),
        ("hours_anna_2026", "hours_…_2026"),
        ("salaryKowalczyk", "salary…"),
        ("MüllerAnna", "……"),
        ("first_name", "first_name"),
        ("customerEmail", "customerEmail"),
        ("Month April", "Month April"),
        ("unit_price", "unit_price"),
        ("", ""),
        ("№ 7", "№ 7"),
    ],
)
def test_no_name_of_a_person_in_a_header_is_told(header: str, told: str) -> None:
    assert without_names(header) == told
