"""What IAM Access Analyzer finds of a plan's resources after it was applied, beside what it found before."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from assay.aws.analyzers import ACTIVE, RESOLVED, findings_of
from assay.aws.arn import parse
from assay.aws.session import Session
from assay.errors import AwsError
from assay.observers.backed_up import arn_of
from assay.protect.external import Became, since

_BUCKETS, _ARNS = "s3://", "arn:"
_ANALYZED = ("dynamodb", "kms", "rds", "iam")


def became(session: Session, resources: Iterable[str], at: datetime) -> tuple[list[Became], list[str]]:
    """What became of the findings on these resources since a moment, and why those of a region are not known. A bucket's are
    looked for in the session's region, and where the plan's other resources are."""
    arns = {arn_of(session, each): each for each in resources if _is_analyzed(each)}
    regions = sorted(
        {session.region or "us-east-1", *(parse(arn).region for arn in arns if not arn.startswith("arn:aws:s3"))} - {""}
    )
    told: list[Became] = []
    problems: list[str] = []
    for region in regions if arns else ():
        try:
            found = findings_of(session, region, (ACTIVE, RESOLVED))
        except AwsError as error:
            problems.append(f"in {region}: {error.detail}")
            continue
        told += since(found or (), arns, at)
    return told, problems


def _is_analyzed(resource: str) -> bool:
    return resource.startswith(_BUCKETS) or (resource.startswith(_ARNS) and parse(resource).service in _ANALYZED)
