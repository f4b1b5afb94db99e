"""The first page: what is where, and what there is to do."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from fastapi import APIRouter, Request
from fastapi.responses import Response

from assay.model.identity import Role
from assay.review import rights
from assay.store.schema.catalog import LEVELS
from assay.web.access import Viewer
from assay.web.queries.overview import LATELY, Day, overview
from assay.web.rendering import page, today
from assay.web.state import Served

router = APIRouter()
_WIDE, _HIGH = 600, 120


class Area(NamedTuple):
    """A level's part of the chart, as the points of a polygon."""

    level: str
    points: str


@router.get("/", response_model=None)
def show(request: Request, served: Served, actor: Viewer) -> Response:
    """The overview."""
    found = overview(served.desk.catalog, rights.scopes(actor.grants, Role.VIEWER), today(), served.remembered)
    most = {name: max((place.levels[name] for place in found.held.places), default=0) for name in LEVELS}
    trend = known(found.held.trend)
    chart = {"areas": areas(trend), "trend": trend, "wide": _WIDE, "high": _HIGH, "levels": LEVELS}
    return page(request, "overview.html", found=found, most_of=most, heat=heat, lately=LATELY, chart=chart)


def known(trend: Sequence[Day]) -> Sequence[Day]:
    """From the day before something was known on; all of them, where something was from the beginning.

    >>> from collections import Counter; from datetime import date
    >>> days = [Day(date(2027, 1, day), Counter(public=day // 3)) for day in (1, 2, 3, 4)]
    >>> [each.day.day for each in known(days)], len(known(days[2:]))
    ([2, 3, 4], 2)
    """
    first = next((at for at, day in enumerate(trend) if day.levels.total()), 0)
    return trend[max(0, first - 1) :]


def heat(number: int, most: int) -> int:
    """How dark a cell of the map is, from 0 to 4: in each level by its own most, since the rare ones count most.

    >>> [heat(number, 1000) for number in (0, 1, 10, 200, 1000)]
    [0, 1, 2, 3, 4]
    """
    if not number:
        return 0
    return 1 + round(3 * math.log1p(number - 1) / math.log1p(most - 1)) if most > 1 else 4


def areas(trend: Sequence[Day]) -> list[Area]:
    """Stacked areas, the gravest level at the bottom; empty where nothing is known at all."""
    most = max((sum(day.levels.values()) for day in trend), default=0)
    if not most or len(trend) < 2:  # one day is no trend
        return []
    below = [0] * len(trend)
    made = []
    for level in LEVELS:
        above = [low + day.levels[level] for low, day in zip(below, trend, strict=True)]
        if above != below:
            edge = [_point(at, height, len(trend), most) for at, height in enumerate(above)]
            edge += [_point(at, height, len(trend), most) for at, height in reversed(list(enumerate(below)))]
            made.append(Area(level, " ".join(edge)))
        below = above
    return made


def _point(at: int, height: int, days: int, most: int) -> str:
    return f"{at * _WIDE / (days - 1):.1f},{_HIGH - height * _HIGH / most:.1f}"
