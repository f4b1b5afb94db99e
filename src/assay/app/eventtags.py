"""Tags for what an event's scan concluded, where the rollout phase lets them be written without a person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from assay.app.applying import BUSY, Maker
from assay.app.handling import Handled, RetryError
from assay.app.settings import Settings
from assay.app.tagging import Tagger, judge_of, protectors
from assay.app.tagnames import scheme_in
from assay.app.tagtargets import Where
from assay.aws.failures import TRANSIENT
from assay.aws.session import Calls, Session
from assay.errors import AwsError
from assay.events.items import ObjectItem, WorkItem
from assay.events.shapes.eventbridge import Told
from assay.model.action import CHANGED, Outcome, Receipt
from assay.ports import Protector
from assay.protect.plan import chosen
from assay.protect.tagscheme import Scheme
from assay.store import plans
from assay.store.engine import Catalog

COMMAND = "worker"
OBJECTS, TABLES = "s3_object_tags", "dynamodb_tags"
CALLS: Calls = frozenset(
    {
        "s3.GetObjectTagging",
        "s3.ListObjectsV2",
        "s3.PutObjectTagging",
        "dynamodb.ListTagsOfResource",
        "dynamodb.TagResource",
    }
)
"""Tags are never taken away here."""
_GOOD = (Outcome.APPLIED, Outcome.UNCHANGED)


@dataclass(frozen=True, kw_only=True)
class EventTags:
    """Writes tags of objects and of DynamoDB tables. What is as wanted already is not written again."""

    catalog: Catalog
    session: Session
    account: str
    scheme: Scheme
    writers: Mapping[str, Protector]
    by: str

    def __call__(self, item: WorkItem, handled: Handled) -> None:
        """Raises `RetryError` where it may succeed later."""
        where = self._where(item)
        if where is None or handled.governance is None:
            return
        resource, control = where
        tagger = Tagger(
            catalog=self.catalog,
            session=self.session,
            account=self.account,
            scheme=self.scheme,
            judge=judge_of(self.catalog, handled.governance),
            calls={name: writer.calls for name, writer in self.writers.items()},
        )
        try:
            plan = tagger.plan_one(resource, control, Where([item.resource], []), command=COMMAND, by=self.by)
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

    def _where(self, item: WorkItem) -> tuple[str, str] | None:
        """The resource whose tags are meant, and what writes them."""
        if isinstance(item, ObjectItem):
            return item.resource, OBJECTS
        if item.source == "dynamodb" and item.resource.startswith("dynamodb://") and item.account and item.region:
            around = Told("", None, item.account, item.region)
            return around.arn("dynamodb", f"table/{item.resource.removeprefix('dynamodb://')}"), TABLES
        return None


def event_tags(catalog: Catalog, settings: Settings, session: Session, by: str) -> EventTags:
    """Raises `AwsError` where the account cannot be asked for, `ConfigError` for settings of tags that cannot be used."""
    account = session.account()
    return EventTags(
        catalog=catalog,
        session=session,
        account=account,
        scheme=scheme_in(settings),
        writers=protectors(session, account, (OBJECTS, TABLES)),
        by=by,
    )
