"""One value in its line, read again from where it stands: never from the catalog, which has none. It is audited before it is read, and given
only if it is the value that was found."""

from __future__ import annotations

import hmac
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from assay.errors import AssayError, UsageError
from assay.model import Finding, Locator, Sensitive
from assay.store import audit

if TYPE_CHECKING:
    from assay.app.reviews.desk import Desk
    from assay.app.serving.roots import Root

_AROUND = 160
_LONGEST = 4_096
_PATIENCE = 20.0
_BREAK = re.compile(r"[\r\n\u2028\u2029\x0b\x0c\x85]")
_ENCODINGS = ("utf-8", "latin-1", "utf-16-le", "utf-16-be")

CHANGED = "it is not there any more as it was found: the source has changed; scan it again"
NOT_AGAIN = "it was not found there again: the source has changed, or was scanned in another way then, with OCR for example; scan it again"
UNREACHABLE = "the source cannot be read from here now: it is gone, or this server has no right to it"
_ELSEWHERE = "it stands in what cannot be read again by its place"


@dataclass(frozen=True, slots=True, kw_only=True)
class Revealed:
    """A value and what stands around it in its line. `is_compared` says that it is as it is compared: without hyphens, for example."""

    before: Sensitive[str]
    value: Sensitive[str]
    after: Sensitive[str]
    is_compared: bool = False


class NotRevealedError(AssayError):
    """A value that is not shown, and why. It holds nothing of the source."""


Reader = Callable[[str, int, int], bytes]
"""Bytes of a resource from one place to another; fewer where it ends. Raises `AssayError`."""


def reveal(desk: Desk, finding: Finding, *, by: str, user: str, reason: str, read: Reader | None = None) -> Revealed:
    """The value of a finding with its line, as it stands in the source now. Raises `NotRevealedError`, and `UsageError` without a reason."""
    from assay.app.reviews.reviewing import text_of

    said = text_of(reason, desk.redact)
    if not said:
        raise UsageError("say why you have to see it")
    details = {"identifier": finding.identifier, "user": user, "reason": said, "at": _spoken(finding.location)}
    # Before it is read: what was shown and not written down must not be.
    _note(desk, by, "VALUE_ASKED", finding, details)
    try:
        shown = _read(desk, finding, read or reader_of(finding.resource))
    except NotRevealedError as error:
        _note(desk, by, "VALUE_REFUSED", finding, details | {"because": str(error)})
        raise
    _note(desk, by, "VALUE_REVEALED", finding, details)
    return shown


def reader_of(resource: str) -> Reader:
    """What reads a kind of resource again. Raises `NotRevealedError` for one that nothing does."""
    scheme = urlsplit(resource).scheme
    if scheme == "file":
        return _of_file
    if scheme == "s3":
        return _of_object
    raise NotRevealedError(_ELSEWHERE)


def _note(desk: Desk, by: str, action: str, finding: Finding, details: dict[str, str]) -> None:
    _write(desk, by, action, finding.resource, details)


def _write(desk: Desk, by: str, action: str, resource: str, details: dict[str, str]) -> None:
    with desk.catalog.transaction() as connection:
        audit.append(connection, actor=by, action=action, resource=resource, details=details)


def _read(desk: Desk, finding: Finding, read: Reader) -> Revealed:
    at = finding.location
    is_unpacked = at.member is not None or at.page is not None or at.sheet is not None or at.table is not None
    if is_unpacked or at.byte_start is None or at.byte_end is None or at.start is None or at.end is None:
        return _found_again(desk, finding, read)
    if not 0 < at.byte_end - at.byte_start <= _LONGEST:
        raise NotRevealedError("it is too long to be shown")
    first = max(0, at.byte_start - _AROUND)
    try:
        data = read(finding.resource, first, at.byte_end + _AROUND)
    except NotRevealedError:
        raise
    except AssayError:
        raise NotRevealedError(UNREACHABLE) from None
    begin, end = at.byte_start - first, at.byte_end - first
    for encoding in _ENCODINGS:
        value = data[begin:end].decode(encoding, "replace")
        if len(value) == at.end - at.start and _is_same(desk, finding, value):
            before = _BREAK.split(data[:begin].decode(encoding, "replace"))[-1].lstrip("\ufeff\ufffd")
            after = _BREAK.split(data[end:].decode(encoding, "replace"), maxsplit=1)[0].rstrip("\ufffd")
            return Revealed(before=Sensitive(before), value=Sensitive(value), after=Sensitive(after))
    raise NotRevealedError(CHANGED)


