"""The settings of models that workers train by themselves."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from assay.app.config.keys import Key, WrongError, boolean, flag


def _number(most: int) -> Callable[[Any, Path], int]:
    def parse(value: Any, _base: Path) -> int:
        if type(value) is not int or not 0 <= value <= most:
            raise WrongError(f"must be a whole number from 0 to {most:,}")
        return value

    return parse


def _from_text(text: str) -> Any:
    return int(text) if text.strip().isdecimal() and text.isascii() else text


LEARN_KEYS = (
    Key(
        name="learn_after",
        kind="number of decisions",
        help="Has workers train a model anew once so many decisions of people are new since it was trained; 0 never.",
        default="0",
        parse=_number(1_000_000),
        from_text=_from_text,
    ),
    Key(
        name="learn_every",
        kind="number of days",
        help="Has workers train a model anew after so many days, where a decision is new; 0 never.",
        default="0",
        parse=_number(3_650),
        from_text=_from_text,
    ),
    Key(
        name="learn_days",
        kind="number of days",
        help="Of how many days decisions and documents are learned from; 0 of all, since few labels are worth more than new ones.",
        default="0",
        parse=_number(3_650),
        from_text=_from_text,
    ),
    Key(
        name="learn_promote",
        kind="true or false",
        help="Has what workers trained used at once where it is better than what is in use beyond noise; else it is proposed "
        "('assay learn models').",
        default="false",
        parse=flag,
        from_text=boolean,
    ),
)
