"""Numbers in decimal digits, many at a time."""

from __future__ import annotations

from typing import Any

import numpy as np

_CHUNK = 4
_LIMIT = 10**_CHUNK
_POWERS = 10 ** np.arange(1, 19, dtype=np.int64)


def _written(width: int) -> Any:
    """The digits of the numbers of up to `width` digits, each as one item of that many bytes."""
    digits = "".join(f"{number:0{width}}" for number in range(10**width)).encode()
    return np.frombuffer(digits, dtype=f"V{width}" if width == 3 else f"u{width}")


_WRITTEN = {width: _written(width) for width in range(1, _CHUNK + 1)}


def widths(numbers: Any) -> Any:
    """How many decimal digits each of an array of non-negative int64 has."""
    return np.searchsorted(_POWERS, numbers, side="right") + 1


def put_digits(lines: Any, at: int, width: int, numbers: Any) -> None:
    """Write the digits of `numbers` (non-negative int64, all of this width) into the rows of the bytes `lines`."""
    left = width
    while left > 0:
        written = _WRITTEN[min(left, _CHUNK)]
        left -= min(left, _CHUNK)
        rest = numbers // _LIMIT if left else None
        chunk = numbers if rest is None else numbers - rest * _LIMIT
        place = np.ndarray(len(lines), written.dtype, lines, at + left, lines.strides[:1])
        place[:] = written[chunk]
        numbers = rest
