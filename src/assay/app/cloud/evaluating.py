"""Whether resources bear the tags that follow from the catalog, for AWS Config."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from assay.app.cloud.tagging import Tagger
from assay.app.cloud.tagtargets import Target
from assay.aws import tagsets
from assay.aws.session import Calls
from assay.errors import AwsError, UsageError
from assay.model.action import Planned, Refusal
from assay.observers import configids
from assay.observers.configids import config_id
from assay.sinks.configrules import Evaluation

COMMAND = "aws config-evaluations"
CALLS: Calls = tagsets.S3_BUCKET | tagsets.RDS | tagsets.DYNAMODB | tagsets.EBS | configids.CALLS


def check(target: Target, region: str | None) -> None:
    """Raises `UsageError` for what Config does not record, or not in the region of its rule."""
    if target.arn is None:
        if not target.is_whole:
            raise UsageError(f"{target.text}: AWS Config records buckets, not objects; give s3://{target.bucket}")
        return
    if target.arn.service == "glue":
        raise UsageError(f"{target.text}: AWS Config does not record Glue tables")
    if target.arn.region != region:
        raise UsageError(
            f"{target.text}: the rule is of {region or 'no region'}; run this with --region of the resource"
        )


def evaluations(tagger: Tagger, targets: Sequence[Target], *, by: str) -> Iterator[Evaluation | Refusal]:
    """What is said of each target. One whose tags or classification are not known is refused: nothing is said of it."""
    for target in targets:
        resource = target.text if target.arn is not None else f"s3://{target.bucket}"
        plan = tagger.plan([target], by=by, include_objects=False)
        if plan.refusals:
            yield from plan.refusals
            continue
        try:
            told = config_id(tagger.session, resource)
        except AwsError as error:
            yield Refusal(resource=resource, control=COMMAND, reason=error.reason, detail=error.detail)
            continue
        because = "; ".join([*map(_difference, plan.actions), *plan.notes.values()])
        yield Evaluation(told.type, told.id, complies=not plan.actions, because=because)


def _difference(planned: Planned) -> str:
    action = planned.action
    parts = [
        f"{key} is {'not there' if action.before[key] is None else action.before[key]}, and should be {value}"
        for key, value in action.after.items()
    ]
    return "; ".join(parts)
