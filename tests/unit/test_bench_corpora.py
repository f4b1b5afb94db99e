"""The benchmark corpora: the same bytes for the same seed, and every value where the manifest says."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from random import Random

import pytest
from stdnum import iban, luhn

from assay.detect.validators import secrets
from benchmarks import corpora, values
from benchmarks.corpora import Corpus

SIZES = {
    "sparse": 400_000,
    "dense": 60_000,
    "many-files": 40,
    "huge-csv": 200_000,
    "huge-text": 300_000,
    "clean-ids": 30_000,
    "clean-logs": 30_000,
    "clean-web": 30_000,
    "clean-locks": 30_000,
}


def _bytes(corpus: Corpus) -> dict[str, bytes]:
    return {
        str(path.relative_to(corpus.tree)): path.read_bytes()
        for path in sorted(corpus.tree.rglob("*"))
        if path.is_file()
    }


@pytest.mark.parametrize("name", SIZES)
def test_same_seed_gives_the_same_bytes_and_another_seed_others(name: str, tmp_path: Path) -> None:
    size = SIZES[name]
    first = corpora.build(name, folder=tmp_path / "a", size=size, seed=1)
    again = corpora.build(name, folder=tmp_path / "b", size=size, seed=1)
    other = corpora.build(name, folder=tmp_path / "c", size=size, seed=2)
    assert _bytes(first) == _bytes(again)
    assert first.digest == again.digest
    assert first.digest != other.digest


@pytest.mark.parametrize("name", SIZES)
def test_manifest_tells_what_is_there(name: str, tmp_path: Path) -> None:
    corpus = corpora.build(name, folder=tmp_path, size=SIZES[name], seed=7)
    there = _bytes(corpus)
    assert corpus.files == len(there)
    assert corpus.bytes == sum(map(len, there.values()))
    counts: Counter[str] = Counter()
    for path, offset, identifier, value in corpus.values():
        assert there[path][offset : offset + len(value)] == value.encode(), (path, offset)
        counts[identifier] += 1
    assert dict(counts) == corpus.planted
    assert bool(counts) != name.startswith("clean")


@pytest.mark.parametrize("name", ["sparse", "dense", "huge-csv", "huge-text"])
def test_corpora_are_about_as_large_as_asked(name: str, tmp_path: Path) -> None:
    corpus = corpora.build(name, folder=tmp_path, size=SIZES[name])
    assert 0.9 < corpus.bytes / SIZES[name] < 1.25


def test_dense_has_a_value_every_forty_bytes(tmp_path: Path) -> None:
    corpus = corpora.build("dense", folder=tmp_path, size=100_000)
    assert 35 <= corpus.bytes / sum(corpus.planted.values()) <= 42


def test_huge_text_has_one_line_of_a_tenth(tmp_path: Path) -> None:
    corpus = corpora.build("huge-text", folder=tmp_path, size=2_000_000)
    lines = (corpus.tree / "journal.txt").read_bytes().split(b"\n")
    assert sum(len(line) > 150_000 for line in lines) == 1


def test_corpus_is_written_once(tmp_path: Path) -> None:
    first = corpora.build("dense", folder=tmp_path, size=5_000)
    written = (first.tree / "customers-000.csv").stat().st_mtime_ns
    assert corpora.build("dense", folder=tmp_path, size=5_000) == first
    assert (first.tree / "customers-000.csv").stat().st_mtime_ns == written


def test_unfinished_corpus_is_written_anew(tmp_path: Path) -> None:
    first = corpora.build("dense", folder=tmp_path, size=5_000)
    (first.folder / "manifest.json").unlink()
    (first.tree / "customers-000.csv").write_bytes(b"cut off")
    assert _bytes(corpora.build("dense", folder=tmp_path, size=5_000))["customers-000.csv"].startswith(b"id,email,ssn")


def test_machine_copies_text_and_plants_nothing(tmp_path: Path) -> None:
    corpus = corpora.build("machine", folder=tmp_path, size=200_000)
    assert corpus.files > 1
    assert corpus.planted == {}
    assert all(b"\0" not in data[:4096] for data in _bytes(corpus).values())


def test_values_pass_the_checks_of_their_kind() -> None:
    rng = Random(3)
    for _ in range(300):
        assert luhn.is_valid(values.credit_card(rng))
        assert iban.is_valid(values.iban(rng))
        assert secrets.github_checksum(values.github_token(rng))
        assert secrets.aws_key_id_shape(values.aws_access_key(rng))
        assert re.fullmatch(r"(?!000|666|9)\d{3}-(?!00)\d\d-(?!0000)\d{4}", values.ssn(rng))
        assert re.fullmatch(r"[a-z]+\.[a-z]+@[a-z]+\.[a-z.]{2,5}", values.email(rng))


def test_unknown_corpus_is_named_in_the_error(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        corpora.main(["sprase"])
    assert stopped.value.code == 2
    assert "no corpus named 'sprase'" in capsys.readouterr().err
