from __future__ import annotations

import bz2
import contextlib
import gzip
import io
import lzma
import random
import stat
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard
from packing import tarred, zipped

from assay.errors import LimitError, ReadError
from assay.formats import Kind, Limits, sniff
from assay.formats.archive import members
from assay.formats.parts import Unread
from assay.formats.streams import Budget

COMPRESSORS: dict[str, Callable[[bytes], bytes]] = {
    "gz": gzip.compress,
    "bz2": bz2.compress,
    "xz": lzma.compress,
    "zst": zstandard.ZstdCompressor().compress,
}
CSV = b"name,mail\n" + b"".join(b"n%d,m%d@x.test\n" % (n, n) for n in range(40))


class Stream:
    """Bytes that can only be read forward."""

    def __init__(self, data: bytes) -> None:
        self._file = io.BytesIO(data)

    def read(self, size: int = -1) -> bytes:
        return self._file.read(size)


def read(
    data: bytes, name: str = "", *, limits: Limits | None = None, seekable: bool = True
) -> tuple[dict[str, bytes], list[tuple[str, ReadError]]]:
    """What can be read of an archive, and what cannot."""
    got: dict[str, bytes] = {}
    bad: list[tuple[str, ReadError]] = []
    stream = io.BytesIO(data) if seekable else Stream(data)
    kind = sniff(data[:65_536], name)
    for item in members(stream, kind, name, limits=limits, size=len(data)):
        if isinstance(item, Unread):
            bad.append((item.path, item.error))
            continue
        content = item.head
        try:
            while piece := item.stream.read(4096):
                content += piece
        except ReadError as error:
            bad.append((item.path, error))
        got[item.path] = content
    return got, bad


def test_an_entry_without_a_name_does_not_hide_the_others() -> None:
    data = zipped({"first.txt": b"one", "Qq": b"two", "last.txt": b"three"}).replace(b"Qq", b"\0q")
    assert read(data, "x.zip") == ({"first.txt": b"one", "": b"two", "last.txt": b"three"}, [])


@pytest.mark.parametrize("extension", COMPRESSORS)
def test_compressed_files(extension: str) -> None:
    compress = COMPRESSORS[extension]
    assert read(compress(CSV), f"data.csv.{extension}") == ({"data.csv": CSV}, [])
    assert read(compress(CSV[:100]) + compress(CSV[100:]), f"d.{extension}") == ({"d": CSV}, [])


@pytest.mark.parametrize("seekable", [True, False])
@pytest.mark.parametrize("extension", ["", *COMPRESSORS])
def test_nested_archives(extension: str, seekable: bool) -> None:
    compress = COMPRESSORS.get(extension, bytes)
    inner = zipped({"b.csv": CSV, "deep.tgz": gzip.compress(tarred({"c/d.txt": b"hello"}))})
    outer = tarred({"inner.zip": inner, "a.txt": b"text", "e.txt.xz": lzma.compress(b"xz")})
    got, bad = read(compress(outer), "all.tar", seekable=seekable)
    assert bad == []
    assert got == {
        "inner.zip!/b.csv": CSV,
        "inner.zip!/deep.tgz!/c/d.txt": b"hello",
        "a.txt": b"text",
        "e.txt.xz!/e.txt": b"xz",
    }


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_zip_methods_and_kinds_of_members(method: int) -> None:
    data = zipped({"a.csv": CSV, "empty": b"", "ü.json": b'{"a": 1}'}, method)
    kinds = {item.path: item.kind for item in members(io.BytesIO(data), Kind.ZIP) if not isinstance(item, Unread)}
    assert kinds == {"a.csv": Kind.DELIMITED, "empty": Kind.TEXT, "ü.json": Kind.JSON}


def small_archives() -> dict[str, bytes]:
    files = {"a.txt": b"first file\n" * 3, "b/c.csv": CSV[:200]}
    tar = tarred(files)
    made = {
        "zip": zipped(files),
        "stored.zip": zipped(files, zipfile.ZIP_STORED),
        "tar": tar,
        "nested.zip": zipped({"x.zip": zipped(files)}),
    }
    made |= {f"txt.{name}": compress(CSV) for name, compress in COMPRESSORS.items()}
    made |= {f"tar.{name}": compress(tar) for name, compress in COMPRESSORS.items()}
    return made


