"""What is known of tables and columns as payloads of data catalogs: DataHub and OpenMetadata. Both add tags and replace none.

https://docs.datahub.com/docs/advanced/patch, https://docs.open-metadata.org/latest/main-concepts/metadata-standard/schemas/type/taglabel
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

from assay.model import Level

_PLATFORMS = {
    "postgresql": "postgres",
    "mysql": "mysql",
    "mariadb": "mariadb",
    "redshift": "redshift",
    "snowflake": "snowflake",
    "mongodb": "mongodb",
    "dynamodb": "dynamodb",
    "glue": "glue",
    "s3": "s3",
    "sqlite": "sqlite",
    "duckdb": "duckdb",
    "file": "file",
    "kinesis": "kinesis",
    "mssql": "mssql",
    "oracle": "oracle",
    "kafka": "kafka",
}
"""DataHub's names of platforms, by the scheme of a URI."""

_SAID = (Level.INTERNAL, Level.CONFIDENTIAL, Level.RESTRICTED)
_WITHOUT_SCHEMAS = ("mysql", "mariadb")
"""What OpenMetadata calls their databases is a schema, of a database that is `default` where nobody named it otherwise.

https://docs.open-metadata.org/latest/main-concepts/metadata-standard/schemas/entity/services/connections/database/mysqlconnection"""
CLASSIFICATION = "Assay"
_JSON_PATCH = "application/json-patch+json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """A table with what is concluded of it and its columns: name, level, and the identifier that was found in each."""

    resource: str
    table: str
    level: Level
    kinds: tuple[str, ...]
    columns: tuple[tuple[str, Level, str | None], ...]


def datahub(tables: Iterable[Described], *, environment: str = "PROD") -> Iterator[dict[str, Any]]:
    """Metadata change proposals, as DataHub's source `file` reads a list of them: tags of datasets and of their fields."""
    tags: dict[str, None] = {}
    proposals: list[dict[str, Any]] = []
    for each in tables:
        if each.level not in _SAID:
            continue
        urn = dataset_urn(each.resource, each.table, environment)
        names = [each.level.value, *each.kinds]
        tags.update(dict.fromkeys(names))
        proposals.append(
            _patch(urn, "globalTags", [(f"/tags/{_pointer(_tag(name))}", {"tag": _tag(name)}) for name in names])
        )
        fields = []
        for column, level, kind in each.columns:
            if level not in _SAID:
                continue
            for name in filter(None, (level.value, kind)):
                tags[name] = None
                path = f"/editableSchemaFieldInfo/{_pointer(column)}/globalTags/tags/{_pointer(_tag(name))}"
                fields.append((path, {"tag": _tag(name)}))
        if fields:
            proposals.append(_patch(urn, "editableSchemaMetadata", fields))
    for name in tags:
        yield {
            "entityType": "tag",
            "entityUrn": _tag(name),
            "changeType": "UPSERT",
            "aspectName": "tagProperties",
            "aspect": _value({"name": f"assay.{name}", "description": _meaning(name)}, "application/json"),
        }
    yield from proposals


def _patch(urn: str, aspect: str, adds: list[tuple[str, dict[str, str]]]) -> dict[str, Any]:
    return {
        "entityType": "dataset",
        "entityUrn": urn,
        "changeType": "PATCH",
        "aspectName": aspect,
        "aspect": _value([{"op": "add", "path": path, "value": value} for path, value in adds], _JSON_PATCH),
    }


def _value(document: object, kind: str) -> dict[str, str]:
    return {"contentType": kind, "value": json.dumps(document, ensure_ascii=False)}


def dataset_urn(resource: str, table: str, environment: str) -> str:
    """The URN that DataHub's own ingestion gives a dataset.

    >>> dataset_urn("postgresql://db:5432/shop/public/staff", "staff", "PROD")
    'urn:li:dataset:(urn:li:dataPlatform:postgres,shop.public.staff,PROD)'
    >>> dataset_urn("s3://lake/crm/a.csv", "a", "PROD")
    'urn:li:dataset:(urn:li:dataPlatform:s3,lake/crm/a.csv,PROD)'
    """
    parts = urlsplit(resource)
    path = [unquote(part) for part in parts.path.split("/") if part]
    if parts.scheme in ("file", "sqlite", "duckdb"):
        name = unquote(parts.path)
    elif parts.scheme == "s3":
        name = "/".join([parts.netloc, *path])
    elif parts.scheme in ("dynamodb", "glue", "kinesis"):
        name = ".".join([unquote(parts.netloc), *path])
    else:
        name = ".".join(path)
    if _is_one_of_many(resource, table):
        name = f"{name}.{table}"
    # What parts of a URN are set apart by has to be encoded in them.
    for sign, code in (("%", "%25"), (",", "%2C"), ("(", "%28"), (")", "%29")):
        name = name.replace(sign, code)
    return f"urn:li:dataset:(urn:li:dataPlatform:{_PLATFORMS.get(parts.scheme, parts.scheme)},{name},{environment})"


