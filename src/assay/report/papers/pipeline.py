"""Assessment of a new data pipeline: a risk that says what it is made of, and a checklist of what its inputs ask for."""

from __future__ import annotations

from collections import Counter

from assay.model import Level
from assay.report.papers.facts import Facts, Held
from assay.report.papers.paper import Grid, Number, Paper, Part, listed
from assay.report.printable import counted

_BY_LEVEL = {Level.RESTRICTED: 45, Level.CONFIDENTIAL: 30, Level.UNCLASSIFIED: 25, Level.INTERNAL: 15, Level.PUBLIC: 0}
_HIGH, _MEDIUM = 60, 30
_MOST = 100
_WHAT = {
    "MASKING": "Mask the sensitive columns for everybody who does not need them in clear.",
    "ENCRYPTION": "Encrypt it where it lies and on its way, with the key of its level.",
    "TOKENIZATION": "Replace numbers of cards and accounts by tokens before they leave the input.",
    "ACCESS_CONTROL": "Give the pipeline a role of its own that reads these inputs and nothing else.",
    "AUDIT_LOGGING": "Log who reads the output, and keep the log.",
    "RETENTION": "Say how long the output is kept, and who deletes it.",
    "ROTATION": "Take passwords and keys out of the inputs, and replace them, before anything is copied.",
}


def pipeline(facts: Facts, inputs: tuple[str, ...]) -> Paper:
    """The paper, of inputs as they were asked for; `facts.held` are the resources that these are, or that lie below them."""
    held = facts.held
    made_of = _made_of(held, facts)
    risk = min(_MOST, sum(points for _, points in made_of))
    word = "high" if risk >= _HIGH else "medium" if risk >= _MEDIUM else "low"
    checks = _checks(held, inputs)
    rows = tuple(
        (each.uri, each.level, ", ".join(sorted(each.identifiers)), ", ".join(each.frameworks), each.owner, each.region)
        for each in sorted(held, key=lambda each: (-each.level.rank, each.uri))
    )
    parts = (
        Part(
            title="What the risk is made of",
            said=(f"{risk} of {_MOST}: {word}. The output is at least as sensitive as the most sensitive input.",),
            bars=tuple(made_of),
        ),
        Part(
            title="Checklist",
            grid=Grid(name="checklist", columns=("step", "because"), rows=tuple(checks)),
            is_bad=word == "high",
        ),
        Part(
            title="Inputs",
            grid=Grid(name="inputs", columns=("resource", "level", "holds", "frameworks", "owner", "region"), rows=rows) if rows else None,
        ),
    )  # fmt: skip
    return Paper(
        name="pipeline",
        title="Assessment of a data pipeline",
        about=", ".join(inputs),
        made_at=facts.made_at,
        numbers=(
            Number(title="Risk", number=f"{risk}", of=f"of {_MOST}: {word}", is_bad=word == "high"),
            Number(title="Inputs", number=f"{len(inputs):,}", of=counted(len(held), "resource")),
            Number(title="Steps", number=f"{len(checks):,}", of="of the checklist"),
        ),
        parts=parts,
        limits=(
            "It knows what was scanned of the inputs; what the pipeline makes of them has to be scanned once it is there.",
        ),
    )


def _made_of(held: tuple[Held, ...], facts: Facts) -> list[tuple[str, int]]:
    told: list[tuple[str, int]] = []
    if held:
        worst = max(held, key=lambda each: each.level.rank).level
        told.append((f"the worst input is {worst.value}", _BY_LEVEL[worst]))
    categories = sorted({category for each in held for category in each.categories})
    if len(categories) > 1:
        told.append((f"{', '.join(categories)} come together", 5 * (len(categories) - 1)))
    if any("SECRETS" in each.categories for each in held):
        told.append(("passwords or keys are among it", 15))
    stores = {each.store for each in held}
    people = Counter(each.store for each in held if "PII" in each.categories)
    if len(stores) > 1 and len(people) > 1:
        told.append(("people of several places are brought together", 10))
    if {each.region for each in held if each.region is not None} and len({each.region for each in held}) > 1:
        told.append(("inputs lie in several regions, or in ones that are not known", 10))
    if any(not each.is_complete for each in held):
        told.append(("not all was read", 10))
    if any(each.needs_review for each in held):
        told.append(("questions about it are open", 5))
    if any(each.owner is None for each in held):
        told.append(("not all has an owner", 5))
    unmet = [each for each in facts.controls if each.store in stores and not each.is_met]
    if unmet:
        told.append((f"{counted(len(unmet), 'control')} of its inputs are not met", 10))
    return told


def _checks(held: tuple[Held, ...], inputs: tuple[str, ...]) -> list[tuple[str, str]]:
    wanted: dict[str, list[str]] = {}
    for each in held:
        for policy in each.policies:
            wanted.setdefault(policy, []).append(each.uri)
    checks = [
        (_WHAT.get(policy, f"Answer the policy {policy.replace('_', ' ').lower()}."), f"asked for by {listed(of, 2)}")
        for policy, of in wanted.items()
    ]
    frameworks = sorted({name for each in held for name in each.frameworks})
    if frameworks:
        checks.append(
            (
                "Write down the purpose and the legal ground, and enter it in the record of processing.",
                f"falls under {listed(frameworks, 6)}",
            )
        )
    partly = [each.uri for each in held if not each.is_complete]
    if partly:
        checks.append(("Scan the inputs to their end (assay scan --full).", f"not all was read of {listed(partly, 2)}"))
    waiting = [each.uri for each in held if each.needs_review]
    if waiting:
        checks.append(("Answer the open questions (assay review list).", f"of {listed(waiting, 2)}"))
    ownerless = [each.uri for each in held if each.owner is None]
    if ownerless:
        checks.append(
            (
                "Name an owner who agrees to it.",
                f"{counted(len(ownerless), 'input')} without one: {listed(ownerless, 2)}",
            )
        )
    checks.append(
        (
            "Tag the output with the highest level of its inputs, and scan it after the first run.",
            f"{counted(len(inputs), 'input')} flow into it",
        )
    )
    return checks
