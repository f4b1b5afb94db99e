"""Misuse of the Python API: each mistake is a `UsageError` that says what it was and what to pass."""

from __future__ import annotations

from dataclasses import fields
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

import assay
from assay.app.arguments import options_of
from assay.app.config.settings import load_settings
from assay.errors import UsageError
from assay.model import Category
from assay.model.options import ScanOptions

TEXT = "SSN 536-90-4399, mail ada.stone@posteo.de"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, "the text to scan is None; pass a str"),
        (b"536-90-4399", "of type bytes; decode it first"),
        (bytearray(b"x"), "of type bytearray; decode it first"),
        (536904399, "of type int; pass a str"),
        (["536-90-4399"], "of type list; pass a str"),
        (Path("notes.txt"), "pass a str"),
    ],
)
def test_what_is_no_text(text: Any, said: str) -> None:
    with pytest.raises(UsageError) as raised:
        assay.scan_text(text)
    assert said in str(raised.value)
    assert "4399" not in str(raised.value)


@pytest.mark.parametrize(
    ("target", "said"),
    [
        (None, "the target to scan is None; pass a path as str or Path"),
        (b"notes.txt", "of type bytes; pass a path as str or Path"),
        (["a", "b"], "of type list; pass one path"),
        (3, "of type int; pass a path"),
        ("", "the path to scan is empty"),
        ("a\0b", "no such file or folder"),
    ],
)
def test_what_is_no_target(target: Any, said: str) -> None:
    with pytest.raises(UsageError) as raised:
        assay.scan(target)
    assert said in str(raised.value)


WRONG = [
    ("identifiers", "SSN", "identifiers is 'SSN'; pass a tuple of strings, e.g. identifiers=('SSN',)"),
    ("baseline", 7, "baseline is 7; pass"),
    ("history", 1, "history is 1; pass True or False"),
    ("staged", "yes", "staged is 'yes'; pass True or False"),
    ("diff", "", "pass the name of a branch or a tag, or a commit's id"),
    ("since", "2026-11-01", "since is '2026-11-01'; pass a datetime with a time zone"),
    ("since", datetime(2026, 11, 1), "since is of type datetime; pass a datetime with a time zone"),  # noqa: DTZ001  # that is the mistake
    ("identifiers", None, "identifiers is None; pass a tuple of strings"),
    ("identifiers", (b"SSN",), "an item of identifiers is of type bytes; pass strings"),
    ("identifiers", ("SNN",), "no identifier named 'SNN'; did you mean SSN?"),
    ("categories", "PII", "categories is 'PII'; pass a tuple of PII, PHI"),
    ("categories", (3,), "an item of categories is 3; pass a tuple of PII"),
    ("preview", "yes", "preview is 'yes'; pass True or False"),
    ("min_confidence", "x", "min_confidence is 'x'; pass a number from 0 to 1"),
    ("min_confidence", "0.7", "pass a number from 0 to 1"),
    ("min_confidence", 50, "min_confidence is 50; pass a number from 0 to 1"),
    ("min_confidence", -0.1, "pass a number from 0 to 1"),
    ("min_confidence", float("nan"), "min_confidence is nan; pass a number"),
    ("min_confidence", True, "pass a number from 0 to 1"),
    ("min_confidence", None, "min_confidence is None"),
    ("include_test_values", 1, "pass True or False"),
    ("prose", 1, "pass True or False"),
    ("comprehend", 1, "pass True or False"),
    ("textract", "yes", "pass True or False"),
    ("ocr", 3, "ocr"),
    ("exclude", "*.js", "exclude is '*.js'; pass a tuple of strings, e.g. exclude=('*.min.js',)"),
    ("gitignore", None, "pass True or False"),
    ("follow_symlinks", "no", "pass True or False"),
    ("sample", 0, "sample is 0; pass a percentage above 0"),
    ("sample", 101, "pass a percentage above 0 and up to 100"),
    ("sample", "10%", "pass a percentage above 0"),
    ("sample_objects", 2.5, "sample_objects is 2.5; pass a whole number of objects, 0 or more"),
    ("sample_bytes", -1, "pass a whole number of bytes, 0 or more"),
    ("k_anonymity", 1, "pass True or False, or None"),
    ("rows", 0, "pass a whole number of rows, 1 or more"),
    ("seed", "a", "seed is 'a'; pass a whole number"),
    ("ocr", 1, "ocr is 1; pass languages as tesseract names them"),
    ("comprehend", 1, "comprehend is 1; pass True or False"),
    ("textract", "yes", "textract is 'yes'; pass True or False"),
    ("jobs", -1, "jobs is -1; pass a whole number of processes, 0 or more"),
    ("jobs", "2", "jobs is '2'; pass a whole number"),
    ("engine", "flink", "engine is 'flink'; pass 'local' or 'spark'"),
    ("engine", ["spark"], "engine is of type list; pass 'local' or 'spark'"),
    ("master", "", "pass the URL of a master of Spark"),
    ("master", "local[2]", "pass engine='spark' as well"),
    ("allow", 3, "allow is 3; pass a path as str or Path, or None"),
    ("allow", b"allow.yaml", "allow is of type bytes; pass a path"),
    ("max_depth", None, "max_depth is None; pass a whole number of levels, 0 or more"),
    ("max_ratio", 0, "max_ratio is 0; pass a whole number of times, 1 or more"),
    ("max_member_bytes", 1.0, "pass a whole number of bytes"),
    ("min_confidance", 0.7, "unknown option 'min_confidance'; did you mean 'min_confidence'?"),
    ("colour", "red", "unknown option 'colour'; known are identifiers, categories"),
]


