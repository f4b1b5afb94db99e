"""A window of text → hits: the passes of detection, in the order of `PASSES`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from assay.detect import automaton, confirm, score
from assay.detect.allow import INLINE, Allowed, allowed_inline
from assay.detect.candidate import Candidate, Hit
from assay.detect.carried import Carried
from assay.detect.disguised import disguised
from assay.detect.marks import mark
from assay.detect.named import (
    Hints,
    belongs,
    column_values,
    containers,
    in_text,
    may_be_named,
    named_by,
    nested_values,
    value_at,
)
from assay.detect.nearby import Anchor, near_keywords
from assay.detect.plan import ALLOW, DISGUISE, FIELD, VALUE, Target
from assay.detect.redact import Fingerprinter, redact
from assay.detect.resolve import near_core, resolve
from assay.detect.ruleset import RuleSet
from assay.detect.scalars import Scalars
from assay.formats.delimited import DelimitedText
from assay.formats.structure import Declared, Decoded, PlainText, Structure, Window

if TYPE_CHECKING:
    from assay.detect.bulk import BulkJudge, CellGroup
    from assay.detect.prose import Prose
    from assay.ports import DocumentReading, Recogniser

PASSES = ("candidates", "validate", "weigh_context", "resolve", "score", "redact")
_PLAIN = PlainText
_IN_WORD = [chr(byte).isalnum() for byte in range(128)] + [True] * 128
_DIGITS = re.compile(r"\d[\d -]{6,}\d")
_EDGE = 2048
_KEPT = 4_096
_SHORT = 128
DENSE = 2_000

Matches = list[tuple[int, int, int]]
"""What the automaton reports, by end: expression, start or 0, end."""


class Detector:
    """Runs one rule set over windows. Several may run the same set at once; none is for several threads."""

    def __init__(
        self,
        rules: RuleSet,
        fingerprint: Fingerprinter,
        *,
        floor: float = 0.5,
        least: float | None = None,
        prose: Prose | None = None,
    ) -> None:
        self.rules = rules
        self._prose = prose
        self._scan = automaton.scanner(rules.database)
        self.fingerprint = fingerprint
        self.floor = floor
        # From `least` up to `floor` lie candidates for review: `lower` holds those of what was judged last, and of the
        # identifiers `decided` they are told, because people have decided on them.
        self.least = floor if least is None else min(least, floor)
        self.lower: list[Candidate] = []
        self.decided: frozenset[str] = frozenset()
        # What is given the text of the resource that is being read, to tell what kind of document it is.
        self.reading: DocumentReading | None = None
        self.suppressed = 0
        # What looks at texts besides, elsewhere, where that is asked for.
        self.recogniser: Recogniser | None = None
        self._bulk: BulkJudge | None = None
        self._hints = Hints(rules)
        self._carried = Carried()
        self._texts: dict[str, str] = {}
        # What is shown of a value, for the next time that a text says it. Clear values stay in this process.
        self._shown: dict[tuple[int, str], tuple[str, str]] = {}
        self._allows = False
        self._signs: list[tuple[int, int]] = []
        self._raw: Matches = []
        add = self._raw.append

        def on_match(number: int, start: int, end: int, _flags: int, _context: object) -> None:
            add((number, start, end))

        self._on_match: Callable[..., None] = on_match
        self._flat: list[int] = []
        each = self._flat.append

        def on_dense_match(number: int, start: int, end: int, _flags: int, _context: object) -> None:
            # Called for each match of a table: a tuple of the three takes longer than three calls.
            each(number)
            each(start)
            each(end)

        self._on_dense_match: Callable[..., None] = on_dense_match

    def matches(self, data: bytes) -> Matches:
        """What the automaton reports. The list is filled anew by the next call."""
        raw = self._raw
        raw.clear()
        if self._scan is not None and data:
            self._scan(data, self._on_match)
        return raw

    def detect(self, window: Window, structure: Structure, allowed: Allowed | None = None) -> list[Hit]:
        """The hits that begin in the window's core, by start. What is allowed is counted in `suppressed`, not returned."""
        if isinstance(structure, DelimitedText):
            return self._table_hits(self.matches(window.data), window, structure, allowed)
        data = structure.view(window)
        return self.judged(self.matches(data), data, window, structure, allowed)

    def judged(
        self, raw: Matches, data: bytes, window: Window, structure: Structure, allowed: Allowed | None
    ) -> list[Hit]:
        """The hits of `detect`, given the structure's view of the window, and what the automaton reports in it."""
        self._allows = False
        self.lower = []
        signs: list[tuple[int, int]] = []
        self._signs = signs
        found, anchors = self.confirmed(raw, data, window.core_start - _EDGE, window.core_end + _EDGE)
        if self._prose is not None:
            found += self._prose.candidates(data, window, structure)
        found = self._placed(found, anchors, data, window, structure)
        found += column_values(self._hints, data, window, structure)
        for part in structure.decoded(window):
            found += self._decoded_candidates(part, data, window, structure)
        hidden = [
            candidate
            for part in disguised(data, list(signs))
            if not (part.declared and isinstance(structure, Declared))
            for candidate in self._disguised_candidates(part, data, window, structure)
        ]
        if hidden:
            # First: of two in one place, what is meant is the value.
            found = hidden + found
        if not found:
            return []
        return self.finish(found, data, window.core_start, window.core_end, allowed, inline=self._allows)

    def detect_cells(
        self, window: Window, structure: DelimitedText, allowed: Allowed | None = None
    ) -> tuple[list[Hit], list[CellGroup]]:
        """`detect` for tables: hits, and groups of values that fill the cells of dense columns."""
        data, flat = window.data, self._flat
        flat.clear()
        if self._scan is not None and data:
            # What ends further behind the core is of no use.
            self._scan(data[: window.core_end + _EDGE], self._on_dense_match)
        if len(flat) < 3 * DENSE or allowed is not None or INLINE in data:
            each = iter(flat)
            raw = list(zip(each, each, each, strict=True))
            return self._table_hits(raw, window, structure, allowed), []
        from assay.detect.bulk import BulkJudge  # loads numpy: only for tables

        if self._bulk is None:
            self._bulk = BulkJudge(self.rules, self.fingerprint, self.floor)
        opened: list[int] = []
        while True:
            bulk = self._bulk.run(flat, window, structure, opened)
            found = self._table_candidates(bulk.rest, data, window, structure, bulk.open_cells)
            disputed = bulk.disputed([candidate.start for candidate in found], window, structure)
            if not disputed:
                break
            opened += disputed
        return (self.finish(found, data, window.core_start, window.core_end) if found else []), bulk.groups

    def _table_hits(self, raw: Matches, window: Window, structure: DelimitedText, allowed: Allowed | None) -> list[Hit]:
        found = self._table_candidates(raw, window.data, window, structure, None)
        return self.finish(found, window.data, window.core_start, window.core_end, allowed) if found else []

    def _table_candidates(
        self, raw: Sequence[tuple[int, int, int]], data: bytes, window: Window, structure: DelimitedText, cells: Any
    ) -> list[Candidate]:
        from assay.detect.cells import column_candidates  # loads numpy: only for tables

        found, anchors = self.confirmed(raw, data, window.core_start - _EDGE, window.core_end + _EDGE)
        found += column_candidates(self.rules, data, window, structure, cells)
        return self._placed(found, anchors, data, window, structure)

    def candidates(self, raw: Matches, data: bytes, window: Window, structure: Structure) -> list[Candidate]:
        """What matches of the automaton in all of `data` are, each in its place, and what stands near keywords: not judged yet."""
        found, anchors = self.confirmed(raw, data, 0, len(data))
        return self._placed(found, anchors, data, window, structure)

    def _placed(
        self, found: list[Candidate], anchors: list[Anchor], data: bytes, window: Window, structure: Structure
    ) -> list[Candidate]:
        """The candidates with their places, and those that are searched near the anchors besides."""
        if isinstance(structure, _PLAIN):
            if anchors:
                found += near_keywords(self.rules.names, anchors, [None] * len(anchors), data)
            return found
        carried = self._carried.into(window, structure)
        if not found and not anchors and not carried:
            return []
        offsets = sorted({candidate.start for candidate in found} | {position for position, _, _, _ in anchors})
        places = dict(zip(offsets, structure.places(window, offsets), strict=True))
        around = [places[position] for position, _, _, _ in anchors]
        scalars = Scalars(window.data, structure)
        near = near_keywords(self.rules.names, anchors, around, data, scalars)
        reached = max((container.end for container in carried), default=-1)
        begun = list(containers(self._hints, around, data, reached))
        self._carried.keep(window, begun)
        nested = [*carried, *begun]
        if near or nested:
            more = {each.start for each in near if each.place is None}.union(*(container.words for container in nested))
            rest = sorted(more - places.keys())
            places.update(zip(rest, structure.places(window, rest), strict=True))
            for candidate in near:
                candidate.place = candidate.place or places[candidate.start]
            found += [candidate for candidate in near if belongs(self.rules, candidate, data)]
            for container in nested:
                found += nested_values(self._hints, container, places, data, scalars)
        for candidate in found:
            if candidate.place is None:
                candidate.place = places.get(candidate.start)
        return found

    def confirmed(
        self,
        raw: Sequence[tuple[int, int, int]],
        data: bytes,
        low: int,
        high: int,
        targets: Sequence[Target] | None = None,
    ) -> tuple[list[Candidate], list[Anchor]]:
        """The values that matches of an automaton, which end in `[low, high]`, are confirmed to be, and the keywords
        among them. Without `targets` it is the rule set's own automaton."""
        targets = self.rules.targets if targets is None else targets
        found: list[Candidate] = []
        anchors: list[Anchor] = []
        reached: dict[int, int] = {}
        for number, reported, end in raw:
            target = targets[number]
            if target.kind == ALLOW:
                self._allows = True
                continue
            if end < low or end > high:
                continue
            if target.kind == DISGUISE:
                self._signs.append((end, target.width or 0))
                continue
            if target.kind == VALUE:
                start = reported if target.width is None else end - target.width
                for compiled in target.patterns:
                    if target.search:
                        for spanning in confirm.around(compiled, data, end, reached.get(id(compiled), 0)):
                            reached[id(compiled)] = spanning.end
                            found.append(spanning)
                        continue
                    candidate = confirm.at(compiled, data, start, reached.get(id(compiled), -1))
                    if candidate is not None:
                        reached[id(compiled)] = candidate.end
                        found.append(candidate)
            else:
                if target.word is not None:
                    told = (target.word.assigned if target.kind == FIELD else target.word.ends)(data, end)
                    if told is None:
                        continue
                    end = told  # noqa: PLW2901  # as an expression with its borders reports it
                position = end - 1
                while position > 0 and not _IN_WORD[data[position]]:
                    position -= 1
                anchors.append((position, end, target.kind == FIELD, target.rules))
        return found, anchors

    def _decoded_candidates(self, part: Decoded, data: bytes, window: Window, structure: Structure) -> list[Candidate]:
        """Candidates of a value whose escapes change its length, moved to where they stand in the raw text.

        Of a key with escapes, those in the value that it names, too.
        """
        raw = list(self.matches(part.data))
        found, anchors = self.confirmed(raw, part.data, 0, len(part.data))
        near = near_keywords(self.rules.names, anchors, [None] * len(anchors), part.data)
        if not found and not near and not part.values and not may_be_named(part, structure):
            return []
        place = structure.places(window, [part.offsets[0]])[0] if part.values is None else None
        moved = []
        if place is not None and place.governs is not None:
            moved = named_by(self._hints, place, data, Scalars(window.data, structure))
        for candidate in in_text(self._hints, self.rules, part, place, found, near):
            if score.judge(candidate, part.data, self.rules.names, place_override=place):
                candidate.cell = candidate.cell or (candidate.start == 0 and candidate.end == len(part.data))
                value = value_at(part, candidate.start)
                candidate.place = value[2] if value else place
                candidate.start, candidate.end = part.offsets[candidate.start], part.offsets[candidate.end]
                moved.append(candidate)
        return moved

    def _disguised_candidates(
        self, part: Decoded, data: bytes, window: Window, structure: Structure
    ) -> Iterator[Candidate]:
        """Of a text that means something else than it says, what is not found in what it says."""
        for candidate in self._decoded_candidates(part, data, window, structure):
            if part.declared or data[candidate.start : candidate.end] != candidate.value.encode():
                candidate.cell = candidate.cell and part.declared
                yield candidate

    def finish(
        self,
        found: Iterable[Candidate],
        data: bytes,
        low: int,
        high: int,
        allowed: Allowed | None = None,
        *,
        inline: bool | None = None,
    ) -> list[Hit]:
        """Validate, weigh, resolve, redact. Only what begins in `[low, high)` is returned.

        `inline` says whether a comment in the data allows anything, where that is known.
        """
        floor = self.floor
        names = self.rules.names
        lower: list[Candidate] = []
        found = near_core(found, low, high)
        judged = [candidate for candidate in found if candidate.score or score.judge(candidate, data, names)]
        hits = []
        if inline is None:
            inline = INLINE in data
        for candidate in resolve(judged, floor):
            if not low <= candidate.start < high:
                continue
            if not (candidate.score >= floor or candidate.test):
                if candidate.score >= self.least:
                    lower.append(candidate)
                continue
            hit = self.hit(candidate)
            name = hit.rule.name
            if (allowed is not None and allowed(candidate.value, name, hit.fingerprint)) or (
                inline and allowed_inline(data, hit.start, name)
            ):
                self.suppressed += 1
                continue
            hits.append(hit)
        self.lower = lower
        return hits

    def safe_name(self, name: str) -> str:
        """A field's name, or a member's, as it may be shown: names can be values too (`{"ada@acme.org": …}`). What is
        masked has a mark, so that different names are shown differently."""
        shown = self.safe_text(name)
        return shown if shown == name else shown + mark(name, self.fingerprint)

    def safe_text(self, text: str) -> str:
        """A text that is no name (a comment, a detail, what somebody wrote), its values masked."""
        shown = self._texts.get(text)
        if shown is None:
            shown = self._masked(text)
            if len(self._texts) > 100_000:
                self._texts.clear()
            self._texts[text] = shown
        return shown

    def _masked(self, text: str) -> str:
        data = text.encode("utf-8", "surrogateescape")
        window = Window(data=data, core_start=0, core_end=len(data), byte=0, char=0, line=0, last=True)
        out = bytearray(data)
        for hit in reversed(self.detect(window, PlainText())):
            out[hit.start : hit.end] = hit.redacted.encode()
        return _DIGITS.sub(lambda match: "*" * len(match.group()), out.decode("utf-8", "surrogateescape"))

    def hit(self, candidate: Candidate) -> Hit:
        """What is passed on of a candidate that was judged."""
        rule, value = candidate.pattern.rule, candidate.value
        known = self._shown.get((rule.index, value))
        if known is None:
            normal = f"{rule.name}\0{rule.normalise(value)}".encode()
            known = redact(value, rule.identifier), self.fingerprint(normal)
            if len(value) <= _SHORT:
                if len(self._shown) >= _KEPT:
                    self._shown.clear()
                self._shown[rule.index, value] = known
        redacted, fingerprint = known
        return Hit(
            candidate.start,
            candidate.end,
            rule,
            candidate.pattern.pattern.id,
            round(candidate.score, 4),
            tuple(candidate.evidence),
            redacted,
            fingerprint,
            candidate.test,
            candidate.cell,
            candidate.place,
        )
