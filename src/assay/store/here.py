"""Where this process runs, and for whom."""

from __future__ import annotations

import getpass
import os
import socket

from assay.store.texts import clean


def host() -> str:
    """Where process numbers mean the same: this host, and in a container this one's processes."""
    try:
        return clean(f"{socket.gethostname()}/{os.stat('/proc/self/ns/pid').st_ino}")
    except OSError:
        return clean(socket.gethostname())


def actor() -> str:
    """Who this process runs for: `user@host`."""
    try:
        return clean(f"{getpass.getuser()}@{socket.gethostname()}")
    except (KeyError, OSError):
        return "unknown"
