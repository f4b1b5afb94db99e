"""Input made to break a scanner: it ends, says what it could not read, and keeps what it found."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import os
import re
import resource
import socket
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest
import zstandard
from packing import tarred, zipped
from planting import of_kind, records
from running import after

import assay

SSN = "SSN 536-90-4399"
MEGABYTE = 1024 * 1024


def scan(*arguments: str, code: int | None = 0, setup: str = "", **options: Any) -> list[dict[str, Any]]:
    """Records of `assay scan` after `setup`; nothing on standard error but messages, and a summary at the end."""
    done = subprocess.run(
        after(setup, "assay.cli", "scan", *arguments, "--format", "jsonl"),
        capture_output=True,
        stdin=subprocess.DEVNULL,
        timeout=300,
        **options,
    )
    assert b"Traceback" not in done.stderr, done.stderr[-3000:]
    assert code is None or done.returncode == code, (done.returncode, done.stderr[-2000:])
    found = records(done.stdout)
    assert found[-1]["kind"] == "summary"
    return found


def found_in(results: list[dict[str, Any]]) -> dict[str, list[str]]:
    """File name → identifiers found in it."""
    out: dict[str, list[str]] = {}
    for record in of_kind(results, "finding"):
        out.setdefault(record["resource"].rsplit("/", 1)[-1], []).append(record["identifier"])
    return out


def reasons(results: list[dict[str, Any]], kind: str = "gap") -> dict[str, set[str]]:
    out: dict[str, set[str]] = {}
    for record in of_kind(results, kind):
        out.setdefault(record["resource"].rsplit("/", 1)[-1], set()).add(record["reason"])
    return out


def levels(results: list[dict[str, Any]]) -> dict[str, str]:
    return {record["resource"].rsplit("/", 1)[-1]: record["level"] for record in of_kind(results, "classification")}


TEXT = (SSN + " and more words\n").encode() * 3_000
PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "x.gz": gzip.compress,
    "x.bz2": bz2.compress,
    "x.xz": lzma.compress,
    "x.zst": lambda body: zstandard.ZstdCompressor().compress(body),
    "x.zip": lambda body: zipped({"a.txt": body, "b.txt": body}),
    "x.tar": lambda body: tarred({"a.txt": body, "b.txt": body}),
    "x.tar.gz": lambda body: gzip.compress(tarred({"a.txt": body, "b.txt": body})),
    "n.zip": lambda body: zipped({"in.zip": zipped({"in.tar.gz": gzip.compress(tarred({"a.txt": body}))})}),
}


@pytest.mark.parametrize("name", PACKERS)
def test_cut_and_damaged_archives(name: str, tmp_path: Path) -> None:
    """Each is a gap, never an error; a gap is never public, and other files are read."""
    # The same bytes each time: what is damaged, and what it happens to spell, must not change from run to run.
    whole = PACKERS[name](Random(name).randbytes(30_000).hex().encode() + TEXT)
    stem, _, suffix = name.partition(".")
    (tmp_path / "good.txt").write_text(SSN)
    (tmp_path / name).write_bytes(whole)
    for number, share in enumerate((0.02, 0.3, 0.6, 0.9, 0.999)):
        (tmp_path / f"cut{number}.{suffix}").write_bytes(whole[: int(len(whole) * share)])
    for number, place in enumerate((0.1, 0.5, 0.8)):
        at = int(len(whole) * place)
        (tmp_path / f"bad{number}.{suffix}").write_bytes(whole[:at] + b"\0\xff" * 40 + whole[at + 80 :])
    results = scan(str(tmp_path), code=3)
    assert set(found_in(results)["good.txt"]) == {"SSN"}
    assert "SSN" in found_in(results)[name]
    told = reasons(results)
    assert name not in told
    state = levels(results)
    assert len(state) == 10
    for file, level in state.items():
        assert file in told or file in ("good.txt", name) or level in ("restricted", "unclassified"), (file, level)
        assert level != "public", file
    assert set().union(*told.values()) <= {"corrupt", "unsupported format", "compression ratio"}


def test_random_bytes_after_every_signature(tmp_path: Path) -> None:
    from assay.formats.kinds import SIGNATURES

    noise = Random(5).randbytes(5_000)
    for number, (signature, offset, _) in enumerate(SIGNATURES):
        for tail, rest in (("r", noise), ("z", b"\0" * 600), ("e", b""), ("t", TEXT[:600])):
            (tmp_path / f"{number:03}{tail}").write_bytes(b"\x07" * offset + signature + rest)
    results = scan(str(tmp_path), code=None)
    state = levels(results)
    assert len(state) == len(SIGNATURES) * 4
    gaps, skips = reasons(results), reasons(results, "skip")
    assert not {"internal error", "worker died"} & set().union(*gaps.values()), gaps
    for file, level in state.items():
        told = gaps.get(file, set()) | skips.get(file, set())
        # What was not read is never public, what was read never unclassified, and noise is never taken for text.
        assert (level == "unclassified") == bool(told), (file, level, told)
        if file.endswith("r"):
            assert told, file


def _gzip_bomb(size: int) -> bytes:
    out = io.BytesIO()
    with gzip.GzipFile(fileobj=out, mode="wb") as packed:
        for _ in range(size // MEGABYTE):
            packed.write(b"all work and no play\n" * (MEGABYTE // 21))
    return out.getvalue()


@pytest.mark.slow
def test_bombs(tmp_path: Path) -> None:
    bomb = _gzip_bomb(300 * MEGABYTE)
    (tmp_path / "flat.gz").write_bytes(bomb)
    (tmp_path / "twice.gz").write_bytes(gzip.compress(bomb))
    (tmp_path / "in.zip").write_bytes(zipped({"z.gz": bomb, "a.txt": TEXT}))
    (tmp_path / "in.tar").write_bytes(tarred({"z.gz": bomb, "a.txt": TEXT}))
    (tmp_path / "flat.zip").write_bytes(
        zipped({"z.txt": b"no play " * (12 * MEGABYTE), "y.txt": b"no work " * (12 * MEGABYTE)})
    )
    (tmp_path / "flat.xz").write_bytes(lzma.compress(b"a" * (200 * MEGABYTE), preset=0))
    (tmp_path / "flat.zst").write_bytes(zstandard.ZstdCompressor().compress(b"a" * (200 * MEGABYTE)))
    nested = SSN.encode()
    for _ in range(30):
        nested = zipped({"n.zip": nested})
    (tmp_path / "deep.zip").write_bytes(nested)
    (tmp_path / "good.txt").write_text(SSN)
    results = scan(str(tmp_path), code=3, setup=LITTLE_MEMORY)
    told = reasons(results)
    for name in ("flat.gz", "twice.gz", "in.zip", "flat.zip", "flat.xz", "flat.zst"):
        assert told[name] & {"compression ratio", "member too large"}, name
    details = [result["detail"] for result in of_kind(results, "gap") if result["reason"] == "compression ratio"]
    # Numbers that look like someone's are masked in what is told of members: these are the limit's own.
    assert all(re.match(r"[\d,]+ bytes came out of [\d,]+ ", detail) for detail in details), details
    assert told["deep.zip"] == {"nesting"}
    assert "SSN" in found_in(results)["good.txt"]
    assert all(
        level == "unclassified"
        for name, level in levels(results).items()
        if name in told and name not in found_in(results)
    )


LITTLE_MEMORY = f"import resource; resource.setrlimit(resource.RLIMIT_AS, ({2_500 * MEGABYTE}, {2_500 * MEGABYTE}))"
"""Address space for the program and its windows, not for what a bomb unfolds to."""


def test_a_zip_of_very_many_members_and_overlapping_ones(tmp_path: Path) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for number in range(3_000):
            archive.writestr(f"{number}.txt", SSN)
    (tmp_path / "many.zip").write_bytes(out.getvalue())
    results = scan(str(tmp_path))
    assert len(found_in(results)["many.zip"]) == 3_000


def test_paths_that_climb_out_of_an_archive_write_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    names = {"../../escaped.txt": TEXT, "/tmp/escaped-absolute.txt": TEXT, "a/../../escaped.txt": TEXT}
    (folder / "climb.zip").write_bytes(zipped(names))
    (folder / "climb.tar").write_bytes(tarred(names))
    before = sorted(tmp_path.rglob("*"))
    results = scan(str(folder))
    assert sorted(tmp_path.rglob("*")) == before
    assert not Path("/tmp/escaped-absolute.txt").exists()
    assert {record["location"]["member"] for record in of_kind(results, "finding")} == set(names)


def test_links_devices_and_directories_in_a_tar_hold_nothing(tmp_path: Path) -> None:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE, tarfile.DIRTYPE):
            entry = tarfile.TarInfo(f"odd{kind.decode()}")
            entry.type = kind
            entry.linkname = "/etc/passwd"
            archive.addfile(entry)
        entry = tarfile.TarInfo("a.txt")
        entry.size = len(SSN)
        archive.addfile(entry, io.BytesIO(SSN.encode()))
    (tmp_path / "odd.tar").write_bytes(out.getvalue())
    results = scan(str(tmp_path))
    assert {record["location"]["member"] for record in of_kind(results, "finding")} == {"a.txt"}


def test_links_loops_pipes_and_sockets(tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "real.txt").write_text(SSN)
    (tmp_path / "a" / "b" / "up").symlink_to(tmp_path / "a")
    (tmp_path / "self").symlink_to("self")
    (tmp_path / "gone").symlink_to("nowhere")
    (tmp_path / "link.txt").symlink_to("a/real.txt")
    os.mkfifo(tmp_path / "pipe")
    with socket.socket(socket.AF_UNIX) as listening:
        here = os.getcwd()
        os.chdir(tmp_path)
        try:
            listening.bind("sock")
        finally:
            os.chdir(here)
        results = scan(str(tmp_path))
    assert found_in(results) == {"real.txt": ["SSN"]}
    left_out = reasons(results, "skip")
    assert left_out["pipe"] == left_out["sock"] == {"special file"}
    assert {"up", "self", "gone", "link.txt"} <= set(left_out)
    assert levels(results)["pipe"] == "unclassified"


def test_loops_are_not_followed_for_ever(tmp_path: Path) -> None:
    from assay.api import scan as scan_api
    from assay.model import Finding, Skip, Summary

    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "real.txt").write_text(SSN)
    (tmp_path / "a" / "b" / "up").symlink_to(tmp_path / "a")
    (tmp_path / "a" / "self").symlink_to("self")
    (tmp_path / "two").symlink_to("a")
    results = list(scan_api(tmp_path, follow_symlinks=True, jobs=1))
    assert isinstance(results[-1], Summary)
    assert any(isinstance(each, Skip) and each.reason == "symlink loop" for each in results)
    assert 1 <= sum(isinstance(each, Finding) for each in results) <= 2


def test_a_special_file_as_target_is_refused_and_does_not_block(tmp_path: Path) -> None:
    """It was named to be read: left out without a word it would be taken for clean."""
    os.mkfifo(tmp_path / "pipe")
    for name, told in (
        (
            str(tmp_path / "pipe"),
            f"is a named pipe, which is not read by its name; write assay scan - < {tmp_path}/pipe",
        ),
        ("/dev/zero", "is a socket or a device, which holds no file"),
        ("/dev/stdin", "is a pipe and cannot be read by its name; give what comes out of it to -"),
    ):
        done = subprocess.run(
            [sys.executable, "-m", "assay.cli", "scan", name],
            input=SSN,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert (done.returncode, done.stdout) == (2, "")
        assert f"{name}: {told}" in done.stderr


def test_files_and_folders_that_may_not_be_read(tmp_path: Path) -> None:
    """Without the capability by which root reads everything."""
    open_folder = tmp_path / "data"
    open_folder.mkdir()
    (open_folder / "good.txt").write_text(SSN)
    (open_folder / "closed.txt").write_text(SSN)
    (open_folder / "closed.txt").chmod(0)
    (open_folder / "closed").mkdir()
    (open_folder / "closed" / "x.txt").write_text(SSN)
    (open_folder / "closed").chmod(0)
    done = subprocess.run(
        after(BOUND_BY_PERMISSIONS, "assay.cli", "scan", str(open_folder), "--format", "jsonl", "--jobs", "2"),
        capture_output=True,
        stdin=subprocess.DEVNULL,
        timeout=300,
    )
    (open_folder / "closed").chmod(0o700)
    assert b"Traceback" not in done.stderr, done.stderr
    assert done.returncode == 3, done.stderr
    results = records(done.stdout)
    assert reasons(results) == {"closed.txt": {"unreadable"}, "closed": {"unreadable"}}
    assert found_in(results) == {"good.txt": ["SSN"]}
    assert levels(results)["closed.txt"] == levels(results)["closed"] == "unclassified"
    assert results[-1]["coverage"]["complete"] is False


BOUND_BY_PERMISSIONS = "import ctypes; [ctypes.CDLL(None).prctl(24, capability, 0, 0, 0) for capability in (1, 2)]"
"""Takes from root what lets it pass over permission bits; others never had it (prctl 24: PR_CAPBSET_DROP)."""


def test_names_with_odd_bytes(tmp_path: Path) -> None:
    names = [
        b"new\nline.txt",
        b"\xff\xfe.txt",
        b"tab\t.txt",
        b" lead.txt",
        b"-dash.txt",
        b"\x1b[31mred.txt",
        b"a" * 250,
        "é漢😀.txt".encode(),
        b"%41.txt",
        b"q?#.txt",
        b"back\\slash",
        b'quo"te',
    ]
    root = os.fsencode(tmp_path)
    for name in names:
        with open(os.path.join(root, name), "w") as file:
            file.write(SSN)
    results = scan(str(tmp_path))
    uris = {record["resource"] for record in of_kind(results, "finding")}
    assert len(uris) == len(names)
    import urllib.parse

    assert {os.path.basename(urllib.parse.unquote_to_bytes(uri)) for uri in uris} == set(names)
    for output_format in ("table", "json", "sarif"):
        done = subprocess.run(
            [sys.executable, "-m", "assay.cli", "scan", str(tmp_path), "--format", output_format],
            capture_output=True,
            timeout=300,
        )
        assert done.returncode == 0, done.stderr
        assert b"\x1b" not in done.stdout
        done.stdout.decode("utf-8")


LINES: dict[str, bytes] = {
    "empty.txt": b"",
    "nulls.txt": b"\0" * 100_000 + SSN.encode(),
    "some-nulls.txt": b"words\0and\0" + b"text without end " * 300 + SSN.encode() + b"\n",
    "invalid.txt": (b"\xfe\xfd\xff \xc3\x28 caf\xe9 \x80 " + SSN.encode() + b"\n") * 50,
    "surrogates.txt": b"\xed\xa0\x80\xed\xb0\x80 " * 50 + SSN.encode(),
    "overlong.txt": b"\xc0\xaf\xe0\x80\xaf " * 50 + SSN.encode(),
    "lone-bom.txt": b"\xef\xbb\xbf",
    "half-bom.txt": b"\xff\xfe",
    "odd-utf16.txt": b"\xff\xfe" + SSN.encode("utf-16-le") + b"\x20",
    "deep.json": b"[" * 100_000 + b'"' + SSN.encode() + b'"' + b"]" * 100_000,
    "deep.xml": b"<a>" * 50_000 + SSN.encode() + b"</a>" * 50_000,
    "deep.yaml": b"".join(b" " * number + b"k:\n" for number in range(3_000)) + b" " * 3_000 + b"v: " + SSN.encode(),
    "laughs.xml": b'<!DOCTYPE l [<!ENTITY a "ha">'
    + b"".join(
        b'<!ENTITY b%d "&%s;&%s;">' % (n, b"a" if not n else b"b%d" % (n - 1), b"a" if not n else b"b%d" % (n - 1))
        for n in range(60)
    )
    + b"]><l>&b59; "
    + SSN.encode()
    + b"</l>",
    "entity.xml": b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e; ' + SSN.encode() + b"</x>",
    "aliases.yaml": b"a: &a [x,x]\n"
    + b"".join(
        b"b%d: &b%d [*%s,*%s]\n" % (n, n, b"a" if not n else b"b%d" % (n - 1), b"a" if not n else b"b%d" % (n - 1))
        for n in range(60)
    )
    + b"ssn: 536-90-4399\n",
    "tagged.yaml": b"x: !!python/object/apply:os.system ['touch /tmp/assay-was-here']\nssn: 536-90-4399\n",
    "quotes.csv": b"a,ssn\n" + b'"' * 10_001 + b"\nx,536-90-4399\n",
    "commas.csv": b"ssn" + b"," * 50_000 + b"\n536-90-4399" + b"," * 50_000 + b"\n",
    "open.json": b'{"a": "' + b"x\\" * 9_999 + b'" , "ssn": "536-90-4399',
    "cr-only.txt": (SSN + "\r").encode() * 100,
    "controls.txt": bytes(range(1, 9)) + b" plain text for long enough " * 40 + SSN.encode(),
    "quotes.sql": b"INSERT INTO t VALUES ('" + b"''" * 9_999 + b"', '" + SSN.encode() + b"');",
    "brackets.html": b"<" * 20_000 + SSN.encode() + b">" * 20_000,
    "ats.txt": b"@" * 200_000 + b" ada.stone@posteo.de " + b"a@" * 100_000 + SSN.encode(),
    "digits.txt": b"4" * 200_000 + b" " + SSN.encode() + b" " + b"1-" * 100_000,
    "letters.txt": b"password=" * 20_000 + b" " + SSN.encode(),
}
WITHOUT = {"empty.txt", "nulls.txt", "lone-bom.txt", "half-bom.txt"}


@pytest.mark.slow
def test_text_that_is_hardly_text(tmp_path: Path) -> None:
    for name, body in LINES.items():
        (tmp_path / name).write_bytes(body)
    results = scan(str(tmp_path), code=None)
    assert reasons(results) == {}
    found = found_in(results)
    assert {name for name in LINES if "SSN" in found.get(name, [])} == set(LINES) - WITHOUT
    assert not Path("/tmp/assay-was-here").exists()
    assert len(levels(results)) == len(LINES)


def test_a_stray_null_does_not_make_another_encoding(tmp_path: Path) -> None:
    (tmp_path / "one-null.csv").write_bytes(b"a,ssn\n1,536-90-4399\n\0,601-55-3127\n" + b"2,none\n" * 20)
    assert found_in(scan(str(tmp_path))) == {"one-null.csv": ["SSN", "SSN"]}


@pytest.mark.parametrize("name", ["line.txt", "line.json", "line.xml", "line.csv"])
def test_a_line_of_thirty_megabytes(name: str, tmp_path: Path) -> None:
    filler = b"words without any end " * (15 * MEGABYTE // 22)
    wrap = {
        "line.txt": (b"", b""),
        "line.json": (b'{"note": "', b'"}'),
        "line.xml": (b"<note>", b"</note>"),
        "line.csv": (b"id,note\n1,", b"\n"),
    }[name]
    body = wrap[0] + filler + SSN.encode() + b" " + filler + b" " + SSN.encode() + wrap[1]
    (tmp_path / name).write_bytes(body)
    results = scan(str(tmp_path / name), setup=LITTLE_MEMORY)
    places = [record["location"] for record in of_kind(results, "finding") if record["identifier"] == "SSN"]
    assert [body[at["byte_start"] : at["byte_end"]] for at in places] == [b"536-90-4399"] * 2
    if name == "line.json":
        assert {at["json_path"] for at in places} == {"$.note"}
    if name == "line.csv":
        assert {(at["field"], at["row"]) for at in places} == {("note", 1)}


def test_a_table_whose_quotes_never_close(tmp_path: Path) -> None:
    """Larger than one part, so that cutting it must not wait for the end of a record that never ends."""
    rows = b"".join(
        b"%d,%s\n" % (number, b"u%d@posteo.de" % number if number % 1_000 == 0 else b"nothing here")
        for number in range(1_000_000)
    )
    (tmp_path / "open.csv").write_bytes(b"id,email\n" + rows + b'7,"an open cell\n' + rows[: 4 * MEGABYTE])
    results = scan(str(tmp_path), "-i", "EMAIL", "-i", "SSN", code=0)
    assert results[-1]["findings"] > 1_000


def test_a_file_that_vanishes_or_shrinks_after_it_was_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from assay.api import scan as scan_api
    from assay.model import Finding, Gap
    from assay.sources.file import FileSource

    for number in range(6):
        (tmp_path / f"{number}.txt").write_text(f"{SSN}\n" * 3)
    (tmp_path / "large.txt").write_bytes(TEXT * 400)
    listed = list(FileSource(target=str(tmp_path)).assets())

    def assets(_self: FileSource) -> Any:
        (tmp_path / "3.txt").unlink()
        (tmp_path / "4.txt").write_text("")
        os.truncate(tmp_path / "large.txt", 1_000)
        yield from listed

    monkeypatch.setattr(FileSource, "assets", assets)
    results = list(scan_api(tmp_path, jobs=1))
    gaps = [each for each in results if isinstance(each, Gap)]
    assert [(gap.resource.rsplit("/", 1)[-1], gap.reason) for gap in gaps] == [("3.txt", "vanished")]
    assert sum(isinstance(each, Finding) for each in results) == 4 * 3 + 1_000 // len(TEXT.splitlines()[0] + b"\n")


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_file_that_becomes_a_pipe_or_a_device_does_not_hold_up(
    jobs: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from assay.api import scan as scan_api
    from assay.model import Finding, Gap
    from assay.scanning.cut import LARGE
    from assay.sources.file import FileSource

    for name in ("a.txt", "folder.txt", "good.txt", "pipe.txt", "zero.txt"):
        (tmp_path / name).write_text(f"{SSN}\n")
    with (tmp_path / "large.txt").open("wb") as large:
        large.truncate(LARGE + 1)
    listed = list(FileSource(target=str(tmp_path)).assets())

    def assets(_self: FileSource) -> Any:
        for name in ("folder.txt", "large.txt", "pipe.txt", "zero.txt"):
            (tmp_path / name).unlink()
        (tmp_path / "folder.txt").mkdir()
        os.mkfifo(tmp_path / "large.txt")
        os.mkfifo(tmp_path / "pipe.txt")
        (tmp_path / "zero.txt").symlink_to("/dev/zero")
        yield from listed

    monkeypatch.setattr(FileSource, "assets", assets)
    results = list(scan_api(tmp_path, jobs=jobs))
    gaps = {each.resource.rsplit("/", 1)[-1]: each.reason for each in results if isinstance(each, Gap)}
    assert gaps == dict.fromkeys(("folder.txt", "large.txt", "pipe.txt", "zero.txt"), "vanished")
    assert [each.resource.rsplit("/", 1)[-1] for each in results if isinstance(each, Finding)] == ["a.txt", "good.txt"]


def test_a_gitignore_that_is_a_pipe_is_passed_over(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / ".gitignore")
    (tmp_path / "a.txt").write_text(f"{SSN}\n")
    results = scan(str(tmp_path), code=None)
    assert levels(results)["a.txt"] == "restricted"


@pytest.mark.parametrize(
    "given",
    [
        b"",
        b"\0" * 5_000,
        gzip.compress(TEXT),
        gzip.compress(TEXT)[:-30],
        zipped({"a.txt": TEXT}),
        zipped({"a.txt": TEXT})[:-30],
        tarred({"a.txt": TEXT}),
        TEXT,
        b"\xff\xfe" + SSN.encode("utf-16-le"),
    ],
    ids=["empty", "nulls", "gz", "cut gz", "zip", "cut zip", "tar", "text", "utf-16"],
)
def test_standard_input_of_any_kind(given: bytes) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "assay.cli", "scan", "-", "--format", "jsonl"],
        input=given,
        capture_output=True,
        timeout=300,
    )
    assert b"Traceback" not in done.stderr, done.stderr
    assert done.returncode in (0, 3)
    results = records(done.stdout)
    assert results[-1]["kind"] == "summary"
    assert (done.returncode == 3) == bool(of_kind(results, "gap"))
    if given not in (b"", b"\0" * 5_000):
        assert "SSN" in found_in(results)["stdin"]


def test_every_record_is_json_whatever_the_input(tmp_path: Path) -> None:
    for number in range(40):
        (tmp_path / f"{number}.bin").write_bytes(
            Random(number).randbytes(2_000) + SSN.encode() + Random(number).randbytes(2_000)
        )
        (tmp_path / f"{number}.json").write_bytes(
            b'{"k\x01\xff": "' + Random(number).randbytes(50) + SSN.encode() + b'"}'
        )
        (tmp_path / f"{number}.csv").write_bytes(
            b"a\xff\x02,ssn\n" + Random(number).randbytes(30).replace(b"\n", b"") + b",536-90-4399\n"
        )
    results = scan(str(tmp_path), code=None)
    assert json.dumps(results)
    assert len(levels(results)) == 120


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("escaped quotes.ini", "[s]\na=b\nk=" + '\\"' * 1_000_000),
        ("escaped quotes.yaml", "a: b\nc: d\nk: " + '\\"' * 1_000_000),
        ("comments.html", "<!DOCTYPE html>\n<p>" + "<!--" * 300_000),
        ("declarations.xml", '<?xml version="1.0"?>\n<r>' + "<!DOCTYPE x [" * 100_000 + "<ssn>536-90-4399</ssn>"),
        ("assignments.ini", "[s]\na=b\nk=" + "password=" * 100_000),
        ("assignments.yaml", "a: b\nc: d\nk: " + "password=" * 50_000),
        ("blanks.ini", "[s]\na=b\nk=x" + " " * 300_000 + "ssn 536-90-4399\n"),
        ("keys in keys.json", '{"ssn":' * 40_000 + '"536-90-4399"' + "}" * 40_000),
        ("keys in keys.yaml", "a: " + "{ssn: " * 40_000 + "536-90-4399" + "}" * 40_000),
        ("deep values.json", '{"a":' * 900 + "[" + '{"ssn":"536-90-4399"},' * 10_000 + "{}]" + "}" * 900),
        (
            "columns.sql",
            "INSERT INTO t (%s) VALUES (%s);"
            % (",".join(f"ssn{number}" for number in range(15_000)), ",".join(["536-90-4399"] * 15_000)),
        ),
        ("block.yaml", "a: b\nc: d\nk: |\n" + "  ssn 536-90-4399\n" * 40_000),
    ],
)
def test_time_grows_with_size_and_no_faster(name: str, body: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(body)
    before = _processor_seconds()
    scan(str(tmp_path / name), "--jobs", "1")
    assert _processor_seconds() - before < 20


def _processor_seconds() -> float:
    """Those of the processes that have ended: how long they took is the machine's affair, too."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def test_a_log_that_is_filled_up_with_nulls_is_read(tmp_path: Path) -> None:
    path = tmp_path / "made-longer.log"
    path.write_bytes(b"user signed up, SSN 536-90-4399\n" + bytes(200_000))
    found = list(assay.scan(str(path), jobs=1))
    assert [each.identifier for each in found if isinstance(each, assay.Finding)] == ["SSN"]
    assert not [each for each in found if isinstance(each, (assay.Gap, assay.Skip))]


def test_a_file_that_vanishes_while_its_folder_is_listed(tmp_path: Path) -> None:
    from assay.sources.file import FileSource

    for name in ("a.txt", "b.txt"):
        (tmp_path / name).write_text(SSN)
    listed = FileSource(target=str(tmp_path)).assets()
    first = next(listed)
    (tmp_path / "b.txt").unlink()
    (gap,) = listed
    assert not isinstance(first, assay.Gap)
    assert isinstance(gap, assay.Gap)
    assert gap.reason == "vanished"


def test_positions_in_a_dense_damaged_table_of_another_encoding_take_no_minutes(tmp_path: Path) -> None:
    path = tmp_path / "members.csv"
    rows = "".join(f"{number},u{number}@posteo.de,お客様のメール\n" for number in range(10_000))
    path.write_bytes(f"id,mail,note\n{rows}".encode("shift_jis") + b"9,v@posteo.de,\x81\n\xfd\n")
    before = _processor_seconds()
    results = scan(str(path), "--jobs", "1")
    assert _processor_seconds() - before < 20
    assert results[-1]["findings"] == 10_001
