"""Planted values of every identifier, in files of every format: no output, log, error or cache holds a clear one."""

from __future__ import annotations

import bz2
import csv
import gzip
import io
import json
import lzma
import os
import re
import stat
import subprocess
import sys
from collections.abc import Callable, Sequence
from html import escape
from pathlib import Path
from xml.sax.saxutils import quoteattr

import pytest
import yaml
import zstandard
from packing import tarred, zipped
from planting import leaks, of_kind, readable, records, with_check_digit

from assay.detect.cache import read_all
from assay.detect.document import hits_in
from assay.detect.engine import Detector

BUILT_IN = read_all((), cache=None, builtin=True)[0]
SHORTEST = 7
FORMATS = ("jsonl", "json", "table", "sarif", "csv", "parquet", "html", "junit", "ocsf")


KEY_BODY = "\n".join(
    "MIIEpQ" + "Zk3vT9wLqX7rB2nYhJ8sDf4uGcE1aKpM5oViQxWz"[shift:] + "Zk3vT9wLqX"[:shift] for shift in range(1, 10)
)
OWN = [
    ("SSN", "512-44-7731", "SSN {}"),
    ("EMAIL", "wren.halloway@posteo.de", "write to {} soon"),
    ("PHONE", "+44 20 7946 0817", "phone {}"),
    ("CREDIT_CARD", with_check_digit("448537560412998"), "card {}"),
    ("PASSWORD", "Tq8wZr4kLmVx", "password = '{}'"),
    ("DB_CONNECTION_STRING", "postgres://app:Vx7Lm2Qz9k@db.halloway.org/shop", "url = {}"),
    ("AWS_ACCESS_KEY", "AKIAQ7ZKV3XW5TNB2YHD", "key id {}"),
    ("PRIVATE_KEY", f"-----BEGIN RSA PRIVATE KEY-----\n{KEY_BODY}\n-----END RSA PRIVATE KEY-----", "{}"),
    ("PERSON_NAME", "Wren Halloway", "patient name: {}"),
    ("MRN", "MRN 84417302", "{}"),
]
OWN_VALUES = [value for _, value, _ in OWN]


def texts() -> list[str]:
    """A line for each value: all examples of all identifiers, and our own."""
    return [
        *(example.text for identifier in BUILT_IN for example in identifier.finds),
        *(line.format(value) for _, value, line in OWN),
    ]


def values() -> list[str]:
    """The clear values that must not be seen, but for short ones: those stand in megabytes of fingerprints by chance."""
    found = {example.value for identifier in BUILT_IN for example in identifier.finds if example.value}
    by_chance = {value for value in found if len(value) < (12 if re.fullmatch(r"[0-9a-f]*", value) else SHORTEST)}
    return sorted({*found, *OWN_VALUES} - by_chance)


def _csv(lines: Sequence[str]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["id", "note", "extra"])
    writer.writerows([[number, line, ""] for number, line in enumerate(lines)])
    return out.getvalue().encode()


def gzip_tarred(members: dict[str, bytes]) -> bytes:
    return gzip.compress(tarred(members))


def plain(lines: Sequence[str]) -> bytes:
    return ("\n".join(lines) + "\n").encode()


WRITERS: dict[str, Callable[[Sequence[str]], bytes]] = {
    "notes.txt": plain,
    "app.log": lambda lines: "".join(f"2026-03-05T10:11:12Z INFO {line!r}\n" for line in lines).encode(),
    "code.py": lambda lines: "".join(f"x = {line!r}\n" for line in lines).encode(),
    "wide.txt": lambda lines: b"\xff\xfe" + plain(lines).decode().encode("utf-16-le"),
    "table.csv": _csv,
    "data.json": lambda lines: json.dumps({"items": [{"note": line} for line in lines]}, indent=1).encode(),
    "data.jsonl": lambda lines: "".join(
        json.dumps({"note": line}, ensure_ascii=False) + "\n" for line in lines
    ).encode(),
    "data.xml": lambda lines: (
        "<r>" + "".join(f"<n a={quoteattr(line)}>{escape(line)}</n>\n" for line in lines) + "</r>"
    ).encode(),
    "data.yaml": lambda lines: yaml.safe_dump([{"note": line} for line in lines], allow_unicode=True).encode(),
    "app.ini": lambda lines: (
        "[a]\n" + "".join(f"note{number} = {' '.join(line.split())}\n" for number, line in enumerate(lines))
    ).encode(),
    "page.html": lambda lines: (
        "<!DOCTYPE html><html><body>" + "".join(f"<p title={quoteattr(line)}>{escape(line)}</p>\n" for line in lines)
    ).encode(),
    "dump.sql": lambda lines: "".join(
        "INSERT INTO t (id, note) VALUES (1, '%s');\n" % line.replace("'", "''") for line in lines
    ).encode(),
    "readme.md": lambda lines: ("# Notes\n\n" + "".join(f"- `{line}`\n" for line in lines)).encode(),
    "one.gz": lambda lines: gzip.compress(plain(lines)),
    "one.bz2": lambda lines: bz2.compress(plain(lines)),
    "one.xz": lambda lines: lzma.compress(plain(lines)),
    "one.zst": lambda lines: zstandard.ZstdCompressor().compress(plain(lines)),
    "all.zip": lambda lines: zipped({"a/notes.txt": plain(lines), "in.zip": zipped({"deep.csv": _csv(lines)})}),
    "all.tar.gz": lambda lines: gzip_tarred({"a/notes.txt": plain(lines)}),
    "cut.zip": lambda lines: zipped({"a/notes.txt": plain(lines), "b.txt": plain(lines)})[:-40_000],
    "cut.gz": lambda lines: gzip.compress(plain(lines))[:-5_000],
    "bad.json": lambda lines: json.dumps([{"note": line} for line in lines])[:-77].encode(),
    "bad.xml": lambda lines: ("<r><n>" + "".join(f"<n>{line}" for line in lines)).encode(),
}


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("planted")
    lines = texts()
    for name, write in WRITERS.items():
        (folder / name).write_bytes(write(lines))
    return folder


