"""An object is put, read and deleted."""

from __future__ import annotations

from proving import Stage

from assay.app.permissions import calls_of
from assay.app.protection.canary import Canaries
from assay.aws.access import Access
from assay.aws.session import Session


def prepare(stage: Stage) -> None:
    """A bucket."""
    where = {"LocationConstraint": "eu-west-1"}
    stage.aws.client("s3").create_bucket(Bucket="lake", CreateBucketConfiguration=where)


def scenario(stage: Stage) -> None:  # as every scenario
    """By the calls of the option alone."""
    session = Session(Access(), calls_of("protect apply --canary"))
    assert not Canaries(session=session, account=session.account()).again(["s3://lake"])["s3://lake"].problem
