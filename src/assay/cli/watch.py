"""`assay watch`: classify files of folders as they arrive and change."""

from __future__ import annotations

import gc
import os
import signal
import stat
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING, Any

import click

from assay.cli.options import (
    FormatType,
    ShareType,
    allow_option,
    complete_files,
    config_option,
    fail_on_option,
    reaches,
    selection_options,
)
from assay.errors import UsageError
from assay.model import Level

if TYPE_CHECKING:
    from assay.app.config.settings import Settings
    from assay.cli.watchview import View
    from assay.model import Summary
    from assay.model.options import ScanOptions
    from assay.sinks.output import Output

EXIT_FAILED, EXIT_GAPS = 1, 3
_SETTLE = 2.0
_COLLECT_AFTER = (10_000, 10, 10)


@click.command(short_help="Classify files of folders as they arrive and change.")
@click.argument("targets", metavar="FOLDER...", nargs=-1, required=True, shell_complete=complete_files)
@click.option(
    "--format",
    "output_format",
    type=FormatType("table", "jsonl"),
    default="table",
    show_default=True,
    help="table is for people: a line for each file that holds something; jsonl is what 'assay scan' writes.",
)
@click.option(
    "--settle",
    metavar="SECONDS",
    type=ShareType(0, 86_400),
    default=_SETTLE,
    show_default=True,
    help="Read a file once nothing has changed in it for so long.",
)
@click.option(
    "--poll",
    metavar="SECONDS",
    type=ShareType(0.1, 86_400),
    help="Look through the folders every so many seconds, for file systems that tell nothing of changes.",
)
@click.option("--until-idle", is_flag=True, help="End when everything that is there is read.")
@click.option(
    "--statistics",
    "every",
    metavar="SECONDS",
    type=ShareType(1, 86_400),
    help="Say every so many seconds what was done; SIGUSR1 asks for it at any time.",
)
@selection_options
@click.option("--exclude", metavar="GLOB", multiple=True, help="Leave out what matches, as in .gitignore.")
@click.option("--gitignore/--no-gitignore", default=None, help="Leave out what .gitignore files name.  [default: on]")
@click.option(
    "-j", "--jobs", metavar="N", type=click.IntRange(0, 1024), help="Worker processes.  [default: one per core]"
)
@allow_option
@fail_on_option
@click.option("--progress/--quiet", default=None, help="How it stands, on standard error.  [default: on a terminal]")
@click.option("--catalog", "catalog_url", metavar="URL", help="Keep results in this catalog; see 'assay catalog init'.")
@click.option("--no-catalog", is_flag=True, help="Keep nothing but the output, even if a catalog is set.")
@config_option
def watch(**given: Any) -> int:
    """Classify the files of each FOLDER, and from then on what arrives, changes, is renamed or goes away.

    With a catalog only what has changed since it was read last is read at the start, and nothing is lost or read twice
    if the process is killed. A file is read once it has settled, and not while it is named as unfinished (.part,
    .crdownload, .tmp, .swp, …~). Ctrl-C and SIGTERM end it after what was begun, with 0, or 3 where something could
    not be read.

    \b
    assay watch ~/Downloads
    assay watch /srv/intake --catalog team.db
    assay watch /srv/intake /srv/outbox --format jsonl >> found.jsonl
    assay watch /mnt/share --poll 60 --catalog team.db
    """
    from assay.app.catalogs import catalog_url
    from assay.app.config.settings import load_settings
    from assay.cli.asked import scan_options
    from assay.cli.targets import local_targets

    settings = load_settings(given["config_file"])
    targets = local_targets(given["targets"])
    if given["no_catalog"] and given["catalog_url"]:
        raise UsageError("--catalog and --no-catalog exclude each other; give one of them")
    options = scan_options(given, settings)
    url = None if given["no_catalog"] else catalog_url(settings, given["catalog_url"])
    return _run(targets, options, settings, url, given)


def _run(targets: list[str], options: ScanOptions, settings: Settings, url: str | None, given: dict[str, Any]) -> int:
    from assay.app.watch.watchers import watching
    from assay.sinks.output import open_output
    from assay.store.engine import open_catalog

    output = open_output(None)
    view = _view(output, given)
    with open_catalog(url) if url is not None else nullcontext() as catalog:
        with watching(
            targets,
            options,
            settings,
            catalog,
            told=view,
            own=_written_to(),
            settle=given["settle"],
            poll=given["poll"],
            until_idle=given["until_idle"],
        ) as made:
            view.of(made)
            # What is made by now stays; of what comes, cycles are looked for as usual, for this goes on for long.
            gc.freeze()
            gc.set_threshold(*_COLLECT_AFTER)
            if given["progress"] is not False:
                view.say(f"watching {', '.join(made.roots)}; Ctrl-C ends it")
            try:
                with _signals(made.stop, view):
                    made.run()
            finally:
                view.clear()
        summary = _summary(view, targets, options)
        if given["output_format"] == "jsonl":
            view.result(summary)
        output.commit()
    if given["progress"] is not False:
        view.say(view.statistics())
        if made.waiting:
            view.say(f"{made.waiting:,} files were not read yet; the next start finds them")
    fail_on = Level(given["fail_on"].lower()) if given["fail_on"] else settings.fail_on
    if fail_on is not None and any(reaches(Level(level), fail_on) for level in view.totals.by_level):
        return EXIT_FAILED
    return EXIT_GAPS if view.totals.gaps else 0


def _view(output: Output, given: dict[str, Any]) -> View:
    from assay.cli.terminal import painter
    from assay.cli.watchview import View, columns_of
    from assay.report.live import Live

    quiet = given["progress"] is False
    lines = given["output_format"] == "jsonl"
    on_terminal = sys.stderr is not None and sys.stderr.isatty()
    # Results that run over the same terminal show how far it is.
    shows = not quiet and (on_terminal or bool(given["progress"])) and not (lines and output.is_terminal)
    live = Live(columns=columns_of(output), paint=painter(output.is_terminal))
    return View(output, live, lines=lines, every=given["every"], quiet=quiet, show_status=shows)


def _summary(view: View, targets: list[str], options: ScanOptions) -> Summary:
    from assay.app.scan.summing import summary_of

    return summary_of(view.totals, target=" ".join(targets), seconds=view.seconds, options=options)


def _written_to() -> frozenset[tuple[int, int]]:
    """The files that standard output and standard error go to: what is written to them is no news."""
    found = set()
    for descriptor in (1, 2):
        try:
            status = os.fstat(descriptor)
        except OSError:
            continue
        if stat.S_ISREG(status.st_mode):
            found.add((status.st_dev, status.st_ino))
    return frozenset(found)


@contextmanager
def _signals(stop: threading.Event, view: View) -> Iterator[None]:
    """The first signal lets it end in order, the second one does not wait; SIGUSR1 asks for statistics."""

    def end(_number: int, _frame: object) -> None:
        if stop.is_set():
            raise KeyboardInterrupt
        stop.set()

    def tell(_number: int, _frame: object) -> None:
        view.asked.set()

    wanted = {signal.SIGINT: end, signal.SIGTERM: end, signal.SIGHUP: end, signal.SIGUSR1: tell}
    # One that is ignored (nohup) stays so.
    handled = {number: made for number, made in wanted.items() if signal.getsignal(number) is not signal.SIG_IGN}
    before = {number: signal.signal(number, handler) for number, handler in handled.items()}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
