"""Versions of models in a folder: a signed file each, and for each kind a signed pointer that says which one is in use.

A pointer is replaced as a whole, so that whoever reads sees the one or the other. What was in use before stands in it, so
that one command takes a promotion back.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from assay.errors import UsageError
from assay.learn.kinds import KINDS
from assay.learn.linear import LinearModel
from assay.learn.modelfile import ModelCard, ModelError, digest, read, write

SHIPPED = "shipped"
_POINTER = "current.json"
_PURPOSE = b"assay model pointer"
_MOST = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Pointer:
    """Which version of a kind is in use (`shipped`: none that was trained here), which were before, the last one last;
    and which one is tried on a share of documents first."""

    kind: str
    current: str = SHIPPED
    before: tuple[str, ...] = ()
    canary: str | None = None
    share: float = 0.0


class Versions:
    """The versions in one folder. Raises `ModelError` for what was changed or signed with another key."""

    def __init__(self, folder: Path, key: bytes) -> None:
        self._folder = folder
        self._key = key

    def add(self, model: LinearModel, card: ModelCard) -> str:
        """Keeps a model; the name of its version is the digest of its file."""
        data = write(model, card, self._key)
        version = digest(data)
        self._replace(self._file(card.kind, version), data)
        return version

    def load(self, kind: str, version: str) -> tuple[LinearModel, ModelCard]:
        """A version. Raises `ModelError`."""
        return read(self.data(kind, version), self._key)

    def data(self, kind: str, version: str) -> bytes:
        """The file of a version. Raises `UsageError` where there is none."""
        if not version.isalnum():
            raise UsageError(f"{version!r} is no version; 'assay learn models' lists them")
        try:
            return self._file(kind, version).read_bytes()
        except FileNotFoundError:
            raise UsageError(f"there is no version {version} of {kind}; 'assay learn models' lists them") from None
        except OSError as error:
            raise ModelError(f"version {version} of {kind} cannot be read: {error.strerror}") from None

    def all(self) -> Iterator[tuple[str, ModelCard | ModelError]]:
        """Every version, the newest of each kind first, with its card; or with why it is not to be used."""
        for kind in KINDS:
            found: list[tuple[str, ModelCard | ModelError]] = []
            for file in sorted((self._folder / kind).glob("*.model")):
                try:
                    found.append((file.stem, self.load(kind, file.stem)[1]))
                except ModelError as error:
                    found.append((file.stem, error))
            yield from sorted(found, key=lambda item: getattr(item[1], "made_at", ""), reverse=True)

    def resolve(self, given: str) -> tuple[str, str]:
        """The kind and version that begins so. Raises `UsageError` for none, and for several."""
        found = [
            (kind, file.stem)
            for kind in KINDS
            for file in sorted((self._folder / kind).glob("*.model"))
            if file.stem.startswith(given)
        ]
        if len(found) != 1 or not given:
            said = "is no version" if not found else f"could be any of {len(found)} versions"
            raise UsageError(f"{given!r} {said}; 'assay learn models' lists them")
        return found[0]

    def pointer(self, kind: str) -> Pointer:
        """What is in use."""
        file = self._folder / kind / _POINTER
        try:
            told = json.loads(file.read_bytes())
            pointer = Pointer(**{**told["pointer"], "before": tuple(told["pointer"]["before"])})
            is_signed = hmac.compare_digest(told["signature"], self._code(pointer))
        except FileNotFoundError:
            return Pointer(kind=kind)
        except OSError as error:
            raise ModelError(f"{file}: cannot be read: {error.strerror}") from None
        except (ValueError, KeyError, TypeError):
            raise ModelError(f"{file}: is damaged; move it away to use the shipped model again") from None
        if not is_signed or pointer.kind != kind:
            raise ModelError(f"{file}: was changed, or signed with another key; move it away to use the shipped model")
        return pointer

    def promote(self, kind: str, version: str) -> Pointer:
        """Has a version used."""
        self.load(kind, version)
        now = self.pointer(kind)
        before = (*now.before, now.current)[-_MOST:] if now.current != version else now.before
        return self._point(Pointer(kind=kind, current=version, before=before))

    def try_out(self, kind: str, version: str, share: float) -> Pointer:
        """Has a version used for a share of documents, and the one in use for the others."""
        self.load(kind, version)
        return self._point(replace(self.pointer(kind), canary=version, share=share))

    def roll_back(self, kind: str) -> Pointer:
        """Ends what is tried out; else has the version used that was before. Raises `UsageError` where there is none."""
        now = self.pointer(kind)
        if now.canary is not None:
            return self._point(replace(now, canary=None, share=0.0))
        if not now.before:
            raise UsageError(f"no version of {kind} was in use before {now.current}")
        if now.before[-1] != SHIPPED:
            self.load(kind, now.before[-1])
        return self._point(replace(now, current=now.before[-1], before=now.before[:-1]))

    def _point(self, pointer: Pointer) -> Pointer:
        told = {"pointer": asdict(pointer), "signature": self._code(pointer)}
        self._replace(self._folder / pointer.kind / _POINTER, json.dumps(told, indent=1).encode())
        return pointer

    def _code(self, pointer: Pointer) -> str:
        own = hmac.digest(self._key, _PURPOSE, "sha256")
        return hmac.new(own, json.dumps(asdict(pointer), sort_keys=True).encode(), hashlib.sha256).hexdigest()

    def _file(self, kind: str, version: str) -> Path:
        return self._folder / kind / f"{version}.model"

    def _replace(self, file: Path, data: bytes) -> None:
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            descriptor, part = tempfile.mkstemp(prefix=f".{file.name}.", dir=file.parent)
            try:
                with os.fdopen(descriptor, "wb") as stream:
                    stream.write(data)
                    stream.flush()
                    os.fsync(stream.fileno())
                os.replace(part, file)
            except BaseException:
                Path(part).unlink(missing_ok=True)
                raise
        except OSError as error:
            raise UsageError(f"{file}: cannot be written: {error.strerror}") from None