def _found_again(desk: Desk, finding: Finding, read: Reader) -> Revealed:
    """What lies in an archive, a document or a sheet: the whole is scanned again for the value of that fingerprint."""
    from assay.app.reviews.rereading import MOST_BYTES, NotReadAgainError, value_in

    try:
        data = read(finding.resource, 0, MOST_BYTES + 1)
    except NotRevealedError:
        raise
    except AssayError:
        raise NotRevealedError(UNREACHABLE) from None
    if len(data) > MOST_BYTES:
        raise NotRevealedError(
            f"what it stands in is larger than {MOST_BYTES // 2**20} MiB, and is not read again from here"
        )
    name = unquote(urlsplit(finding.resource).path.rpartition("/")[2])
    if not desk.rereading.acquire(timeout=_PATIENCE):
        raise NotRevealedError("others have values read again just now; try once more in a moment")
    try:
        value = value_in(desk.settings, name, data, finding.fingerprint)
    except NotReadAgainError as error:
        raise NotRevealedError(str(error)) from None
    finally:
        desk.rereading.release()
    if value is None:
        raise NotRevealedError(NOT_AGAIN)
    nothing = Sensitive("")
    return Revealed(before=nothing, value=value, after=nothing, is_compared=True)


def reveal_column(
    desk: Desk, roots: Sequence[Root], resource: str, table: str, column: str, *, by: str, user: str, reason: str
) -> Revealed:
    """One value of a column of a database, as it stands there now. Raises `NotRevealedError`, and `UsageError` without a reason."""
    from assay.app.reviews.columnvalues import NoValueError, value_of_column
    from assay.app.reviews.reviewing import text_of

    said = text_of(reason, desk.redact)
    if not said:
        raise UsageError("say why you have to see it")
    details = {"table": desk.redact(table), "column": desk.redact(column), "user": user, "reason": said}
    _write(desk, by, "VALUE_ASKED", resource, details)
    try:
        value = value_of_column(roots, resource, table, column)
    except NoValueError as error:
        _write(desk, by, "VALUE_REFUSED", resource, details | {"because": str(error)})
        raise NotRevealedError(str(error)) from None
    _write(desk, by, "VALUE_REVEALED", resource, details)
    nothing = Sensitive("")
    return Revealed(before=nothing, value=value, after=nothing)


def _is_same(desk: Desk, finding: Finding, value: str) -> bool:
    """Whether a text is the value that was found: by its fingerprint, under the key that scans here have."""
    from assay.app.fingerprints import fingerprint_key
    from assay.detect.redact import Fingerprinter, normaliser

    known = next((each for each in desk.identifiers if each.name == finding.identifier), None)
    if known is None:
        raise NotRevealedError("its identifier is not known here any more")
    fingerprint = Fingerprinter(fingerprint_key(desk.settings.fingerprint_key_file, make=False))
    normal = f"{known.name}\0{normaliser(known.normalise)(value)}".encode("utf-8", "surrogatepass")
    return hmac.compare_digest(fingerprint(normal), finding.fingerprint)


def _of_file(resource: str, start: int, end: int) -> bytes:
    import os
    from urllib.parse import unquote_to_bytes

    from assay.formats.opening import open_file

    path = unquote_to_bytes(urlsplit(resource).path)
    # A pipe would wait for its writer.
    if not os.path.isfile(path):
        raise NotRevealedError("there is no such file on this server; it may have been scanned elsewhere")
    try:
        with open_file(os.fsdecode(path)) as stream:
            stream.seek(start)
            return stream.read(end - start)
    except OSError:
        raise NotRevealedError("the file cannot be read by this server") from None


def _of_object(resource: str, start: int, end: int) -> bytes:
    from assay.aws.access import Access
    from assay.aws.failures import refusals
    from assay.sources.s3.address import parse
    from assay.sources.s3.connection import Connection
    from assay.sources.s3.failures import of_object
    from assay.sources.s3.options import S3Options

    address = parse(resource)
    asked = {"Bucket": address.bucket, "Key": address.key, "Range": f"bytes={start}-{end - 1}"}
    if address.version:
        asked["VersionId"] = address.version
    connection = Connection(S3Options(access=Access()))
    try:
        body = connection.client().get_object(**asked, **connection.always())["Body"]
        with body:
            return bytes(body.read(end - start))
    except refusals() as error:
        raise of_object(error) from None


def _spoken(at: Locator) -> str:
    parts = [f"line {at.line}" if at.line else "", f"column {at.column}" if at.column else ""]
    return ", ".join(part for part in parts if part)