@pytest.mark.parametrize(("name", "data"), small_archives().items())
def test_cut_anywhere_an_archive_gives_what_it_has_and_says_so(name: str, data: bytes) -> None:
    full, bad = read(data, name)
    assert full
    assert not bad
    kind = sniff(data, name)
    step = 1 if len(data) < 3000 else 37
    for length in range(0, len(data), step):
        got: dict[str, bytes] = {}
        errors = []
        for item in members(io.BytesIO(data[:length]), kind, name):
            if isinstance(item, Unread):
                errors.append(item.error)
                continue
            content = item.head
            try:
                while piece := item.stream.read(64):
                    content += piece
            except ReadError as error:
                errors.append(error)
            got[item.path] = content
        for path, content in got.items():
            if path in full:
                assert full[path].startswith(content)
        if "tar" not in name or length < len(data) - 9_300:
            assert errors or got == full, length


@pytest.mark.parametrize(("name", "data"), small_archives().items())
def test_damaged_bytes_never_raise_anything_else(name: str, data: bytes) -> None:
    draw = random.Random(7)
    kind = sniff(data, name)
    for _ in range(150):
        broken = bytearray(data)
        for _ in range(draw.randint(1, 4)):
            broken[draw.randrange(len(broken))] = draw.randrange(256)
        for item in members(io.BytesIO(bytes(broken)), kind, name):
            if isinstance(item, Unread):
                assert isinstance(item.error, ReadError)
                continue
            with contextlib.suppress(ReadError):
                while item.stream.read(4096):
                    pass


def test_a_truncated_zip_still_gives_its_first_members() -> None:
    data = zipped({"a.txt": CSV, "b.txt": CSV * 3, "c.txt": CSV})
    got, bad = read(data[: data.rindex(b"PK\x03\x04")])
    assert got == {"a.txt": CSV, "b.txt": CSV * 3}
    assert [error.reason for _, error in bad] == ["corrupt"]


def test_an_encrypted_member_is_named_and_the_others_are_read() -> None:
    data = bytearray(zipped({"open.txt": b"x", "locked.txt": b"y"}))
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.rindex(signature) + offset] |= 1
    got, bad = read(bytes(data))
    assert got == {"open.txt": b"x"}
    assert [(path, error.reason) for path, error in bad] == [("locked.txt", "encrypted")]


def test_one_damaged_member_does_not_hide_the_next() -> None:
    data = bytearray(zipped({"a.txt": b"A" * 50, "b.txt": b"B" * 50}, zipfile.ZIP_STORED))
    data[data.index(b"AAAA") + 3] = 0x42
    got, bad = read(bytes(data))
    assert got["b.txt"] == b"B" * 50
    assert [(path, error.reason) for path, error in bad] == [("a.txt", "corrupt")]
    assert "a.txt" in bad[0][1].detail


@pytest.mark.parametrize("extension", COMPRESSORS)
def test_bombs_stop_at_the_ratio(extension: str) -> None:
    bomb = COMPRESSORS[extension](bytes(30_000_000))
    limits = Limits(floor=1_000_000, ratio=100)
    got, bad = read(bomb, f"x.{extension}", limits=limits)
    assert sum(map(len, got.values())) <= max(1_000_000, 100 * len(bomb)) + 200_000
    assert [type(error) for _, error in bad] == [LimitError]
    assert "more than 100 to 1" in bad[0][1].detail


def test_nested_bombs_count_together() -> None:
    inner = zipped({f"{number}.txt": bytes(400_000) for number in range(10)})
    bomb = zipped({f"{number}.zip": inner for number in range(50)})
    got, bad = read(bomb, limits=Limits(floor=1_000_000, ratio=100))
    assert sum(map(len, got.values())) < 10_000_000
    assert isinstance(bad[-1][1], LimitError)


def test_limits_on_depth_members_and_size() -> None:
    data = b"deep"
    for _ in range(5):
        data = zipped({"x.zip": data})
    _, bad = read(data, limits=Limits(depth=3))
    assert [(path, error.reason) for path, error in bad] == [("x.zip!/x.zip!/x.zip", "nesting")]
    got, bad = read(zipped({str(n): b"x" for n in range(20)}), limits=Limits(members=5))
    assert len(got) == 5
    assert "more than 5 members" in bad[0][1].detail
    got, bad = read(zipped({"big": b"x" * 200_000, "small": b"y"}), limits=Limits(member_bytes=100_000))
    assert got["small"] == b"y"
    assert [(path, type(error)) for path, error in bad] == [("big", LimitError)]


def test_links_devices_and_folders_are_left_out() -> None:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, kind in (
            ("l", tarfile.SYMTYPE),
            ("h", tarfile.LNKTYPE),
            ("d", tarfile.CHRTYPE),
            ("f", tarfile.FIFOTYPE),
            ("x", tarfile.DIRTYPE),
        ):
            entry = tarfile.TarInfo(name)
            entry.type = kind
            entry.linkname = "/etc/hostname"
            archive.addfile(entry)
    assert read(out.getvalue(), "a.tar") == ({}, [])
    link = zipfile.ZipInfo("link")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    zipped = io.BytesIO()
    with zipfile.ZipFile(zipped, "w") as archive:
        archive.writestr(link, "/etc/hostname")
    assert read(zipped.getvalue()) == ({}, [])


