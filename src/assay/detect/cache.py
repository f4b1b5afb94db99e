"""Identifiers as read from YAML, kept in the user's cache by content, so that start-up does not parse YAML."""

from __future__ import annotations

import hashlib
import os
import re
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from assay.detect.files import builtin_root, files_under, state_of
from assay.detect.written import is_waiting
from assay.errors import RuleError
from assay.model import Example, Identifier, Level, Normalise, Pattern, Redaction, Sensitivity, Stage, category_of

_FORMAT = b"assay identifiers 5\n"
_OURS = re.compile(
    r"(?:identifiers|examples|automaton|plan|words|pieces|shipped|phrases|expressions|names|defaults|plans)-[\w-]+\.(?:json|hs|bin)|\.identifiers-\w+"
)
_DAY = 24 * 60 * 60
_UNUSED = 30 * _DAY
# Every set of identifiers, and every version of assay, has files of its own; a set in use has about 13 MB of them.
_FULL = 256 * 1024 * 1024
_STATES = 4
_CHECKSUM = 65
_NO_EXAMPLES: dict[str, list[Any]] = {"finds": [], "ignores": [], "known_misses": []}


class Broken(NamedTuple):
    """A file that holds no identifier, and what is wrong with it, with its line."""

    file: Path
    problem: str


def read_all(
    paths: Sequence[Path],
    *,
    cache: Path | None,
    builtin: bool,
    examples: bool = True,
    broken: list[Broken] | None = None,
) -> tuple[list[Identifier], frozenset[str]]:
    """All identifiers, sorted by path, and the paths of those that are not ours. Raises `RuleError`.

    With `broken`, a file of a folder that cannot be read is added to it, and the rest is read; a file that is named itself is not passed over.

    Without `examples` those of ours come without theirs where a cache has them: no scan needs them, and they are three
    quarters of what there is to read.
    """
    found = _read_folder(builtin_root(), cache, examples=examples) if builtin else []
    if not paths:
        return sorted(found, key=lambda identifier: identifier.path), frozenset()
    from assay.detect.loading import read_identifier  # YAML loads only where there is some to read

    own: set[str] = set()
    taken = Taken(found)
    for path in paths:
        for file in files_under(path):
            try:
                identifier = read_identifier(file, path)
                taken.add(identifier, file)
            except RuleError as error:
                if broken is None or not path.is_dir():
                    raise
                broken.append(Broken(file, str(error)))
                continue
            own.add(identifier.path)
            found.append(identifier)
    return sorted(found, key=lambda identifier: identifier.path), frozenset(own)


class Taken:
    """Names and ids that are in use, each with where it is from."""

    def __init__(self, builtin: Sequence[Identifier]) -> None:
        self._names = {identifier.name: f"the built-in '{identifier.path}'" for identifier in builtin}
        self._ids = {identifier.path: f"the built-in {identifier.name}" for identifier in builtin}

    def add(self, identifier: Identifier, file: Path) -> None:
        """Raises `RuleError` where the name or the id of what `file` holds is in use."""
        name, path = identifier.name, identifier.path
        if name in self._names:
            raise RuleError(
                f"{file}: identifier {name} is already defined by {self._names[name]}; "
                "names are unique: choose another one"
            )
        if path in self._ids:
            raise RuleError(
                f"{file}: its id '{path}', which is its path, is that of {self._ids[path]} too; rename the file"
            )
        self._names[name] = self._ids[path] = str(file)


def _read_folder(root: Path, cache: Path | None, *, examples: bool) -> list[Identifier]:
    return list(_known(root, cache, state_of(root, _FORMAT), examples))


@lru_cache(maxsize=_STATES)
def _known(root: Path, cache: Path | None, state: str, examples: bool) -> tuple[Identifier, ...]:
    """The identifiers of a folder whose files are in this state; a process that scans again does not read them again."""
    bare, whole = (cache / f"{name}-{state}.json" if cache else None for name in ("identifiers", "examples"))
    if kept := whole if examples else bare:
        try:
            if (body := kept_in(kept)) is not None:
                return tuple([_from_plain(item) for item in orjson.loads(body)])
        except (ValueError, KeyError, TypeError):
            pass  # of another form of identifiers: read the YAML again
    from assay.detect.loading import read_identifier

    found = [read_identifier(file, root, file.read_text(encoding="utf-8")) for file in files_under(root)]
    if bare and whole:
        plain = [asdict(identifier) for identifier in found]
        keep(whole, orjson.dumps(plain))
        keep(bare, orjson.dumps([{**item, **_NO_EXAMPLES} for item in plain]))
    return tuple(found)


