"""Who changed a bucket, and an account's settings for volumes, is looked up: what a watch does besides planning and applying."""

from __future__ import annotations

from datetime import UTC, datetime

from awsservers import ACCOUNT, REGION
from proving import Stage

from assay.app.permissions import calls_of
from assay.aws.access import Access
from assay.aws.session import Session
from assay.observers.changes import Changes


def scenario(stage: Stage) -> None:
    """CloudTrail knows of nothing."""
    stage.aws.strict.answer("cloudtrail.LookupEvents", {"Events": []})
    changes = Changes(session=Session(Access(), calls_of("protect watch")))
    now = datetime.now(UTC)
    assert changes.last("s3://lake", "s3_tls_only", after=now, region=REGION) is None
    assert changes.last(f"ebs://{ACCOUNT}/{REGION}", "ebs_default_encryption", after=now) is None
