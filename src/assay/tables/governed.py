"""What follows from categories by the configuration: CIA rating, standards, policies."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from assay.model import Governance, Identifier


def cia(categories: Iterable[str], governance: Governance) -> str:
    """The highest rating of each kind, as `C:3/I:2/A:1`."""
    rows = [governance.categories[name] for name in categories if name in governance.categories]
    c = max((row.confidentiality for row in rows), default=0)
    i = max((row.integrity for row in rows), default=0)
    a = max((row.availability for row in rows), default=0)
    return f"C:{c}/I:{i}/A:{a}"


def policies(categories: Iterable[str], governance: Governance) -> tuple[str, ...]:
    """Recommended policies, each once, in the order of the categories."""
    rows = (governance.categories[name] for name in categories if name in governance.categories)
    return tuple(dict.fromkeys(policy for row in rows for policy in row.policies))


def frameworks(identifiers: Sequence[Identifier], categories: Iterable[str], governance: Governance) -> tuple[str, ...]:
    """Standards that the categories, or the identifiers themselves, fall under, by priority."""
    names = {identifier.name for identifier in identifiers}
    wanted = set(categories)
    rows = [
        row
        for row in governance.compliance
        if row.category in wanted and (row.identifier is None or row.identifier in names)
    ]
    rows.sort(key=lambda row: (row.priority, row.id))
    return tuple(dict.fromkeys(row.standard for row in rows))