class Surroundings:
    """A home of its own for each run, so that whatever a run leaves behind can be searched."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment = {key: value for key, value in os.environ.items() if key != "ASSAY_FINGERPRINT_KEY"}
        for name, variable in {
            "tmp": "TMPDIR",
            "home": "HOME",
            "config": "XDG_CONFIG_HOME",
            "state": "XDG_STATE_HOME",
        }.items():
            (folder / name).mkdir()
            self.environment[variable] = str(folder / name)
        (folder / "here").mkdir()

    def run(self, *arguments: str, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            [sys.executable, "-m", "assay.cli", *arguments],
            capture_output=True,
            input=given,
            env=self.environment,
            cwd=self.folder / "here",
            timeout=300,
        )

    def everything(self) -> bytes:
        """All that lies in its folders, and in the cache."""
        roots = [self.folder, Path(self.environment["ASSAY_CACHE_DIR"])]
        return b"\n".join(file.read_bytes() for root in roots for file in sorted(root.rglob("*")) if file.is_file())


@pytest.fixture
def around(tmp_path: Path) -> Surroundings:
    return Surroundings(tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("output_format", FORMATS)
def test_a_scan_shows_no_clear_value(output_format: str, planted: Path, around: Surroundings) -> None:
    options = ("--format", output_format, "--min-confidence", "0", "--include-test-values", "--progress")
    done = around.run("scan", str(planted), *options)
    assert done.returncode == 3, done.stderr[-2000:]
    assert len(done.stdout) > 10_000
    assert len(leaks((planted / "notes.txt").read_bytes(), values())) == len(values()), "the search finds what is there"
    assert leaks(done.stdout + readable(done.stdout, output_format), values()) == []
    assert leaks(done.stderr, values()) == []
    if output_format == "jsonl":
        written = around.run("scan", str(planted), *options, "--output", "out.bin", "--jobs", "1")
        assert written.returncode == 3
        assert leaks((around.folder / "here" / "out.bin").read_bytes(), values()) == []
        assert leaks(written.stderr, values()) == []
    assert leaks(around.everything(), OWN_VALUES) == []
    assert b"assay.detect.candidate" not in around.everything()
    assert b"Traceback" not in done.stderr
    assert sorted(os.listdir(around.folder / "tmp")) == []


def test_every_identifier_is_found_there(planted: Path, around: Surroundings) -> None:
    done = around.run("scan", str(planted / "notes.txt"), "--format", "jsonl")
    found = {record["identifier"] for record in of_kind(records(done.stdout), "finding")}
    stable = {identifier.name for identifier in BUILT_IN if identifier.stage == "stable"}
    assert len(found) > len(stable) * 0.9, sorted(stable - found)
    assert {name for name, _, _ in OWN} <= found


@pytest.mark.parametrize("output_format", ["jsonl", "json", "table"])
def test_a_text_shows_no_clear_value(output_format: str, around: Surroundings) -> None:
    options = ("--format", output_format, "--min-confidence", "0", "--include-test-values")
    done = around.run("text", "-", *options, given=plain(texts()))
    assert done.returncode == 0
    assert len(done.stdout) > 10_000
    assert leaks(done.stdout + done.stderr, values()) == []


def test_neither_do_usage_errors(around: Surroundings) -> None:
    for _, value, line in OWN:
        if not line.format(value).startswith("-"):
            done = around.run("text", line.format(value), "--format", "nonesuch")
            assert done.returncode == 2
            assert leaks(done.stdout + done.stderr, OWN_VALUES) == []


def test_a_text_that_looks_like_an_option_is_not_quoted(around: Surroundings) -> None:
    (key,) = [value for name, value, _ in OWN if name == "PRIVATE_KEY"]
    done = around.run("text", key)
    assert leaks(done.stdout + done.stderr, [key]) == []


def names_that_are_values(detector: Detector) -> list[str]:
    """Values that are found without any word beside them: what a name that is a value can be told by."""
    found = []
    for value in values():
        data = value.encode()
        if (
            "\n" not in value
            and len(value) < 100
            and any((hit.start, hit.end) == (0, len(data)) for hit in hits_in(detector, data))
        ):
            found.append(value)
    return found


def name_all(folder: Path, names: Sequence[str]) -> None:
    """Files in which `names` are headers, keys, sections, attributes and members."""
    file_names = [name for name in names if "/" not in name]
    line = b"SSN 613-47-2208\n"
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(names)
    writer.writerows([["613-47-2208"] * len(names)] * 3)
    (folder / "heads.csv").write_text(out.getvalue())
    (folder / "keys.json").write_text(
        json.dumps({name: {"ssn": "613-47-2208", name: ["613-47-2208"]} for name in names})
    )
    (folder / "keys.yaml").write_text(yaml.safe_dump({name: {"ssn": "613-47-2208"} for name in names}))
    (folder / "sections.ini").write_text("".join(f"[{name}]\nssn = 613-47-2208\n" for name in names))
    (folder / "attributes.xml").write_text(
        "<r>" + "".join(f"<p name={quoteattr(name)}>613-47-2208</p>\n" for name in names) + "</r>"
    )
    (folder / "members.zip").write_bytes(zipped({f"{name}/{name}.txt": line for name in file_names}))
    (folder / "members.tar.gz").write_bytes(
        gzip_tarred({f"{name}/{name}.csv": b"ssn,a\n613-47-2208,1\n" for name in file_names})
    )
    (folder / "broken.zip").write_bytes(zipped({f"{name}.gz": gzip.compress(line)[:-9] for name in file_names}))
    (folder / "cut.zip").write_bytes(zipped({f"{name}.txt": line for name in file_names})[:-30])
    (folder / "odd.zip").write_bytes(zipped({f"{name}.pdf": b"%PDF-1.7 x" for name in file_names}))


@pytest.mark.slow
def test_names_that_are_values_are_masked(detector: Detector, around: Surroundings) -> None:
    names = names_that_are_values(detector)
    assert len(names) > 80
    assert {"512-44-7731", "wren.halloway@posteo.de"} <= set(names)
    folder = around.folder / "named"
    folder.mkdir()
    name_all(folder, names)
    for output_format in FORMATS:
        done = around.run("scan", str(folder), "--format", output_format, "--progress")
        assert done.returncode == 3, done.stderr
        shown = done.stdout + readable(done.stdout, output_format) + done.stderr
        assert leaks(shown, [*names, "613-47-2208"]) == [], output_format


def test_a_key_with_quotes_that_is_a_value_is_masked_in_its_path(around: Surroundings) -> None:
    place = "48\u00b051'29.6\"N 2\u00b017'40.2\"E"
    data = json.dumps({place: {"ssn": "613-47-2208"}}, ensure_ascii=False).encode()
    done = around.run("scan", "-", "--format", "jsonl", given=data)
    (ssn,) = [record for record in records(done.stdout) if record.get("identifier") == "SSN"]
    assert ssn["location"]["json_path"].endswith("'].ssn")
    assert "51" not in ssn["location"]["json_path"]
    assert (
        leaks(done.stdout + readable(around.run("scan", "-", "--format", "csv", given=data).stdout, "csv"), [place])
        == []
    )


@pytest.mark.slow
def test_the_key_is_the_users_own_and_in_no_output(planted: Path, around: Surroundings) -> None:
    done = around.run("scan", str(planted / "notes.txt"), "--format", "jsonl")
    assert done.returncode == 0
    (key,) = [file for file in (around.folder / "config").rglob("*") if file.is_file()]
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert stat.S_IMODE(key.parent.stat().st_mode) == 0o700
    secret = key.read_text().strip()
    assert len(bytes.fromhex(secret)) >= 32
    again = around.run("scan", str(planted / "notes.txt"), "--format", "jsonl")
    doctor = around.run("doctor")
    config = around.run("config", "show")
    for output in (done, again, doctor, config):
        assert leaks(output.stdout + output.stderr, [secret]) == []
    prints = [record["fingerprint"] for record in of_kind(records(done.stdout), "finding")]
    assert [record["fingerprint"] for record in of_kind(records(again.stdout), "finding")] == prints
    key.unlink()
    other = around.run("scan", str(planted / "notes.txt"), "--format", "jsonl")
    assert not set(prints) & {record["fingerprint"] for record in of_kind(records(other.stdout), "finding")}


def test_a_key_that_others_can_read_is_refused(planted: Path, around: Surroundings) -> None:
    around.run("scan", str(planted / "app.ini"))
    (key,) = [file for file in (around.folder / "config").rglob("*") if file.is_file()]
    key.chmod(0o644)
    done = around.run("scan", str(planted / "app.ini"))
    assert (done.returncode, done.stdout) == (2, b"")
    assert b"chmod 600" in done.stderr
    assert leaks(done.stderr, [key.read_text().strip()]) == []
