"""Masked copies: what is found is gone, and all else is as it was."""

from __future__ import annotations

import csv
import io
import json
import os
import stat
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml
from calling import Assay
from documentfiles import KEPT

SSNS = ["536-90-4399", "601-55-3127", "219-09-9998"]
MAIL = "ada.park@parkmail.net"
CARD = "4485 0118 3162 1647"
KEY = "AKIAQYLPMN5HFIQR7XYA"
PLANTED = [*SSNS, MAIL, CARD, KEY, CARD.replace(" ", "")]
NAMES = ["Margaret", "Dorothy", "Patricia", "Jennifer", "Elizabeth", "Deborah"]
SCAN = ("--no-catalog", "--format", "jsonl", "--jobs", "1")


def redacted(assay: Assay, *arguments: str, code: int = 0) -> list[dict[str, Any]]:
    done = assay("scan", *arguments, "--redact-to", "out", *SCAN)
    assert done.code == code, done.err
    assert not any(value in done.out + done.err for value in PLANTED)
    return [json.loads(line) for line in done.out.splitlines()]


def written(name: str, data: bytes | str) -> Path:
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return path


def spellings(value: str) -> list[bytes]:
    escaped = "".join(f"\\u{ord(char):04x}" for char in value)
    return [value.encode(), value.encode("utf-16-le"), value.encode("utf-16-be"), escaped.encode()]


def assert_gone(folder: Path, values: list[str] = PLANTED) -> None:
    for path in folder.rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            assert not any(spelling in data for value in values for spelling in spellings(value)), path


def not_copied(records: list[dict[str, Any]]) -> dict[str, tuple[str, str]]:
    return {
        record["resource"].rsplit("/", 1)[-1]: (record["kind"], record["detail"])
        for record in records
        if record.get("reason") == "not copied"
    }


def test_text_keeps_its_encoding_its_line_ends_and_all_that_is_not_found(assay: Assay) -> None:
    text = f"Grüße, SSN: {SSNS[0]}\r\nmail {MAIL}\r\nnothing here\r\ncard {CARD}"
    written("in/utf8.txt", text)
    written("in/marked.txt", b"\xef\xbb\xbf" + text.encode())
    written("in/little.txt", b"\xff\xfe" + text.encode("utf-16-le"))
    written("in/big.txt", b"\xfe\xff" + text.encode("utf-16-be"))
    written("in/windows.txt", text.encode("cp1252"))
    written("in/deep/er/app.log", f"2026-01-02 INFO user={MAIL} ok\n" * 50)
    written("in/main.py", f"# key\nkey = '{KEY}'\nprint('done')\n")
    written("in/harmless.txt", "nothing to see\n")
    pem = "\n".join(["-----BEGIN RSA PRIVATE KEY-----", *["MIIEpAIBAAKCAQEA0Z3VS5JJcds3xfn" * 2] * 6])
    written("in/key.pem", pem + "\n-----END RSA PRIVATE KEY-----\nafter\n")

    records = redacted(assay, "in")

    out = Path("out")
    assert sum(record["kind"] == "finding" for record in records) == 5 * 3 + 52
    assert_gone(out)
    for name, codec in (("utf8", "utf-8"), ("little", "utf-16"), ("big", "utf-16"), ("windows", "cp1252")):
        lines = (out / f"{name}.txt").read_bytes().decode(codec).split("\r\n")
        assert lines[0] == "Grüße, SSN: 5*********9", name
        assert lines[2] == "nothing here"
        assert lines[3] == "card ************1647"
        assert lines[1].startswith("mail a")
        assert len(lines) == 4
    assert (out / "marked.txt").read_bytes() == b"\xef\xbb\xbf" + (out / "utf8.txt").read_bytes()
    assert (out / "little.txt").read_bytes()[:2] == b"\xff\xfe"
    assert (out / "deep/er/app.log").read_text().count(" ok\n") == 50
    assert (out / "harmless.txt").read_bytes() == Path("in/harmless.txt").read_bytes()
    assert (out / "main.py").read_text().startswith("# key\nkey = 'AKIA*")
    key = (out / "key.pem").read_text()
    assert "MIIE" not in key
    assert key.count("\n") == Path("in/key.pem").read_text().count("\n")
    assert key.endswith("after\n")
    assert sorted(path.name for path in out.iterdir() if path.name.startswith(".")) == []
    assert not_copied(records) == {}

    again = assay("scan", "out", *SCAN)
    assert '"kind":"finding"' not in again.out


