"""Masked copies of archives: each member is what its own copy would be, and the programs that made the archives read the copies."""

from __future__ import annotations

import csv
import gzip
import io
import json
import random
import shutil
import sqlite3
import stat
import subprocess
import tarfile
import zipfile
from collections.abc import Iterator
from contextlib import closing
from email.message import EmailMessage
from pathlib import Path
from typing import IO, Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from calling import Assay
from documentfiles import KEPT, ssn
from fuzzing import damaged
from tablefiles import written
from test_cli_redact_more import PICTURE
from test_cli_redact_to import not_copied, redacted

TOOLS = pytest.mark.skipif(
    not all(map(shutil.which, ("tar", "zip", "unzip", "zstd", "bzip2", "xz", "7z"))),
    reason="a program that packs is not installed",
)


def fill(folder: Path) -> list[str]:
    """Files of many kinds with values; what must not be left of them."""
    folder.mkdir(parents=True)
    (folder / "deep").mkdir()
    (folder / "people.csv").write_text("id,ssn,note\n" + "".join(f"{n},{ssn(n)},order {n}\n" for n in range(8)))
    (folder / "deep/log.txt").write_text(f"started\nhis ssn: {ssn(10)}\n")
    (folder / "deep/a.json").write_text(json.dumps({"ssn": ssn(11), "n": 1}))
    (folder / "clean.txt").write_text("nothing in here\n")
    pq.write_table(pa.table({"ssn": [ssn(20), ssn(21)], "n": [1, 2]}), folder / "t.parquet")
    with closing(sqlite3.connect(folder / "d.sqlite")) as database:
        database.execute("CREATE TABLE people (id INTEGER PRIMARY KEY, ssn TEXT)")
        database.executemany("INSERT INTO people (ssn) VALUES (?)", [(ssn(n),) for n in range(30, 34)])
        database.commit()
    book = openpyxl.Workbook()
    book.active.append(["ssn", "note"])
    book.active.append([ssn(40), "order"])
    book.save(folder / "staff.xlsx")
    with zipfile.ZipFile(folder / "inner.zip", "w", zipfile.ZIP_DEFLATED) as inner:
        inner.writestr("in/x.txt", f"her ssn: {ssn(50)}\n")
    (folder / f"of {ssn(60)}.txt").write_text("nothing\n")
    return [ssn(n) for n in (*range(8), 10, 11, 20, 21, *range(30, 34), 40, 50, 60)]


def unpacked(path: Path, name: str = "") -> Iterator[tuple[str, bytes]]:
    """All files in an archive by their names, those of archives in it too, as Python's library reads them."""
    data = path.read_bytes()
    yield from _unpacked(data, name)


def _unpacked(data: bytes, name: str) -> Iterator[tuple[str, bytes]]:
    if data[:2] == b"\x1f\x8b":
        yield from _unpacked(gzip.decompress(data), name)
    elif data[:4] == b"PK\x03\x04":
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            assert archive.testzip() is None
            for entry in archive.infolist():
                yield from _unpacked(archive.read(entry), f"{name}/{entry.filename}")
    elif data[257:262] == b"ustar":
        with tarfile.open(fileobj=io.BytesIO(data)) as tar:
            for member in tar.getmembers():
                yield f"{name}/{member.name}", b""
                if member.isreg():
                    held = tar.extractfile(member)
                    assert held is not None
                    yield from _unpacked(held.read(), f"{name}/{member.name}")
    else:
        yield name, data


def assert_all_gone(path: Path, values: list[str]) -> None:
    seen = list(unpacked(path))
    assert seen
    for name, data in seen:
        for value in values:
            assert value not in name
            assert value.encode() not in data, name
            assert value.encode("utf-16-le") not in data, name


