"""`assay worker --scans`: works on the scans that people and programs ask the desk for."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from assay.cli.interrupt import Interrupts, stopped_by_signals

if TYPE_CHECKING:
    from assay.app.config.settings import Settings
    from assay.ports import Record
    from assay.store.engine import Catalog

BESIDE = "_ASSAY_DESK_PROCESS"
"""The process that this one ends with; told by a variable, since nobody else has to give it."""


def work(catalog: Catalog, url: str, settings: Settings, *, until_empty: bool, once: bool) -> int:
    """Works until it is asked to end. Returns the exit code."""
    from assay.app.learning.retraining import Beside, beside
    from assay.app.serving.roots import roots_of
    from assay.app.serving.working import Worker
    from assay.report.printable import printable

    parent = os.environ.pop(BESIDE, None)
    worker = Worker(
        catalog=catalog,
        catalog_url=url,
        settings=settings,
        roots=roots_of(settings, Path.cwd()),
        deliver=_delivered,
        tell=(lambda text: click.echo(f"assay: {printable(text)}", err=True)) if parent is None else log_of_desk,
        is_left=lambda: parent is not None and str(os.getppid()) != parent,
    )
    if parent is None:
        click.echo("assay: working on the scans that the desk is asked for; Ctrl-C ends it", err=True)
    learning = Beside(catalog=catalog, settings=settings, catalog_url=url, tell=worker.tell)
    with (
        stopped_by_signals(worker.stop, quietly=parent is not None),
        beside(learning, worker.stop, once=once or until_empty),
    ):
        if once:
            worker.one()
        else:
            worker.run(until_empty=until_empty)
    return 0


def log_of_desk(text: str) -> None:
    """Tells what a worker beside the desk does: in a line of the desk's log, which has both."""
    from assay.web.headers import log

    log("worker", told=text)


def _delivered(records: Iterator[Record], write: Callable[[Record], None]) -> bool:
    with Interrupts() as interrupts:
        try:
            interrupts.deliver(records, write)
        except KeyboardInterrupt:
            return True
        return interrupts.came