def test_nothing_is_left_in_the_temporary_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    inner = zipped({"big.bin.txt": random.Random(1).randbytes(9_000_000)}, zipfile.ZIP_STORED)
    for item in members(io.BytesIO(gzip.compress(inner, 1)), Kind.GZIP, "x.zip.gz"):
        assert not isinstance(item, Unread)
        assert list(tmp_path.iterdir()) == []
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("body", [CSV * 20, b"536-90-4399"])
@pytest.mark.parametrize("at", range(4))
@pytest.mark.parametrize("extension", COMPRESSORS)
def test_a_damaged_signature_is_a_gap_by_the_name(extension: str, at: int, body: bytes) -> None:
    data = bytearray(COMPRESSORS[extension](body))
    data[at] ^= 0xFF
    assert not sniff(bytes(data), f"d.txt.{extension}").is_text
    got, bad = read(bytes(data), f"d.txt.{extension}")
    assert got == {}
    assert [error.reason for _, error in bad] == ["corrupt"]


def test_a_zip_with_a_damaged_beginning_still_has_its_other_members() -> None:
    data = bytearray(zipped({"a.txt": CSV, "b.txt": CSV}))
    data[1] ^= 0xFF
    got, bad = read(bytes(data), "x.zip")
    assert got == {"b.txt": CSV}
    assert [(path, error.reason) for path, error in bad] == [("a.txt", "corrupt")]


def test_bzip2_without_its_first_bytes_is_told_by_its_first_block() -> None:
    _, bad = read(b"\1\2\3" + bz2.compress(CSV * 20)[3:], "nameless")
    assert [error.reason for _, error in bad] == ["corrupt"]


@pytest.mark.parametrize("name", ["x.gz", "x.zip", "x.bz2", "x.xz", "x.zst", "x.tar", "x.pdf"])
@pytest.mark.parametrize("codec", ["ascii", "utf-8", "cp1252", "utf-16"])
def test_text_with_the_name_of_an_archive_is_text(name: str, codec: str) -> None:
    text = "only words, SSN 536-90-4399\n" if codec == "ascii" else "täglich grüßt SSN 536-90-4399\n"
    assert sniff(text.encode(codec), name).is_text


SCRIPT = b"#!/bin/sh\n# ask bob@acme-corp.com\nexec unzip $0\n"


@pytest.mark.parametrize("seekable", [True, False])
@pytest.mark.parametrize(
    "script",
    [SCRIPT, b"\n\n" + SCRIPT, b"#!/" + b"x" * 400 + b"\n", SCRIPT + b"# filler\n" * 3000],
)
def test_a_zip_behind_a_script_is_opened_and_the_script_is_read(script: bytes, seekable: bool) -> None:
    assert read(script + zipped({"a.csv": CSV}), "x.sh", seekable=seekable) == ({"": script, "a.csv": CSV}, [])


def test_a_script_before_an_inner_zip_has_the_path_of_the_zip() -> None:
    got, bad = read(zipped({"in.sh": SCRIPT + zipped({"a.csv": CSV})}), "x.zip")
    assert (got, bad) == ({"in.sh": SCRIPT, "in.sh!/a.csv": CSV}, [])


def test_a_zip_behind_a_script_that_is_cut_short_is_a_gap() -> None:
    got, bad = read((SCRIPT + zipped({"a.csv": CSV}))[:-40], "x.sh")
    assert got == {"": SCRIPT, "a.csv": CSV}
    assert [error.reason for _, error in bad] == ["corrupt"]


@pytest.mark.parametrize(
    "text",
    [
        SCRIPT + b"# PK\x03\x04 are the first bytes of a zip\n",
        SCRIPT + b"PK\x03\x04" + b"\x14 and more words follow here, and more\n" * 3,
    ],
)
def test_the_first_bytes_of_a_zip_within_a_text(text: bytes) -> None:
    assert sniff(text, "notes.sh").is_text


@pytest.mark.parametrize(("size", "most"), [(40_000, 9), (5_000, 3), (None, 3)])
def test_a_large_file_may_have_more_members(size: int | None, most: int) -> None:
    budget = Budget(Limits(members=3), size)
    for _ in range(most):
        budget.member("a")
    with pytest.raises(LimitError, match=f"more than {most} members") as caught:
        budget.member("a")
    assert caught.value is budget.broken
