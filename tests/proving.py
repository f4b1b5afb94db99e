"""Proof that a command makes the calls that it declares, all of them and no others."""

from __future__ import annotations

import importlib.util
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from awsservers import TESTS, Aws

from assay.app.permissions import IDENTITY
from assay.aws.session import Calls

CASES = Path(__file__).parent / "cases" / "permissions"
# Services that are the same on the wire.
_SAME = {"docdb": "rds"}


@dataclass(frozen=True, kw_only=True)
class Stage:
    """What a scenario has: an empty emulator, an empty folder that is the current one, and the command line."""

    aws: Aws
    folder: Path
    assay: Callable[..., int]
    """Runs `assay ARGUMENT…` in this process and returns its exit code."""


def scenario_file(command: str) -> Path:
    """Where the scenario of a command is: `aws tag` → `aws_tag.py`."""
    return CASES / f"{command.replace(' ', '_').replace('-', '_')}.py"


def scenario_of(command: str) -> Callable[[Stage], None]:
    """The function. Raises `AssertionError` that says what to write where there is none."""
    file = scenario_file(command)
    assert file.exists(), f"{command}: no scenario; write scenario(stage) in tests/cases/permissions/{file.name}"
    found = getattr(_module(file), "scenario", None)
    assert callable(found), f"{file.name}: has no function scenario(stage)"
    return found


def _module(file: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"permissions_{file.stem}", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def prove(command: str, declared: Calls, scenario: Callable[[Stage], None], stage: Stage) -> None:
    """Plays the scenario. Raises `AssertionError` where calls made and calls declared differ.

    What reached the emulator counts, whichever process sent it; what tests send themselves is told by its user agent. Who
    calls may be asked for by every command, and needs no permission. What the scenario's file has as `prepare(stage)` is
    played before, and is no part of it.
    """
    prepare = getattr(scenario, "__globals__", {}).get("prepare")
    if prepare is not None:
        prepare(stage)
    stage.aws.strict.calls.clear()
    with logged() as told:
        scenario(stage)
    made = {
        call.name for call in stage.aws.strict.calls if TESTS not in call.request.environ.get("HTTP_USER_AGENT", "")
    }
    wanted, optional = {_wire(name) for name in declared}, {_wire(name) for name in IDENTITY}
    assert made <= wanted, f"{command}: calls that are made, and not declared: {sorted(made - wanted)}"
    assert wanted <= made | optional, (
        f"{command}: calls that are declared, and not made: {sorted(wanted - made - optional)}"
    )
    unsent = {_wire(name) for name in told} - made
    assert not unsent, f"{command}: calls that a session let pass, and that did not arrive: {sorted(unsent)}"


def _wire(name: str) -> str:
    service, _, operation = name.partition(".")
    return f"{_SAME.get(service, service)}.{operation}"


@contextmanager
def logged() -> Iterator[set[str]]:
    """The operations that sessions of this process let pass."""
    seen: set[str] = set()

    class Keeping(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if record.getMessage() == "call":
                seen.add(str(record.__dict__["operation"]))

    log, handler = logging.getLogger("assay.aws"), Keeping()
    before = log.level
    log.addHandler(handler)
    log.setLevel(logging.DEBUG)
    try:
        yield seen
    finally:
        log.removeHandler(handler)
        log.setLevel(before)
