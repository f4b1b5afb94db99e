"""Arguments of the Python API → `ScanOptions`. What cannot be used is a `UsageError` that says what to pass instead."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime
from typing import Any

from assay.app.config.settings import Settings
from assay.errors import UsageError
from assay.model import Category, category_of
from assay.model.options import ScanOptions

_LONGEST = 40


def options_of(settings: Settings, given: Mapping[str, Any]) -> ScanOptions:
    """The options `given` by name; those not given are the settings', or the defaults. Raises `UsageError`.

    Names may come in any collection of strings; categories as members of `Category` or as their names in any case.
    """
    checked = {}
    for name, value in given.items():
        if name not in _CHECKS:
            import difflib  # only errors need it

            close = difflib.get_close_matches(name, _CHECKS, n=1)
            hint = f"did you mean '{close[0]}'?" if close else f"known are {', '.join(_CHECKS)}"
            raise UsageError(f"unknown option '{name}'; {hint}")
        checked[name] = _CHECKS[name](name, value)
    if checked.get("master") is not None and checked.get("engine") != "spark":
        raise UsageError("master names a master of Spark; pass engine='spark' as well")
    defaults: dict[str, Any] = {
        "min_confidence": settings.min_confidence,
        "prose": settings.prose,
        "include_test_values": settings.include_test_values,
        "exclude": settings.exclude,
        "gitignore": settings.gitignore,
        "jobs": settings.jobs,
        "max_depth": settings.max_depth,
        "max_ratio": settings.max_ratio,
        "max_member_bytes": settings.max_member_bytes,
        "allow": str(settings.allow) if settings.allow else None,
    }
    return ScanOptions(**{**defaults, **checked})


def text_of(text: Any) -> str:
    """The text to scan. Raises `UsageError`; its message holds nothing of what was given."""
    if isinstance(text, str):
        return text
    hint = "decode it first, e.g. data.decode()" if isinstance(text, bytes | bytearray | memoryview) else "pass a str"
    raise UsageError(f"the text to scan is {_kind(text)}; {hint}")


def path_of(target: Any) -> str:
    """The path or URI to scan. Raises `UsageError`."""
    path = os.fspath(target) if isinstance(target, os.PathLike) else target
    if isinstance(path, str):
        return path
    if isinstance(path, bytes):
        hint = "pass a path as str or Path (os.fsdecode makes one of bytes), or contents to scan_text as str"
    elif isinstance(path, Collection):
        hint = "pass one path, and scan several one after another"
    else:
        hint = "pass a path as str or Path"
    raise UsageError(f"the target to scan is {_kind(target)}; {hint}")


def name_of(name: Any) -> str:
    """A table's name. Raises `UsageError`."""
    if isinstance(name, str):
        return name
    raise UsageError(f"the table's name is {_kind(name)}; pass a str")


def _kind(value: Any) -> str:
    """What a value is, for an error: its type, never itself."""
    return "None" if value is None else f"of type {type(value).__name__}"


def _refuse(name: str, value: Any, wanted: str) -> UsageError:
    """Numbers and words are shown as they were given: they are options and no scanned values."""
    shown = repr(value) if isinstance(value, int | float | str) else _kind(value)
    return UsageError(f"{name} is {shown if len(shown) <= _LONGEST else _kind(value)}; pass {wanted}")


def _names(example: str) -> Callable[[str, Any], tuple[str, ...]]:
    def check(name: str, value: Any) -> tuple[str, ...]:
        if isinstance(value, str | bytes | Mapping) or not isinstance(value, Collection):
            raise _refuse(name, value, f"a tuple of strings, e.g. {name}=({example!r},)")
        for item in value:
            if not isinstance(item, str):
                raise _refuse(f"an item of {name}", item, f"strings, e.g. {name}=({example!r},)")
        return tuple(value)

    return check


