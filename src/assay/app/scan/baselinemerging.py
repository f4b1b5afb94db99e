"""Baselines of two branches → that of both, entry by entry, whatever lines git finds beside each other."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from assay.app.scan.baselining import write
from assay.detect.baseline import Baseline, Entry, line_of, read_baseline
from assay.errors import ConfigError, OutputError, unwritable


class Merged(NamedTuple):
    """How many entries there are, and how many were judged in both branches, each otherwise."""

    entries: int
    conflicts: int


def merge_files(before: Path, ours: Path, theirs: Path) -> Merged:
    """Writes what both branches made of a baseline into `ours`. What was judged otherwise in both stands there twice, between
    the marks of git.

    Raises `ConfigError` where one is no baseline, or was made with another key or for other identifiers.
    """
    read = [read_baseline(file, key_id=None) for file in (ours, theirs)]
    # Branches that both begin a baseline have none before.
    base = read_baseline(before, key_id=None) if before.exists() and before.stat().st_size else None
    for each in (*read[1:], *([] if base is None else [base])):
        if each.made_with != read[0].made_with:
            raise ConfigError(
                f"{each.file}: was made with another key, or for other identifiers, than {ours}; make one of both anew with "
                "'assay baseline create'"
            )
    merged, conflicts = _merged({} if base is None else dict(base.entries), *read)
    if not conflicts:
        write(merged)
        return Merged(len(merged.entries), 0)
    lines = merged.text().splitlines()
    for mine, other in conflicts:
        lines += ["<<<<<<< ours", line_of(mine), "=======", line_of(other), ">>>>>>> theirs"]
    try:
        ours.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    except OSError as error:
        raise OutputError(unwritable(ours, error)) from None
    return Merged(len(merged.entries), len(conflicts))


def _merged(
    base: dict[tuple[str, str, str, str, str], Entry], ours: Baseline, theirs: Baseline
) -> tuple[Baseline, list[tuple[Entry, Entry]]]:
    kept: dict[tuple[str, str, str, str, str], Entry] = {}
    conflicts: list[tuple[Entry, Entry]] = []
    for key in sorted({*ours.entries, *theirs.entries}):
        before, mine, other = base.get(key), ours.entries.get(key), theirs.entries.get(key)
        if mine in (before, other):
            chosen = other
        elif other == before:
            chosen = mine
        elif mine is None or other is None or "open" in (mine.verdict, other.verdict):
            # Somebody has judged what is gone from, or was only found in, the other branch.
            there = [each for each in (mine, other) if each is not None]
            chosen = next((each for each in there if each.verdict != "open"), there[0])
        else:
            conflicts.append((mine, other))
            continue
        if chosen is not None:
            kept[key] = chosen
    return Baseline(
        file=ours.file,
        key_id=ours.key_id,
        entries=kept,
        identifiers=ours.identifiers,
        categories=ours.categories,
        min_confidence=ours.min_confidence,
    ), conflicts
