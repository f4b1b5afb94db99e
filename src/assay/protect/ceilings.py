"""What changes cost, and which of them a policy finds too dear."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from assay.model.protection import ResourceState
from assay.protect.costs import NOTHING, cost_of, shipped_prices
from assay.protect.means import Means
from assay.protect.points import Point, Verdict, refused
from assay.protect.policy import Asked

CONTROL = "cost_ceiling"
TOO_DEAR = "costs more"


def within(
    points: Sequence[Point], state: ResourceState, asked: Mapping[str, Asked], means: Means
) -> tuple[Point, ...]:
    """The points with what each change costs. Where a control as a whole adds more than the ceiling none of it is made; where that is
    not known a person decides."""
    prices = means.prices or shipped_prices()
    made = {point.resource.rpartition("/")[2]: point.after for point in points if point.protector == "backup_plan"}
    found = means.backups.get(state.region)
    plans: Mapping[str, Mapping[str, Any]] = ChainMap(made, {} if found is None else dict(found.plans))
    ceiling = Decimal(str(asked[CONTROL].value)) if CONTROL in asked else None
    priced: list[Point] = []
    added: dict[str, Decimal] = {}
    for point in points:
        if point.verdict is not Verdict.CHANGE:
            priced.append(point)
            continue
        cost = cost_of(point, state, prices, plans)
        added[point.control] = added.get(point.control, Decimal(0)) + (cost.monthly or 0)
        told: dict[str, Any] = {} if cost is NOTHING else cost.as_json(prices)
        person = point.person
        if ceiling is not None and cost.monthly is None and not person:
            person = "what it costs is not known, and a policy has a ceiling"
        priced.append(replace(point, cost=told, person=person) if told or person != point.person else point)
    if ceiling is None:
        return tuple(priced)
    return tuple(_below(priced, added, ceiling, prices.currency))


def _below(points: Sequence[Point], added: Mapping[str, Decimal], ceiling: Decimal, currency: str) -> list[Point]:
    kept: list[Point] = []
    dear = {control for control, amount in added.items() if amount > ceiling}
    for point in points:
        if point.verdict is not Verdict.CHANGE or point.control not in dear:
            kept.append(point)
        elif not any(each.control == point.control and each.reason == TOO_DEAR for each in kept):
            detail = f"it would add about {added[point.control]:,} {currency} a month, and cost_ceiling is {ceiling:,}"
            kept.append(refused(point.control, TOO_DEAR, detail))
    return kept
