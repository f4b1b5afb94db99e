"""Finds a value again by its fingerprint, in what has to be unpacked or read as a table or a document first: the whole resource is scanned
once more, in a process beside, which tells that value alone and then ends."""

from __future__ import annotations

import io
import multiprocessing
from collections.abc import Sequence
from contextlib import suppress
from multiprocessing.connection import Connection

from assay.app.config.settings import Settings
from assay.detect.redact import Fingerprinter
from assay.errors import AssayError
from assay.model import Gap, Sensitive

MOST_BYTES = 32 * 1024 * 1024
"""Of a resource that is read again as a whole."""

_SECONDS = 90.0
_DIGITS = 64
_FOUND, _NONE, _UNREAD = b"v", b"n", b"u"
"""What the process beside tells first: the value follows, there is none of that fingerprint, not all could be read."""


class NotReadAgainError(AssayError):
    """A resource that could not be read to its end, so that nothing is known of the value. It holds nothing of it."""


def value_in(
    settings: Settings, name: str, data: bytes, fingerprint: str, *, seconds: float = _SECONDS
) -> Sensitive[str] | None:
    """The value of that fingerprint as it is compared (an SSN without its hyphens), if it is found in a resource again. Raises
    `NotReadAgainError`."""
    # Not forked: this process has threads, and what they hold locked would stay so.
    context = multiprocessing.get_context("spawn")
    mine, other = context.Pipe()
    process = context.Process(target=_look, args=(other, settings), name="assay-reveal", daemon=True)
    process.start()
    other.close()
    told = _UNREAD
    try:
        mine.send((name, data, fingerprint))
        if mine.poll(seconds):
            told = mine.recv_bytes()
    except (EOFError, OSError):
        pass  # it has ended without a word
    finally:
        process.kill()
        process.join()
        mine.close()
    if told == _UNREAD:
        raise NotReadAgainError(
            f"not all that it stands in could be read again, within {seconds:.0f} seconds and bounded memory"
        )
    return None if told == _NONE else Sensitive(told[len(_FOUND) :].decode("utf-8", "surrogatepass"))


class _Watching(Fingerprinter):
    """Notes the value whose fingerprint is looked for. What has a fingerprint begins with its identifier's NAME and a null."""

    __slots__ = ("found", "wanted")

    def __init__(self, key: bytes, wanted: str) -> None:
        super().__init__(key)
        self.wanted = wanted
        self.found: bytes | None = None

    def __call__(self, value: bytes) -> str:
        made = super().__call__(value)
        if made == self.wanted:
            self.found = value.partition(b"\0")[2]
        return made

    def all(self, prefix: bytes, values: Sequence[str]) -> str:
        made = super().all(prefix, values)
        at = made.find(self.wanted)
        if at >= 0 and at % _DIGITS == 0:
            self.found = values[at // _DIGITS].encode("utf-8", "surrogatepass")
        return made


def _look(pipe: Connection, settings: Settings) -> None:
    from assay.app.serving.uploads import set_apart, uri_of

    set_apart()
    from assay.app.scan.keeping import begin
    from assay.app.scan.line import scan_within
    from assay.app.scan.recipe import recipe_of
    from assay.app.scan.running import Given, Within
    from assay.model.options import ScanOptions
    from assay.tables.judges import Judges

    with suppress(EOFError, OSError):
        name, data, wanted = pipe.recv()
        options = ScanOptions(min_confidence=0.0, include_test_values=True, preview=True)
        recipe = recipe_of(options, settings)
        detector = recipe.make()
        detector.fingerprint = watching = _Watching(recipe.key, wanted)
        within = Within(recipe=recipe, judges=Judges(), begun=begin)
        given = Given(uri_of(detector.safe_name(name)), io.BytesIO(data), name)
        is_whole = True
        for record in scan_within(within, None, options, settings=settings, given=given):
            is_whole = is_whole and not isinstance(record, Gap)
            if watching.found is not None:
                break
        none = _NONE if is_whole else _UNREAD
        pipe.send_bytes(none if watching.found is None else _FOUND + watching.found)
