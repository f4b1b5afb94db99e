"""`--redact-to`: what may be asked for together with masked copies, and what is said of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import click

from assay.errors import UsageError

if TYPE_CHECKING:
    from assay.app.scan.redacting import Redaction, Told

F = TypeVar("F", bound=Callable[..., Any])

_NOT_WITH = {
    "estimate": "nothing is read",
    "sample": "what is copied is read as a whole",
    "baseline": "what a baseline knows would stay as it is",
    "catalog_url": "what is copied is read anew",
    "resume": "what is copied is read anew",
    "ocr": "pictures are left out of copies",
    "history": "only files are copied",
    "staged": "only files are copied",
    "diff": "only files are copied",
}


def redact_options(function: F) -> F:
    """--redact-to DIR and --pseudonyms."""
    options = (
        click.option(
            "--redact-to",
            metavar="DIR",
            help="Write copies of the files into this new folder, with what is found in them masked.",
        ),
        click.option(
            "--pseudonyms", is_flag=True, help="In these copies show equal values as equal pseudonyms, not as stars."
        ),
    )
    for option in reversed(options):
        function = option(function)
    return function


def redaction_of(given: Mapping[str, Any], targets: Sequence[str]) -> Redaction | None:
    """What is asked for; `None` where no copies are. Raises `UsageError`."""
    folder = given["redact_to"]
    if folder is None:
        if given["pseudonyms"]:
            raise UsageError("--pseudonyms: is for masked copies; give --redact-to DIR as well")
        return None
    from assay.app.scan.copies import judge_folder
    from assay.app.scan.redacting import Redaction
    from assay.app.scan.sources import is_git, is_remote

    for name, why in _NOT_WITH.items():
        if given[name]:
            option = "catalog" if name == "catalog_url" else name
            raise UsageError(f"--redact-to and --{option} exclude each other: {why}")
    for target in targets:
        if target == "-" or is_git(target) or is_remote(target):
            raise UsageError("--redact-to: copies files and folders of this machine; name these alone")
    judge_folder(folder, targets, given["output"])
    return Redaction(folder=folder, pseudonyms=given["pseudonyms"])


def said(told: Told, folder: str) -> str:
    """How much was copied, in a sentence."""
    from assay.report.printable import counted, printable

    copied = f"{counted(told.copied, 'copy', 'copies')} → {printable(folder)}"
    return (
        f"{copied}; {told.left_out:,} not copied, told in gaps and skips of --format jsonl" if told.left_out else copied
    )
