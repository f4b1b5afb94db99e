"""An account whose resources are tagged, and one whose events come to a queue."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from awsservers import Aws

if TYPE_CHECKING:
    from tagging_for_tests import Desk, Lake
    from workers_for_tests import Queues


@pytest.fixture
def desk(aws: Aws, tmp_path: Path) -> Iterator[Desk]:
    """A catalog, an account, and who tags."""
    from tagging_for_tests import Desk

    from assay.store.engine import open_catalog

    with open_catalog(f"sqlite:///{tmp_path / 'catalog.db'}", create=True) as catalog:
        yield Desk(aws=aws, catalog=catalog)


@pytest.fixture
def lake(aws: Aws) -> Lake:
    """A bucket of that account."""
    from tagging_for_tests import Lake

    return Lake(aws=aws)


@pytest.fixture
def inbox(aws: Aws) -> Queues:
    """A queue of events, and its dead-letter queue."""
    from workers_for_tests import queues

    return queues(aws)


@pytest.fixture
def intake(aws: Aws) -> str:
    """A bucket."""
    aws.client("s3").create_bucket(Bucket="intake", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    return "intake"
