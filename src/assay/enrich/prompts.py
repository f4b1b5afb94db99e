"""Prompts, as versioned data: a file each, whose name is its version. What was said under another one is asked anew."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import NamedTuple

from assay.model.enrichment import Facts

CURRENT = "describe-1"
_FOLDER = Path(__file__).with_name("prompts")


class Prompt(NamedTuple):
    """`version` names the file and what it says."""

    version: str
    text: str


class Asking(NamedTuple):
    """What is sent: the instructions, and the facts apart from them."""

    system: str
    user: str


@cache
def prompt(name: str = CURRENT) -> Prompt:
    """The prompt of that name."""
    text = (_FOLDER / f"{name}.md").read_text("utf-8")
    return Prompt(f"{name}-{hashlib.sha256(text.encode()).hexdigest()[:8]}", text)


def asking(facts: Facts, *, problems: tuple[str, ...] = ()) -> Asking:
    """What is asked about these facts; after an answer of the wrong form with the `problems` that it had.

    The mark that ends the facts depends on all that they say, so that a text cannot hold it and end them itself.
    """
    document = facts.document()
    mark = hashlib.sha256(document.encode("utf-8", "surrogatepass")).hexdigest()[:16]
    system = prompt().text.replace("{mark}", mark)
    user = f"FACTS {mark}\n{document}\nEND {mark}"
    if problems:
        told = "\n".join(f"- {each}" for each in problems)
        user += f"\n\nAn answer before this one could not be used:\n{told}\nAnswer again, in the form of the schema."
    return Asking(system, user)
