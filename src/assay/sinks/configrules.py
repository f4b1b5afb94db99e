"""Evaluations for a custom rule of AWS Config.

https://docs.aws.amazon.com/config/latest/APIReference/API_PutEvaluations.html
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from assay.aws.failures import refusals
from assay.aws.session import Calls, Session, told

CALLS: Calls = frozenset({"config.PutEvaluations"})
LONGEST_ANNOTATION = 256
_AT_ONCE = 100
_CUT = "…"


class Evaluation(NamedTuple):
    """What is said of a resource: whether it complies, and a sentence of why."""

    type: str
    id: str
    complies: bool
    because: str


def put(
    session: Session, evaluations: Sequence[Evaluation], *, token: str, at: datetime, is_test: bool
) -> list[Evaluation]:
    """Sends them, and returns those that were not taken. With `is_test` Config checks them and keeps nothing. Raises `AwsError`."""
    client = session.client("config")
    failed: list[Evaluation] = []
    for start in range(0, len(evaluations), _AT_ONCE):
        batch = evaluations[start : start + _AT_ONCE]
        try:
            answer = client.put_evaluations(
                Evaluations=[_told(each, at) for each in batch], ResultToken=token, TestMode=is_test
            )
        except refusals() as error:
            raise told(error, "Config") from None
        # An answer of success may name some that were not taken.
        refused = {
            (each["ComplianceResourceType"], each["ComplianceResourceId"])
            for each in answer.get("FailedEvaluations") or ()
        }
        failed += [each for each in batch if (each.type, each.id) in refused]
    return failed


def _told(evaluation: Evaluation, at: datetime) -> dict[str, object]:
    annotation = evaluation.because
    if len(annotation) > LONGEST_ANNOTATION:
        annotation = annotation[: LONGEST_ANNOTATION - 1] + _CUT
    return {
        "ComplianceResourceType": evaluation.type,
        "ComplianceResourceId": evaluation.id,
        "ComplianceType": "COMPLIANT" if evaluation.complies else "NON_COMPLIANT",
        "OrderingTimestamp": at,
        **({"Annotation": annotation} if annotation else {}),
    }
