"""Documents: which module takes texts and files out of each kind, and what it needs beyond the core."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable, Iterator
from typing import IO, Any

from assay.errors import ReadError
from assay.formats.kinds import Kind
from assay.formats.parts import Opened, Unread, Within

STREAMED = frozenset({Kind.MAIL, Kind.MAILBOX, Kind.RTF})
"""Documents that are read from their beginning to their end; the others are read at random."""

# Module, and the package that it needs, if any.
_READERS: dict[Kind, tuple[str, str | None]] = {
    Kind.PDF: ("assay.formats.pdf", "pypdfium2"),
    Kind.OFFICE: ("assay.formats.office", None),
    Kind.EPUB: ("assay.formats.epub", None),
    Kind.RTF: ("assay.formats.rtf", None),
    Kind.NOTEBOOK: ("assay.formats.notebook", None),
    Kind.MAIL: ("assay.formats.mail", None),
    Kind.MAILBOX: ("assay.formats.mailbox", None),
    Kind.SPREADSHEET: ("assay.formats.besidesheets", None),
    Kind.IMAGE: ("assay.formats.picture", None),
    Kind.SEVENZIP: ("assay.formats.sevenzip", "py7zr"),
}


def reader_of(kind: Kind) -> Callable[[Any, Within], Opened]:
    """What opens a document of this kind: a function of the file (a stream, if it is in `STREAMED`) and where it lies."""
    module, package = _READERS[kind]
    if package is not None and importlib.util.find_spec(package) is None:

        def missing(_source: IO[bytes], within: Within) -> Iterator[Unread]:
            detail = f"{kind} is read with {package}; pip install 'assay[documents]'"
            yield Unread(within.path, ReadError("unsupported format", detail))

        return missing
    opened: Callable[[Any, Within], Opened] = importlib.import_module(module).opened
    return opened
