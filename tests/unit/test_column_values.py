"""Which of the roots of the desk is asked for a value of a column: one that may hold it, and no other is connected to."""

from __future__ import annotations

import pytest

from assay.app.reviews.columnvalues import is_readable
from assay.app.serving.roots import Root

TABLE = "postgresql://db.example.org:5432/shop/public/people"


@pytest.mark.parametrize(
    ("root", "resource", "is_asked"),
    [
        ("postgres://reader@db.example.org/shop", TABLE, True),
        ("postgresql+psycopg://db.example.org/shop", TABLE, True),
        ("mysql://db.example.org/shop", TABLE, False),
        ("rds://shop", TABLE, True),
        ("redshift://lab", "redshift://lab.1.eu-west-1.redshift-serverless.amazonaws.com:5439/dev/public/people", True),
        ("mongodb+srv://db.example.org/shop", "mongodb://db.example.org:27017/shop/people", True),
        ("dynamodb://people", "dynamodb://people", True),
        ("rds://shop", "s3://lake/people.csv", False),
        ("git:/srv/repository", "s3://lake/people.csv", False),
        ("git:/srv/repository", "git:///srv/repository/people.csv?commit=1", False),
        ("kafka://db.example.org/people", "s3://lake/people.csv", False),
        ("kafka://db.example.org/people", "kafka://db.example.org:9092/people", False),
        ("s3://lake", "s3://lake/people.csv", False),
        ("/srv/data", "s3://lake/people.csv", False),
    ],
)
def test_only_what_may_hold_it_is_asked(root: str, resource: str, is_asked: bool) -> None:
    assert is_readable(resource, [Root(target=root, told=root)]) is is_asked
