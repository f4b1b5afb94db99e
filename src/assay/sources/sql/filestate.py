"""What tells that a database of one file has changed."""

from __future__ import annotations

import os
import time
from hashlib import sha256

_BESIDE = ("", "-wal", ".wal", "-journal")
_HEAD = 3 * 4096
_TICK = 100_000_000
_COARSE_TICK = 2_500_000_000


def state(path: str) -> str | None:
    """The token of change of a file: which it is, how long, when it was written, how it begins, and what lies beside it.

    `None` while it, or what lies beside it, is so fresh that another write might not show in its times. The time of the
    change of its entry counts, too: no copy that keeps times, and no `touch`, sets that one.
    """
    parts: list[str] = []
    now = time.time_ns()
    base = os.path.realpath(path)
    for ending in _BESIDE:
        try:
            with open(base + ending, "rb") as stream:
                status = os.stat(stream.fileno())
                head = stream.read(_HEAD)
        except FileNotFoundError:
            continue
        except OSError:
            return None
        last = max(status.st_mtime_ns, status.st_ctime_ns)
        tick = _TICK if status.st_mtime_ns % 1_000_000 else _COARSE_TICK
        if last > now - tick:
            return None
        times = f"{status.st_mtime_ns}.{status.st_ctime_ns}"
        parts.append(
            f"{ending}.{status.st_dev}.{status.st_ino}.{status.st_size}.{times}.{sha256(head).hexdigest()[:16]}"
        )
    return "file:" + ",".join(parts)
