"""What plans of replacements are made of, whatever is replaced: steps, what stands against them, and what is deleted in the end."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from assay.aws.arn import Arn
from assay.aws.keys import Key, key_of
from assay.aws.session import Session
from assay.errors import AwsError
from assay.model.action import Action, Refusal
from assay.model.replacement import RETIRED

CANNOT = "cannot be replaced so"
NOT_YET = "not replaced yet"
STAYS = "it stays when this is taken back"
LOST = "what is written after the snapshot stays in the original alone: stop what writes before this is applied, until it is done"


def refused(arn: Arn, control: str, reason: str, detail: str) -> Refusal:
    return Refusal(resource=str(arn), control=control, reason=reason, detail=detail)


def usable(session: Session, arn: Arn, named: str, control: str) -> Key | Refusal:
    try:
        key = key_of(session, named, arn.region)
    except AwsError as error:
        return refused(arn, control, error.reason, f"key {named} in {arn.region}: {error.detail}")
    if not key.is_usable or key.region != arn.region:
        return refused(
            arn,
            control,
            "no key",
            f"key {key.arn} is {key.state} in {key.region}; make it usable, or name another with --key",
        )
    return key


def step(arn: Arn, before: Mapping[str, Any], after: Mapping[str, Any], note: str, **more: Any) -> Action:
    return Action(resource=str(arn), control="", before=before, after=after, note=note, **{"reversible": False, **more})


def deletion(arn: Arn, what: str, note: str, **more: Any) -> Action:
    named = f"{RETIRED} {what}"
    return step(arn, {named: "there"}, {named: None}, note, breaks=f"{what} is gone for good", **more)
