"""Tables by Spark and Hive: one planted table, in the ways of writing that old and new versions have.

pip install pyspark==3.5.9; python tables_by_spark.py FOLDER
"""

import datetime as dt
import shutil
import sys
import tempfile
from decimal import Decimal
from pathlib import Path

from pyspark.sql import SparkSession

OUT, AT = Path(sys.argv[1]), Path(tempfile.mkdtemp())
SCHEMA = (
    "id long, name string, size double, born date, seen timestamp, price decimal(12,2), ok boolean, ssn string, note string, "
    "person struct<ssn:string,number:int>, notes array<string>, more map<string,string>"
)


def ssn(number: int) -> str:
    return f"512-44-7{number:03}"


def row(n: int) -> tuple:
    return (
        n,
        f"Zoë {n}",
        n + 0.5,
        dt.date(1980, 5, 1 + n % 28),
        dt.datetime(2020, 1, 2, 3, 4, n),  # noqa: DTZ001  # of the zone of the session
        Decimal(n) / 4,
        n % 2 == 0,
        ssn(891) if n == 3 else None,
        f"SSN: {ssn(892)}" if n == 7 else None if n % 3 == 0 else "漢字 ~ O'Neil",
        (ssn(893) if n == 9 else None, n),
        [f"SSN {ssn(894)}" if n == 11 else "none", "x"],
        {"note": f"SSN {ssn(895)}" if n == 13 else "none"},
    )


def keep(folder: Path, name: str) -> None:
    (made,) = folder.glob("part-*")
    shutil.copy(made, OUT / name)


spark = (
    SparkSession.builder.master("local[1]")
    .enableHiveSupport()
    .config("spark.driver.bindAddress", "127.0.0.1")
    .config("spark.driver.host", "127.0.0.1")
    .config("spark.ui.enabled", "false")
    .config("spark.sql.session.timeZone", "UTC")
    .config("spark.sql.warehouse.dir", str(AT / "tables"))
    .config("spark.sql.hive.convertMetastoreParquet", "false")  # written by Hive, not by Spark
    .config("spark.sql.hive.convertMetastoreOrc", "false")
    .config("spark.hadoop.javax.jdo.option.ConnectionURL", f"jdbc:derby:{AT}/metastore;create=true")
    .getOrCreate()
)
table = spark.createDataFrame([row(n) for n in range(1, 31)], SCHEMA).coalesce(1)
table.createOrReplaceTempView("planted")
for name, codec, times, legacy in (
    ("spark-legacy.parquet", "snappy", "INT96", "true"),
    ("spark.parquet", "zstd", "TIMESTAMP_MICROS", "false"),
):
    spark.conf.set("spark.sql.parquet.outputTimestampType", times)
    spark.conf.set("spark.sql.parquet.writeLegacyFormat", legacy)
    table.write.option("compression", codec).parquet(str(AT / name))
    keep(AT / name, name)
table.write.option("compression", "zlib").orc(str(AT / "spark.orc"))
keep(AT / "spark.orc", "spark.orc")
for kind in ("parquet", "avro", "orc"):
    spark.sql(f"create table by_{kind} stored as {kind} as select * from planted")
    keep(AT / "tables" / f"by_{kind}", f"hive.{kind}")
