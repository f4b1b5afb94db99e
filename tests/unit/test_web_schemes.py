"""Each kind of store that can be scanned may be chosen on the pages."""

from __future__ import annotations

import pytest

from assay.app.scan import sources
from assay.web.pages.resources import SCHEMES

ALIASES = {"postgres": "postgresql", "mariadb": "mysql"}
TARGETS = {
    "s3": "s3://lake/", "dynamodb": "dynamodb://orders", "glue": "glue://sales", "rds": "rds://reader@shop/orders", "kinesis": "kinesis://clicks",
    "mongodb": "mongodb://127.0.0.1/shop", "kafka": "kafka://127.0.0.1:9092/orders", "git": "git:.",
}  # fmt: skip


def test_every_database_is_among_them() -> None:
    assert {ALIASES.get(name, name) for name in sources.DATABASES} < set(SCHEMES)


@pytest.mark.parametrize(("scheme", "target"), TARGETS.items())
def test_everything_else_that_is_a_target_is(scheme: str, target: str) -> None:
    assert sources.is_remote(target) or sources.is_git(target)
    assert scheme in SCHEMES
