"""Tags for what an event's scan concluded, where the rollout phase lets them be written without a person.

Those of an object follow its event at once. Those of the bucket or the table that it lies in follow later, for all events of
a while together (`ContainerTags`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import unquote

from assay.app.cloud.tagging import Tagger, judge_of, protectors
from assay.app.cloud.tagnames import scheme_in
from assay.app.cloud.tagtargets import Where, held_by, target_of
from assay.app.config.settings import Settings
from assay.app.protection.applying import BUSY, Maker
from assay.app.retry import RetryError
from assay.app.work.handling import Handled
from assay.aws.failures import TRANSIENT
from assay.aws.session import Calls, Session
from assay.errors import AwsError
from assay.events.items import ObjectItem, WorkItem
from assay.events.shapes.eventbridge import Told
from assay.model import Governance
from assay.model.action import CHANGED, Outcome, Receipt
from assay.ports import Protector
from assay.protect.plan import chosen
from assay.protect.tagscheme import Scheme
from assay.store import plans
from assay.store.engine import Catalog
from assay.store.tasks import Task

COMMAND = "worker"
OBJECTS, BUCKETS, TABLES = "s3_object_tags", "s3_bucket_tags", "dynamodb_tags"
CALLS: Calls = frozenset(
    {
        "s3.GetObjectTagging",
        "s3.ListObjectsV2",
        "s3.PutObjectTagging",
        "s3.GetBucketTagging",
        "s3.GetBucketAbac",
        "s3.PutBucketTagging",
        "s3control.TagResource",
        "dynamodb.ListTagsOfResource",
        "dynamodb.TagResource",
    }
)
"""Tags are never taken away here."""
_GOOD = (Outcome.APPLIED, Outcome.UNCHANGED)


@dataclass(frozen=True, kw_only=True)
class EventTags:
    """Writes tags of objects. What is as wanted already is not written again."""

    catalog: Catalog
    session: Session
    account: str
    scheme: Scheme
    writers: Mapping[str, Protector]
    by: str

    def __call__(self, item: WorkItem, handled: Handled) -> None:
        """Raises `RetryError` where it may succeed later."""
        if isinstance(item, ObjectItem) and handled.governance is not None:
            self.write(item.resource, OBJECTS, Where([item.resource], []), handled.governance)

    def write(self, resource: str, control: str, held: Where, governance: Governance) -> None:
        """Writes the tags of a resource that follow from what is `held` in it. Raises `RetryError` where it may succeed
        later."""
        tagger = Tagger(
            catalog=self.catalog,
            session=self.session,
            account=self.account,
            scheme=self.scheme,
            judge=judge_of(self.catalog, governance),
            calls={name: writer.calls for name, writer in self.writers.items()},
        )
        try:
            plan = tagger.plan_one(resource, control, held, command=COMMAND, by=self.by)
        except AwsError as error:
            raise RetryError(error.reason, counts=error.reason not in TRANSIENT) from None
        for refusal in plan.refusals:
            if refusal.reason in TRANSIENT:
                raise RetryError(refusal.reason, counts=False)
        ready = chosen(plan, approved=False)
        if not ready:
            return
        with self.catalog.transaction() as connection:
            plan_id = plans.keep(connection, plan)
        for receipt in self.maker().apply(plan_id, ready):
            self._check(receipt)

    def maker(self) -> Maker:
        """What makes the changes, and settles what a worker that died has left behind."""
        return Maker(catalog=self.catalog, protectors=self.writers, account=self.account, by=self.by)

    def _check(self, receipt: Receipt) -> None:
        if receipt.outcome in _GOOD:
            return
        if receipt.reason == BUSY:
            # Of a worker that died in the middle this is what is left.
            for _ in self.maker().settle():
                pass
            raise RetryError(BUSY, counts=False)
        passing = receipt.reason in TRANSIENT or receipt.reason == CHANGED
        raise RetryError(f"tags: {receipt.reason}", counts=not passing)


@dataclass(frozen=True, kw_only=True)
class ContainerTags:
    """Writes tags of buckets and of DynamoDB tables by all that is known of what they hold, under the `governance` that
    counts then."""

    tags: EventTags
    governance: Callable[[], Governance]

    def __call__(self, task: Task, _is_stopped: Callable[[], bool]) -> str:
        """Raises `RetryError` where it may succeed later."""
        target = target_of(task.resource)
        if target.bucket is not None:
            held, control = Where([task.resource], [f"{task.resource}/"]), BUCKETS
        else:
            held, control = held_by(target, []), target.control
        self.tags.write(task.resource, control, held, self.governance())
        return ""


def container_of(item: WorkItem) -> str | None:
    """The bucket or the table whose tags depend on what an item is about; `None` where there is none."""
    if isinstance(item, ObjectItem):
        return f"s3://{item.bucket}"
    return table_of(item.resource, item.account, item.region)


def table_of(resource: str, account: str | None, region: str | None) -> str | None:
    """The ARN of a table of DynamoDB, as its tags are asked for; `None` where that is not known."""
    if not resource.startswith("dynamodb://") or account is None or region is None:
        return None
    return Told("", None, account, region).arn("dynamodb", f"table/{unquote(resource.removeprefix('dynamodb://'))}")


def event_tags(catalog: Catalog, settings: Settings, session: Session, by: str) -> EventTags:
    """Raises `AwsError` where the account cannot be asked for, `ConfigError` for settings of tags that cannot be used."""
    account = session.account()
    return EventTags(
        catalog=catalog,
        session=session,
        account=account,
        scheme=scheme_in(settings),
        writers=protectors(session, account, (OBJECTS, BUCKETS, TABLES)),
        by=by,
    )