def _is_one_of_many(resource: str, table: str) -> bool:
    """Whether a file or a server holds tables besides this one, so that its name has to be told."""
    from assay.report.spelling import is_whole

    return bool(table) and not is_whole(resource, table)


def _tag(name: str) -> str:
    return f"urn:li:tag:assay.{name}"


def _pointer(part: str) -> str:
    """A part of a JSON pointer (RFC 6901, 3)."""
    return part.replace("~", "~0").replace("/", "~1")


def _meaning(name: str) -> str:
    levels = {level.value for level in Level}
    return f"assay: level of data, {name}" if name in levels else f"assay: {name} was found"


def openmetadata(tables: Iterable[Described], *, service: str = "") -> Iterator[dict[str, Any]]:
    """Requests of OpenMetadata's API, in the order in which they are to be made: its classification, the tags, and of each table the
    tags that it and its columns have besides, under the name of the `service` that it was ingested by (else its platform)."""
    described = [each for each in tables if each.level in _SAID]
    names: dict[str, None] = {}
    for each in described:
        names.update(dict.fromkeys([each.level.value, *each.kinds]))
        names.update(
            dict.fromkeys(
                name for _, level, kind in each.columns if level in _SAID for name in (level.value, kind) if name
            )
        )
    if not described:
        return
    yield {
        "method": "PUT",
        "path": "/v1/classifications",
        "body": {
            "name": CLASSIFICATION,
            "description": "Levels and kinds of data that assay concluded.",
            "mutuallyExclusive": False,
        },
    }
    for name in names:
        yield {
            "method": "PUT",
            "path": "/v1/tags",
            "body": {"name": name, "classification": CLASSIFICATION, "description": _meaning(name)},
        }
    for each in described:
        yield {
            "kind": "table",
            "fullyQualifiedName": qualified_name(each.resource, each.table, service),
            "tags": [_label(name) for name in (each.level.value, *each.kinds)],
            "columns": [
                {"name": _ingested(column), "tags": [_label(name) for name in (level.value, kind) if name]}
                for column, level, kind in each.columns
                if level in _SAID
            ],
        }


def _label(name: str) -> dict[str, str]:
    return {
        "tagFQN": f"{CLASSIFICATION}.{name}",
        "source": "Classification",
        "labelType": "Automated",
        "state": "Suggested",
    }


def qualified_name(resource: str, table: str, service: str) -> str:
    """A table's fully qualified name; parts with a dot stand in quotes, and signs that none may have are as OpenMetadata's own
    ingestion writes them.

    >>> qualified_name("postgresql://db:5432/shop/public/staff", "staff", "warehouse")
    'warehouse.shop.public.staff'
    >>> qualified_name("mysql://db:3306/shop/staff", "staff", "")
    'mysql.default.shop.staff'
    >>> qualified_name("s3://lake/crm/a.csv", "a", "")
    's3.lake."crm/a.csv"'
    """
    parts = urlsplit(resource)
    path = [unquote(part) for part in parts.path.split("/") if part]
    scheme = _PLATFORMS.get(parts.scheme, parts.scheme)
    names = [service or scheme]
    if parts.scheme in ("s3", "file"):
        names += [part for part in (parts.netloc, "/".join(path)) if part]
    elif parts.scheme in ("dynamodb", "glue", "kinesis"):
        names += [unquote(parts.netloc), *path]
    elif parts.scheme in _WITHOUT_SCHEMAS:
        names += ["default", *path]
    else:
        names += path
    if _is_one_of_many(resource, table):
        names.append(table)
    return ".".join(f'"{name}"' if "." in name else name for name in map(_ingested, names))


def _ingested(name: str) -> str:
    """A name as it is kept by OpenMetadata, https://docs.open-metadata.org/latest/main-concepts/metadata-standard/schemas/type/basic.

    >>> _ingested('we"ird')
    'we__reserved__quote__ird'
    """
    for sign, word in (("::", "colon"), (">", "arrow"), ('"', "quote")):
        name = name.replace(sign, f"__reserved__{word}__")
    return name