def assert_masked(folder: Path) -> None:
    """What the copies of the files of `fill` hold."""
    rows = list(csv.reader(io.StringIO((folder / "people.csv").read_text())))
    assert rows[0] == ["id", "ssn", "note"]
    assert [row[0] for row in rows[1:]] == [str(n) for n in range(8)]
    assert rows[3] == ["2", "5*********2", "order 2"]
    assert (folder / "deep/log.txt").read_text() == "started\nhis ssn: 5*********0\n"
    assert json.loads((folder / "deep/a.json").read_text()) == {"ssn": "5*********1", "n": 1}
    assert (folder / "clean.txt").read_text() == "nothing in here\n"
    assert pq.read_table(folder / "t.parquet").to_pydict() == {"ssn": ["5*********0", "5*********1"], "n": [1, 2]}
    with closing(sqlite3.connect(folder / "d.sqlite")) as database:
        assert database.execute("SELECT count(*), min(ssn) FROM people").fetchall() == [(4, "5*********0")]
    sheet = openpyxl.load_workbook(folder / "staff.xlsx").active
    assert [[cell.value for cell in row] for row in sheet.iter_rows()] == [["ssn", "note"], ["5*********0", "order"]]
    with zipfile.ZipFile(folder / "inner.zip") as inner:
        assert inner.read("in/x.txt") == b"her ssn: 5*********0\n"
    named = [path.name for path in folder.iterdir() if path.name.startswith("of ")]
    assert len(named) == 1
    assert named[0].endswith(".txt")


@TOOLS
@pytest.mark.parametrize(
    ("name", "packs", "unpacks"),
    [
        ("a.zip", "zip -qr ../in/a.zip .", "unzip -q ../out/a.zip"),
        ("a.tar", "tar -cf ../in/a.tar .", "tar -xf ../out/a.tar"),
        ("a.tar.gz", "tar -czf ../in/a.tar.gz .", "tar -xzf ../out/a.tar.gz"),
        ("a.tar.xz", "tar -cJf ../in/a.tar.xz .", "tar -xJf ../out/a.tar.xz"),
        ("a.tar.bz2", "tar -cjf ../in/a.tar.bz2 .", "tar -xjf ../out/a.tar.bz2"),
        ("a.tar.zst", "tar --zstd -cf ../in/a.tar.zst .", "tar --zstd -xf ../out/a.tar.zst"),
        ("a.7z", "7z a -bso0 ../in/a.7z .", "7z x -bso0 ../out/a.7z"),
    ],
)
def test_what_other_programs_packed_they_unpack(assay: Assay, name: str, packs: str, unpacks: str) -> None:
    values = fill(Path("files"))
    Path("in").mkdir()
    subprocess.run(packs.split(), cwd="files", check=True, timeout=60)

    assert not_copied(redacted(assay, "in")) == {}

    Path("back").mkdir()
    subprocess.run(unpacks.split(), cwd="back", check=True, timeout=60)
    assert_masked(Path("back"))
    for path in Path("back").rglob("*"):
        assert not any(value in path.name for value in values)
        if path.is_file():
            assert not any(value.encode() in path.read_bytes() for value in values)
    assert [path.name for path in Path("out").iterdir()] == [name]
    assert stat.S_IMODE(Path("out", name).stat().st_mode) & 0o077 == 0
    # Read as everybody reads it, nothing is found any more.
    done = assay("scan", "out", "--no-catalog", "--format", "jsonl", "-j", "1")
    assert [record for record in map(json.loads, done.out.splitlines()) if record["kind"] == "finding"] == []