def _categories(name: str, value: Any) -> tuple[str, ...]:
    wanted = f"a tuple of {', '.join(Category)} or names of your own, e.g. {name}=('PII',)"
    if isinstance(value, str | bytes | Mapping) or not isinstance(value, Collection):
        raise _refuse(name, value, wanted)
    for item in value:
        if not isinstance(item, str):
            raise _refuse(f"an item of {name}", item, wanted)
    return tuple(dict.fromkeys(category_of(item.upper()) for item in value))


def _flag(name: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise _refuse(name, value, "True or False")
    return value


def _choice(name: str, value: Any) -> bool | None:
    if value is not None and not isinstance(value, bool):
        raise _refuse(name, value, "True or False, or None to count the rows of small tables only")
    return value


def _count(least: int, unit: str) -> Callable[[str, Any], int]:
    def check(name: str, value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or value < least:
            raise _refuse(name, value, f"a whole number of {unit}, {least} or more")
        return value

    return check


def _seed(name: str, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise _refuse(name, value, "a whole number")
    return value


def _rows(name: str, value: Any) -> int | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise _refuse(name, value, "a whole number of rows, 1 or more, or None to read all")
    return value


def _share(name: str, value: Any) -> float:
    # Neither comparison holds for NaN.
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        raise _refuse(name, value, "a number from 0 to 1")
    return float(value)


def _percentage(name: str, value: Any) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= 100:
        raise _refuse(name, value, "a percentage above 0 and up to 100, or None to read everything")
    return float(value)


def _moment(name: str, value: Any) -> datetime | None:
    if value is None:
        return None
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise _refuse(name, value, "a datetime with a time zone, e.g. datetime.now(UTC) - timedelta(days=1), or None")
    return value.astimezone(UTC)


def _file(name: str, value: Any) -> str | None:
    path = os.fspath(value) if isinstance(value, os.PathLike) else value
    if path is not None and not isinstance(path, str):
        raise _refuse(name, value, "a path as str or Path, or None")
    return path


def _commit(name: str, value: Any) -> str | None:
    if value is None or (isinstance(value, str) and value):
        return value
    raise _refuse(name, value, "the name of a branch or a tag, or a commit's id")


def _engine(name: str, value: Any) -> str:
    if not isinstance(value, str) or value not in {"local", "spark"}:
        raise _refuse(name, value, "'local' or 'spark'")
    return str(value)


def _master(name: str, value: Any) -> str | None:
    if value is None or (isinstance(value, str) and value):
        return value
    raise _refuse(name, value, "the URL of a master of Spark, e.g. 'local[4]' or 'spark://host:7077', or None")


def _languages(name: str, value: Any) -> str:
    if not isinstance(value, str):
        raise _refuse(name, value, "languages as tesseract names them, such as 'eng' or 'deu+eng'")
    if value:
        from assay.app.scan.pictures import check_languages

        check_languages(value, name)
    return value


_CHECKS: dict[str, Callable[[str, Any], Any]] = {
    "identifiers": _names("SSN"),
    "categories": _categories,
    "preview": _flag,
    "min_confidence": _share,
    "prose": _flag,
    "include_test_values": _flag,
    "exclude": _names("*.min.js"),
    "gitignore": _flag,
    "follow_symlinks": _flag,
    "sample": _percentage,
    "sample_objects": _count(0, "objects"),
    "sample_bytes": _count(0, "bytes"),
    "seed": _seed,
    "rows": _rows,
    "k_anonymity": _choice,
    "since": _moment,
    "history": _flag,
    "staged": _flag,
    "diff": _commit,
    "comprehend": _flag,
    "textract": _flag,
    "jobs": _count(0, "processes"),
    "engine": _engine,
    "master": _master,
    "allow": _file,
    "baseline": _file,
    "ocr": _languages,
    "max_depth": _count(0, "levels"),
    "max_ratio": _count(1, "times"),
    "max_member_bytes": _count(0, "bytes"),
}
