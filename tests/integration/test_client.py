"""`assay.client` against a running desk, with files made here."""

from __future__ import annotations

import io
import os
import signal
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from desks import Office, asked
from integration.test_desk_scans import data, scanning, worker  # noqa: F401  # fixtures
from servingdesks import running, token_of

from assay.client import ApiError, Desk, UnreachableError
from assay.errors import UsageError
from assay.model.identity import Grant, Role

SSN = "536-90-4399"


@pytest.fixture
def address(scanning: Office) -> Iterator[str]:  # noqa: F811  # the fixture
    with running(scanning) as origin:
        yield origin


def zipped(**members: bytes) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(f"{name}.txt", content)
    return written.getvalue()


def test_everything_that_the_client_does(scanning: Office, address: str) -> None:  # noqa: F811  # the fixture
    with Desk(address, token_of(scanning, "Ada", Grant(role=Role.ADMIN))) as desk:
        assert desk.classify_text(f"ssn: {SSN}")["level"] == "restricted"
        scan = desk.start_scan(["hr"], key="once", categories=["PII"])
        assert desk.start_scan(["hr"], key="once", categories=["PII"])["id"] == scan["id"]
        thread = threading.Thread(target=worker(scanning).one)
        thread.start()
        steps = list(desk.follow(scan["id"]))
        thread.join()
        assert steps[-1]["status"] == "done"
        assert [step["version"] for step in steps] == sorted({step["version"] for step in steps})
        assert [each["id"] for each in desk.scans()] == [scan["id"]]
        assert desk.scan(scan["id"])["run_id"]
        (resource,) = desk.resources()
        assert resource["level"] == "restricted"
        assert desk.resource(resource["id"])["resource"].endswith("/hr/staff.csv")
        assert len(list(desk.history(resource["id"]))) == 1
        findings = list(desk.findings(identifier="ssn"))
        assert len(findings) == 2
        assert SSN not in str(findings)
        assert {each["column"] for each in desk.columns()} == {"name", "ssn"}
        assert list(desk.columns(level="public", identifier="SSN")) == []
        assert [each["open"] for each in desk.scan_roots()] == [True]
        assert desk.metrics()["resources"] == {"restricted": 1}
        assert [each["action"] for each in desk.audit(action="SCAN_ASKED")] == ["SCAN_ASKED"]
        assert len(list(desk.audit())) > 5
        html, csv, sarif = (desk.report(kind) for kind in ("html", "csv", "sarif"))
        assert b"staff.csv" in html
        assert csv.startswith(b"kind,")
        assert b'"SSN"' in sarif
        assert SSN.encode() not in html + csv + sarif
        waits = desk.start_scan(["hr"])
        assert desk.cancel_scan(waits["id"])["status"] == "cancelled"
        with pytest.raises(ApiError, match="may not be scanned") as caught:
            desk.start_scan(["/etc"])
        assert caught.value.status == 422

        scanning.ask([asked(1)])
        question = next(each for each in desk.reviews() if each["id"] == asked(1).id)
        looked = desk.review(question["id"])
        assert desk.decide(looked, "reject", "order numbers")["state"] == "rejected"
        with pytest.raises(ApiError) as caught:
            desk.decide(looked, "approve", "no")
        assert caught.value.status == 412


def test_files(scanning: Office, address: str, tmp_path: Path) -> None:  # noqa: F811  # the fixture
    parquet = pytest.importorskip("pyarrow.parquet")
    table = pytest.importorskip("pyarrow").table({"ssn": [SSN, "536-90-4388"], "n": [1, 2]})
    parquet.write_table(table, tmp_path / "staff.parquet")
    bomb = zipped(a=b"0" * (300 * 1024 * 1024))
    sent = {
        "staff.csv": f"name,ssn\nBo,{SSN}\nAl,536-90-4388\n".encode(),
        "in.zip": zipped(note=f"ssn: {SSN}".encode()),
        "bomb.zip": bomb,
        "cut.zip": b"PK\x03\x04" + b"x" * 99,
        "../../etc/passwd": b"nothing",
        f"{SSN}.txt": b"hello",
        "staff.parquet": (tmp_path / "staff.parquet").read_bytes(),
    }
    with Desk(address, token_of(scanning, "Ada", Grant(role=Role.VIEWER)), timeout=300) as desk:
        told = desk.classify_files(sent)["files"]
        assert SSN not in str(told)
        by_name = dict(zip(sent, told, strict=True))
        assert [by_name[name]["level"] for name in ("staff.csv", "in.zip", "staff.parquet")] == ["restricted"] * 3
        assert by_name["staff.parquet"]["columns"][0]["column"] == "ssn"
        assert by_name["bomb.zip"]["gaps"]
        assert by_name["cut.zip"]["gaps"]
        assert by_name["cut.zip"]["level"] == "unclassified"
        assert by_name["../../etc/passwd"]["resource"] == "memory:upload/passwd"
        assert all(each["left_out"] == {} for each in told)
        many = "card,name\n" + "4532015112830366,Ada King\n" * 2_100
        (much,) = desk.classify_files({"many.csv": many.encode()})["files"]
        assert len(much["findings"]) == 2_000
        assert much["left_out"]["findings"] == 2_200
        assert [each["column"] for each in much["columns"]] == ["card", "name"]
        # The reader that a file brings to its end is replaced, and the file told as unread.
        (child,) = scanning.serving.uploads._idle
        child.process.kill()
        child.process.join()
        assert desk.classify_files({"a.txt": f"ssn {SSN}".encode()})["files"][0]["level"] == "restricted"
        # One that stands still answers nothing, however long this process takes to look.
        (still,) = scanning.serving.uploads._idle
        os.kill(still.process.pid, signal.SIGSTOP)
        scanning.serving.uploads.seconds = 0.0
        slow = desk.classify_files({"a.txt": f"ssn {SSN}".encode()})["files"][0]
        assert (slow["level"], slow["gaps"][0]["reason"]) == ("unclassified", "reader failed")
        scanning.serving.uploads.seconds = 60.0
        for files, status in (({}, 422), ({f"{n}": b"x" for n in range(11)}, 422), ({"a": b"x" * (33 << 20)}, 413)):
            with pytest.raises((ApiError, UnreachableError)) as caught:
                desk.classify_files(files)
            if isinstance(caught.value, ApiError):
                assert caught.value.status == status
        assert SSN not in scanning.log.getvalue()


def test_what_goes_wrong(scanning: Office, address: str) -> None:  # noqa: F811  # the fixture
    for url in (
        "ftp://x",
        "http://",
        "http://a/path",
        "http://u@a",
        "http://desk.example.org",
        "http://10.0.0.1:8470",
        "http://[bad",
        "http://127.0.0.1:x",
    ):
        with pytest.raises(UsageError):
            Desk(url, "t")
    with pytest.raises(UsageError):
        Desk(address, "a\nb: c")
    with Desk(address, "assay_wrong") as desk, pytest.raises(ApiError) as caught:
        desk.metrics()
    assert caught.value.status == 401
    with Desk("http://127.0.0.1:9", "t", timeout=1) as desk, pytest.raises(UnreachableError):
        desk.metrics()
    viewer = token_of(scanning, "Bob", Grant(role=Role.VIEWER))
    with Desk(address, viewer) as desk:
        with pytest.raises(ApiError) as caught:
            next(desk.audit())
        assert caught.value.status == 403
        with pytest.raises(ApiError) as caught:
            next(desk.follow("nothing"))
        assert caught.value.status == 404
