"""Asks a model within bounds: seconds, tries, tokens, money; and not any more for a while where it fails again and again."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import TimeoutError as Late
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from assay.app.threads import Threads
from assay.enrich.answers import Heard
from assay.enrich.prompts import asking
from assay.enrich.schema import NAME, schema
from assay.errors import ModelError
from assay.model.enrichment import Description, Facts, Used
from assay.ports import Enricher, ModelAnswer, ModelAsked

_TRIES = 3
_MOST_TOKENS = 2_000
_MILLION = 1_000_000
_CHARACTERS = 3
"""Of a token, at the least: what a request will take is told before it is sent."""
_GRACE = 5.0
_FAILURES = 4
_REST = 60.0
_PAUSES = (1.0, 4.0)

OVER, RESTING = "the run's budget is used up", "it failed again and again, and is left alone for a while"


class Prices(NamedTuple):
    """Of a million tokens, in any currency."""

    tokens_in: float = 0.0
    tokens_out: float = 0.0

    def of(self, tokens_in: int, tokens_out: int) -> float:
        """What so many cost."""
        return (tokens_in * self.tokens_in + tokens_out * self.tokens_out) / _MILLION


class Outcome(NamedTuple):
    """A description, or `None` with the `problems` why there is none; what it took in either case."""

    description: Description | None
    used: Used
    problems: tuple[str, ...]


@dataclass(slots=True, kw_only=True)
class Budget:
    """What a run may take. `cost` is 0 for no bound. What is promised counts until it is known what was used."""

    tokens: float
    cost: float
    prices: Prices
    _tokens: float = 0.0
    _cost: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def promise(self, tokens_in: int, tokens_out: int) -> bool:
        """Whether so many are left; if so they are taken."""
        cost = self.prices.of(tokens_in, tokens_out)
        with self._lock:
            if self._tokens + tokens_in + tokens_out > self.tokens or (self.cost and self._cost + cost > self.cost):
                return False
            self._tokens += tokens_in + tokens_out
            self._cost += cost
            return True

    def settle(self, promised: tuple[int, int], used: tuple[int, int]) -> None:
        """Puts what was used in the place of what was promised."""
        with self._lock:
            self._tokens += sum(used) - sum(promised)
            self._cost += self.prices.of(*used) - self.prices.of(*promised)


@dataclass(slots=True, kw_only=True)
class Breaker:
    """Leaves a model alone for a minute once it has failed four times one after the other; then one asks it, and the
    others once that one has an answer. `why` is what was wrong the last time."""

    clock: Callable[[], float] = time.monotonic
    why: str = ""
    _failures: int = 0
    _until: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def is_closed(self) -> bool:
        """Whether it may be asked now."""
        with self._lock:
            if self._failures < _FAILURES:
                return True
            if self.clock() < self._until:
                return False
            self._until = self.clock() + _REST
            return True

    def told(self, *, failed: bool, why: str = "") -> None:
        """What became of a question."""
        with self._lock:
            self.why = why if failed else ""
            self._failures = self._failures + 1 if failed else 0
            if self._failures >= _FAILURES:
                self._until = self.clock() + _REST


@dataclass(slots=True, kw_only=True)
class Asker:
    """Asks one model about one resource after the other; several threads may."""

    enricher: Enricher
    budget: Budget
    seconds: float
    threads: Threads
    breaker: Breaker = field(default_factory=Breaker)
    wait: Callable[[float], None] = time.sleep

    def ask(self, facts: Facts, hear: Callable[[str | Mapping[str, Any], Facts], Heard]) -> Outcome:
        """Asks, and once more where the answer has not the form. Never raises for what a model does."""
        began = time.monotonic()
        totals = [0, 0, 0]
        problems: tuple[str, ...] = ()
        description = None
        for attempt in range(2):
            try:
                answer = self._answer(facts, problems if attempt else (), totals)
            except ModelError as error:
                problems = (*problems, error.reason)
                break
            told = hear(answer.answer, facts)
            if told.description is not None:
                description, problems = told.description, (*told.left_out,)
                break
            problems = told.wrong
        used = Used(
            tokens_in=totals[0],
            tokens_out=totals[1],
            cost=round(self.budget.prices.of(totals[0], totals[1]), 6),
            seconds=round(time.monotonic() - began, 3),
            requests=totals[2],
        )
        return Outcome(description, used, problems)

    def _answer(self, facts: Facts, problems: tuple[str, ...], totals: list[int]) -> ModelAnswer:
        system, user = asking(facts, problems=problems)
        asked = ModelAsked(system, user, NAME, schema(facts))
        promised = ((len(system) + len(user) + len(str(asked.schema))) // _CHARACTERS, _MOST_TOKENS)
        for attempt in range(_TRIES):
            if not self.breaker.is_closed():
                raise ModelError(f"{RESTING}; the last time: {self.breaker.why}")
            if not self.budget.promise(*promised):
                raise ModelError(OVER)
            totals[2] += 1
            try:
                answer = self._within(asked)
            except ModelError as error:
                # What a failed one took is not told: it counts as what went in.
                self.budget.settle(promised, (promised[0], 0))
                self.breaker.told(failed=error.transient, why=error.reason)
                if not error.transient or attempt + 1 == _TRIES:
                    raise
                pause = _PAUSES[attempt] if error.after is None else error.after
                self.wait(pause * random.uniform(1.0, 1.25))  # so that many do not come back at once
                continue
            used = (answer.tokens_in or promised[0], answer.tokens_out or len(str(answer.answer)) // _CHARACTERS)
            self.budget.settle(promised, used)
            self.breaker.told(failed=False)
            totals[0] += used[0]
            totals[1] += used[1]
            return answer
        raise AssertionError("the last try returns or raises")

    def _within(self, asked: ModelAsked) -> ModelAnswer:
        """Whatever a library waits for, nobody here waits longer."""
        future = self.threads.submit(lambda: self.enricher.ask(asked, most_tokens=_MOST_TOKENS, seconds=self.seconds))
        try:
            return future.result(self.seconds + _GRACE)
        except Late:
            raise ModelError("no answer in time", transient=True) from None
        except ModelError:
            raise
        except Exception as error:  # noqa: BLE001  # a library's own mistake about an answer; what it says may quote it
            raise ModelError(f"unexpected {type(error).__name__}") from None
