"""Lists of accounts, as they are given."""

from __future__ import annotations

from pathlib import Path

import pytest

from assay.app.cloud.accounts import listed
from assay.errors import UsageError


def test_numbers_with_commas_between_each_once() -> None:
    assert listed("111122223333, 4444-5555-6666,111122223333") == ("111122223333", "444455556666")


def test_a_file_with_one_a_line(tmp_path: Path) -> None:
    file = tmp_path / "accounts"
    file.write_text('\ufeff# ours\n111122223333 production\n\n"444455556666",staging # not yet\n111122223333\n')
    assert listed(str(file)) == ("111122223333", "444455556666")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("12345", "--accounts 12345: is no account number; one has 12 digits"),
        ("1111222233334", "is no account number"),
        ("111122223333,", "no such file, and no list of account numbers"),
        ("١١١١٢٢٢٢٣٣٣٣", "no such file, and no list of account numbers"),
        ("nowhere.txt", "no such file, and no list of account numbers"),
    ],
)
def test_what_is_no_list(text: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match=said):
        listed(text)


def test_a_wrong_line_is_named(tmp_path: Path) -> None:
    file = tmp_path / "accounts.txt"
    file.write_text("111122223333\nproduction\n")
    with pytest.raises(UsageError, match=r"accounts.txt:2: production: is no account number"):
        listed(str(file))
    file.write_text("# nobody\n\n")
    with pytest.raises(UsageError, match="names no account"):
        listed(str(file))
    file.write_bytes(b"\xff\xfe1\x001\x00")
    with pytest.raises(UsageError, match="no text in UTF-8"):
        listed(str(file))
    with pytest.raises(UsageError, match="cannot be read: Is a directory"):
        listed(str(tmp_path))
