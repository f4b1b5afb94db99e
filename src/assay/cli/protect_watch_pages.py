"""What watching over protection finds, for people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from assay.report.people import Paint
from assay.report.printable import counted, printable, wrapped


def as_watched(told: Mapping[str, Any], columns: int, paint: Paint) -> Iterator[str]:
    """One thing that was found, or done."""
    word, text = _SENTENCES[told["kind"]](told)
    yield from wrapped(printable(text), columns, first=f"{paint(word, 'strong')}: ", indent="  ")


def _drift(told: Mapping[str, Any]) -> tuple[str, str]:
    return "drifted", f"{told['resource']} {told['control']}: changed {told['detail']}"


def _queued(told: Mapping[str, Any]) -> tuple[str, str]:
    changes = counted(len(told["changes"]), "change")
    text = f"{told['resource']}: plan {told['plan'][:8]}, {changes} ({', '.join(told['changes'])}): {'; '.join(told['because'])}"
    return "waits", text


def _receipt(told: Mapping[str, Any]) -> tuple[str, str]:
    why = ": ".join(part for part in (told["reason"], told["detail"]) if part)
    return told["outcome"], f"{told['resource']} {told['control']}" + (f": {why}" if why else "")


def _gap(told: Mapping[str, Any]) -> tuple[str, str]:
    return "unknown", f"{told['resource']} {told['control']}: {told['reason']}: {told['detail']}"


def _gone(told: Mapping[str, Any]) -> tuple[str, str]:
    return "gone", f"{told['resource']}: {told['detail']}"


def _left_alone(told: Mapping[str, Any]) -> tuple[str, str]:
    return "left alone", f"{told['resource']}: {told['detail']}"


def _round(told: Mapping[str, Any]) -> tuple[str, str]:
    words = ("drifted", "healed", "failed", "waiting", "left_alone", "gone", "gaps")
    parts = [f"{told[name]:,} {name.replace('_', ' ')}" for name in words if told[name]]
    return "round", f"{counted(told['looked_at'], 'resource')} looked at; {', '.join(parts) or 'all is as it was made'}"


_SENTENCES = {
    "drift": _drift,
    "queued": _queued,
    "receipt": _receipt,
    "gap": _gap,
    "gone": _gone,
    "left_alone": _left_alone,
    "round": _round,
}
