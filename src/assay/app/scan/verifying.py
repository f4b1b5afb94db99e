"""Credentials in files, to ask their providers about: found by a scan, and read again from where they stand."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlsplit

from assay.app.arguments import options_of
from assay.app.config.settings import Settings, load_settings
from assay.app.scan import texts, unchanged
from assay.app.scan.keeping import Wanted
from assay.app.scan.verification import Answer, Outcome, Provider, Verifier
from assay.model import Finding, Gap
from assay.model.options import ScanOptions

_LONGEST = 4_096


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A credential by its place; its value is read when it is asked about, and kept nowhere."""

    identifier: str
    redacted: str
    path: Path
    line: int
    start: int | None
    end: int | None
    is_same: Callable[[str], bool] = field(repr=False)
    """Whether a text is the value that was found: the file may have changed, and other text must not be sent."""

    def ask(self, verifier: Verifier, provider: Provider) -> Answer:
        """What the provider says of the value that stands there now."""
        if self.start is None or self.end is None or not 0 < self.end - self.start <= _LONGEST:
            return Answer(outcome=Outcome.UNKNOWN, reason="it does not stand in a plain file")
        try:
            with self.path.open("rb") as stream:
                stream.seek(self.start)
                value = stream.read(self.end - self.start).decode("ascii")
        except (OSError, UnicodeDecodeError):
            return Answer(outcome=Outcome.UNKNOWN, reason="it cannot be read again")
        if not self.is_same(value):
            return Answer(outcome=Outcome.UNKNOWN, reason="the file has changed")
        return verifier.verify(provider, value)


def found_in(targets: Sequence[Path], identifiers: tuple[str, ...], config: Path | None) -> Iterator[Found | Gap]:
    """The credentials of these kinds in files and folders, as a scan finds them, and what could not be read."""
    settings = load_settings(config)
    options = options_of(settings, {"identifiers": identifiers, "jobs": 1})
    for target in targets:
        for record in unchanged.scan([str(target)], options, settings=settings, wanted=Wanted(url=None)):
            if isinstance(record, Finding):
                yield _found(record, options, settings)
            elif isinstance(record, Gap):
                yield record


def _found(finding: Finding, options: ScanOptions, settings: Settings) -> Found:
    place = finding.location
    inside = place.member is not None or place.page is not None or place.row is not None

    def is_same(value: str) -> bool:
        again = texts.scan_text(value, options, settings) if value else []
        return [each.fingerprint for each in again] == [finding.fingerprint]

    return Found(
        identifier=finding.identifier,
        redacted=finding.redacted,
        path=Path(unquote(urlsplit(finding.resource).path)),
        line=place.line or 1,
        start=None if inside else place.byte_start,
        end=None if inside else place.byte_end,
        is_same=is_same,
    )
