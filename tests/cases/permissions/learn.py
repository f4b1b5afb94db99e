"""Versions of models in a bucket are kept, listed, promoted and taken back."""

from __future__ import annotations

import os

from awsservers import REGION
from proving import Stage


def prepare(stage: Stage) -> None:
    """A bucket without any."""
    stage.aws.client("s3").create_bucket(Bucket="lake", CreateBucketConfiguration={"LocationConstraint": REGION})
    assert stage.assay("catalog", "init", "--catalog", "catalog.db") == 0


def scenario(stage: Stage) -> None:
    """All of it."""
    from unit.test_learn_models import CARD, model

    from assay.app.config.settings import load_settings
    from assay.app.learning.models import versions_of

    os.environ["ASSAY_MODELS"] = "s3://lake/models"
    version = versions_of(load_settings()).add(model(), CARD)
    assert stage.assay("learn", "models") == 0
    assert stage.assay("learn", "promote", version, "--force", "--catalog", "catalog.db") == 0
    assert stage.assay("learn", "rollback", "--catalog", "catalog.db") == 0
