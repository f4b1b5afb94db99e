"""Findings of dense columns as JSON Lines: what a column's findings share is made once, the rest goes in between."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import chain
from operator import itemgetter
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from assay.scanning.dense import DenseFindings

# Lines that fit into a processor's cache together.
_BLOCK = 256


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
    kinds = np.repeat(np.arange(len(groups)), [len(group) for group in groups])[order].tolist()
    unordered = list(chain.from_iterable(_own(group, json_strings(group.redacted)) for group in groups))
    own = itemgetter(*order.tolist())(unordered) if len(order) > 1 else unordered
    heads, tails = [head for head, _ in shared], [tail for _, tail in shared]
    before = np.searchsorted(starts[order], [start for start, _ in others]).tolist()
    left = len(others)
    blocks: list[bytes] = []
    for low in reversed(range(0, len(kinds), _BLOCK)):
        of_block = kinds[low : low + _BLOCK]
        parts = [""] * (3 * len(of_block))
        parts[0::3] = map(heads.__getitem__, of_block)
        parts[1::3] = own[low : low + _BLOCK]
        parts[2::3] = map(tails.__getitem__, of_block)
        while left and before[left - 1] >= low:
            left -= 1
            parts.insert(3 * (before[left] - low), others[left][1].decode())
        blocks.append("".join(parts).encode())
    return b"".join(reversed(blocks))


def _own(group: DenseFindings, redacted: Sequence[str]) -> list[str]:
    """What each finding of a group does not share: from its redacted value to its row."""
    starts, ends = group.starts.tolist(), group.ends.tolist()
    numbers = starts, ends, group.lines.tolist(), group.columns.tolist(), group.rows.tolist()
    if bool((group.starts == group.byte_starts).all() and (group.ends == group.byte_ends).all()):
        return [
            f'{shown}","fingerprint":"{fingerprint}","location":{{"start":{start},"end":{end}'
            f',"byte_start":{start},"byte_end":{end},"line":{line},"column":{column}'
            f',"page":null,"sheet":null,"row":{row}'
            for shown, fingerprint, start, end, line, column, row in zip(
                redacted, group.fingerprints, *numbers, strict=True
            )
        ]
    return [
        f'{shown}","fingerprint":"{fingerprint}","location":{{"start":{start},"end":{end}'
        f',"byte_start":{byte_start},"byte_end":{byte_end},"line":{line},"column":{column}'
        f',"page":null,"sheet":null,"row":{row}'
        for shown, fingerprint, start, end, line, column, row, byte_start, byte_end in zip(
            redacted,
            group.fingerprints,
            *numbers,
            group.byte_starts.tolist(),
            group.byte_ends.tolist(),
            strict=True,
        )
    ]
