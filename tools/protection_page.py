"""The page of controls of standards: what becomes of each, from `assay.protect.standards`."""

from __future__ import annotations

from assay.protect.standards import STANDARDS, How

_INTRO = """\
# Controls of Security Hub and CIS

What [protection](protection.md) does for each control that is about what it protects: an **action** of a plan (made, verified, taken
back), a **runbook** (a plan prints what to do), or neither, and why. *Control* is what a [policy](protection.md#policies) asks for.
Whether Security Hub finds a control passed is for Security Hub to say; nothing of this was compared with it.
"""


def protection_page(made: str) -> str:
    """A table of all of them, and how many there are of each."""
    counts = {how: sum(standing.how is how for _, standing in STANDARDS.values()) for how in How}
    told = ", ".join(f"{count} {how}" for how, count in counts.items())
    lines = [made, "", _INTRO, f"{len(STANDARDS)} controls: {told}.", ""]
    lines += ["| id | asks that | answer | control | |", "|---|---|---|---|---|"]
    for name, (asks, standing) in STANDARDS.items():
        by = f"`{standing.by}`" if standing.by else ""
        lines.append(f"| {name} | {asks} | {standing.how} | {by} | {standing.note} |")
    return "\n".join([*lines, ""])
