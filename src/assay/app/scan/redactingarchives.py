"""Masked copies of archives: each member is looked at, copied and proven as a file of its own, then the archive is scanned as a whole."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack, closing
from functools import partial
from typing import IO, NamedTuple

from assay.app.scan.copies import Copies, Part
from assay.app.scan.redactingfiles import Files
from assay.app.scan.redactingheld import OfItsKindError, Thing
from assay.detect.engine import Detector
from assay.errors import ReadError
from assay.formats import Kind, Limits
from assay.formats.streams import Budget
from assay.formats.windows import Readable
from assay.model import Gap, Skip
from assay.report.tally import NOT_COPIED
from assay.scanning.maskedarchive import Rewriting, copy_archive
from assay.scanning.members import safe_path

_PIECE = 1024 * 1024
_SHOWN = 3


class Left(NamedTuple):
    """A member that is not in the copy of its archive, and why."""

    path: str
    why: str
    is_gap: bool


class Archives:
    """Copies of the archives of one scan."""

    def __init__(self, copies: Copies, detector: Detector, files: Files, limits: Limits) -> None:
        self._copies = copies
        self._detector = detector
        self._files = files
        self._limits = limits

    def copy(self, thing: Thing, kind: Kind, stack: ExitStack) -> tuple[Part, list[Left]]:
        """A copy in which nothing is found any more, and what it is without. Raises `ReadError`."""
        left: list[Left] = []

        def leave(path: str, error: ReadError) -> None:
            why = error.detail if error.reason == NOT_COPIED else error.reason
            left.append(Left(safe_path(path, self._detector), why, not isinstance(error, OfItsKindError)))

        how = Rewriting(
            masked=partial(self._masked, thing),
            left=leave,
            named=self._copies.named,
            spool=self._copies.spool,
            budget=Budget(self._limits, thing.size()),
        )
        part = stack.enter_context(self._copies.part())
        with self._copies.writing(), part.to_write() as target:
            copy_archive(thing.source, target, kind, thing.file, how)
        # Each member was proven by itself: what only shows in the archive as a whole deletes the copy.
        self._files.prove(part, thing)
        return part, left

    def _masked(self, archive: Thing, stream: Readable, kind: Kind, _name: str, path: str) -> IO[bytes]:
        if kind.skip_reason is not None:
            raise OfItsKindError(NOT_COPIED, kind.skip_reason)
        with ExitStack() as stack:
            whole = stack.enter_context(self._copies.spool())
            with self._copies.writing():
                while piece := stream.read(_PIECE):
                    whole.write(piece)
                whole.flush()
            member = Thing(source=whole, name=path, resource=archive.resource, file=archive.file, is_member=True)
            held = self._files.look(member)
            stack.enter_context(closing(held.covers))
            if held.missed:
                raise ReadError(held.missed[0], "")
            if held.left_out:
                raise OfItsKindError(NOT_COPIED, held.left_out[0])
            return self._files.copy(member, held, stack).opened()


def told(left: list[Left], resource: str) -> Gap | Skip:
    """What is said of the members that the copy of an archive is without."""
    by_reason: dict[str, list[str]] = {}
    for each in left:
        by_reason.setdefault(each.why, []).append(each.path)
    named = "; ".join(
        f"{', '.join(paths[:_SHOWN])}{f' and {len(paths) - _SHOWN:,} more' if len(paths) > _SHOWN else ''} ({why})"
        for why, paths in by_reason.items()
    )
    members = "one member was" if len(left) == 1 else f"{len(left):,} members were"
    kind: Callable[..., Gap | Skip] = Gap if any(each.is_gap for each in left) else Skip
    return kind(resource=resource, reason=NOT_COPIED, detail=f"{members} left out of its copy: {named}")
