"""The Spark engine on a real Spark: what it tells is what the local engine tells, and what its tasks lose is told."""

from __future__ import annotations

import json
import os
import random
import sqlite3
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from planting import KEY
from poisoned_objects import Poisoned

from assay import scan
from assay.engines.local import DetectorRecipe, Job
from assay.errors import UsageError
from assay.model import AssetRef, Finding, Gap, Split, Summary
from assay.scanning import cut
from assay.scanning.report import SplitReport
from assay.scanning.split import ScanSetup
from assay.store.engine import open_catalog

pytest.importorskip("pyspark", reason="Apache Spark is not installed: pip install 'assay[spark]'")

SSN = "536-90-4399"


@pytest.fixture(autouse=True)
def _own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SPARK_LOCAL_IP", "127.0.0.1")
    monkeypatch.setenv("SPARK_LOCAL_DIRS", str(tmp_path / "spark"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Small files, a table that is cut, a database, an archive, and one that cannot be read."""
    dice = random.Random(5)
    place = tmp_path / "data"
    for number in range(60):
        (place / f"d{number % 5}").mkdir(parents=True, exist_ok=True)
        (place / f"d{number % 5}" / f"{number}.txt").write_text(f"mail ada{dice.random()}@contoso.com\n" * (number % 4))
    rows = "".join(f"u{number}@contoso.com,536-90-{1000 + number}\n" for number in range(3_000))
    (place / "people.csv").write_text("email,ssn\n" + rows)
    with zipfile.ZipFile(place / "more.zip", "w") as archive:
        archive.writestr("a.json", json.dumps({"ssn": SSN}))
    with sqlite3.connect(place / "shop.db") as shop:
        shop.execute("create table staff (name text, ssn text)")
        shop.executemany("insert into staff values (?, ?)", [("Ada Park", SSN)] * 50)
    shop.close()
    (place / "broken.zip").write_bytes((place / "more.zip").read_bytes()[:40])
    return place


def told(target: Path, **options: Any) -> list[Any]:
    """Results, without how long it took."""
    return [replace(each, seconds=0.0) if isinstance(each, Summary) else each for each in scan(target, **options)]


def test_it_tells_what_the_local_engine_tells(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LARGE", "PART", "TABLE_PART"):
        monkeypatch.setattr(cut, name, 20_000)
    here = told(folder, jobs=1)
    assert told(folder, engine="spark", master="local[2]") == here
    assert len([each for each in here if isinstance(each, Finding)]) > 6_000
    assert {Path(each.resource).name for each in here if isinstance(each, Gap)} == {"broken.zip"}
    # Processes of their own, as on a cluster.
    assert told(folder, engine="spark", master="local-cluster[2,1,1024]") == here


def test_a_catalog_keeps_what_spark_found_and_reads_nothing_twice(folder: Path, tmp_path: Path) -> None:
    catalog = str(tmp_path / "catalog.db")
    open_catalog(catalog, create=True).close()
    *_, first = told(folder, engine="spark", master="local[2]", catalog=catalog)
    *_, second = told(folder, jobs=1, catalog=catalog)
    assert first.findings == second.findings > 6_000
    assert second.unchanged is not None


def test_only_what_ends_its_task_is_lost(compiled: Path) -> None:
    from assay.engines.spark import Where
    from assay.engines.spark import scan as scan_by_spark

    names = [f"s3://lake/{number:02}{'poison' if number in {1, 4} else ''}.txt" for number in range(6)]
    splits = [
        Split(asset=AssetRef(kind="object", uri=name, size=29, name=("lake", Path(name).name)), part=0, parts=1)
        for name in names
    ]
    job = Job(recipe=DetectorRecipe(key=KEY.encode(), cache=compiled), setup=ScanSetup(objects=(Poisoned(),)))
    outcomes = list(scan_by_spark(iter(splits), job, Where(master="local[2]")))
    reports = [each for each in outcomes if isinstance(each, SplitReport)]
    assert [report.resource for report in reports] == names
    lost = [report for report in reports if report.gaps]
    assert [report.resource for report in lost] == [name for name in names if "poison" in name]
    assert {gap.reason for report in lost for gap in report.gaps} == {"worker died"}
    assert sum(report.findings for report in reports) == 4


def test_nothing_clear_is_left_behind(folder: Path, tmp_path: Path) -> None:
    """Event logs, work folders of executors, temporary files, and what is said on standard error."""
    conf, events, temporary = tmp_path / "conf", tmp_path / "events", tmp_path / "tmp"
    for place in (conf, events, temporary):
        place.mkdir()
    (conf / "spark-defaults.conf").write_text(
        f"spark.eventLog.enabled true\nspark.eventLog.dir file://{events}\nspark.log.level INFO\n"
    )
    key = "the-key-of-fingerprints-of-this-test"
    variables = {"SPARK_CONF_DIR": str(conf), "TMPDIR": str(temporary), "ASSAY_FINGERPRINT_KEY": key}
    done = run(folder, tmp_path, "--master", "local-cluster[2,1,1024]", **variables)
    assert done.returncode == 3, done.stderr
    assert b'"kind":"finding"' in done.stdout
    assert list(events.rglob("*")), "the log of events was asked for"
    left = [file for file in tmp_path.rglob("*") if file.is_file() and folder not in file.parents]
    clear = [SSN.encode(), b"u17@contoso.com", key.encode()]
    assert [file for file in left for value in clear if value in file.read_bytes()] == []
    assert [value for value in clear if value in done.stdout + done.stderr] == []


def test_no_module_of_the_current_folder_is_run(folder: Path, tmp_path: Path) -> None:
    marker = tmp_path / "ran"
    for name in ("random.py", "socket.py", "pyspark.py", "assay.py", "numpy.py"):
        (folder / name).write_text(f"open({str(marker)!r}, 'w').close()\nraise SystemExit(1)\n")
    done = run(folder, folder)
    assert (done.returncode, b'"kind":"finding"' in done.stdout) == (3, True), done.stderr
    assert not marker.exists()


@pytest.mark.parametrize(
    ("master", "why"),
    [
        ("nonsense://x", "Spark could not be started: "),
        ("local[x", "Spark could not be started: "),
    ],
)
def test_a_master_that_there_is_not_is_said_in_a_line(master: str, why: str, folder: Path, tmp_path: Path) -> None:
    done = run(folder, tmp_path, "--master", master)
    assert done.returncode == 2
    assert done.stderr.decode().startswith(f"assay: error: --master {master}: {why}")
    assert done.stderr.count(b"\n") == 1


def test_without_java_it_says_so(folder: Path, tmp_path: Path) -> None:
    done = run(folder, tmp_path, JAVA_HOME=str(tmp_path / "none"))
    assert (done.returncode, done.stderr.count(b"\n")) == (2, 1)
    assert b"JAVA_HOME" in done.stderr


def test_a_master_needs_the_engine(folder: Path) -> None:
    with pytest.raises(UsageError, match="engine='spark'"):
        scan(folder, master="local[2]")
    with pytest.raises(UsageError, match="'local' or 'spark'"):
        scan(folder, engine="flink")


def run(folder: Path, here: Path, *more: str, **variables: str) -> subprocess.CompletedProcess[bytes]:
    """`assay scan FOLDER --engine spark …` in a process of its own, in the folder `here`."""
    places = os.pathsep.join(str(Path(entry).resolve()) for entry in sys.path if entry)
    return subprocess.run(
        [sys.executable, "-P", "-m", "assay.cli.__main__", "scan", str(folder), "--engine", "spark", "--format", "jsonl", *more],
        capture_output=True, timeout=300, check=False, cwd=here, stdin=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": places, **variables},
    )  # fmt: skip
