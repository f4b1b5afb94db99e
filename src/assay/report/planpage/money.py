"""Costs in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any


def costs(cost: Mapping[str, Any]) -> str:
    """What an action adds each month, as far as that is known."""
    if cost["monthly"] is None:
        return f"unknown ({cost['told']})"
    least = "at least " if cost["is_least"] else "about "
    return f"{least}{Decimal(cost['monthly']):,} {cost['currency']} a month ({cost['told']})"


def together(given: Iterable[Mapping[str, Any]]) -> str:
    """What several add; empty where they cost nothing."""
    told = [each for each in given if each]
    if not told:
        return ""
    known = [Decimal(each["monthly"]) for each in told if each["monthly"] is not None]
    unknown = len(told) - len(known)
    least = "at least " if unknown or any(each["is_least"] for each in told) else "about "
    amount = f"{least}{sum(known, Decimal(0)):,} {told[0]['currency']} a month" if known else "unknown"
    more = f", and {unknown:,} of which it is not known" if unknown and known else ""
    unseen = sum(not each.get("is_confirmed", True) for each in told)
    more += f"; {unseen:,} by prices that were found on no page" if unseen else ""
    return f"{amount}{more} (an estimate, by list prices of {told[0]['date']})"