@pytest.mark.parametrize(("name", "value", "said"), WRONG)
def test_options_that_cannot_be_used(name: str, value: Any, said: str, tmp_path: Path) -> None:
    for call in (
        lambda: assay.scan_text(TEXT, **{name: value}),
        lambda: assay.scan(tmp_path, **{name: value}),
    ):
        with pytest.raises(UsageError) as raised:
            result = call()
            if not isinstance(result, list):
                next(result)
        assert said in str(raised.value)


def test_every_option_is_checked() -> None:
    assert {field.name for field in fields(ScanOptions)} == {name for name, _, _ in WRONG} & {
        field.name for field in fields(ScanOptions)
    }


@pytest.mark.parametrize("names", [("SSN",), ["SSN"], {"SSN"}, frozenset({"SSN"}), {"SSN": 1}.keys()])
def test_names_in_any_collection(names: Any) -> None:
    assert [finding.identifier for finding in assay.scan_text(TEXT, identifiers=names)] == ["SSN"]


def test_categories_by_name() -> None:
    options = options_of(load_settings(), {"categories": ["pii", Category.PCI, "PII"]})
    assert options.categories == (Category.PII, Category.PCI)


def test_defaults_may_be_given(tmp_path: Path) -> None:
    defaults = {field.name: getattr(ScanOptions(), field.name) for field in fields(ScanOptions)}
    assert options_of(load_settings(), defaults) == ScanOptions()
    allow = tmp_path / "allow.yaml"
    assert options_of(load_settings(), {"allow": allow}).allow == str(allow)


class Frame:
    """As little of a pandas frame as is looked at, with two columns of one name."""

    columns = ("ssn", "ssn")

    def __getitem__(self, _name: str) -> Any:
        return Frame()

    @property
    def iloc(self) -> Any:
        class ByPosition:
            def __getitem__(self, at: tuple[slice, int]) -> list[str]:
                return [["a", "b"], ["536-90-4399", "601-55-3127"]][at[1]]

        return ByPosition()


class Uneven:
    columns = ("a", "b")

    def __getitem__(self, name: str) -> list[str]:
        return ["x"] if name == "a" else ["x", "y"]


class Lazy:
    """As a Polars query: it has columns, and no values until it is collected."""

    columns = ("a",)

    def collect(self) -> None: ...

    def __getitem__(self, _name: str) -> Any:
        raise TypeError("'LazyFrame' object is not subscriptable")


@pytest.mark.parametrize(
    ("frame", "name", "said"),
    [
        (None, "t", "None is no table; give a pandas or Polars DataFrame"),
        ([1], "t", "a list is no table"),
        ({"a": [1]}, "t", "a dict is no table"),
        (Uneven(), "t", "columns are not of one length"),
        (Lazy(), "t", "call its collect()"),
        (Frame(), 3, "the table's name is of type int; pass a str"),
    ],
)
def test_what_is_no_table(frame: Any, name: Any, said: str) -> None:
    with pytest.raises(UsageError) as raised:
        assay.classify_table(frame, name=name)
    assert said in str(raised.value)


def test_columns_of_one_name_are_told_apart_by_position() -> None:
    pandas = pytest.importorskip("pandas")
    rows = [["x", "536-90-4399"], ["y", "601-55-3127"]]
    record = assay.classify_table(pandas.DataFrame(rows, columns=["ssn", "ssn"]))
    assert record.sensitive_columns
