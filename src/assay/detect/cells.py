"""Cells of columns whose header names an identifier: its keyword-anchored patterns run on every cell."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from assay.detect import confirm
from assay.detect.candidate import Candidate
from assay.detect.compiled import CompiledRule
from assay.detect.ruleset import RuleSet
from assay.formats.delimited import DelimitedText
from assay.formats.structure import Window


def named_columns(rules: RuleSet, structure: DelimitedText) -> Iterator[tuple[int, CompiledRule, str]]:
    """Columns, the identifiers that their headers name, and the hint that matched."""
    if structure.dialect.header is None:
        return
    for column, name in enumerate(structure.called):
        for index, hint in rules.names.match(name).items():
            rule = rules.rules[index]
            if rule.in_column:
                yield column, rule, hint


def column_candidates(
    rules: RuleSet, data: bytes, window: Window, structure: DelimitedText, cells: Any = None
) -> Iterator[Candidate]:
    """Values of keyword-anchored patterns in the columns that are named for them; `cells` masks which are looked at."""
    wanted = list(named_columns(rules, structure))
    if not wanted:
        return
    grid = structure.grid(window)
    for column, rule, hint in wanted:
        mask = (grid.columns == column) & (grid.rows > 0) & (grid.ends > grid.starts)
        where = np.flatnonzero(mask if cells is None else mask & cells)
        spans = list(zip(grid.starts[where].tolist(), grid.ends[where].tolist(), strict=True))
        for compiled in rule.in_column:
            for low, high in spans:
                if low >= window.core_end:
                    break
                for candidate in confirm.within(compiled, data, low, high, closed=True):
                    candidate.governed = hint
                    yield candidate
