"""The lists of lines that make writing to AWS and the desk safe: each stands where it says, and its tests are there."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[2]
LISTED = [
    each
    for name in ("mutations", "desk_mutations")
    for each in yaml.safe_load((ROOT / f"tests/cases/{name}.yaml").read_text(encoding="utf-8"))
]


def test_each_line_stands_where_it_says_once_and_its_tests_are_there() -> None:
    for each in LISTED:
        text = (ROOT / "src/assay" / each["file"]).read_text(encoding="utf-8")
        assert text.count(each["old"]) == 1, f"{each['file']}: {each['old']}"
        for test in each["tests"]:
            file, _, chosen = test.partition(" -k ")
            body = (ROOT / file).read_text(encoding="utf-8")
            for name in re.findall(r"test_\w+", chosen):
                assert f"def {name}(" in body, f"{file}: {name}"


def test_the_page_of_them_is_up_to_date() -> None:
    done = subprocess.run([sys.executable, str(ROOT / "tools/mutations.py"), "--check"], timeout=300, check=False)
    assert done.returncode == 0
