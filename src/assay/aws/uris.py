"""ARNs of resources and the URIs under which the catalog has what was scanned of them, in both directions."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import quote, unquote

_SCHEMES = {
    "postgres": "postgresql",
    "aurora-postgresql": "postgresql",
    "mysql": "mysql",
    "mariadb": "mysql",
    "aurora-mysql": "mysql",
    "aurora": "mysql",
    "docdb": "mongodb",
    "redshift": "redshift",
}
_FAMILIES = {"sqlserver": "mssql", "oracle": "oracle", "custom-sqlserver": "mssql", "custom-oracle": "oracle"}
# shop.c9akciq32.eu-west-1.rds.amazonaws.com, shop.cluster-c9akciq32.…, shop.c9akciq32.docdb.cn-north-1.amazonaws.com.cn,
# lab.123456789012.eu-west-1.redshift-serverless.amazonaws.com, docs-539385264.eu-west-1.docdb-elastic.amazonaws.com
_HOST = re.compile(
    r"(?:(?P<elastic>[a-z0-9-]+)-[a-z0-9]+\.(?=[a-z0-9-]+\.docdb-elastic\.)"
    r"|(?P<name>[a-z0-9-]+)\.(?P<role>cluster-(?:ro-|custom-)?)?[a-z0-9]+\.)"
    r"(?:(?P<region>[a-z]{2}(?:-[a-z]+)+-\d+)\.(?P<service>rds|docdb-elastic|docdb|redshift-serverless|redshift)"
    r"|(?P<service2>rds|docdb|redshift)\.(?P<region2>[a-z]{2}(?:-[a-z]+)+-\d+))"
    r"\.amazonaws\.com(?P<china>\.cn)?",
    re.IGNORECASE,
)
_PATH_SCHEMES = frozenset({"s3", "dynamodb", "glue", "kinesis"})
_SERVERS = frozenset(_SCHEMES.values()) | frozenset(_FAMILIES.values())


class Place(NamedTuple):
    """What of AWS a URI of the catalog lies in: a service, the resource's name there, and the region if the URI tells."""

    service: str
    name: str
    region: str | None


def bucket(name: str, prefix: str = "") -> str:
    """A bucket, or what lies in it below `prefix`.

    >>> bucket("lake", "in/Q1 report")
    's3://lake/in/Q1%20report'
    """
    return f"s3://{name}" + (f"/{quote(prefix)}" if prefix else "")


def dynamodb_table(name: str) -> str:
    return f"dynamodb://{quote(name, safe='')}"


def glue_database(name: str) -> str:
    return f"glue://{quote(name, safe='')}"


def glue_table(database: str, name: str) -> str:
    return f"{glue_database(database)}/{quote(name, safe='')}"


def kinesis_stream(name: str) -> str:
    return f"kinesis://{quote(name, safe='')}"


def server(engine: str, host: str, port: int) -> str | None:
    """All databases of a server; `None` for an engine that no scan reads.

    >>> server("aurora-postgresql", "shop.cluster-c9.eu-west-1.rds.amazonaws.com", 5432)
    'postgresql://shop.cluster-c9.eu-west-1.rds.amazonaws.com:5432'
    """
    scheme = scheme_of(engine)
    return None if scheme is None else f"{scheme}://{host.lower()}:{port}"


def scheme_of(engine: str) -> str | None:
    """How a URL of a database of this engine begins; `None` for an engine that no scan reads."""
    family = (scheme for name, scheme in _FAMILIES.items() if engine.startswith(name))
    return _SCHEMES.get(engine) or next(family, None)


def location(text: str) -> str | None:
    """Where a Glue table's data lie, as a URI of the catalog; `None` where that is not in S3.

    >>> location("s3a://lake/orders/2026/")
    's3://lake/orders/2026'
    """
    scheme, _, rest = text.partition("://")
    name, _, prefix = rest.partition("/")
    if scheme.lower() not in ("s3", "s3a", "s3n") or not name:
        return None
    return bucket(name, prefix.rstrip("/"))


def ancestors(uri: str) -> Iterator[str]:
    """The URI itself, then what it lies below, up to the bucket, table or server.

    >>> list(ancestors("s3://lake/orders/1.csv"))
    ['s3://lake/orders/1.csv', 's3://lake/orders', 's3://lake']
    """
    start = uri.find("://") + len("://")
    end = len(uri)
    while end > start:
        yield uri[:end].rstrip("/") if uri[end - 1] == "/" else uri[:end]
        end = uri.rfind("/", start, end)


def place_of(uri: str) -> Place | None:
    """What of AWS a URI of the catalog lies in; `None` for what is not of AWS, or does not show that it is.

    >>> place_of("postgresql://shop.c9akciq32.eu-west-1.rds.amazonaws.com:5432/shop/public/orders")
    Place(service='rds', name='shop', region='eu-west-1')
    >>> place_of("redshift://lab.123456789012.eu-west-1.redshift-serverless.amazonaws.com:5439/dev/public/orders")
    Place(service='redshift-serverless', name='lab', region='eu-west-1')
    >>> place_of("mongodb://our-docs-539385264.eu-west-1.docdb-elastic.amazonaws.com:27017/app/people")
    Place(service='docdb-elastic', name='our-docs', region='eu-west-1')
    """
    scheme, _, rest = uri.partition("://")
    head = rest.partition("/")[0]
    if scheme in _PATH_SCHEMES and head:
        return Place(scheme, unquote(head), None)
    if scheme not in _SERVERS:
        return None
    found = _HOST.fullmatch(head.rpartition(":")[0] or head)
    if found is None:
        return None
    service = found["service"] or found["service2"]
    name = found["elastic"] or found["name"]
    return Place("rds" if service == "docdb" else service.lower(), name, found["region"] or found["region2"])


def root_of(uri: str) -> str:
    """The bucket, table or server that a URI lies in.

    >>> root_of("s3://lake/orders/1.csv")
    's3://lake'
    """
    scheme, _, rest = uri.partition("://")
    return f"{scheme}://{rest.partition('/')[0]}"