def test_rows_and_cells_of_a_table_stay_and_sensitive_columns_are_masked_cell_by_cell(assay: Assay) -> None:
    rows = [["id", "first_name", "ssn", "email", "note"]]
    for number in range(60):
        # One that is no value, and found by nothing but its column.
        ssn, name = SSNS[number % 3] if number != 7 else "ask the wife", NAMES[number % 6]
        rows.append([str(number), name, ssn, f"user{number}.x@parkmail.net", 'says "hi", twice\nand more'])
    for delimiter, name in ((",", "staff.csv"), ("\t", "staff.tsv"), (";", "semi.csv")):
        held = io.StringIO()
        csv.writer(held, delimiter=delimiter, lineterminator="\r\n").writerows(rows)
        written(f"in/{name}", held.getvalue())
    written("in/wide.csv", b"\xff\xfe" + Path("in/staff.csv").read_bytes().decode().encode("utf-16-le"))

    redacted(assay, "in")

    assert_gone(Path("out"), [*PLANTED, *NAMES, "@parkmail", "ask the wife"])
    for delimiter, name, codec in (
        (",", "staff.csv", "utf-8"),
        ("\t", "staff.tsv", "utf-8"),
        (";", "semi.csv", "utf-8"),
        (",", "wide.csv", "utf-16"),
    ):
        text = Path("out", name).read_bytes().decode(codec)
        found = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
        assert [len(row) for row in found] == [5] * 61, name
        assert found[0] == rows[0]
        assert [row[0] for row in found] == [row[0] for row in rows]
        assert [row[4] for row in found] == [row[4] for row in rows]


def test_json_stays_valid_and_numbers_become_strings(assay: Assay) -> None:
    document = {"people": [{"ssn": SSNS[0], "mail": MAIL, "n": 1.5, "ok": None}], "card_number": 4485011831621647}
    written("in/nested.json", json.dumps(document, indent=2))
    escaped = "".join(f"\\u{ord(char):04x}" for char in MAIL)
    written("in/escaped.json", f'{{"email": "{escaped}", "text": "a \\"quoted\\" SSN: {SSNS[1]}\\n"}}')
    lines = [
        {"id": number, "first_name": NAMES[number % 6], "ssn": SSNS[number % 3], "tags": ["a", {"b": "c"}]}
        for number in range(60)
    ]
    written("in/people.jsonl", "".join(json.dumps(line) + "\n" for line in lines))

    redacted(assay, "in")

    out = Path("out")
    assert_gone(out, [*PLANTED, *NAMES])
    nested = json.loads((out / "nested.json").read_text())
    assert nested["people"][0]["ssn"] == "5*********9"
    assert nested["people"][0]["n"] == 1.5
    assert nested["people"][0]["ok"] is None
    assert nested["card_number"] == "************1647"
    text = json.loads((out / "escaped.json").read_text())
    assert text["text"].startswith('a "quoted" SSN: 6*')
    assert text["text"].endswith("\n")
    found = [json.loads(line) for line in (out / "people.jsonl").read_text().splitlines()]
    assert len(found) == 60
    assert [(line["id"], line["tags"]) for line in found] == [(line["id"], line["tags"]) for line in lines]
    assert all("*" in line["first_name"] and "*" in line["ssn"] for line in found)


def test_other_formats_of_text_can_still_be_parsed(assay: Assay) -> None:
    written("in/a.yaml", f"password: hunter2Zq9vT\nlist:\n  - ssn: {SSNS[0]}\n  - mail: '{MAIL}'\n")
    written("in/a.xml", f"<r><ssn>{SSNS[1]}</ssn><mail a='{MAIL}'>x &amp; y</mail></r>")
    written("in/a.ini", f"[db]\npassword = hunter2Zq9vT\nemail = {MAIL}\n")

    redacted(assay, "in")

    assert_gone(Path("out"), [*PLANTED, "hunter2Zq9vT"])
    document = yaml.safe_load(Path("out/a.yaml").read_text())
    assert set(document) == {"password", "list"}
    assert len(document["list"]) == 2
    assert "x &amp; y</mail></r>" in Path("out/a.xml").read_text()


def test_equal_values_get_equal_pseudonyms(assay: Assay) -> None:
    lines = [f"{number},{NAMES[number % 2]},{SSNS[number % 2]}" for number in range(40)]
    written("in/a.csv", "\n".join(["id,first_name,ssn", *lines, ""]))
    written("in/b.txt", f"SSN: {SSNS[0]} and SSN: {SSNS[1]}\n")

    redacted(assay, "in", "--pseudonyms")

    assert_gone(Path("out"), [*PLANTED, *NAMES])
    found = list(csv.reader(io.StringIO(Path("out/a.csv").read_text())))[1:]
    assert len({row[1] for row in found}) == 2
    assert len({row[2] for row in found}) == 2
    assert found[0][2].startswith("SSN_")
    assert found[0][2] in Path("out/b.txt").read_text()
    assert found[1][2] in Path("out/b.txt").read_text()


