"""Versions of models: a signed file each, and for each kind a signed pointer that says which one is in use.

A pointer is replaced as a whole, so that whoever reads sees the one or the other, and only where it still is what was read: of two
that promote at once one is told so. What was in use before stands in it, so that one command takes a promotion back.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from typing import Protocol

from assay.errors import ConflictError, UsageError
from assay.learn.kinds import KINDS
from assay.learn.linear import LinearModel
from assay.learn.modelfile import LARGEST, ModelCard, ModelError, digest, read, unsigned, write

SHIPPED = "shipped"
_POINTER = "current.json"
_PURPOSE = b"assay model pointer"
_MOST = 200
_LARGEST_POINTER = 65_536
_ENDING = ".model"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pointer:
    """Which version of a kind is in use (`shipped`: none that was trained here), which were before, the last one last;
    and which one is tried on a share of documents first."""

    kind: str
    current: str = SHIPPED
    before: tuple[str, ...] = ()
    canary: str | None = None
    share: float = 0.0


class Files(Protocol):
    """Where versions are kept: files by names with one slash, of which each is seen whole or not at all."""

    def told(self, name: str) -> str:
        """Where a file lies, for messages."""

    def read(self, name: str, most: int) -> tuple[bytes, str] | None:
        """What it holds, and the mark of exactly that; `None` where there is none. Raises `UsageError` for one of more than `most` bytes."""

    def create(self, name: str, data: bytes) -> bool:
        """Writes it where there is none; says whether there was none."""

    def replace(self, name: str, data: bytes, mark: str | None) -> bool:
        """Writes it where it is still what was read with that mark (`None`: not there); says whether it was."""

    def names(self, folder: str) -> list[str]:
        """The files of a folder, in order."""


class Versions:
    """The versions that are kept in one place. Raises `ModelError` for what was changed or signed with another key."""

    def __init__(self, files: Files, key: bytes) -> None:
        self._files = files
        self._key = key

    def add(self, model: LinearModel, card: ModelCard) -> str:
        """Keeps a model; the name of its version is the digest of its file. No version is ever written over."""
        data = write(model, card, self._key)
        version = digest(data)
        if not self._files.create(_file(card.kind, version), data):
            self.data(card.kind, version)
        return version

    def load(self, kind: str, version: str) -> tuple[LinearModel, ModelCard]:
        """A version. Raises `ModelError`."""
        return read(self._data(kind, version), self._key)

    def data(self, kind: str, version: str) -> bytes:
        """The file of a version, checked, and without its signature. Raises `ModelError`, and `UsageError` where there is none."""
        data = self._data(kind, version)
        read(data, self._key)
        return unsigned(data)

    def _data(self, kind: str, version: str) -> bytes:
        if not version.isalnum():
            raise UsageError(f"{version!r} is no version; 'assay learn models' lists them")
        found = self._files.read(_file(kind, version), LARGEST)
        if found is None:
            raise UsageError(f"there is no version {version} of {kind}; 'assay learn models' lists them")
        card = read(found[0], self._key)[1]
        # Whoever may write there could put one signed file in the place of another.
        if digest(found[0]) != version or card.kind != kind:
            raise ModelError(f"the file of version {version} of {kind} is that of another version; it is not used")
        return found[0]

    def all(self) -> Iterator[tuple[str, ModelCard | ModelError]]:
        """Every version, the newest of each kind first, with its card; or with why it is not to be used."""
        for kind in KINDS:
            found: list[tuple[str, ModelCard | ModelError]] = []
            for version in self._kept(kind):
                try:
                    found.append((version, self.load(kind, version)[1]))
                except UsageError as error:
                    # Also of what somebody else put there, or took away meanwhile: the others are there all the same.
                    found.append((version, error if isinstance(error, ModelError) else ModelError(str(error))))
            yield from sorted(found, key=lambda item: getattr(item[1], "made_at", ""), reverse=True)

    def resolve(self, given: str) -> tuple[str, str]:
        """The kind and version that begins so. Raises `UsageError` for none, and for several."""
        found = [(kind, version) for kind in KINDS for version in self._kept(kind) if version.startswith(given)]
        if len(found) != 1 or not given:
            said = "is no version" if not found else f"could be any of {len(found)} versions"
            raise UsageError(f"{given!r} {said}; 'assay learn models' lists them")
        return found[0]

    def pointer(self, kind: str) -> Pointer:
        """What is in use."""
        return self._pointer(kind)[0]

    def promote(self, kind: str, version: str, *, seen: Pointer | None = None) -> Pointer:
        """Has a version used. Raises `ConflictError` where another one than in `seen` is in use by now."""
        self.load(kind, version)
        now, mark = self._seen(kind, seen)
        before = (*now.before, now.current)[-_MOST:] if now.current != version else now.before
        return self._point(Pointer(kind=kind, current=version, before=before), mark)

    def try_out(self, kind: str, version: str, share: float, *, seen: Pointer | None = None) -> Pointer:
        """Has a version used for a share of documents, and the one in use for the others. Raises `ConflictError` as `promote` does."""
        self.load(kind, version)
        now, mark = self._seen(kind, seen)
        return self._point(replace(now, canary=version, share=share), mark)

    def roll_back(self, kind: str) -> Pointer:
        """Ends what is tried out; else has the version used that was before. Raises `UsageError` where there is none."""
        now, mark = self._pointer(kind)
        if now.canary is not None:
            return self._point(replace(now, canary=None, share=0.0), mark)
        if not now.before:
            raise UsageError(f"no version of {kind} was in use before {now.current}")
        if now.before[-1] != SHIPPED:
            self.load(kind, now.before[-1])
        return self._point(replace(now, current=now.before[-1], before=now.before[:-1]), mark)

    def _kept(self, kind: str) -> list[str]:
        return [name.removesuffix(_ENDING) for name in self._files.names(kind) if name.endswith(_ENDING)]

    def _seen(self, kind: str, seen: Pointer | None) -> tuple[Pointer, str | None]:
        now, mark = self._pointer(kind)
        if seen is not None and now != seen:
            raise _changed(kind)
        return now, mark

    def _pointer(self, kind: str) -> tuple[Pointer, str | None]:
        """What is in use, and the mark of the file that says so."""
        name = f"{kind}/{_POINTER}"
        found = self._files.read(name, _LARGEST_POINTER)
        if found is None:
            return Pointer(kind=kind), None
        at = self._files.told(name)
        try:
            told = json.loads(found[0])
            pointer = Pointer(**{**told["pointer"], "before": tuple(told["pointer"]["before"])})
            is_signed = hmac.compare_digest(told["signature"], self._code(pointer))
        except (ValueError, KeyError, TypeError, RecursionError):
            raise ModelError(f"{at}: is damaged; move it away to use the shipped model again") from None
        if not is_signed or pointer.kind != kind:
            raise ModelError(f"{at}: was changed, or signed with another key; move it away to use the shipped model")
        return pointer, found[1]

    def _point(self, pointer: Pointer, mark: str | None) -> Pointer:
        told = {"pointer": asdict(pointer), "signature": self._code(pointer)}
        data, name = json.dumps(told, indent=1).encode(), f"{pointer.kind}/{_POINTER}"
        if not self._files.replace(name, data, mark):
            # A write whose answer was lost is sent again, and finds its own.
            found = self._files.read(name, _LARGEST_POINTER)
            if found is None or found[0] != data:
                raise _changed(pointer.kind)
        return pointer

    def _code(self, pointer: Pointer) -> str:
        own = hmac.digest(self._key, _PURPOSE, "sha256")
        return hmac.new(own, json.dumps(asdict(pointer), sort_keys=True).encode(), hashlib.sha256).hexdigest()


def _file(kind: str, version: str) -> str:
    return f"{kind}/{version}{_ENDING}"


def _changed(kind: str) -> ConflictError:
    return ConflictError(
        f"somebody else changed meanwhile which version of {kind} is used, and nothing was done",
        "look with 'assay learn models', and do it again",
    )
