"""Credentials in packages that hold none but those of their tests: what is found is on the list of what was judged, by kind and file, when it was made."""

from __future__ import annotations

import csv
import sysconfig
from collections import Counter
from pathlib import Path

from assay.api import scan
from assay.model import Finding, Summary

MB = 1_000_000
LIBRARY = Path(sysconfig.get_path("stdlib"))
INSTALLED = Path(sysconfig.get_path("purelib"))
LIST = Path(__file__).with_name("secrets_in_packages.csv")
PACKAGES = (
    "sqlalchemy/engine",
    "moto/moto_proxy",
    "botocore/data/iam",
    "cryptography",
    "numpy/_core/tests",
    "pip/_vendor",
    "click",
    "yaml",
    "pygments",
)
MOST_PER_MB = 0.1


def adjudicated() -> dict[tuple[str, str], str]:
    """File and identifier, as a person has read them, with the verdict."""
    with LIST.open(newline="", encoding="utf-8") as lines:
        return {(row["file"], row["identifier"]): row["verdict"] for row in csv.DictReader(lines)}


def test_the_list_is_whole_and_the_bar_holds_on_it() -> None:
    with LIST.open(newline="", encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    assert {row["verdict"] for row in rows} == {"test", "example", "real", "false"}
    assert all(row["why"] and int(row["count"]) for row in rows)
    false = sum(int(row["count"]) for row in rows if row["verdict"] == "false")
    # 1,309 MB of text were read (docs/secrets.md).
    assert false / 1_309 < MOST_PER_MB


def test_what_is_found_in_packages_was_read_by_a_person() -> None:
    known = adjudicated()
    read = 0
    unknown: Counter[tuple[str, str]] = Counter()
    for package in PACKAGES:
        if not (INSTALLED / package).exists():
            continue
        for record in scan(INSTALLED / package, jobs=1, categories=("SECRETS",), gitignore=False):
            if isinstance(record, Summary):
                read += record.bytes_read
            elif isinstance(record, Finding):
                place = record.resource.removeprefix("file://").partition("site-packages/")[2]
                if (place, record.identifier) not in known:
                    unknown[place, record.identifier] += 1
    assert read > MB
    assert sum(unknown.values()) <= MOST_PER_MB * read / MB, unknown
