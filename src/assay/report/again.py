"""What a run told without reading it, in words: what had not changed, and what was judged again by what is stored."""

from __future__ import annotations

from assay.model import Summary, Unchanged
from assay.report.printable import counted, printable


def is_all_unchanged(summary: Summary) -> bool:
    """Whether a run had nothing to read, because nothing had changed."""
    return summary.unchanged is not None and not (summary.bytes_read or summary.judged_again or summary.gaps)


def is_nothing_read(summary: Summary) -> bool:
    """Whether a run had nothing to read: all is as it was, or is judged again by what is stored."""
    return bool(summary.unchanged or summary.judged_again) and not (summary.bytes_read or summary.gaps)


def told_again(summary: Summary) -> list[str]:
    """Sentences on that, none where everything was read."""
    lines = []
    if summary.unchanged is not None:
        found = summary.unchanged
        since = f"{found.since[:10]} {found.since[11:16]} UTC"
        if is_all_unchanged(summary):
            lines.append(f"Nothing changed since {since}: {_what(found)} kept from {_whence(found)}.")
        else:
            lines.append(f"Not changed since {since}, and kept from {_whence(found)}: {_what(found)}.")
    if summary.judged_again is not None:
        judged = summary.judged_again
        what = f"{counted(judged.tables, 'table')} and {counted(judged.columns, 'column')}"
        lines.append(f"{what} judged again as rules and decisions are now, from what is stored, without reading them.")
    is_whole = summary.coverage.complete or summary.sampling or summary.gaps or summary.interrupted
    if lines and not is_whole:
        lines[0] = f"{lines[0][:-1]}; of samples, as they were drawn then."
    return lines


def _what(found: Unchanged) -> str:
    tables = f"{counted(found.tables, 'table')} and {counted(found.columns, 'column')}"
    if not found.tables:
        return counted(found.resources, "resource")
    return tables if found.resources <= found.tables else f"{counted(found.resources, 'resource')} with {tables}"


def _whence(found: Unchanged) -> str:
    run = printable(found.run)
    return f"run {run}" if found.runs == 1 else f"{found.runs:,} runs, the last of them {run}"