def test_what_is_no_content_is_not_passed_on(assay: Assay) -> None:
    Path("in").mkdir()
    with zipfile.ZipFile("in/a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        entry = zipfile.ZipInfo("a.txt", (2021, 2, 3, 4, 5, 6))
        entry.compress_type = zipfile.ZIP_DEFLATED
        entry.comment = f"ssn: {ssn(1)}".encode()
        entry.extra = b"xx\x0b\x00" + ssn(1).encode()
        entry.external_attr = 0o100640 << 16
        archive.writestr(entry, f"ssn: {ssn(2)}\n")
        archive.writestr("empty/", "")
        archive.comment = f"ssn: {ssn(1)}".encode()
    with tarfile.open("in/a.tar", "w", format=tarfile.PAX_FORMAT, pax_headers={"comment": f"ssn: {ssn(1)}"}) as tar:
        data = f"ssn: {ssn(2)}\n".encode()
        made = tarfile.TarInfo("a.sh")
        made.size, made.mode, made.mtime, made.uid, made.uname = len(data), 0o755, 1_600_000_000, 7, f"of {ssn(1)}"
        made.pax_headers = {"SCHILY.xattr.user.note": ssn(1)}
        tar.addfile(made, io.BytesIO(data))
        folder = tarfile.TarInfo("empty")
        folder.type = tarfile.DIRTYPE
        tar.addfile(folder)
        for kind, target in ((tarfile.SYMTYPE, f"../{ssn(3)}.txt"), (tarfile.LNKTYPE, "a.sh")):
            link = tarfile.TarInfo(f"link{kind.decode()}")
            link.type, link.linkname = kind, target
            tar.addfile(link)
    with gzip.GzipFile(f"{ssn(4)}.txt", "wb", fileobj=Path("in/b.gz").open("wb")) as packed:
        packed.write(data)

    redacted(assay, "in")

    for path in Path("out").iterdir():
        assert_all_gone(path, [ssn(n) for n in range(5)])
        assert ssn(1).encode() not in path.read_bytes()
    with zipfile.ZipFile("out/a.zip") as archive:
        assert archive.namelist() == ["a.txt", "empty/"]
        entry = archive.infolist()[0]
        assert (entry.date_time, entry.external_attr >> 16) == ((2021, 2, 3, 4, 5, 6), 0o100640)
    with tarfile.open("out/a.tar") as tar:
        listed = {member.name: member for member in tar.getmembers()}
        assert (listed["a.sh"].mode, listed["a.sh"].mtime, listed["a.sh"].uid) == (0o755, 1_600_000_000, 7)
        assert listed["empty"].isdir()
        assert listed["link1"].linkname == "a.sh"
        assert listed["link2"].linkname.startswith("../5***")
    assert ssn(4).encode() not in Path("out/b.gz").read_bytes()
    assert gzip.decompress(Path("out/b.gz").read_bytes()) == b"ssn: 5*********2\n"


def test_members_that_cannot_be_masked_are_left_out_and_named(assay: Assay) -> None:
    Path("in").mkdir()
    with zipfile.ZipFile("in/a.zip", "w") as archive:
        archive.writestr("a.txt", f"ssn: {ssn(1)}\n")
        archive.writestr("scan.png", PICTURE)
        archive.write(KEPT / "letter.doc", "old.doc")
        archive.writestr("empty.txt", "")
        inner = io.BytesIO()
        with zipfile.ZipFile(inner, "w") as within:
            within.writestr("b.png", PICTURE)
        archive.writestr("pictures.zip", inner.getvalue())
    with zipfile.ZipFile("in/pictures.zip", "w") as archive:
        archive.writestr("b.png", PICTURE)
    shutil.copy(KEPT / "locked.7z", "in/locked.7z")

    records = redacted(assay, "in", code=3)

    told = not_copied(records)
    kind, why = told["a.zip"]
    assert kind == "gap"
    assert why == (
        "4 members were left out of its copy: scan.png, pictures.zip!/b.png (image); old.doc (files of Office until 2003, and messages of "
        "Outlook, cannot be written; save it as docx, pptx, xlsx or eml, and scan that); pictures.zip (of nothing in it a copy can be made)"
    )
    assert told["pictures.zip"] == ("gap", "of nothing in it a copy can be made")
    assert "password" in told["locked.7z"][1]
    with zipfile.ZipFile("out/a.zip") as archive:
        assert archive.namelist() == ["a.txt", "empty.txt"]
        assert archive.read("a.txt") == b"ssn: 5*********1\n"
    assert sorted(path.name for path in Path("out").iterdir()) == ["a.zip"]


def test_members_that_cannot_be_read_are_left_out(assay: Assay) -> None:
    Path("in").mkdir()
    shutil.copy(KEPT / "letter.docx", "odd.docx")
    with zipfile.ZipFile("odd.docx", "a") as package:
        package.writestr("word/kept.bin", b"\x00\x01\xff" + ssn(1).encode() + b"\x00\xfe\x80" * 40)
    with tarfile.open("in/a.tgz", "w:gz") as archive:
        archive.add(KEPT / "letter.docx", "letter.docx")
        archive.add(KEPT / "locked.pdf", "locked.pdf")
        archive.add("odd.docx", "odd.docx")
    assert not_copied(redacted(assay, "in", code=3))["a.tgz"] == (
        "gap",
        "2 members were left out of its copy: locked.pdf (encrypted); odd.docx (binary data)",
    )
    with tarfile.open("out/a.tgz") as archive:
        assert archive.getnames() == ["letter.docx"]
    assert_all_gone(Path("out/a.tgz"), [ssn(number) for number in range(800, 830)])


def test_what_is_damaged_encrypted_signed_or_a_bomb_is_not_copied(assay: Assay) -> None:
    Path("in").mkdir()
    text = f"ssn: {ssn(1)}\n".encode()
    with zipfile.ZipFile("in/cut.zip", "w") as archive:
        archive.writestr("a.txt", text)
    Path("in/cut.zip").write_bytes(Path("in/cut.zip").read_bytes()[:60])
    with tarfile.open("in/cut.tar", "w") as tar:
        for name in ("a.txt", "b.txt"):
            made = tarfile.TarInfo(name)
            made.size = len(text)
            tar.addfile(made, io.BytesIO(text))
    Path("in/cut.tar").write_bytes(Path("in/cut.tar").read_bytes()[:1024])
    Path("in/cut.txt.gz").write_bytes(gzip.compress(text * 5000)[:-30])
    with zipfile.ZipFile("in/signed.jar", "w") as archive:
        archive.writestr("a.txt", text)
        archive.writestr("META-INF/KEY.RSA", "x")
    with zipfile.ZipFile("in/bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.txt", text)
        archive.writestr("zeros.txt", b"0" * 100_000_000)
    script = io.BytesIO()
    with zipfile.ZipFile(script, "w") as archive:
        archive.writestr("a.txt", text)
    Path("in/run.zip").write_bytes(b"PK\x03\x04" + b"x" * 40 + script.getvalue())

    told = not_copied(redacted(assay, "in", code=3))

    assert list(Path("out").iterdir()) == []
    assert set(told) == {"cut.zip", "cut.tar", "cut.txt.gz", "signed.jar", "bomb.zip", "run.zip"}
    assert {kind for kind, _ in told.values()} == {"gap"}
    assert told["signed.jar"][1] == "is signed; its copy would not be what was signed"
    assert "come out of" in told["bomb.zip"][1] or "came out of" in told["bomb.zip"][1]


def test_equal_values_get_equal_pseudonyms_in_archives_and_files(assay: Assay) -> None:
    Path("in").mkdir()
    Path("in/a.txt").write_text(f"ssn: {ssn(1)}\n")
    with zipfile.ZipFile("in/a.zip", "w") as archive:
        archive.writestr("b.csv", f"id,ssn\n1,{ssn(1)}\n2,{ssn(2)}\n")
    redacted(assay, "in", "--pseudonyms")
    shown = Path("out/a.txt").read_text().split()[1]
    assert shown.startswith("SSN_")
    with zipfile.ZipFile("out/a.zip") as archive:
        rows = archive.read("b.csv").decode().splitlines()
    assert rows[1] == f"1,{shown}"
    assert rows[2].startswith("2,SSN_")
    assert rows[2] != f"2,{shown}"


def test_an_archive_that_is_attached_to_a_message(assay: Assay) -> None:
    Path("in").mkdir()
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("list.csv", "id,ssn\n" + "".join(f"{n},{ssn(n)}\n" for n in range(6)))
        archive.writestr(f"{ssn(7)}.txt", f"ssn: {ssn(8)}\n")
    message = EmailMessage()
    message["Subject"] = "list"
    message.set_content(f"her ssn: {ssn(7)}\n")
    message.add_attachment(packed.getvalue(), maintype="application", subtype="zip", filename="list.zip")
    Path("in/a.eml").write_bytes(message.as_bytes())

    assert not_copied(redacted(assay, "in")) == {}

    import email
    import email.policy

    copy = email.message_from_bytes(Path("out/a.eml").read_bytes(), policy=email.policy.default)
    part = next(copy.iter_attachments())
    with zipfile.ZipFile(io.BytesIO(part.get_payload(decode=True))) as archive:
        assert archive.testzip() is None
        assert archive.read("list.csv").decode().splitlines()[3] == "2,5*********2"
        for name in archive.namelist():
            assert not any(ssn(n) in name or ssn(n).encode() in archive.read(name) for n in range(9))


def test_a_member_lies_on_disk_without_a_name_only(assay: Assay, monkeypatch: pytest.MonkeyPatch) -> None:
    """However the scan ends, no clear member is left in the folder of the copies."""
    Path("in").mkdir()
    with zipfile.ZipFile("in/a.zip", "w") as archive:
        archive.writestr("a.txt", f"ssn: {ssn(1)}\n")
        archive.writestr("b.csv", f"id,ssn\n1,{ssn(2)}\n")
    seen: list[bytes] = []

    from assay.app.scan.redactingfiles import Files

    copied = Files.copy

    def looking(files: Files, *arguments: object) -> object:
        seen.extend(path.read_bytes() for path in Path("out").rglob("*") if path.is_file())
        part = copied(files, *arguments)  # type: ignore[arg-type]
        part.flush()
        seen.extend(path.read_bytes() for path in Path("out").rglob("*") if path.is_file())
        return part

    monkeypatch.setattr(Files, "copy", looking)
    redacted(assay, "in")
    assert seen
    assert not any(ssn(n).encode() in data for data in seen for n in (1, 2))


def test_a_value_that_stays_in_an_archive_deletes_its_copy(assay: Assay, monkeypatch: pytest.MonkeyPatch) -> None:
    from assay.app.scan import redactingfiles

    Path("in").mkdir()
    with zipfile.ZipFile("in/a.zip", "w") as archive:
        archive.writestr("a.txt", f"ssn: {ssn(1)}\n")

    def copy(source: IO[bytes], _again: object, target: Any, *_rest: object) -> None:
        target.write(source.read())

    monkeypatch.setattr(redactingfiles, "copy_masked", copy)
    monkeypatch.setattr(redactingfiles.Files, "_proven", lambda _self, part, *_rest: part)
    assert not_copied(redacted(assay, "in", code=3)) == {
        "a.zip": ("gap", "values were still found in its copy, which was deleted")
    }
    assert list(Path("out").iterdir()) == []


def test_archives_in_archives_without_end(assay: Assay) -> None:
    Path("in").mkdir()
    data, name = f"ssn: {ssn(1)}\n".encode(), "a.txt"
    for depth in range(12):
        held = io.BytesIO()
        with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(name, data)
            archive.writestr(f"b{depth}.txt", f"ssn: {ssn(depth + 10)}\n")
        data, name = held.getvalue(), f"{depth}.zip"
    Path("in/a.zip").write_bytes(data)
    kind, why = not_copied(redacted(assay, "in", code=3))["a.zip"]
    assert kind == "gap"
    assert why.endswith("4.zip!/3.zip (nesting)")
    # What lies deeper is not in the copy, what does not is masked.
    names = [name.rsplit("/", 1)[1] for name, _ in unpacked(Path("out/a.zip"))]
    assert sorted(names) == sorted(f"b{depth}.txt" for depth in range(4, 12))
    assert_all_gone(Path("out/a.zip"), [ssn(number) for number in range(30)])


def test_damaged_archives_and_tables_are_gaps_or_copies_without_a_value(assay: Assay, tmp_path: Path) -> None:
    fill(tmp_path / "files")
    Path("in").mkdir()
    packed, tar = io.BytesIO(), io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive, tarfile.open(fileobj=tar, mode="w:gz") as other:
        for name in ("people.csv", "deep/log.txt", "t.parquet"):
            archive.write(tmp_path / "files" / name, name)
            other.add(tmp_path / "files" / name, name)
    whole = {"a.zip": packed.getvalue(), "a.tgz": tar.getvalue()}
    whole["a.avro"] = written("fastavro.avro", tmp_path).read_bytes()
    for name, data in whole.items():
        for number in range(8):
            Path(f"in/{number}{name}").write_bytes(damaged(data, random.Random(f"{name} {number}")))
    done = assay("scan", "in", "--redact-to", "out", "--no-catalog", "--format", "jsonl", "--jobs", "1")
    assert done.code in (0, 3)
    assert "internal error" not in done.out
    assert [path for path in Path("out").iterdir() if path.name.startswith(".")] == []
    assert len(list(Path("out").iterdir())) > 4
    again = assay("scan", "out", "--no-catalog", "--format", "jsonl", "--jobs", "1")
    assert not [line for line in again.out.splitlines() if '"kind":"finding"' in line]


def test_many_members_that_are_left_out_are_counted() -> None:
    from assay.app.scan.redactingarchives import Left, told

    pictures = [Left(f"{number}.png", "image", False) for number in range(1005)]
    said = told([*pictures, Left("a.pdf", "encrypted", True)], "file:///a.zip")
    assert type(said).__name__ == "Gap"
    assert said.detail == (
        "1,006 members were left out of its copy: 0.png, 1.png, 2.png and 1,002 more (image); a.pdf (encrypted)"
    )
