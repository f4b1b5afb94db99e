"""Every identifier proves itself: its examples are found, its counter-examples are not, its known misses still miss.

python -m assay.detect.proof PATH...     files or folders of identifiers; without any, all built-in ones
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from assay.detect import ruleset
from assay.detect.document import hits_in
from assay.detect.engine import Detector
from assay.detect.files import builtin_root, files_under
from assay.detect.loading import read_identifier
from assay.detect.redact import Fingerprinter
from assay.errors import RuleError
from assay.model import Example, Identifier


class Failure(NamedTuple):
    """An example that does not hold. `problem` says what was expected and what came."""

    identifier: str
    kind: str
    number: int
    example: Example
    problem: str


def prove(identifiers: Iterable[Identifier], rules: ruleset.RuleSet) -> Iterator[Failure]:
    """Run the examples of `identifiers` under the whole rule set, as a scan would."""
    detector = Detector(rules, Fingerprinter(b"examples"), floor=0.5)
    for identifier in identifiers:
        for kind in ("finds", "ignores", "known_misses"):
            for number, example in enumerate(getattr(identifier, kind), 1):
                problem = _problem(detector, identifier, kind, example)
                if problem:
                    yield Failure(identifier.name, kind, number, example, problem)


def _problem(detector: Detector, identifier: Identifier, kind: str, example: Example) -> str | None:
    data = example.text.encode()
    hits = [hit for hit in hits_in(detector, data) if not hit.test]
    spans = [data[hit.start : hit.end].decode("utf-8", "replace") for hit in hits if hit.rule.name == identifier.name]
    if kind == "finds":
        if example.value in spans:
            return None
        if spans:
            return f"another part was found: {spans[0]!r}"
        others = sorted({f"{hit.rule.name} {hit.confidence}" for hit in hits})
        return f"not found{'; found instead: ' + ', '.join(others) if others else ''}"
    wrong = [span for span in spans if example.value is None or span == example.value]
    return f"found: {wrong[0]!r}" if wrong else None


def main(arguments: list[str]) -> int:
    """Print the failures; 1 if there are any."""
    roots = [Path(argument) for argument in arguments] or [builtin_root()]
    chosen = []
    bad = 0
    for root in roots:
        for file in files_under(root):
            inside = builtin_root() in file.resolve().parents
            try:
                chosen.append(read_identifier(file.resolve() if inside else file, builtin_root() if inside else root))
            except RuleError as error:
                bad += 1
                print(f"BAD {error}")
    try:
        rules = ruleset.load(
            [] if all(builtin_root() in r.resolve().parents or r.resolve() == builtin_root() for r in roots) else roots,
            preview=True,
        )
    except RuleError as error:
        print(f"the whole set does not load ({error}); proving these identifiers alone")
        rules = ruleset.RuleSet(chosen)
    failures = list(prove(chosen, rules))
    for failure in failures:
        print(
            f"FAIL {failure.identifier} {failure.kind}[{failure.number}] {failure.problem}\n     {failure.example.text!r}"
        )
    print(
        f"{len(chosen)} identifiers, {sum(len(i.finds) + len(i.ignores) + len(i.known_misses) for i in chosen)} examples, {len(failures)} failures, {bad} bad files"
    )
    return 1 if failures or bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
