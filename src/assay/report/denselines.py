"""Findings of dense columns as JSON Lines: what a column's findings share is made once, the rest goes in between."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from operator import itemgetter
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from assay.report.digits import put_digits, widths

if TYPE_CHECKING:
    from assay.scanning.dense import DenseFindings

# Lines that fit into a processor's cache together.
_BLOCK = 256
_HEX = 64
_BEFORE = (
    b'","fingerprint":"',
    b'","location":{"start":',
    b',"end":',
    b',"byte_start":',
    b',"byte_end":',
    b',"line":',
    b',"column":',
    b',"page":null,"sheet":null,"row":',
)
_PLACES = 20 ** np.arange(len(_BEFORE) - 1)


class _Run(NamedTuple):
    """Findings of one group whose numbers have the same widths: where each begins, and what it does not share."""

    group: int
    starts: Any
    redacted: Sequence[bytes]
    own: list[bytes]


def encode_dense(
    groups: Sequence[DenseFindings],
    shared: Sequence[tuple[str, str]],
    json_strings: Callable[[list[str]], list[bytes]],
    others: Sequence[tuple[int, bytes]],
    of_rows: Callable[[DenseFindings], bytes],
) -> list[bytes]:
    """The findings of all groups and `others` (start and line, by start) as lines, by start, some hundred in a piece.

    `shared` is how the lines of each group begin (as far as the redacted value) and how they end (from the field on);
    `json_strings` gives the insides of JSON strings, `of_rows` what stands before the row where there are no offsets.
    """
    runs = [run for number, group in enumerate(groups) for run in _runs(number, group, json_strings, of_rows)]
    starts = np.concatenate([run.starts for run in runs])
    order = np.argsort(starts, kind="stable")
    kinds = np.repeat([run.group for run in runs], [len(run.starts) for run in runs])[order]
    redacted = _reordered(list(chain.from_iterable(run.redacted for run in runs)), order)
    own = _reordered(list(chain.from_iterable(run.own for run in runs)), order)
    # How one line ends and the next begins, of groups that follow one another.
    between = [tail.encode() + head.encode() for _, tail in shared for head, _ in (*shared, ("", ""))]
    heads = [head.encode() for head, _ in shared]
    tails = [len(tail.encode()) for _, tail in shared]
    last = len(shared)
    before = np.searchsorted(starts[order], [start for start, _ in others]).tolist()
    left = len(others)
    blocks: list[bytes] = []
    for low in reversed(range(0, len(kinds), _BLOCK)):
        of_block = np.append(kinds[low : low + _BLOCK], last)
        parts = [b""] * (3 * len(of_block) - 2)
        parts[0] = heads[of_block[0]]
        parts[1::3] = redacted[low : low + _BLOCK]
        parts[2::3] = own[low : low + _BLOCK]
        parts[3::3] = map(between.__getitem__, (of_block[:-1] * (last + 1) + of_block[1:]).tolist())
        while left and before[left - 1] >= low:
            # There may be thousands between the same two.
            place, behind = before[left - 1], left
            left = bisect_left(before, place, 0, left)
            at = place - low
            end = tails[of_block[at - 1]] if at else 0
            turn = parts[3 * at]
            parts[3 * at] = b"".join((turn[:end], *(line for _, line in others[left:behind]), turn[end:]))
        blocks.append(b"".join(parts))
    blocks.reverse()
    return blocks


def _reordered(items: list[bytes], order: Any) -> Sequence[bytes]:
    return itemgetter(*order.tolist())(items) if len(items) > 1 else items


def _runs(
    number: int,
    group: DenseFindings,
    json_strings: Callable[[list[str]], list[bytes]],
    of_rows: Callable[[DenseFindings], bytes],
) -> Iterator[_Run]:
    redacted = json_strings(group.redacted)
    digests = np.frombuffer(group.fingerprints.encode(), dtype=np.uint8).reshape(-1, _HEX)
    before: Sequence[bytes] = _BEFORE[1:]
    if group.starts is None:
        numbers, before = group.rows.reshape(1, -1), (of_rows(group),)
    else:
        numbers = np.stack(
            (group.starts, group.ends, group.byte_starts, group.byte_ends, group.lines, group.columns, group.rows)
        )
    of_numbers = widths(numbers)
    if (of_numbers == of_numbers[:, :1]).all():
        yield _Run(number, group.order, redacted, _own(digests, numbers, of_numbers[:, 0].tolist(), before))
        return
    # One number for the widths of all, none of which is above 19.
    kind_of = _PLACES[: len(before)] @ of_numbers
    for kind in np.unique(kind_of).tolist():
        mine = np.flatnonzero(kind_of == kind)
        own = _own(digests[mine], numbers[:, mine], of_numbers[:, mine[0]].tolist(), before)
        yield _Run(number, group.order[mine], [redacted[index] for index in mine.tolist()], own)


def _own(digests: Any, numbers: Any, of_numbers: Sequence[int], before: Sequence[bytes]) -> list[bytes]:
    """What each finding does not share: from behind its redacted value to its row. `of_numbers` are widths in digits,
    `before` is what stands before each number."""
    parts = [_BEFORE[0], b"0" * _HEX]
    for text, width in zip(before, of_numbers, strict=True):
        parts += (text, b"0" * width)
    template = np.frombuffer(b"".join(parts), dtype=np.uint8)
    lines = np.empty((len(digests), len(template)), dtype=np.uint8)
    lines[:] = template
    at = len(_BEFORE[0])
    lines[:, at : at + _HEX] = digests
    at += _HEX
    for text, values, width in zip(before, numbers, of_numbers, strict=True):
        at += len(text)
        put_digits(lines, at, width, values)
        at += width
    # The last byte is a digit: what numpy would take off the end of such texts, null bytes, is not there.
    found: list[bytes] = lines.view(f"S{len(template)}").reshape(-1).tolist()
    return found
