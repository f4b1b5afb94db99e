"""Validators by name: pure, total functions `str -> bool`, one group a module, or a module of python-stdnum."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from functools import cache

Validator = Callable[[str], bool]


@cache
def _index() -> dict[str, str]:
    """Name → module of every validator here. Importing these modules is cheap: heavy libraries load inside functions."""
    found: dict[str, str] = {}
    for info in pkgutil.iter_modules(__path__):
        module = importlib.import_module(f"{__name__}.{info.name}")
        for name, value in vars(module).items():
            if not name.startswith("_") and callable(value) and getattr(value, "__module__", "") == module.__name__:
                found[name] = module.__name__
    return found


def names() -> list[str]:
    """Names of the validators of this package; python-stdnum's are `stdnum.<module>` besides."""
    return sorted(_index())


@cache
def get(name: str) -> Validator:
    """The validator called `name`. Raises `KeyError` when there is none."""
    if name.startswith("stdnum."):
        try:
            module = importlib.import_module(name)
        except ImportError:
            raise KeyError(name) from None
        return _total(module.is_valid)
    function: Validator = getattr(importlib.import_module(_index()[name]), name)
    return function


def _total(check: Callable[[str], object]) -> Validator:
    def valid(value: str) -> bool:
        # python-stdnum's is_valid() catches its own errors only; odd digits of other scripts raise ValueError in some.
        try:
            return bool(check(value))
        except (ValueError, IndexError, KeyError, TypeError, AttributeError):
            return False

    return valid
