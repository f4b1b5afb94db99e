"""Findings of dense columns as JSON Lines: what a column's findings share is made once, the rest goes in between."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import chain
from operator import itemgetter
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from assay.scanning.dense import DenseFindings

_BLOCK = 1_024


def encode_dense(
    groups: Sequence[DenseFindings],
    shared: Sequence[tuple[str, str]],
    json_strings: Callable[[list[str]], list[str]],
    others: Sequence[tuple[int, bytes]],
) -> bytes:
    """The findings of all groups and `others` (start and line, by start) as lines, by start.

    `shared` is how the lines of each group begin (as far as the redacted value) and how they end (from the field on);
    `json_strings` gives the insides of JSON strings.
    """
    starts = np.concatenate([group.starts for group in groups])
    order = np.argsort(starts, kind="stable")
    which = np.repeat(np.arange(len(groups)), [len(group) for group in groups])[order].tolist()
    picked = itemgetter(*order.tolist()) if len(order) > 1 else tuple
    redacted = picked(list(chain.from_iterable(json_strings(group.redacted) for group in groups)))
    fingerprints = picked(list(chain.from_iterable(group.fingerprints for group in groups)))
    starts = starts[order]
    ends = _ordered([group.ends for group in groups], order)
    byte_starts = _ordered([group.byte_starts for group in groups], order)
    byte_ends = _ordered([group.byte_ends for group in groups], order)
    lines = _ordered([group.lines for group in groups], order)
    columns = _ordered([group.columns for group in groups], order)
    rows = _ordered([group.rows for group in groups], order)
    as_chars = bool((starts == byte_starts).all() and (ends == byte_ends).all())
    heads, tails = [head for head, _ in shared], [tail for _, tail in shared]
    before = np.searchsorted(starts, [start for start, _ in others]).tolist()
    left = len(others)
    blocks: list[bytes] = []
    for low in reversed(range(0, len(starts), _BLOCK)):
        here = slice(low, low + _BLOCK)
        numbers = (array[here].tolist() for array in (starts, ends, lines, columns, rows))
        kinds = which[here]
        parts = zip(
            map(heads.__getitem__, kinds),
            redacted[here],
            fingerprints[here],
            *numbers,
            map(tails.__getitem__, kinds),
            strict=True,
        )
        if as_chars:
            made = [
                f'{head}{shown}","fingerprint":"{fingerprint}","location":{{"start":{start},"end":{end}'
                f',"byte_start":{start},"byte_end":{end},"line":{line},"column":{column}'
                f',"page":null,"sheet":null,"row":{row}{tail}'
                for head, shown, fingerprint, start, end, line, column, row, tail in parts
            ]
        else:
            made = [
                f'{head}{shown}","fingerprint":"{fingerprint}","location":{{"start":{start},"end":{end}'
                f',"byte_start":{byte_start},"byte_end":{byte_end},"line":{line},"column":{column}'
                f',"page":null,"sheet":null,"row":{row}{tail}'
                for (head, shown, fingerprint, start, end, line, column, row, tail), byte_start, byte_end in zip(
                    parts, byte_starts[here].tolist(), byte_ends[here].tolist(), strict=True
                )
            ]
        while left and before[left - 1] >= low:
            left -= 1
            made.insert(before[left] - low, others[left][1].decode())
        blocks.append("".join(made).encode())
    return b"".join(reversed(blocks))


def _ordered(arrays: Sequence[Any], order: Any) -> Any:
    return np.concatenate(arrays)[order]
