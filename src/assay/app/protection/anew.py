"""What was made anew by the name of something that was protected: a rollback for the one must not open the other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from assay.errors import AwsError
from assay.model.action import Action, Outcome, Receipt

ANEW = "made anew"
_SKEW = timedelta(minutes=15)
"""Clocks may differ by so much; AWS refuses what is signed further off."""
_AS_NEW = frozenset({"s3_public_access_block", "s3_acls_off"})
"""What every new bucket has, as S3 makes it: that it is there does not tell whether the bucket is the same."""
_PERHAPS = (
    "of what this plan made nothing is there but what every new bucket has: it may be another one of that name; "
    "if it is the same, take it back by hand"
)


def made_anew(
    made: Sequence[Action],
    entries: Sequence[Receipt],
    *,
    now: datetime,
    born: Callable[[str], datetime | None],
    stands: Callable[[Action], bool],
) -> dict[str, str]:
    """Why which of these actions, by their ids, must not be taken back: their resource is another one of that name by now. `born` tells when it
    was made, which S3 does not tell of buckets: one is taken for another where nothing of what it had besides stands any more."""
    applied = {each.action: each.at for each in entries if each.outcome is Outcome.APPLIED}
    found: dict[str, str] = {}
    births: dict[str, datetime | None] = {}
    for action in made:
        if action.id not in applied:
            continue
        if action.resource not in births:
            births[action.resource] = _birth(action.resource, born)
        birth, least = births[action.resource], applied[action.id] + _SKEW
        if birth is not None and birth > least:
            found[action.id] = f"made on {birth:%Y-%m-%d at %H:%M} UTC, after this was: it is another one of that name"
        elif action.control in _AS_NEW and now > least:
            beside = [each for each in made if each.resource == action.resource and each.control not in _AS_NEW]
            if beside and not any(map(stands, beside)):
                # All of it: were the rest taken for taken back, nothing would tell the next time.
                told = [each for each in made if each.resource == action.resource and each.id in applied]
                found |= {each.id: _PERHAPS for each in told}
    return found


def _birth(resource: str, born: Callable[[str], datetime | None]) -> datetime | None:
    try:
        return born(resource)
    except AwsError:
        # Whoever takes it back looks at it, too, and tells why that cannot be.
        return None