def test_what_cannot_be_copied_is_named_and_what_was_not_read_is_a_gap(assay: Assay) -> None:
    written("in/a.txt", f"SSN: {SSNS[0]}\n")
    written("in/a.doc", (KEPT / "letter.doc").read_bytes())

    assert not_copied(redacted(assay, "in")) == {
        "a.doc": (
            "skip",
            "files of Office until 2003, and messages of Outlook, cannot be written; save it as docx, pptx, xlsx or eml, and scan that",
        ),
    }
    assert [path.name for path in Path("out").iterdir()] == ["a.txt"]

    Path("out").rename("first")
    written("in/broken.zip", b"PK\x03\x04" + b"x" * 60)
    redacted(assay, "in", code=3)
    assert [path.name for path in Path("out").iterdir()] == ["a.txt"]


def test_names_that_are_values_links_rights_and_odd_names(assay: Assay) -> None:
    written(f"in/{SSNS[0]}.txt", "nothing\n")
    written(f"in/mail of {MAIL}/a.txt", f"SSN: {SSNS[1]}\n").chmod(0o440)
    odd = os.fsdecode(b"in/\xff\n'\"*.txt")
    written(odd, f"SSN: {SSNS[1]}\n").chmod(0o755)
    written("elsewhere/secret.txt", f"SSN: {SSNS[1]}\n")
    Path("in/link.txt").symlink_to(Path("elsewhere/secret.txt").absolute())
    Path("in/folder").symlink_to(Path("elsewhere").absolute())

    # A resource is told by its path, whatever that holds.
    assert assay("scan", "in", "--redact-to", "out", *SCAN).code == 0

    found = sorted(str(path.relative_to("out")) for path in Path("out").rglob("*") if path.is_file())
    assert len(found) == 3
    assert not any(value in name for value in PLANTED for name in found)
    assert sum(name.endswith(".txt") for name in found) == 3
    assert os.path.basename(odd) in found
    rights = {name: stat.S_IMODE(Path("out", name).stat().st_mode) for name in found}
    assert rights[os.path.basename(odd)] == 0o600
    assert sorted(rights.values()) == [0o400, 0o600, 0o600]
    assert stat.S_IMODE(Path("out").stat().st_mode) == 0o700
    assert_gone(Path("out"))


def test_large_files_are_copied_in_parts(assay: Assay) -> None:
    filler = "".join(f"{number},word{number % 977},text without anything,{number}\n" for number in range(100_000))
    body = "id,word,note,n\n" + filler + f"1,x,SSN {SSNS[0]},2\n" + filler + f"1,x,SSN {SSNS[1]},2\n"
    written("in/large.csv", body)

    records = redacted(assay, "in", "-i", "SSN", "--no-k-anonymity")

    assert sum(record["kind"] == "finding" for record in records) == 2
    text = Path("out/large.csv").read_text()
    assert text == body.replace(SSNS[0], "5*********9").replace(SSNS[1], "6*********7")


def test_a_value_that_stays_in_a_copy_deletes_it(assay: Assay, monkeypatch: pytest.MonkeyPatch) -> None:
    from assay.app.scan import redactingfiles

    written("in/a.txt", f"SSN: {SSNS[0]}\n")
    written("in/b.txt", "nothing\n")

    def copy(source: Any, _again: Any, target: Any, *_rest: Any) -> None:
        target.write(source.read())

    monkeypatch.setattr(redactingfiles, "copy_masked", copy)
    records = redacted(assay, "in", code=3)

    assert not_copied(records) == {"a.txt": ("gap", "values were still found in its copy, which was deleted")}
    assert [path.name for path in Path("out").iterdir()] == ["b.txt"]


