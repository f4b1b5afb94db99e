"""A resource is backed up by a plan of AWS Backup: it gets the plan's tag, beside all that it has. Taken back, it has the tag no more;
backups that were made stay for as long as they were to be kept.
"""

from __future__ import annotations

from assay.aws import backups, s3settings
from assay.aws.arn import parse
from assay.aws.session import Calls, Session
from assay.errors import ActionError
from assay.model.action import Action, State
from assay.model.backing import TAG
from assay.protectors import dynamodb_tags, ebs_tags, rds_tags, s3_bucket_tags
from assay.protectors.tagging import TagProtector

CONTROL = "backup_join"
_BUCKETS = "s3://"
_MODULES = {"s3": s3_bucket_tags, "dynamodb": dynamodb_tags, "rds": rds_tags, "ec2": ebs_tags}
CALLS: Calls = (
    s3_bucket_tags.CALLS
    | dynamodb_tags.CALLS
    | rds_tags.CALLS
    | ebs_tags.CALLS
    | backups.PLANS
    | s3settings.calls_of("versioning")
    | {"s3.GetBucketLocation"}
)
NO_PLAN, NO_VERSIONS = "no plan", "needs versioning"


def protector(session: Session, account: str) -> Joining:
    """Changes tags of the account's resources."""
    return Joining(session, account)


class Joining:
    """Writes the tag by the calls of each service."""

    def __init__(self, session: Session, account: str) -> None:
        self.calls = CALLS
        self._session = session
        self._account = account
        self._tags: dict[str, TagProtector] = {
            service: module.protector(session, account) for service, module in _MODULES.items()
        }

    def apply(self, action: Action) -> State:
        """Writes the tag where the plan that it names is there and is of it. Returns what was found before."""
        wanted = action.after[TAG]
        if wanted is not None:
            self._check(action, str(wanted))
        service, named = _named(action)
        return self._tags[service].apply(named)

    def read_back(self, action: Action) -> State:
        """The tag as it is now."""
        service, named = _named(action)
        return self._tags[service].read_back(named)

    def undo(self, action: Action) -> State:
        """Brings back what was there."""
        service, named = _named(action)
        return self._tags[service].undo(named)

    def _check(self, action: Action, plan: str) -> None:
        """A tag alone backs up nothing: the plan has to be there first."""
        is_bucket = action.resource.startswith(_BUCKETS)
        region = (
            s3settings.region_of(self._session, action.resource, self._account)
            if is_bucket
            else parse(action.resource).region
        )
        found = backups.plan_of(self._session, region, plan)
        if found is None or backups.selection_of(found, plan) is None:
            raise ActionError(NO_PLAN, f"the plan {plan} of AWS Backup is not there, or is of nothing; plan it again")
        if is_bucket:
            status = s3settings.raw_of(self._session, action.resource, self._account, "versioning") or {}
            if status.get("Status") != "Enabled":
                raise ActionError(NO_VERSIONS, "AWS Backup copies a bucket only where it keeps versions; plan it again")


def _named(action: Action) -> tuple[str, Action]:
    """The service, and the action as the writer of its tags knows it."""
    from dataclasses import replace

    service = "s3" if action.resource.startswith(_BUCKETS) else parse(action.resource).service
    return service, replace(action, control=_MODULES[service].CONTROL)
