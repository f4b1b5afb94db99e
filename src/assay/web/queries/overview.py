"""The whole at a glance: what is where, how it changed, and what people have to do and did."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, timedelta
from posixpath import commonprefix
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, case, func, literal, select

from assay.errors import CatalogError
from assay.store.engine import Catalog
from assay.store.ordering import by_code_point
from assay.store.schema.catalog import LEVELS, classifications, omissions, outbox, resources, runs
from assay.store.schema.review import review_decisions, review_items
from assay.web.queries.queue import is_waiting
from assay.web.queries.scopes import lies_in

DAYS = 60
LATELY = 30
"""Days after which what was read is no longer of lately."""
_PLACES = 12
_MOST = 1_000
_SECONDS = 60
_PATIENCE = 10
_LONG_SECONDS = 0.5
"""What takes longer than this to count is counted beside, while the count before is told."""
_SCOPES = 200


class Place(NamedTuple):
    """Where resources lie: a bucket, a server, a folder of this machine; how many of each level, how many were read lately, and of how many
    something could not be read."""

    name: str
    levels: Counter[str]
    lately: int = 0
    gaps: int = 0


class Day(NamedTuple):
    """How many resources had each level at the end of a day."""

    day: date
    levels: Counter[str]


class Held(NamedTuple):
    """What is where, and how it became so. `more` counts the places that are not in `places`."""

    levels: Counter[str]
    places: list[Place]
    more: int
    trend: list[Day]


class Overview(NamedTuple):
    """All that the page shows."""

    held: Held
    waiting: Counter[str]
    answered: Counter[str]
    runs: list[Any]


class _Counted(NamedTuple):
    """What was counted: of which state of the catalog, when, until when it is not counted anew, and how long it took."""

    token: tuple[int, date]
    at: float
    until: float
    took: float
    held: Held


@dataclass(kw_only=True)
class Remembered:
    """What was counted for whom: it reads every resource there is.

    It is counted anew once a level has changed or a minute has passed, but not sooner than after ten times as long as it took: while a
    large scan goes on, levels change all the time. While it is counted, others are told what was counted before; who has to wait for the
    first count does not keep a connection meanwhile. What takes long is counted beside, and nobody waits for it again.
    """

    clock: Callable[[], float] = time.monotonic
    _kept: dict[tuple[str, ...], _Counted] = field(default_factory=dict)
    _counting: dict[tuple[str, ...], threading.Lock] = field(default_factory=dict)

    def held(self, catalog: Catalog, scopes: tuple[str, ...], today: date) -> Held:
        """As it is, or was a while ago."""
        with catalog.reading() as connection:
            token = (int(connection.execute(select(func.max(outbox.c.id))).scalar() or 0), today)
        known = self._kept.get(scopes)
        if known is not None and self._holds(known, token):
            return known.held
        turn = self._counting.setdefault(scopes, threading.Lock())
        if not turn.acquire(blocking=known is None):
            assert known is not None
            return known.held
        if known is not None and known.took > _LONG_SECONDS:
            # Whoever has the turn gives it back, in whichever thread that is.
            given = (turn, catalog, scopes, token)
            threading.Thread(target=self._beside, args=given, name="assay-overview", daemon=True).start()
            return known.held
        return self._counted(turn, catalog, scopes, token)

    def _beside(self, *given: Any) -> None:
        # A catalog that is lost is told to whoever asks it next.
        with suppress(CatalogError):
            self._counted(*given)

    def _counted(
        self, turn: threading.Lock, catalog: Catalog, scopes: tuple[str, ...], token: tuple[int, date]
    ) -> Held:
        try:
            known = self._kept.get(scopes)
            if known is not None and self._holds(known, token):
                return known.held
            began = self.clock()
            with catalog.reading() as connection:
                counted = _held(connection, scopes, token[1])
            now = self.clock()
            if len(self._kept) >= _SCOPES:
                self._kept.clear()
                self._counting.clear()
            self._kept[scopes] = _Counted(token, now, now + _PATIENCE * (now - began), now - began, counted)
            return counted
        finally:
            turn.release()

    def _holds(self, known: _Counted, token: tuple[int, date]) -> bool:
        now = self.clock()
        return now < known.until or (known.token == token and now - known.at < _SECONDS)


def overview(catalog: Catalog, scopes: tuple[str, ...], today: date, remembered: Remembered) -> Overview:
    """The whole, as far as somebody may see it."""
    held = remembered.held(catalog, scopes, today)
    with catalog.reading() as connection:
        return Overview(
            held=held,
            waiting=_waiting(connection, scopes),
            answered=_answered(connection, scopes, today),
            # What a run was of is told to those who may see all of it.
            runs=list(connection.execute(_latest())) if "*" in scopes else [],
        )


def _held(connection: Connection, scopes: tuple[str, ...], today: date) -> Held:
    since = (today - timedelta(days=LATELY)).isoformat()
    of = _store(connection, resources.c.uri)
    found, lately = _levels(connection, scopes, of, since)
    if len(found) == 1 and (shared := _shared(connection, scopes)) is not None:
        # One place alone says nothing: what is in it does, unless that is a heap of files.
        within = _inside(connection, resources.c.uri, shared)
        inside, lately_inside = _levels(connection, scopes, within, since, len(LEVELS) * (_MOST + 1))
        is_heap = len(inside) > _PLACES and all(levels.total() == 1 for levels in inside.values())
        if not is_heap and len(inside) <= _MOST:
            found, lately, of = inside, lately_inside, within
    gaps = _gaps(connection, scopes, of)
    places = sorted(
        (Place(name, levels, lately[name], gaps.get(name, 0)) for name, levels in found.items()), key=_gravest
    )
    levels: Counter[str] = sum((place.levels for place in places), Counter())
    trend = list(_trend(connection, scopes, levels, today))
    return Held(levels, places[:_PLACES], max(0, len(places) - _PLACES), trend)


def _levels(
    connection: Connection, scopes: tuple[str, ...], place: ColumnElement[Any], since: str, limit: int | None = None
) -> tuple[dict[str, Counter[str]], Counter[str]]:
    """How many resources of each level are in each place, and how many were read since a day."""
    found: dict[str, Counter[str]] = {}
    lately: Counter[str] = Counter()
    asked = (
        select(
            place,
            classifications.c.level,
            func.count(),
            func.sum(case((classifications.c.seen_at >= since, 1), else_=0)),
        )
        .join(classifications, classifications.c.resource_id == resources.c.id)
        .where(lies_in(connection, resources.c.uri, scopes))
        .group_by(place, classifications.c.level)
        .limit(limit)
    )
    for name, level, number, seen in connection.execute(asked):
        found.setdefault(str(name), Counter())[str(level)] = int(number)
        lately[str(name)] += int(seen)
    return found, lately


def _gaps(connection: Connection, scopes: tuple[str, ...], place: ColumnElement[Any]) -> dict[str, int]:
    """Of how many resources in each place something could not be read, in the reading that holds."""
    asked = (
        select(place, func.count(func.distinct(omissions.c.resource_id)))
        .select_from(omissions)
        .join(classifications, classifications.c.reading_id == omissions.c.reading_id)
        .join(resources, resources.c.id == classifications.c.resource_id)
        .where(omissions.c.kind == "gap", lies_in(connection, resources.c.uri, scopes))
        .group_by(place)
    )
    return {str(name): int(number) for name, number in connection.execute(asked)}


def _shared(connection: Connection, scopes: tuple[str, ...]) -> str | None:
    """The folder that all of them lie in, with its slash; what the first and the last share, all of them do."""
    uri = by_code_point(connection, resources.c.uri)
    asked = (
        select(func.min(uri), func.max(uri))
        .join(classifications, classifications.c.resource_id == resources.c.id)
        .where(lies_in(connection, resources.c.uri, scopes))
    )
    first, last = connection.execute(asked).one()
    if first is None or first == last:
        return None
    shared = commonprefix([first, last])
    end = shared.rfind("/") + 1
    return shared[:end] if end > shared.find("://") + 3 else None


def _inside(connection: Connection, uri: ColumnElement[Any], folder: str) -> ColumnElement[Any]:
    """What a resource lies in below a folder: `file:///srv/data/hr` of `file:///srv/data/hr/a.csv`."""
    find = func.strpos if connection.dialect.name == "postgresql" else func.instr
    rest = func.substr(uri, len(folder) + 1)
    return literal(folder).op("||")(func.substr(rest, 1, find(rest.op("||")("/"), "/") - 1))


def _store(connection: Connection, uri: ColumnElement[Any]) -> ColumnElement[Any]:
    """`s3://lake` of `s3://lake/hr/a.csv`; of what has no host, as files and repositories, its first folder."""
    find = func.strpos if connection.dialect.name == "postgresql" else func.instr
    behind = func.substr(uri, find(uri, "://") + 3)
    host = func.substr(behind, 1, find(behind.op("||")("/"), "/") - 1)
    # Where there is no host, the first folder stands behind one slash more.
    rest = func.substr(behind, 2)
    folder = func.substr(rest, 1, find(rest.op("||")("/"), "/") - 1)
    scheme = func.substr(uri, 1, find(uri, "://") + 2)
    return case((host == "", scheme.op("||")("/").op("||")(folder)), else_=scheme.op("||")(host))


def _gravest(place: Place) -> tuple[Any, ...]:
    return (*(-place.levels[level] for level in LEVELS), place.name)


def _trend(connection: Connection, scopes: tuple[str, ...], now: Counter[str], today: date) -> Iterator[Day]:
    """Backwards from now by the changes of levels of each day; the earliest first."""
    since = today - timedelta(days=DAYS - 1)
    day = func.substr(outbox.c.at, 1, 10)
    asked = (
        select(day, outbox.c.old_level, outbox.c.new_level, func.count())
        .where(outbox.c.at >= since.isoformat())
        .group_by(day, outbox.c.old_level, outbox.c.new_level)
    )
    if "*" not in scopes:
        asked = asked.join(resources, resources.c.id == outbox.c.resource_id)
        asked = asked.where(lies_in(connection, resources.c.uri, scopes))
    changes: dict[str, list[tuple[str | None, str, int]]] = {}
    for at, old, new, number in connection.execute(asked):
        changes.setdefault(str(at), []).append((old, new, int(number)))
    days = []
    levels = Counter(now)
    for back in range(DAYS):
        at = today - timedelta(days=back)
        days.append(Day(at, Counter({level: max(0, levels[level]) for level in LEVELS})))
        for old, new, number in changes.get(at.isoformat(), ()):
            levels[new] -= number
            if old is not None:
                levels[old] += number
    yield from reversed(days)


def _waiting(connection: Connection, scopes: tuple[str, ...]) -> Counter[str]:
    asked = (
        select(review_items.c.level, func.count())
        .where(is_waiting(), lies_in(connection, review_items.c.resource, scopes))
        .group_by(review_items.c.level)
    )
    return Counter({str(level): int(number) for level, number in connection.execute(asked)})


def _answered(connection: Connection, scopes: tuple[str, ...], today: date) -> Counter[str]:
    since = (today - timedelta(days=30)).isoformat()
    later = review_decisions.alias()
    same = (later.c.item_id == review_decisions.c.item_id) & (later.c.id > review_decisions.c.id)
    # What was taken back was not decided.
    undone = select(later.c.id).where(same, later.c.move == "undo").exists()
    asked = (
        select(review_decisions.c.move, func.count())
        .where(
            review_decisions.c.at >= since,
            review_decisions.c.move.in_(["approve", "reject", "reclassify", "suppress"]),
            ~undone,
            lies_in(connection, review_decisions.c.resource, scopes),
        )
        .group_by(review_decisions.c.move)
    )
    return Counter({str(move): int(number) for move, number in connection.execute(asked)})


def _latest() -> Any:
    columns = (runs.c.id, runs.c.targets, runs.c.status, runs.c.started_at, runs.c.summary)
    return select(*columns).order_by(runs.c.started_at.desc()).limit(5)
