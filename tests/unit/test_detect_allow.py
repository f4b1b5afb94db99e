"""Allow lists and inline comments: what is accepted is counted, not reported; mistakes are told with their line."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from assay import api
from assay.errors import ConfigError
from assay.model import Finding, Summary

MAIL, SSN = "ada.stone@posteo.de", "536-90-4399"


@pytest.fixture(autouse=True)
def _files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("data/old").mkdir(parents=True)
    Path("data/a.txt").write_text(f"write to {MAIL}, SSN {SSN}\n")
    Path("data/old/b.txt").write_text(f"write to {MAIL}\n")


def scan(**options: Any) -> tuple[list[tuple[str, str]], int]:
    """(file, identifier) of the findings, and how many were allowed."""
    results = list(api.scan("data", jobs=1, **options))
    summary = results[-1]
    assert isinstance(summary, Summary)
    found = [(each.resource.rsplit("/", 1)[-1], each.identifier) for each in results if isinstance(each, Finding)]
    assert summary.findings == len(found)
    return sorted(found), summary.suppressed


def allow(text: str) -> str:
    Path("allow.yaml").write_text(text)
    return "allow.yaml"


ALL = [("a.txt", "EMAIL"), ("a.txt", "SSN"), ("b.txt", "EMAIL")]
FUTURE = date.today() + timedelta(days=3)
PAST = date.today() - timedelta(days=3)


@pytest.mark.parametrize(
    ("entry", "left"),
    [
        ("- {reason: ours, value: 'ada\\..*@posteo\\.de'}", [("a.txt", "SSN")]),
        ("- {reason: ours, value: 'posteo'}", ALL),
        ("- {reason: ours, path: 'old/'}", [("a.txt", "EMAIL"), ("a.txt", "SSN")]),
        ("- {reason: ours, path: '*.txt', identifier: SSN}", [("a.txt", "EMAIL"), ("b.txt", "EMAIL")]),
        ("- {reason: ours, identifier: EMAIL}", [("a.txt", "SSN")]),
        (f"- {{reason: ours, identifier: EMAIL, expires: {FUTURE}}}", [("a.txt", "SSN")]),
        (f"- {{reason: ours, identifier: EMAIL, expires: {PAST}}}", ALL),
        ("", ALL),
        ("[]", ALL),
    ],
)
def test_what_is_allowed_is_not_reported(entry: str, left: list[tuple[str, str]]) -> None:
    assert scan() == (ALL, 0)
    assert scan(allow=allow(entry)) == (left, len(ALL) - len(left))


def test_by_fingerprint() -> None:
    prints = {each.identifier: each.fingerprint for each in api.scan("data", jobs=1) if isinstance(each, Finding)}
    found, allowed = scan(allow=allow(f"- {{reason: ours, fingerprint: {prints['EMAIL']}}}"))
    assert (found, allowed) == ([("a.txt", "SSN")], 2)


@pytest.mark.parametrize(
    ("comment", "left"),
    [
        ("# assay:allow", []),
        ("# assay:allow(SSN)", ["EMAIL"]),
        ("# assay:allow(SSN, EMAIL)", []),
        ("# assay:allow(PHONE)", ["EMAIL", "SSN"]),
        ("\n# assay:allow", ["EMAIL", "SSN"]),
    ],
)
def test_inline(comment: str, left: list[str]) -> None:
    Path("data/a.txt").write_text(f"write to {MAIL}, SSN {SSN} {comment}\n")
    Path("data/old/b.txt").unlink()
    found, allowed = scan()
    assert ([name for _, name in found], allowed) == (left, 2 - len(left))


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("reason: x\n", 1, "a sequence of entries"),
        ("- {value: x}\n", 1, "an entry needs a reason"),
        ("- {reason: x}\n", 1, "at least one of value"),
        ("- {reason: x, path: a}\n- {reason: x, pth: a}\n", 2, "unknown key 'pth'"),
        ("- 536-90-4399: our own\n", 1, "a key that is no name"),
        ("- {reason: x, value: 7}\n", 1, "value must be text"),
        ("- {reason: x, value: '('}\n", 1, "linear-time"),
        ("- {reason: x, value: '(?=a)'}\n", 1, "linear-time"),
        ("- {reason: x, path: a, expires: soon}\n", 1, "expires must be a date"),
        ("- {reason: x\n", 2, ""),
    ],
)
def test_mistakes(text: str, line: int, words: str) -> None:
    with pytest.raises(ConfigError) as raised:
        list(api.scan("data", jobs=1, allow=allow(text)))
    assert str(raised.value).startswith(f"allow.yaml:{line}: ")
    assert words in str(raised.value)
    assert "4399" not in str(raised.value)
