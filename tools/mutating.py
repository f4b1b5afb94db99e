"""How mutations are run: all in one process, so that the emulator, the rules and the imports are made once for all of them.

A line of a function is taken out by giving the function, wherever it is held, the code of the source without it. What stands outside of
functions cannot be changed so; `Mutating.apart` names those, and `tools/mutations.py` runs them each in a copy.
"""

from __future__ import annotations

import gc
import importlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any

import pytest

_SOURCES = Path(__file__).parents[1] / "src"


@dataclass(frozen=True, kw_only=True)
class Mutation:
    """One line that is taken out, and the tests (`file -k words`) of which one has to fail then."""

    name: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...]


@dataclass(kw_only=True, eq=False)
class Mutating:
    """A plugin of pytest that runs mutations in the place of tests. `noticed` says of each whether a test failed, by name; `broken` are
    tests that fail with nothing taken out, or are none; `apart` are mutations that need a process of their own."""

    mutations: Sequence[Mutation]
    noticed: dict[str, bool] = field(default_factory=dict)
    broken: list[str] = field(default_factory=list)
    apart: list[str] = field(default_factory=list)
    _failed: bool = False
    _ran: bool = False

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Each test as it is, then with one line taken out after the other."""
        steps = list(self._steps(session.items))
        green: dict[str, bool] = {}
        for number, (mutation, item) in enumerate(steps):
            following = steps[number + 1][1] if number + 1 < len(steps) else None
            # Its own fixtures are made anew where the same test comes next.
            next_item: Any = item.parent if following is item else following
            self._failed, self._ran = False, False
            if mutation is None:
                item.ihook.pytest_runtest_protocol(item=item, nextitem=next_item)
                green[item.nodeid] = self._ran and not self._failed
                if not green[item.nodeid]:
                    self.broken.append(item.nodeid)
                continue
            try:
                with taken_out(mutation):
                    item.ihook.pytest_runtest_protocol(item=item, nextitem=next_item)
            except ApartError:
                item.ihook.pytest_runtest_protocol(item=item, nextitem=next_item)
                if mutation.name not in self.apart:
                    self.apart.append(mutation.name)
                continue
            red = self._failed and green[item.nodeid]
            self.noticed[mutation.name] = self.noticed.get(mutation.name, False) or red
            last = following is None or steps[number + 1][0] is not mutation
            if last:
                print(f"{'red  ' if self.noticed[mutation.name] else 'GREEN'} {mutation.name}", flush=True)
        return True

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """What became of the test that runs."""
        self._failed = self._failed or report.failed
        self._ran = self._ran or (report.when == "call" and not report.skipped)

    def _steps(self, items: Sequence[pytest.Item]) -> Iterator[tuple[Mutation | None, pytest.Item]]:
        done: set[str] = set()
        for mutation in sorted(self.mutations, key=lambda each: each.tests):
            chosen = [item for item in items if any(is_meant(item.nodeid, test) for test in mutation.tests)]
            if not chosen:
                self.broken.append(f"{mutation.name}: none of its tests is there")
            for item in chosen:
                if item.nodeid not in done:
                    done.add(item.nodeid)
                    yield None, item
            for item in chosen:
                yield mutation, item


def is_meant(node: str, test: str) -> bool:
    """Whether a test is among those of `file -k "a and b or c"`.

    >>> is_meant("tests/t.py::test_a[x]", 'tests/t.py -k "test_a and [x] or test_b"')
    True
    """
    file, _, words = test.partition(" -k ")
    if not node.startswith(f"{file}::"):
        return False
    name = node.removeprefix(f"{file}::")
    if not words:
        return True
    return any(all(word.strip() in name for word in part.split(" and ")) for part in words.strip("\"'").split(" or "))


class ApartError(Exception):
    """What is taken out stands outside of functions, or is of the shape of one."""


@contextmanager
def taken_out(mutation: Mutation) -> Iterator[None]:
    """Without a line, as long as it lasts. Raises `ApartError`."""
    path = _SOURCES / "assay" / mutation.file
    importlib.import_module(".".join(path.relative_to(_SOURCES).with_suffix("").parts))
    text = path.read_text(encoding="utf-8")
    if text.count(mutation.old) != 1:
        raise SystemExit(f"{mutation.file}: {mutation.old!r} stands there {text.count(mutation.old)} times")
    was = compile(text, str(path), "exec", dont_inherit=True)
    now = compile(text.replace(mutation.old, mutation.new), str(path), "exec", dont_inherit=True)
    if _outside(was) != _outside(now):
        raise ApartError
    codes = _pairs(was, now)
    found = [
        (each, codes[_key(each.__code__)])
        for each in gc.get_objects()
        if isinstance(each, FunctionType) and each.__code__.co_filename == str(path) and _key(each.__code__) in codes
    ]
    kept = [(each, each.__code__) for each, _ in found]
    try:
        for each, code in found:
            if len(code.co_freevars) != len(each.__code__.co_freevars):
                raise ApartError
            each.__code__ = code
        yield
    finally:
        for each, old_code in kept:
            each.__code__ = old_code


def _key(code: CodeType) -> tuple[str, int]:
    return code.co_qualname, code.co_firstlineno


def _pairs(was: CodeType, now: CodeType) -> Mapping[tuple[str, int], CodeType]:
    """Of each function, by its name and line, the code that it has without the line. Raises `ApartError` where there are others."""
    before, after = _by_name(was), _by_name(now)
    if {name: len(each) for name, each in before.items()} != {name: len(each) for name, each in after.items()}:
        # A lambda or a comprehension less: those of other names are as many as before.
        shared = [name for name in before if len(before[name]) == len(after.get(name, ()))]
    else:
        shared = list(before)
    return {
        _key(old): new
        for name in shared
        for old, new in zip(before[name], after[name], strict=True)
        if old.co_flags == new.co_flags
    }


def _by_name(code: CodeType) -> Mapping[str, list[CodeType]]:
    told: dict[str, list[CodeType]] = defaultdict(list)
    for each in _nested(code):
        told[each.co_qualname].append(each)
    return {name: sorted(each, key=lambda one: one.co_firstlineno) for name, each in told.items()}


def _nested(code: CodeType) -> Iterator[CodeType]:
    for each in code.co_consts:
        if isinstance(each, CodeType):
            yield each
            yield from _nested(each)


def _outside(code: CodeType) -> Iterable[Any]:
    """What a module, and each class in it, does itself."""
    names = (code.co_code, code.co_names)
    consts = tuple(
        _outside(each) if _is_class(each) else None if isinstance(each, CodeType) else _plain(each)
        for each in code.co_consts
    )
    return (*names, consts)


def _is_class(each: Any) -> bool:
    return isinstance(each, CodeType) and not each.co_flags & 0x1  # functions alone have optimised locals


def _plain(value: Any) -> Any:
    return repr(value)
