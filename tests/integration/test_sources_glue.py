"""Tables of the Glue data catalog: each format with the same rows, partitions, Iceberg, and what is left out or refused."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import pickle
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import fastavro
import pyarrow as pa
import pyarrow.orc
import pyarrow.parquet
import pytest
from awsservers import REGION, Aws

import assay
from assay.aws.access import Access
from assay.aws.uris import glue_table
from assay.cli.__main__ import run
from assay.errors import AwsError, UsageError
from assay.model import AssetRef, Classification, ColumnRecord, Gap, Skip, TableRecord
from assay.sources.glue.lines import BROKEN, MORE, OTHERS
from assay.sources.glue.source import GlueSource

PEOPLE = [
    {
        "id": n,
        "ssn": f"{512 + n % 80:03}-{44 + n % 50:02}-{7100 + n:04}",
        "email": f"wren{n}@posteo.de",
        "city": "Köln, DE",
    }
    for n in range(40)
]
COLUMNS = [("id", "bigint"), ("ssn", "string"), ("email", "string"), ("city", "string")]
HIVE = "org.apache.hadoop.hive"
PARQUET, ORC, AVRO = (
    f"{HIVE}.ql.io.parquet.serde.ParquetHiveSerDe",
    f"{HIVE}.ql.io.orc.OrcSerde",
    f"{HIVE}.serde2.avro.AvroSerDe",
)
OPEN_CSV, LAZY = f"{HIVE}.serde2.OpenCSVSerde", f"{HIVE}.serde2.lazy.LazySimpleSerDe"
JSON = "org.openx.data.jsonserde.JsonSerDe"


@pytest.fixture(autouse=True)
def _own_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


class Lake:
    """A bucket and a database of the catalog, `sales`."""

    def __init__(self, aws: Aws) -> None:
        self.aws = aws
        self.s3, self.glue = aws.client("s3"), aws.client("glue")
        self.s3.create_bucket(Bucket="lake", CreateBucketConfiguration={"LocationConstraint": REGION})
        self.glue.create_database(DatabaseInput={"Name": "sales"})

    def put(self, key: str, body: bytes) -> None:
        self.s3.put_object(Bucket="lake", Key=key, Body=body)

    def table(
        self,
        name: str,
        serde: str = PARQUET,
        *,
        columns: Sequence[tuple[str, str]] = COLUMNS,
        location: str | None = None,
        keys: Sequence[str] = (),
        given: dict[str, str] | None = None,
        parameters: dict[str, str] | None = None,
        **more: Any,
    ) -> str:
        where = f"s3://lake/{name}/" if location is None else location
        stored: dict[str, Any] = {
            "Columns": [{"Name": column, "Type": kind, "Comment": f"of {name}"} for column, kind in columns],
            "Location": where,
            "InputFormat": "org.apache.hadoop.mapred.TextInputFormat",
            "SerdeInfo": ({"SerializationLibrary": serde} if serde else {}) | {"Parameters": given or {}},
        }
        told = {"StorageDescriptor": stored, "Parameters": parameters or {}, "TableType": "EXTERNAL_TABLE"}
        told["PartitionKeys"] = [{"Name": key, "Type": "string"} for key in keys]
        self.glue.create_table(DatabaseName="sales", TableInput={"Name": name, **told, **more})
        return f"glue://sales/{name}"

    def partition(self, table: str, location: str, *values: str) -> None:
        stored = {"Location": location, "SerdeInfo": {}, "Columns": []}
        self.glue.create_partition(
            DatabaseName="sales", TableName=table, PartitionInput={"Values": list(values), "StorageDescriptor": stored}
        )


@pytest.fixture
def lake(aws: Aws) -> Lake:
    return Lake(aws)


def parquet(rows: Sequence[dict[str, Any]], schema: pa.Schema | None = None) -> bytes:
    out = io.BytesIO()
    pyarrow.parquet.write_table(pa.Table.from_pylist(list(rows), schema=schema), out)
    return out.getvalue()


def orc(rows: Sequence[dict[str, Any]]) -> bytes:
    out = io.BytesIO()
    pyarrow.orc.write_table(pa.Table.from_pylist(list(rows)), out)
    return out.getvalue()


def avro(rows: Sequence[dict[str, Any]]) -> bytes:
    out = io.BytesIO()
    types = {"id": "long", "ssn": "string", "email": "string", "city": "string"}
    fields = [{"name": name, "type": kind} for name, kind in types.items()]
    fastavro.writer(out, {"type": "record", "name": "people", "fields": fields}, list(rows))
    return out.getvalue()


def lines(rows: Sequence[dict[str, Any]], delimiter: str = ",", quote: str = "") -> bytes:
    mark = f"{quote}{{}}{quote}"
    return "".join(delimiter.join(mark.format(value) for value in row.values()) + "\n" for row in rows).encode()


def jsonl(rows: Sequence[dict[str, Any]]) -> bytes:
    return "".join(json.dumps(row) + "\n" for row in rows).encode()


def scan(target: str, **options: Any) -> list[Any]:
    return list(assay.scan(target, jobs=1, **options))


def columns(records: Sequence[Any]) -> dict[str, str | None]:
    return {record.column: record.detected_type for record in records if isinstance(record, ColumnRecord)}


def gaps(records: Sequence[Any]) -> list[tuple[str, str]]:
    return [(record.resource, record.reason) for record in records if isinstance(record, Gap)]


def detail(records: Sequence[Any]) -> str:
    return " ".join(record.detail for record in records if isinstance(record, Gap))


def rows_read(records: Sequence[Any]) -> list[int]:
    return [record.rows_read for record in records if isinstance(record, TableRecord)]


FORMATS: dict[str, tuple[str, dict[str, str], dict[str, str], Callable[[Sequence[dict[str, Any]]], bytes], str]] = {
    "parquet": (PARQUET, {}, {}, parquet, "part-0.parquet"),
    "orc": (ORC, {}, {}, orc, "000000_0"),
    "avro": (AVRO, {}, {}, avro, "part-0.avro"),
    "quoted": (OPEN_CSV, {"separatorChar": ",", "quoteChar": '"'}, {}, lambda rows: lines(rows, ",", '"'), "a.csv"),
    "header": (
        OPEN_CSV, {}, {"skip.header.line.count": "1"}, lambda rows: b"w,x,y,z\n" + lines(rows, ",", '"'), "a.csv",
    ),
    "tabs": (LAZY, {"field.delim": "\t"}, {}, lambda rows: lines(rows, "\t"), "000000_0"),
    "hive's own": (LAZY, {"serialization.format": "1"}, {}, lambda rows: lines(rows, "\x01"), "000000_0"),
    "gzip": (LAZY, {"field.delim": "|"}, {}, lambda rows: gzip.compress(lines(rows, "|")), "000000_0.gz"),
    "bzip2": (LAZY, {"field.delim": "|"}, {}, lambda rows: bz2.compress(lines(rows, "|")), "000000_0.bz2"),
    "json": (JSON, {}, {}, jsonl, "part-0.json"),
}  # fmt: skip


@pytest.mark.parametrize("rows", [200, None])
@pytest.mark.parametrize("form", FORMATS)
def test_the_same_rows_are_the_same_columns_in_every_format(lake: Lake, form: str, rows: int | None) -> None:
    serde, given, parameters, written, name = FORMATS[form]
    target = lake.table("people", serde, given=given, parameters=parameters)
    lake.put(f"people/{name}", written(PEOPLE[:25]))
    lake.put(f"people/2/{name}", written(PEOPLE[25:]))
    lake.put("people/_SUCCESS", b"512-44-7100")
    lake.put("people/.hidden/a.csv", b"not a row")
    records = scan(target, rows=rows)
    assert columns(records) == {"id": None, "ssn": "SSN", "email": "EMAIL", "city": columns(records)["city"]}
    assert gaps(records) == []
    assert rows_read(records) == [40]
    tables = {record.resource for record in records if isinstance(record, ColumnRecord)}
    assert tables == {target} == {glue_table("sales", "people")}


class TestColumns:
    def test_files_that_name_their_columns_by_numbers(self, lake: Lake) -> None:
        target = lake.table("people", ORC)
        lake.put(
            "people/000000_0", orc([{f"_col{n}": value for n, value in enumerate(row.values())} for row in PEOPLE])
        )
        assert columns(scan(target))["ssn"] == "SSN"

    def test_one_that_the_catalog_has_and_no_file_has_is_judged_by_its_name(self, lake: Lake) -> None:
        target = lake.table("people", columns=[*COLUMNS, ("passport_number", "string")])
        lake.put("people/a.parquet", parquet(PEOPLE))
        assert "passport_number" in columns(scan(target))

    def test_one_that_only_a_file_has_is_told_too(self, lake: Lake) -> None:
        target = lake.table("people", columns=[("id", "bigint")])
        lake.put("people/a.parquet", parquet(PEOPLE))
        assert columns(scan(target))["ssn"] == "SSN"

    def test_names_are_the_same_in_capitals(self, lake: Lake) -> None:
        target = lake.table("people")
        lake.put("people/a.parquet", parquet([{name.upper(): value for name, value in row.items()} for row in PEOPLE]))
        assert set(columns(scan(target))) == {"id", "ssn", "email", "city"}

    def test_nested_ones(self, lake: Lake) -> None:
        nested = [{"id": row["id"], "contact": {"email": row["email"]}} for row in PEOPLE]
        given = {"columns": [("id", "bigint"), ("contact", "struct<email:string>")]}
        first, second = lake.table("deep", **given), lake.table("deep_json", JSON, **given)  # type: ignore[arg-type]
        lake.put("deep/a.parquet", parquet(nested))
        lake.put("deep_json/a.json", jsonl(nested))
        assert columns(scan(first)) == {"id": None, "contact.email": "EMAIL"}
        assert columns(scan(second))["contact.email"] == "EMAIL"

    def test_keys_of_json_by_another_name(self, lake: Lake) -> None:
        target = lake.table("people", JSON, columns=[("taxid", "string")], given={"mapping.taxid": "ssn"})
        lake.put("people/a.json", jsonl([{"ssn": row["ssn"]} for row in PEOPLE]))
        assert columns(scan(target)) == {"taxid": "SSN"}

    def test_two_that_the_catalog_does_not_tell_apart(self, lake: Lake) -> None:
        target = lake.table("people", columns=[("ssn", "string")])
        lake.put("people/a.parquet", parquet([{"SSN": row["ssn"], "ssn": row["email"]} for row in PEOPLE]))
        assert columns(scan(target)) == {"ssn": "SSN", "ssn (2)": "EMAIL"}

    def test_keys_that_are_data(self, lake: Lake) -> None:
        target = lake.table("people", JSON, columns=[("id", "bigint")])
        lake.put("people/a.json", jsonl([{"id": n, f"k{n}": f"wren{n}@posteo.de"} for n in range(600)]))
        found = columns(scan(target, rows=None))
        assert found[OTHERS] == "EMAIL"
        assert len(found) == 502

    def test_what_no_column_is_for_is_looked_at(self, lake: Lake) -> None:
        target = lake.table("people", LAZY, columns=[("id", "bigint")], given={"field.delim": "|"})
        lake.put("people/a", b"".join(f"{row['id']}|{row['ssn']}\n".encode() for row in PEOPLE))
        assert columns(scan(target)) == {"id": None, MORE: "SSN"}
        target = lake.table("broken", JSON, columns=[("id", "bigint")])
        lake.put(
            "broken/a.json", jsonl([{"id": row["id"]} for row in PEOPLE]) + lines([{"s": row["ssn"]} for row in PEOPLE])
        )
        assert columns(scan(target, rows=None)) == {"id": None, BROKEN: "SSN"}

    def test_nulls_and_quotation_marks_of_hive(self, lake: Lake) -> None:
        target = lake.table("people", LAZY, columns=COLUMNS[:2], given={"field.delim": ",", "escape.delim": "\\"})
        lake.put("people/a", b"".join(f"\\N,{row['ssn']}\n".encode() for row in PEOPLE))
        records = scan(target, rows=None)
        assert columns(records)["ssn"] == "SSN"
        quoted = lake.table("quoted", LAZY, columns=COLUMNS[:2], given={"field.delim": ","})
        lake.put("quoted/a", b"".join(f'{row["id"]},"{row["ssn"]}"\n'.encode() for row in PEOPLE))
        assert columns(scan(quoted))["ssn"] == "SSN"


class TestPartitions:
    def made(self, lake: Lake, *, registered: bool = True) -> str:
        target = lake.table("people", columns=COLUMNS[:1], keys=["ssn", "month"])
        for number, row in enumerate(PEOPLE[:30]):
            where = f"people/ssn={row['ssn']}/month=03"
            lake.put(f"{where}/a.parquet", parquet([{"id": number}]))
            if registered:
                lake.partition("people", f"s3://lake/{where}", row["ssn"], "03")
        return target

    @pytest.mark.parametrize("registered", [True, False], ids=["registered", "projected"])
    @pytest.mark.parametrize("rows", [200, None])
    def test_are_columns(self, lake: Lake, registered: bool, rows: int | None) -> None:
        target = self.made(lake, registered=registered)
        lake.aws.strict.pages(2)
        records = scan(target, rows=rows)
        assert columns(records) == {"id": None, "ssn": "SSN", "month": None}
        assert rows_read(records) == [30]

    def test_a_sample_is_of_some_files_and_a_bound_is_kept(self, lake: Lake) -> None:
        target = self.made(lake)
        lake.aws.strict.calls.clear()
        source = GlueSource(target, Access())
        [asset] = source.assets()
        assert isinstance(asset, AssetRef)
        with source.opener().open(asset) as reader:
            assert reader.sample(5, 1).rows == 5
            assert reader.info.rows_exact is False
            assert reader.sample(1000, 1).rows == 30
            assert reader.info.rows == 30

    def test_one_that_is_denied_is_a_gap_and_the_others_are_read(self, lake: Lake) -> None:
        target = self.made(lake)
        key = f"people/ssn={PEOPLE[3]['ssn']}/month=03/a.parquet"
        lake.aws.strict.deny("s3.GetObject", key=key)
        for rows in (200, None):
            records = scan(target, rows=rows)
            assert gaps(records) == [(target, "access denied")]
            assert rows_read(records) == [29]
            assert columns(records)["ssn"] == "SSN"
            assert PEOPLE[3]["ssn"] not in detail(records)
            [told] = [record for record in records if isinstance(record, Classification)]
            assert told.coverage.complete is False

    def test_a_folder_that_is_denied(self, lake: Lake) -> None:
        target = self.made(lake)
        lake.aws.strict.deny("s3.ListObjectsV2")
        assert gaps(scan(target)) == [(target, "access denied")]


class TestLargeFiles:
    def test_random_rows_of_regions(self, lake: Lake) -> None:
        target = lake.table("many", LAZY, columns=[("n", "bigint"), ("pad", "string")], given={"field.delim": ","})
        body = b"".join(b"%d,%s\n" % (n, b"x" * 90) for n in range(120_000))
        lake.put("many/a", body)
        assert len(body) > 8 * 1024 * 1024
        source = GlueSource(target, Access())
        [asset] = source.assets()
        assert isinstance(asset, AssetRef)
        with source.opener().open(asset) as reader:
            batch = reader.sample(200, 7)
            numbers = [int(value or "") for value in batch.columns[0]]
            assert len(set(numbers)) == 200
            assert min(numbers) < 40_000 < 80_000 < max(numbers)
            # More rows than the regions have: the whole file is drawn from.
            assert reader.sample(50_000, 7).rows == 50_000
            assert sum(each.rows for each in reader.read()) == 120_000


def iceberg(lake: Lake, name: str = "people", *, version: int = 2) -> str:
    """A table with two data files, one that was deleted, and a column that was renamed between the two."""
    ids = {"id": 1, "ssn": 2, "email": 3}

    def schema(*fields: tuple[str, int]) -> pa.Schema:
        kinds = {1: pa.int64()}
        return pa.schema(
            [
                pa.field(field, kinds.get(number, pa.string()), metadata={"PARQUET:field_id": str(number)})
                for field, number in fields
            ]
        )

    old = [{"id": row["id"], "tax": row["ssn"]} for row in PEOPLE[:20]]
    new = [{"id": row["id"], "ssn": row["ssn"], "email": row["email"]} for row in PEOPLE[20:]]
    gone = [{"id": row["id"], "ssn": row["ssn"], "email": "4485011831621647"} for row in PEOPLE]
    held = {
        "old": parquet(old, schema(("id", 1), ("tax", 2))),
        "new": parquet(new, schema(*ids.items())),
        "gone": parquet(gone, schema(*ids.items())),
        "deletes": parquet([{"file_path": "s3://lake/people/data/old.parquet", "pos": 1}]),
    }
    for key, data in held.items():
        lake.put(f"{name}/data/{key}.parquet", data)
    data_file = {
        "type": "record",
        "name": "r2",
        "fields": [
            *([{"name": "content", "type": "int"}] if version > 1 else []),
            {"name": "file_path", "type": "string"},
            {"name": "file_format", "type": "string"},
            {"name": "record_count", "type": "long"},
            {"name": "file_size_in_bytes", "type": "long"},
        ],
    }
    entry = {
        "type": "record",
        "name": "manifest_entry",
        "fields": [{"name": "status", "type": "int"}, {"name": "data_file", "type": data_file}],
    }

    def manifest(key: str, *files: tuple[str, int, int]) -> dict[str, Any]:
        out = io.BytesIO()
        rows = [
            {
                "status": status,
                "data_file": {
                    "content": content,
                    "file_path": f"s3://lake/{name}/data/{file}.parquet",
                    "file_format": "PARQUET",
                    "record_count": 20,
                    "file_size_in_bytes": len(held[file]),
                },
            }
            for file, status, content in files
        ]
        fastavro.writer(out, entry, rows)
        lake.put(f"{name}/metadata/{key}.avro", out.getvalue())
        return {"manifest_path": f"s3://lake/{name}/metadata/{key}.avro", "content": files[0][2]}

    manifests = [
        manifest("m0", ("old", 0, 0), ("gone", 2, 0)),
        manifest("m1", ("new", 1, 0)),
        *([manifest("m2", ("deletes", 1, 1))] if version > 1 else []),
    ]
    fields = [
        {"name": "manifest_path", "type": "string"},
        *([{"name": "content", "type": "int"}] if version > 1 else []),
    ]
    out = io.BytesIO()
    fastavro.writer(out, {"type": "record", "name": "manifest_file", "fields": fields}, manifests)
    lake.put(f"{name}/metadata/list.avro", out.getvalue())
    struct = {
        "type": "struct",
        "schema-id": 1,
        "fields": [
            {"id": 1, "name": "id", "required": True, "type": "long"},
            {"id": 2, "name": "ssn", "required": False, "type": "string", "doc": "of a person"},
            {"id": 3, "name": "email", "required": False, "type": "string"},
        ],
    }
    told = {
        "format-version": version,
        "current-schema-id": 1,
        "schemas": [{**struct, "schema-id": 0}, struct],
        "current-snapshot-id": 9,
        "snapshots": [{"snapshot-id": 9, "manifest-list": f"s3://lake/{name}/metadata/list.avro",
                       "summary": {"total-records": "40"}}],
    }  # fmt: skip
    lake.put(f"{name}/metadata/v1.metadata.json", json.dumps(told).encode())
    where = f"s3://lake/{name}/metadata/v1.metadata.json"
    return lake.table(name, "", parameters={"table_type": "ICEBERG", "metadata_location": where})


class TestIceberg:
    @pytest.mark.parametrize("version", [1, 2])
    @pytest.mark.parametrize("rows", [200, None])
    def test_files_of_the_current_snapshot_by_the_numbers_of_columns(
        self, lake: Lake, version: int, rows: int | None
    ) -> None:
        records = scan(iceberg(lake, version=version), rows=rows)
        assert columns(records) == {"id": None, "ssn": "SSN", "email": "EMAIL"}
        assert rows_read(records) == [40]
        assert gaps(records) == []

    def test_a_manifest_that_is_damaged_leaves_the_others(self, lake: Lake) -> None:
        target = iceberg(lake)
        lake.put("people/metadata/m0.avro", b"Obj\x01 is no manifest")
        records = scan(target)
        assert gaps(records) == [(target, "corrupt")]
        assert "people/metadata/m0.avro" in detail(records)
        assert rows_read(records) == [20]

    def test_a_data_file_that_vanished(self, lake: Lake) -> None:
        target = iceberg(lake)
        lake.s3.delete_object(Bucket="lake", Key="people/data/old.parquet")
        records = scan(target)
        assert gaps(records) == [(target, "vanished")]
        assert rows_read(records) == [20]

    def test_metadata_that_are_not_there_or_are_none(self, lake: Lake) -> None:
        target = iceberg(lake)
        lake.put("people/metadata/v1.metadata.json", b'{"format-version": 2}')
        assert gaps(scan(target)) == [(target, "corrupt")]
        lake.s3.delete_object(Bucket="lake", Key="people/metadata/v1.metadata.json")
        assert gaps(scan(target)) == [(target, "vanished")]


class TestLeftOut:
    def test_views_links_federated_tables_and_what_is_elsewhere(self, lake: Lake) -> None:
        lake.table("shown", TableType="VIRTUAL_VIEW", ViewOriginalText="/* Presto View */")
        lake.table("linked", TargetTable={"CatalogId": "210987654321", "DatabaseName": "theirs", "Name": "orders"})
        lake.table("far", location="shop.public.orders", parameters={"classification": "postgresql"})
        lake.glue.create_database(
            DatabaseInput={"Name": "theirs", "TargetDatabase": {"CatalogId": "1", "DatabaseName": "x"}}
        )
        records = scan("glue://")
        told = {record.resource: (record.reason, record.detail) for record in records if isinstance(record, Skip)}
        assert told["glue://sales/shown"][0] == "view"
        assert told["glue://sales/far"] == ("not in S3", "its rows are in postgresql")
        assert told["glue://theirs"][0] == "link"
        assert gaps(records) == []

    def test_a_table_without_a_location_is_a_gap(self, lake: Lake) -> None:
        target = lake.table("nowhere", location="")
        assert gaps(scan(target)) == [(target, "no location")]

    @pytest.mark.parametrize(
        ("serde", "parameters", "says"),
        [
            ("com.amazonaws.glue.serde.GrokSerDe", {}, "its rows are read by com.amazonaws.glue.serde.GrokSerDe"),
            (PARQUET, {"spark.sql.sources.provider": "delta"}, "it is of Delta"),
            ("", {}, "it does not say how its rows are written"),
            ("", {"table_type": "ICEBERG"}, "not where its metadata are"),
        ],
    )
    def test_what_cannot_be_read_as_a_table(
        self, lake: Lake, serde: str, parameters: dict[str, str], says: str
    ) -> None:
        target = lake.table("odd", serde, parameters=parameters)
        lake.put("odd/a", b"x")
        records = scan(target)
        assert len(gaps(records)) == 1
        assert says in detail(records)

    def test_a_table_without_a_file_has_columns(self, lake: Lake) -> None:
        records = scan(lake.table("people"))
        assert set(columns(records)) == {"id", "ssn", "email", "city"}
        assert gaps(records) == []

    def test_a_file_of_another_format_and_one_in_an_archive(self, lake: Lake) -> None:
        target = lake.table("people")
        lake.put("people/a.parquet", parquet(PEOPLE))
        lake.put("people/b.parquet", b"PAR1 is not what this is")
        lake.s3.put_object(Bucket="lake", Key="people/c.parquet", Body=parquet(PEOPLE), StorageClass="GLACIER")
        records = scan(target)
        assert sorted(gaps(records)) == [(target, "archived"), (target, "corrupt")]
        assert columns(records)["ssn"] == "SSN"

    def test_compressed_in_a_way_that_is_not_read(self, lake: Lake) -> None:
        target = lake.table("people", LAZY)
        lake.put("people/a.snappy", b"x")
        assert gaps(scan(target)) == [(target, "unsupported format")]


class TestNames:
    def names(self, target: str, **options: Any) -> list[str]:
        return [item.uri for item in GlueSource(target, Access(), **options).assets() if isinstance(item, AssetRef)]

    def test_by_name_by_pattern_and_all(self, lake: Lake) -> None:
        for name in ("orders_1", "orders_2", "people", "a_b"):
            lake.table(name)
        lake.glue.create_database(DatabaseInput={"Name": "crm"})
        lake.aws.strict.pages(2)
        assert self.names("glue://sales/orders_*") == ["glue://sales/orders_1", "glue://sales/orders_2"]
        assert len(self.names("glue://sales")) == len(self.names("glue://")) == len(self.names("glue://s*/")) == 4
        assert self.names("glue://Sales/People") == ["glue://sales/people"]
        assert self.names("glue://sales", exclude=["orders_*", "sales/a*"]) == ["glue://sales/people"]
        assert self.names("glue://crm") == []

    def test_no_match_is_an_error_with_a_hint(self, lake: Lake) -> None:
        lake.table("people")
        with pytest.raises(UsageError, match="glue://sales/peple: there is no such table; there is people"):
            scan("glue://sales/peple")
        with pytest.raises(UsageError, match="glue://slaes: there is no such database; there is sales"):
            scan("glue://slaes")
        with pytest.raises(UsageError, match=r"glue://sales/x\*: no table is called so"):
            scan("glue://sales/x*")
        with pytest.raises(UsageError, match=r"is no database or table of Glue"):
            scan("glue://sales/people/more")

    def test_what_is_denied_is_a_gap_and_expired_credentials_end_it(self, lake: Lake) -> None:
        lake.table("people")
        for call, resource in (("glue.GetTables", "glue://sales"), ("glue.GetDatabases", "glue://")):
            lake.aws.strict.deny(call, times=1)
            target = "glue://sales" if call == "glue.GetTables" else "glue://"
            assert gaps(scan(target)) == [(resource, "access denied")]
        lake.aws.strict.expire("glue.*")
        with pytest.raises(AwsError, match="sign in again"):
            scan("glue://sales")


def test_the_opener_is_sent_to_other_processes(lake: Lake) -> None:
    target = lake.table("people")
    lake.put("people/a.parquet", parquet(PEOPLE))
    source = GlueSource(target, Access())
    [asset] = source.assets()
    assert isinstance(asset, AssetRef)
    other = pickle.loads(pickle.dumps(source.opener()))
    with other.open(asset) as reader:
        assert reader.sample(100, 0).rows == 40


def test_no_value_is_in_any_output(lake: Lake, capfd: pytest.CaptureFixture[str]) -> None:
    lake.table("people")
    lake.put("people/a.parquet", parquet(PEOPLE))
    for form in ("table", "jsonl", "html"):
        assert run(["scan", "glue://sales", "--format", form, "-o", f"out.{form}", "--jobs", "2"]) == 0
        text = Path(f"out.{form}").read_text()
        assert "people" in text
        assert not any(row["ssn"] in text or row["email"] in text for row in PEOPLE)
    capfd.readouterr()


def test_a_scanned_table_is_dark_no_more(lake: Lake, capfd: pytest.CaptureFixture[str]) -> None:
    target = lake.table("people")
    lake.put("people/a.parquet", parquet(PEOPLE))
    run(["catalog", "init", "--catalog", "catalog.db"])
    assert run(["scan", target, "--catalog", "catalog.db", "--jobs", "1"]) == 0
    capfd.readouterr()
    run(["aws", "discover", "--service", "glue", "--region", REGION, "--format", "jsonl", "--catalog", "catalog.db"])
    found = [json.loads(line) for line in capfd.readouterr().out.splitlines()]
    assert [line["state"] for line in found if line.get("type") == "glue:table"] == ["scanned"]
