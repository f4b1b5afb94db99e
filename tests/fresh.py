"""Names that nobody had before, and ports that nobody gets meanwhile."""

from __future__ import annotations

import random
import socket
import string
from pathlib import Path

_LETTERS = random.SystemRandom()
_RANGE = Path("/proc/sys/net/ipv4/ip_local_port_range")
_LOWEST = 12_000


def fresh(prefix: str) -> str:
    """A name that begins so. It has no digits: runs of them are masked where names are told, and a test that looks for its
    table by name would miss it, one time in twenty."""
    return prefix + "".join(_LETTERS.choices(string.ascii_lowercase, k=12))


def free_port() -> int:
    """A port of loopback for a server that takes none that listens already, and needs a while until it does.

    It lies below those that the system gives to whoever asks for any, and to every connection that goes out: one of those
    would be somebody else's by then, one time in thousands.
    """
    lowest = int(_RANGE.read_text().split()[0]) if _RANGE.exists() else 0
    while True:
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", _LETTERS.randrange(_LOWEST, lowest) if lowest > _LOWEST + 1_000 else 0))
            except OSError:
                continue  # somebody has it
            return int(probe.getsockname()[1])
