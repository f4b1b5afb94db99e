"""Events that ask for scans of whole resources, and what works on them, for tests."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from awsservers import ACCOUNT
from sqlalchemy import select, update

from assay.app.config.settings import load_settings
from assay.app.work import workers
from assay.app.work.workers import Asked, Parts, Rescans
from assay.store import tasks
from assay.store.engine import Catalog
from assay.store.schema.catalog import runs
from assay.store.schema.events import tasks as table
from assay.store.texts import moment

ARN = f"arn:aws:{{}}:eu-west-1:{ACCOUNT}:{{}}"


def created(resource: str, name: str, number: int = 1, **asked: str) -> dict[str, Any]:
    """A call that CloudTrail tells of."""
    service = {"CreateBucket": "s3", "CreateTable": "dynamodb", "CreateDBInstance": "rds", "CreateVolume": "ec2"}[name]
    return {
        "id": f"{name}{number}", "detail-type": "AWS API Call via CloudTrail", "source": f"aws.{service}",
        "account": ACCOUNT, "region": "eu-west-1", "time": "2026-03-02T08:15:02Z",
        "detail": {"eventName": name, "eventID": f"{name}-{resource}-{number}", "requestParameters": asked},
    }  # fmt: skip


def bucket_created(name: str, number: int = 1) -> dict[str, Any]:
    return created(name, "CreateBucket", number, bucketName=name)


def crawled(name: str) -> dict[str, Any]:
    return {
        "id": f"crawl-{name}", "detail-type": "Glue Crawler State Change", "source": "aws.glue",
        "account": ACCOUNT, "region": "eu-west-1", "time": "2026-03-02T08:15:02Z",
        "detail": {"crawlerName": name, "state": "Succeeded"},
    }  # fmt: skip


def open_tasks(catalog: Catalog) -> list[tuple[str, str, str]]:
    with catalog.reading() as connection:
        return [(each.resource, each.status, each.reason) for each in tasks.open_tasks(connection, 100)]


def scans(catalog: Catalog) -> list[tuple[str, str]]:
    """What was scanned, and how its run ended, without the runs of workers."""
    with catalog.reading() as connection:
        rows = connection.execute(select(runs.c.targets, runs.c.status).order_by(runs.c.started_at)).all()
    return [(target, status) for (targets, status) in rows for target in targets if not target.startswith("queue:")]


def rescan(
    catalog: Catalog,
    catalog_url: str,
    *,
    until: Callable[[Parts, threading.Event], None] | None = None,
    rescans: dict[str, Any] | None = None,
    **asked: Any,
) -> dict[str, int]:
    """Works on what waits; returns what became of tasks."""
    how = Asked(**{"tags": False, **asked})
    wanted = Rescans(catalog_url=catalog_url, **(rescans or {}))
    stop = threading.Event()
    with workers.parts(catalog, load_settings(), how, queue="rescans", rescans=wanted) as made:
        if until is not None:
            until(made, stop)
        made.tasks.run(stop, until_done=True)
        return dict(made.tasks.counts)


def make_due(catalog: Catalog) -> None:
    with catalog.transaction() as connection:
        connection.execute(update(table).values(due_at=moment(datetime.now(UTC) - timedelta(seconds=1))))
