"""Everything that can be changed in Macie is taken back."""

from __future__ import annotations

import logging

from macie_for_tests import KEY, accept, bucket, newest_plan, take_back
from proving import Stage

from assay.store.engine import open_catalog

AT = ("--catalog", "catalog.db")


def scenario(stage: Stage) -> None:
    """Enabled and disabled; then enabled for good, with an identifier, a job, results and a filter, each taken back."""
    with open_catalog("catalog.db", create=True) as catalog:
        exception = accept(catalog, "SSN", "s3://lake/a.csv")
    bucket(stage.aws, "lake", a_csv="x")
    plans = [_made(stage, "enable")]
    assert stage.assay("aws", "macie", "undo", plans.pop(), "--yes", *AT) == 0
    _made(stage, "enable")
    _made(stage, "export-results", "--bucket", "results", "--key", KEY)
    commands: list[tuple[str, ...]] = [
        ("enable", "--publish", "6h"),
        ("create-identifiers", "EMPLOYEE_NUMBER"),
        ("job", "weekly", "--bucket", "lake", "--schedule", "daily"),
        ("export-results", "--bucket", "elsewhere", "--key", KEY),
        ("suppress",),
    ]
    plans += [_made(stage, *command) for command in commands]
    # A filter that was taken out, because its exception ended, comes back.
    with open_catalog("catalog.db") as catalog:
        take_back(catalog, exception)
    plans.append(_made(stage, "suppress"))
    for plan in reversed(plans):
        assert stage.assay("aws", "macie", "undo", plan, "--yes", *AT) == 0


def _made(stage: Stage, *command: str) -> str:
    """The plan of a command. Its calls are its own, and not counted here."""
    log = logging.getLogger("assay.aws")
    log.disabled, before = True, list(stage.aws.strict.calls)
    assert stage.assay("aws", "macie", *command, "--yes", *AT) == 0
    log.disabled = False
    stage.aws.strict.calls.clear()
    for call in before:
        stage.aws.strict.calls.add(call)
    return newest_plan("catalog.db")
