"""The review queue for people and for scripts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from assay.model.review import Override, PhaseRow, QueueItem, State
from assay.report.people import Paint, plain
from assay.report.printable import counted, pad, printable, shorten, wrapped
from assay.report.spelling import Named, spelled
from assay.review.overrides import said

if TYPE_CHECKING:
    from assay.review.phases import Standing
    from assay.review.precision import Precision
    from assay.store.reviews import Moved

_ID_CELLS = 12
_INDENT = " " * (_ID_CELLS + 2)


def as_list(items: Sequence[QueueItem], columns: int, paint: Paint = plain) -> Iterator[str]:
    """Two or three lines for each item: what it is, and why it is asked about."""
    for item in items:
        asked, subject = item.question, item.question.subject
        state = "" if item.state is State.OPEN else f"  {item.state.replace('_', ' ')}"
        head = f"{item.id}  {asked.priority:.2f}  "
        level = pad(str(asked.level), 12)
        name = subject.identifier or "nothing detected"
        kind = "  candidate" if subject.is_candidate else ""
        yield f"{head}{paint(level, asked.level)}  {printable(name)} {asked.confidence:.2f}{kind}{state}"
        yield _INDENT + paint(shorten(place(item), columns - len(_INDENT), keep_end=True), "strong")
        yield from wrapped("; ".join(map(printable, asked.reasons)), columns, first=_INDENT, indent=_INDENT)


def place(item: QueueItem) -> str:
    """Where it is, as every command takes it: `customers.csv:ssn`."""
    subject = item.question.subject
    return spelled(Named(subject.resource, subject.table, subject.column))


def as_page(
    item: QueueItem, history: Sequence[Moved], overrides: Sequence[Override], columns: int, paint: Paint = plain
) -> Iterator[str]:
    """Everything about one item."""
    asked, subject = item.question, item.question.subject
    yield f"{item.id}  {paint(item.state.replace('_', ' '), 'strong')}"
    facts: list[tuple[str, str]] = [
        ("what", "candidates" if subject.is_candidate else subject.kind),
        ("where", place(item)),
        ("resource", printable(subject.resource)),
        ("table", printable(subject.table or "")),
        ("column", printable(subject.column or "")),
        ("identifier", printable(subject.identifier or "")),
        ("level", str(asked.level)),
        ("categories", ", ".join(map(printable, asked.categories))),
        ("confidence", f"{asked.confidence:.2f}"),
        ("why", "; ".join(map(printable, asked.reasons))),
        ("priority", f"{asked.priority:.2f} = {asked.because}"),
        ("asked", f"{item.queued_at:%Y-%m-%d %H:%M} UTC"),
    ]
    if item.two_step:
        facts.append(("approval", "takes two people"))
    yield from _facts(facts, columns)
    yield from _details(asked.details, columns, "candidates" if subject.is_candidate else "findings")
    if history:
        yield ""
        yield "history"
        for move in history:
            reason = f": {printable(move.reason)}" if move.reason else ""
            text = f"{move.at:%Y-%m-%d %H:%M} {move.move} by {printable(move.by)}{reason}"
            yield from wrapped(text, columns, first="  ", indent="    ")
    if overrides:
        yield ""
        yield "in effect"
        for override in overrides:
            yield from wrapped(f"{override.id} {_override(override)}", columns, first="  ", indent="    ")


def _details(details: Any, columns: int, counted_as: str) -> Iterator[str]:
    told: list[tuple[str, str]] = []
    reason = details.get("reason") or details.get("because")
    if reason:
        told.append(("evidence", printable(str(reason))))
    scores = details.get("scores")
    if scores:
        spoke = (f"{name} {'-' if score is None else f'{score:.2f}'}" for name, score in scores.items())
        told.append(("scores", ", ".join(spoke)))
    lists = {name: details.get(name) or () for name in ("patterns", "tokens", "bundles", "sensitive_columns")}
    told += [(name.replace("_", " "), ", ".join(printable(str(each)) for each in lists[name])) for name in lists]
    if details.get("count"):
        told.append((counted_as, f"{details['count']:,}"))
    yield from _facts(told, columns)
    for example in details.get("examples", ()):
        line = "" if example.get("line") is None else f"line {example['line']}: "
        shown = f"{line}{printable(example['redacted'])}  ({example['confidence']:.2f})"
        yield from wrapped(shown, columns, first="  example     ", indent=" " * 14)
        yield f"  {'fingerprint':<11} {example['fingerprint']}"


def _facts(facts: Sequence[tuple[str, str]], columns: int) -> Iterator[str]:
    for name, value in facts:
        if value:
            yield from wrapped(value, columns, first=f"  {name:<11} ", indent=" " * 14)


def as_overrides(overrides: Sequence[Override], columns: int) -> Iterator[str]:
    """One override each: its id, what it holds for, and what it does."""
    for override in overrides:
        yield from wrapped(f"{override.id}  {_override(override)}", columns, indent=" " * 18)


def _override(override: Override) -> str:
    of = "" if override.resource is None else spelled(Named(override.resource, override.table, override.column))
    place = of or printable(override.path or "")
    what = (override.identifier, override.pattern)
    subject = " ".join(printable(name) for name in what if name)
    subject = f"candidates of {subject}" if override.below is not None else subject
    subject = " in ".join(each for each in (subject, place) if each) or "everywhere"
    sets = [
        f"{name} {value}"
        for name, value in (
            ("level", override.level),
            ("identifier", override.to_identifier),
            ("categories", ",".join(override.categories) or None),
            ("confidence", override.confidence),
        )
        if value is not None
    ]
    done = f" ({', '.join(sets)})" if sets else ""
    return f"{override.action}{done}, {override.scope}: {subject}; {printable(said(override))}"


def as_precision(found: Sequence[Precision], together: Precision, columns: int) -> Iterator[str]:
    """Precision as reviewers judged it, one identifier a line."""
    wide = max((len(each.identifier) for each in found), default=10)
    wide = min(max(wide, 10), max(10, columns - 50))
    yield f"{'IDENTIFIER':<{wide}}  RIGHT  WRONG  OTHER  PRECISION  95 % INTERVAL  HOURS"
    for each in (*found, together):
        name = "all" if each is together else each.identifier
        share = "-" if each.precision is None else f"{each.precision:.0%}"
        between = "-" if each.low is None or each.high is None else f"{each.low:.0%} to {each.high:.0%}"
        hours = "-" if each.hours is None else f"{each.hours:.1f}"
        shown = pad(shorten(printable(name), wide), wide)
        yield f"{shown}  {each.right:>5}  {each.wrong:>5}  {each.unjudged:>5}  {share:>9}  {between:>13}  {hours:>5}"


def as_phases(told: Sequence[tuple[PhaseRow, Precision, Standing]], columns: int) -> Iterator[str]:
    """Each scope with its phase, and where it stands."""
    for row, _, standing in told:
        yield f"{pad(str(row.phase), 10)}  {printable(row.scope)}"
        text = f"since {row.since:%Y-%m-%d} by {printable(row.by)}: {printable(row.reason)}"
        yield from wrapped(text, columns, first=" " * 12, indent=" " * 12)
        yield from wrapped(_standing(row, standing), columns, first=" " * 12, indent=" " * 12)
    yield f"{counted(len(told), 'scope')}; what lies in none is in pilot."


def _standing(row: PhaseRow, standing: Standing) -> str:
    if standing.may_move_up:
        return f"may move up: {standing.because}"
    return standing.because if standing.phase is row.phase else f"has to fall back: {standing.because}"