# Files that could not be kept, and what the system said: whoever started this process is told once, and not by each file.
_refused: dict[Path, str] = {}


def why_not_kept(cache: Path) -> str | None:
    """Why something that this process made could not be kept in that folder, in the system's words; `None` where everything was."""
    return next((said for file, said in _refused.items() if file.parent == cache), None)


def keep(file: Path, body: bytes) -> None:
    """Write a cache file, to a temporary name first, so that two processes never see half of it."""
    import tempfile  # only where something is written

    name = None
    try:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with tempfile.NamedTemporaryFile(dir=file.parent, prefix=".identifiers-", delete=False) as out:
            name = out.name
            out.write(hashlib.sha256(body).hexdigest().encode() + b"\n" + body)
        os.replace(name, file)
    except OSError as error:
        # A cache that cannot be written only costs time; what was begun would fill it up, run by run.
        _refused[file] = error.strerror or str(error)
        if name is not None:
            with suppress(OSError):
                os.unlink(name)
        return
    _refused.pop(file, None)
    with suppress(OSError):
        _clear(file)


def kept_or_made(file: Path | None, make: Callable[[], Any]) -> Any:
    """What is kept as JSON in a cache file; else, and where it is damaged, what `make` makes, and that is kept."""
    body = kept_in(file) if file is not None else None
    if body is not None:
        with suppress(ValueError):
            return orjson.loads(body)
    made = make()
    if file is not None:
        keep(file, orjson.dumps(made))
    return made


def _clear(kept: Path) -> None:
    """Deletes what `keep` wrote beside it and nobody used for a month, and what was used longest ago where there is too much."""
    now, room = time.time(), _FULL
    found = [(each.stat(), each) for each in kept.parent.iterdir() if each != kept and _OURS.match(each.name)]
    for status, each in sorted(found, key=lambda item: item[0].st_mtime, reverse=True):
        room -= status.st_size
        if room < 0 or now - status.st_mtime > _UNUSED:
            with suppress(FileNotFoundError):
                each.unlink()


def kept_in(file: Path) -> bytes | None:
    """What `keep` wrote to a cache file; `None` where it is not there, or damaged."""
    if is_waiting(file):
        return None
    try:
        # Without a buffer, so that the body, which may be of 12 MB, is read in one piece.
        with file.open("rb", buffering=0) as stream:
            checksum, body = stream.read(_CHECKSUM), stream.read()
            if time.time() - os.fstat(stream.fileno()).st_mtime > _DAY:
                with suppress(OSError):
                    os.utime(file)  # it is in use
    except OSError:
        return None
    return body if hashlib.sha256(body).hexdigest().encode() + b"\n" == checksum else None


def _from_plain(item: dict[str, Any]) -> Identifier:
    """The identifier of what `asdict` made of it, whose dict is used up. There are hundreds to be made at every start."""
    for key, value in item.items():
        if value.__class__ is list:
            item[key] = tuple(value)
    for key, members in _ENUMS.items():
        item[key] = members[item[key]]
    item["category"] = category_of(item["category"])
    for key in _NO_EXAMPLES:
        if item[key]:
            item[key] = tuple([Example(**example) for example in item[key]])
    for entry in item["patterns"]:
        entry["validators"] = tuple([(name, weight) for name, weight in entry["validators"]])
    item["patterns"] = tuple([Pattern(**entry) for entry in item["patterns"]])
    return Identifier(**item)


_ENUMS: dict[str, dict[str, Any]] = {
    "sensitivity": {member.value: member for member in Sensitivity},
    "level": {member.value: member for member in Level},
    "stage": {member.value: member for member in Stage},
    "redaction": {member.value: member for member in Redaction},
    "normalise": {member.value: member for member in Normalise},
}
