"""Validators by name: pure, total functions `str -> bool`, one group a module, or a module of python-stdnum."""

from __future__ import annotations

import importlib
import pkgutil
import sys
from collections.abc import Callable
from functools import cache

Validator = Callable[[str], bool]


@cache
def _modules() -> list[str]:
    return [f"{__name__}.{info.name}" for info in pkgutil.iter_modules(__path__)]


@cache
def _of(module: str) -> dict[str, Validator]:
    """The validators of one module. Heavy libraries load inside functions, but expressions are compiled at once."""
    return {
        name: value
        for name, value in vars(importlib.import_module(module)).items()
        if not name.startswith("_") and callable(value) and getattr(value, "__module__", "") == module
    }


def names() -> list[str]:
    """Names of the validators of this package; python-stdnum's are `stdnum.<module>` besides."""
    return sorted(name for module in _modules() for name in _of(module))


@cache
def get(name: str) -> Validator:
    """The validator called `name`. Raises `KeyError` when there is none."""
    if name.startswith("stdnum."):
        try:
            module = importlib.import_module(name)
        except ImportError:
            raise KeyError(name) from None
        return _total(module.is_valid)
    # What is loaded is looked through first: a module more costs a start-up milliseconds.
    for place in sorted(_modules(), key=lambda place: place not in sys.modules):
        if (found := _of(place).get(name)) is not None:
            return found
    raise KeyError(name)


def _total(check: Callable[[str], object]) -> Validator:
    def valid(value: str) -> bool:
        # python-stdnum's is_valid() catches its own errors only; odd digits of other scripts raise ValueError in some.
        try:
            return bool(check(value))
        except (ValueError, IndexError, KeyError, TypeError, AttributeError):
            return False

    return valid
