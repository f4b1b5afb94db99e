"""What the rollout phase lets happen to what was concluded of a resource."""

from __future__ import annotations

from collections.abc import Iterable

from assay.model import Classification, Governance
from assay.model.review import Phase, PhaseRow
from assay.review.phases import Ruling, Thresholds, decide, phase_of


def ruling_of(
    found: Classification, phases: Iterable[PhaseRow], governance: Governance | None, *, is_decided: bool
) -> Ruling:
    """The ruling on a classification under these phases. `is_decided` says that a reviewer has decided on the resource."""
    phase = phase_of(found.resource, phases)
    below = [governance.threshold(each, "REVIEW") for each in found.categories] if governance is not None else []
    limits = Thresholds(review=max(below, default=0.0))
    # In pilot a reviewer decides on what a resource is, not yet on what is done to it.
    settled = is_decided and phase is not Phase.PILOT
    return decide(found.confidence, found.level, phase, limits, settled=settled)
