"""Where nothing sensitive is, next to nothing is found: under one false finding per MB at the default confidence.

`docs/false-findings.md` says which false findings are known, and why they stand.
"""

from __future__ import annotations

import os
import re
import shutil
import sysconfig
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from zlib import crc32

import pytest

from assay.api import scan
from assay.model import Classification, Finding
from benchmarks import corpora

MB = 1_000_000
LIBRARY = Path(sysconfig.get_path("stdlib"))
DOCUMENTATION = Path("/usr/share/doc")
DOCUMENTED = int(os.environ.get("ASSAY_DOCUMENTED_MB", "8")) * MB
"""How much of it is read; more of it on request."""
LOCK_FILE = Path(__file__).parents[2] / "requirements.lock"
# Manuals, copyright notices and source headers do hold these: authors with their addresses, a foundation's street,
# an office's telephone, the addresses that explain a network library.
TRULY_THERE = frozenset({"EMAIL", "PERSON_NAME", "ADDRESS", "PHONE", "IP_ADDRESS", "MAC_ADDRESS"})
MESSAGE_ID = re.compile(rb"(?=(?:[^@]*[0-9]){6})[^@]+@[^@]+")


def _findings(folder: Path) -> list[Finding]:
    return [record for record in scan(folder, jobs=1) if isinstance(record, Finding)]


def _counts(findings: Sequence[Finding]) -> dict[str, int]:
    return dict(Counter(finding.identifier for finding in findings))


def _copy(paths: Iterator[Path], root: Path, target: Path, limit: int) -> int:
    """Copies text files below `target`, at most `limit` bytes of them; returns how many bytes."""
    total = 0
    for path in paths:
        if path.is_symlink() or not path.is_file():
            continue
        size = path.stat().st_size
        if total + size > limit:
            break
        total += size
        place = target / path.relative_to(root)
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, place)
    return total


@pytest.mark.parametrize("name", ["clean-ids", "clean-logs", "clean-web", "clean-locks"])
def test_generated_text_without_values(name: str, tmp_path: Path) -> None:
    corpus = corpora.build(name, folder=tmp_path, size=2 * MB, seed=11)
    findings = _findings(corpus.tree)
    assert len(findings) < corpus.bytes / MB, _counts(findings)


def test_own_lock_file() -> None:
    findings = _findings(LOCK_FILE)
    assert _counts(findings) == {}


def test_standard_library_without_its_tests(tmp_path: Path) -> None:
    tests = {"test", "tests", "idle_test", "site-packages", "lib2to3"}
    paths = (path for path in sorted(LIBRARY.rglob("*.py")) if not tests & set(path.relative_to(LIBRARY).parts))
    size = _copy(paths, LIBRARY, tmp_path, 8 * MB)
    findings = [finding for finding in _findings(tmp_path) if finding.identifier not in TRULY_THERE]
    assert size > 2 * MB
    assert len(findings) < size / MB, _counts(findings)


@pytest.mark.skipif(not DOCUMENTATION.is_dir(), reason="this system has no /usr/share/doc")
def test_system_documentation(tmp_path: Path) -> None:
    """Of files here and there as much as can be read in seconds."""
    paths = sorted(DOCUMENTATION.rglob("*"), key=lambda path: crc32(os.fsencode(path)))
    small = (path for path in paths if path.is_file() and path.stat().st_size < DOCUMENTED // 8)
    copied = _copy(small, DOCUMENTATION, tmp_path, DOCUMENTED)
    size = 0
    false: list[Finding] = []
    for record in scan(tmp_path, jobs=1):
        if isinstance(record, Classification):
            size += record.coverage.bytes_read or 0
        elif isinstance(record, Finding) and record.identifier not in TRULY_THERE:
            false.append(record)
    if copied < 5 * MB:
        pytest.skip("too little documentation is installed")
    assert len(false) < size / MB, _counts(false)


def test_message_ids_are_rarely_taken_for_addresses(tmp_path: Path) -> None:
    tests = LIBRARY / "test"
    mails = [*sorted(LIBRARY.glob("email/**/*.py")), *sorted(tests.glob("test_email/**/*.*"))]
    size = _copy(iter(mails), LIBRARY, tmp_path, 8 * MB)
    if size < MB // 4:
        pytest.skip("this Python comes without its tests")
    wrong = []
    for finding in _findings(tmp_path):
        if finding.identifier != "EMAIL" or finding.location.byte_start is None:
            continue
        data = Path(finding.resource.removeprefix("file://")).read_bytes()
        value = data[finding.location.byte_start : finding.location.byte_end]
        if MESSAGE_ID.fullmatch(value):
            wrong.append(finding)
    assert len(wrong) <= 2, len(wrong)