def test_a_full_device_ends_the_scan_and_leaves_only_whole_copies(
    assay: Assay, monkeypatch: pytest.MonkeyPatch
) -> None:
    import errno

    from assay.app.scan import copies

    written("in/a.txt", f"SSN: {SSNS[0]}\n")

    class Full(io.FileIO):
        def write(self, _data: Any, /) -> int:
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(copies.io, "FileIO", Full)
    done = assay("scan", "in", "--redact-to", "out", *SCAN)

    assert done.code == 2
    assert "No space left on device; the copies that are there are whole; make room" in done.err
    assert list(Path("out").iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("in", "--redact-to", "in/out"), "lies in what is scanned"),
        (("in", "--redact-to", "."), "is not empty"),
        (("in", "--redact-to", "link"), "lies in what is scanned"),
        (("in", "--redact-to", "in/a.txt"), "is no folder"),
        (("in", "--redact-to", "new", "-o", "new/report"), "lies in the folder of the copies"),
        (("in", "--redact-to", "new", "--sample", "5"), "--sample exclude each other"),
        (("in", "--redact-to", "new", "--baseline", "in/a.txt"), "--baseline exclude each other"),
        (("in", "--redact-to", "new", "--catalog", "c.db"), "--catalog exclude each other"),
        (("-", "--redact-to", "new"), "files and folders of this machine"),
        (("sqlite:///in/a.db", "--redact-to", "new"), "files and folders of this machine"),
        (("in", "--pseudonyms"), "give --redact-to DIR"),
    ],
)
def test_what_cannot_be_asked_for(assay: Assay, arguments: tuple[str, ...], why: str) -> None:
    written("in/a.txt", "nothing\n")
    Path("in/empty").mkdir()
    Path("link").symlink_to("in/empty")

    done = assay("scan", *arguments)

    assert (done.code, done.out) == (2, "")
    assert why in done.err
    assert not Path("new").exists()


def test_parquet_keeps_its_schema_and_rows(assay: Assay) -> None:
    rows = 300
    table = pa.table(
        {
            "id": pa.array(range(rows), pa.int64()),
            "first_name": pa.array([NAMES[n % 6] if n % 7 else None for n in range(rows)]).dictionary_encode(),
            "ssn": pa.array([SSNS[n % 3] for n in range(rows)], pa.large_string()),
            "card_number": pa.array([4485011831621647] * rows, pa.int64()),
            "note": [f"call about SSN {SSNS[0]}" if n == 250 else "nothing" for n in range(rows)],
            "amount": pa.array([n / 4 for n in range(rows)], pa.float32()),
        }
    ).replace_schema_metadata({"owner": MAIL, "pandas": "{}"})
    Path("in").mkdir()
    pq.write_table(table, "in/people.parquet", row_group_size=100, compression="none")
    pq.write_table(table, "in/packed.parquet", compression="zstd")
    pq.write_table(table.select(["id", "amount"]), "in/harmless.parquet")

    redacted(assay, "in")

    assert_gone(Path("out"), [*PLANTED, *NAMES])
    found = pq.read_table("out/people.parquet")
    assert found.schema.equals(table.schema)
    assert found.num_rows == rows
    assert found.select(["id", "amount"]).equals(
        table.select(["id", "amount"]).replace_schema_metadata(found.schema.metadata)
    )
    assert set(found["ssn"].to_pylist()) == {f"{ssn[0]}*********{ssn[-1]}" for ssn in SSNS}
    assert found["card_number"].null_count == rows
    assert [value is None for value in found["first_name"].to_pylist()] == [n % 7 == 0 for n in range(rows)]
    for name, compression in (("people", "UNCOMPRESSED"), ("packed", "ZSTD")):
        assert pq.ParquetFile(f"out/{name}.parquet").metadata.row_group(0).column(0).compression == compression
    assert pq.read_table("out/harmless.parquet").equals(pq.read_table("in/harmless.parquet"))


def test_several_targets_lie_beside_each_other(assay: Assay) -> None:
    for name in ("one/a.txt", "two/a.txt", "three/b.txt", "c.txt", "three/c.txt"):
        written(name, f"SSN: {SSNS[0]}\n")

    records = redacted(assay, "one", "two", "three/c.txt", "c.txt", code=3)

    found = sorted(str(path.relative_to("out")) for path in Path("out").rglob("*") if path.is_file())
    assert found == ["c.txt", "one/a.txt", "two/a.txt"]
    assert not_copied(records) == {"c.txt": ("gap", "another copy has its name")}


def test_what_is_allowed_stays(assay: Assay) -> None:
    written("in/a.txt", f"SSN: {SSNS[0]}\nSSN: {SSNS[1]}  # assay:allow\n")

    assay("scan", "in", "--redact-to", "out", *SCAN)

    assert Path("out/a.txt").read_text() == f"SSN: 5*********9\nSSN: {SSNS[1]}  # assay:allow\n"


def test_a_file_that_is_changed_while_it_is_scanned_is_not_copied(
    assay: Assay, monkeypatch: pytest.MonkeyPatch
) -> None:
    from assay.app.scan import redacting

    written("in/a.txt", f"SSN: {SSNS[0]}\n")
    monkeypatch.setattr(redacting.time, "time_ns", lambda: Path("in/a.txt").stat().st_ctime_ns)

    assert not_copied(redacted(assay, "in", code=3)) == {"a.txt": ("gap", "was changed while it was scanned")}
    assert list(Path("out").iterdir()) == []
