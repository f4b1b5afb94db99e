"""ARNs and URIs of the catalog, in both directions."""

from __future__ import annotations

import pytest

from assay.aws import uris


@pytest.mark.parametrize(
    ("engine", "uri"),
    [
        ("postgres", "postgresql://shop.c9.eu-west-1.rds.amazonaws.com:5432"),
        ("aurora-mysql", "mysql://shop.c9.eu-west-1.rds.amazonaws.com:5432"),
        ("docdb", "mongodb://shop.c9.eu-west-1.rds.amazonaws.com:5432"),
        ("sqlserver-ex", "mssql://shop.c9.eu-west-1.rds.amazonaws.com:5432"),
        ("oracle-ee-cdb", "oracle://shop.c9.eu-west-1.rds.amazonaws.com:5432"),
        ("neptune", None),
        ("", None),
    ],
)
def test_a_server_has_the_scheme_of_its_engine(engine: str, uri: str | None) -> None:
    assert uris.server(engine, "Shop.c9.eu-west-1.rds.amazonaws.com", 5432) == uri


@pytest.mark.parametrize(
    ("text", "uri"),
    [
        ("s3://lake/orders/", "s3://lake/orders"),
        ("s3n://lake", "s3://lake"),
        ("s3a://lake/a b/c", "s3://lake/a%20b/c"),
        ("hdfs://namenode/warehouse", None),
        ("arn:aws:kinesis:eu-west-1:123456789012:stream/s3", None),
        ("", None),
    ],
)
def test_where_a_table_lies(text: str, uri: str | None) -> None:
    assert uris.location(text) == uri


@pytest.mark.parametrize(
    ("uri", "service", "name", "region"),
    [
        ("s3://lake/orders/1.csv", "s3", "lake", None),
        ("dynamodb://orders3", "dynamodb", "orders3", None),
        ("glue://rds/dynamodb", "glue", "rds", None),
        ("kinesis://s3-events", "kinesis", "s3-events", None),
        ("postgresql://shop.c9.eu-west-1.rds.amazonaws.com:5432/shop/public/orders", "rds", "shop", "eu-west-1"),
        ("mysql://core.cluster-ro-c9.us-gov-west-1.rds.amazonaws.com:3306/a/b", "rds", "core", "us-gov-west-1"),
        ("mysql://shop.rds.cn-north-1.amazonaws.com.cn:3306/shop/orders", None, None, None),
        ("postgresql://shop.c9.rds.cn-north-1.amazonaws.com.cn:5432/shop", "rds", "shop", "cn-north-1"),
        ("mongodb://docs.cluster-c9.eu-west-1.docdb.amazonaws.com:27017/docs", "rds", "docs", "eu-west-1"),
        ("mongodb://docs.cluster-c9.docdb.cn-north-1.amazonaws.com.cn:27017/docs", "rds", "docs", "cn-north-1"),
        ("redshift://dwh.c9.eu-west-1.redshift.amazonaws.com:5439/dwh", "redshift", "dwh", "eu-west-1"),
        ("postgresql://db.example.org:5432/shop", None, None, None),
        ("postgresql://rds.amazonaws.com.example.org:5432/shop", None, None, None),
        ("snowflake://account/db/schema/table", None, None, None),
        ("file:///srv/s3/rds.csv", None, None, None),
        ("s3://", None, None, None),
    ],
)
def test_what_of_aws_a_uri_lies_in(uri: str, service: str | None, name: str | None, region: str | None) -> None:
    place = uris.place_of(uri)
    assert place == (None if service is None else (service, name, region))


def test_ancestors_end_at_the_bucket() -> None:
    assert list(uris.ancestors("s3://lake/a//b")) == ["s3://lake/a//b", "s3://lake/a", "s3://lake/a", "s3://lake"]
    assert list(uris.ancestors("postgresql://[::1]:5432/shop/public")) == [
        "postgresql://[::1]:5432/shop/public",
        "postgresql://[::1]:5432/shop",
        "postgresql://[::1]:5432",
    ]
    assert uris.root_of("postgresql://host:5432/shop/public") == "postgresql://host:5432"
