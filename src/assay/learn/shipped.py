"""The models that come with the package. Made by `benchmarks/learning/train.py` and `untold.py`; `docs/learning.md` is their card."""

from __future__ import annotations

from pathlib import Path


def shipped(kind: str) -> bytes | None:
    """The file of a kind's model; `None` where none ships."""
    try:
        return shipped_file(kind)
    except FileNotFoundError:
        return None


def shipped_file(kind: str) -> bytes:
    """The file of a model that ships."""
    return Path(__file__).with_name(f"{kind}.model").read_bytes()
