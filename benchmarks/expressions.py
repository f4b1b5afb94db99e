"""What each expression of the automaton costs: `python -m benchmarks.expressions FOLDER… [--all]`.

The bare automaton runs over up to 8 MB of each folder's files, with all expressions and then without each of those that
have no literal (with `--all`: of every value's). The difference is what leaving one out would gain; expressions share
engines, so the differences do not add up, and one may be free beside another that needs the same engine.
"""

from __future__ import annotations

import argparse
import re
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from assay.detect import ruleset
from assay.detect.automaton import Expression, compiled
from assay.detect.plan import VALUE

_MOST = 8_000_000
_RUNS = 5
_CLASSES = re.compile(r"\[[^\]]*\]|\\[A-Za-z]")
_LITERAL = re.compile(r"[A-Za-z@_:;=<'\"-]{3}")


def read(folder: Path) -> list[bytes]:
    """Contents of files below `folder`, from its beginning, up to 8 MB."""
    found: list[bytes] = []
    size = 0
    for path in sorted(folder.rglob("*")):
        if size >= _MOST:
            break
        if path.is_file():
            found.append(path.read_bytes()[: _MOST - size])
            size += len(found[-1])
    return found


def cost(expressions: Sequence[Expression], corpora: Sequence[Sequence[bytes]]) -> list[float]:
    """Milliseconds per million bytes of each corpus, the best of five runs."""
    database = compiled(expressions)

    def nothing(*_match: object) -> None:
        return None

    found = []
    for blocks in corpora:
        best = float("inf")
        for _ in range(_RUNS):
            begun = time.process_time()
            for block in blocks:
                database.scan(block, match_event_handler=nothing)
            best = min(best, time.process_time() - begun)
        found.append(best * 1e9 / max(1, sum(map(len, blocks))))
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints the whole, then what each expression adds to it, the dearest first."""
    parser = argparse.ArgumentParser(description="What each expression of the automaton costs.")
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--all", action="store_true", help="expressions with literals too")
    given = parser.parse_args(arguments)
    corpora = [read(folder) for folder in given.folders]
    rules = ruleset.load()
    every = rules.plan.expressions()
    names = [target.patterns[0].where for target in rules.targets if target.kind == VALUE]
    values = [expression for expression, target in zip(every, rules.targets, strict=True) if target.kind == VALUE]
    owner = dict(zip(values, names, strict=True))
    tried = [item for item in values if given.all or not _LITERAL.search(_CLASSES.sub("", item.text))]
    whole = cost(every, corpora)
    others = set(every) - set(tried)
    print("ms/MB over", ", ".join(map(str, given.folders)))
    print(_row(whole), f"all {len(every):,} expressions")
    print(_row(cost([item for item in every if item in others], corpora)), f"without the {len(tried)} below")
    # Alone they compile in a hundredth of a second; beside thousands of literals in a second.
    base = cost(tried, corpora)
    rows = []
    for item in tried:
        without = cost([other for other in tried if other is not item], corpora)
        rows.append(([more - less for more, less in zip(base, without, strict=True)], item))
    for gain, item in sorted(rows, key=lambda row: -sum(row[0])):
        print(_row(gain), f"{owner[item]}  {item.text[:70]}")
    return 0


def _row(numbers: Sequence[float]) -> str:
    return "  ".join(f"{number:7.2f}" for number in numbers)


if __name__ == "__main__":
    sys.exit(main())
