"""The models that come with the package. Made by `benchmarks/learning/train.py`; `docs/learning.md` is their card."""

from __future__ import annotations

from pathlib import Path


def shipped(kind: str) -> bytes | None:
    """The file of a kind's model; `None` where none ships."""
    try:
        return Path(__file__).with_name(f"{kind}.model").read_bytes()
    except FileNotFoundError:
        return None
