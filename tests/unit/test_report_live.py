"""Lines of a watch: what fits into them, and that nothing of a name acts on the terminal."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from assay.model import Classification, Coverage, Gap, Level
from assay.report.live import Live, statistics
from assay.report.printable import width


def live(columns: int) -> Live:
    return Live(columns=lambda: columns, base="/srv", clock=lambda: datetime(2026, 3, 2, 8, 5, 9, tzinfo=UTC))


def found(path: str = "file:///srv/in/people.csv") -> Classification:
    coverage = Coverage(bytes_read=10, bytes_total=10, complete=True)
    return Classification(
        resource=path,
        level=Level.RESTRICTED,
        categories=("PII",),
        identifiers={"SSN": 1_204, "EMAIL": 3},
        confidence=0.9,
        needs_review=False,
        coverage=coverage,
        because="restricted because 1,204 SSN were found",
    )


def test_a_wide_line_says_when_how_sensitive_where_what_and_what_may_follow() -> None:
    line = live(100).classified(found(), "apply_and_watch")
    assert line == "08:05:09  RESTRICTED   in/people.csv  SSN 1,204, EMAIL 3  → apply and watch"


@pytest.mark.parametrize("columns", [36, 40, 60, 72, 80, 100, 160])
@pytest.mark.parametrize("name", ["a.csv", "deep/" * 30 + "people.csv", "名前" * 40 + ".csv"])
def test_no_line_is_longer_than_the_terminal(columns: int, name: str) -> None:
    uri = f"file:///srv/{name}"
    for line in (
        live(columns).classified(found(uri), "review"),
        live(columns).classified(found(uri), None),
        live(columns).unread(Gap(resource=uri, reason="unreadable", detail="permission denied " * 9)),
        live(columns).gone(f"/srv/{name}"),
        live(columns).status(3, {"classified": 1_204_331, "findings": 88_123, "gaps": 4, "waiting": 12_001}, columns),
    ):
        assert width(line) <= columns
        assert line.strip()
    assert name[-8:] in live(columns).classified(found(uri), "review")


def test_a_name_does_nothing_to_the_terminal() -> None:
    line = live(100).gone("/srv/\x1b[2Jred\n.txt")
    assert "\x1b" not in line
    assert "\n" not in line
    assert r"\x1b[2Jred\n.txt" in line


def test_statistics_leave_out_what_is_none() -> None:
    told = statistics("1:15", {"findings": 12, "gone": 0, "gaps": 1}, {"restricted": 2, "public": 1_000}, {"review": 2})
    assert told == "in 1:15: 1,002 files classified (2 restricted, 1,000 public), 12 findings, 1 gap; 2 to review"
