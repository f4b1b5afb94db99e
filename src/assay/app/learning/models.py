"""Which models a scan uses, and what tells that they are others than those of an earlier scan."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from assay.app.config.settings import Settings
from assay.learn.kinds import KINDS

if TYPE_CHECKING:
    from assay.app.learning.learner import Learner
    from assay.app.learning.versions import Files, Pointer, Versions

_LOOK_SECONDS = 30.0


def learner_of(settings: Settings, *, keep: bool = False) -> Learner | None:
    """The models under these settings; `None` where they are switched off. Raises `ModelError` for one that was changed."""
    if not settings.learned:
        return None
    from assay.app.learning.learner import Learner

    promoted: dict[str, bytes] = {}
    canaries: dict[str, tuple[bytes, float]] = {}
    for kind, pointer in _pointers(settings).items():
        from assay.app.learning.versions import SHIPPED  # only where there is a pointer

        versions = versions_of(settings)
        if pointer.current != SHIPPED:
            promoted[kind] = versions.data(kind, pointer.current)
        if pointer.canary is not None:
            canaries[kind] = versions.data(kind, pointer.canary), pointer.share
    return Learner(promoted=promoted, canaries=canaries, keep=keep)


@dataclass(slots=True, kw_only=True)
class Current:
    """The models under these settings for whoever goes on for long: they stay loaded, and every half a minute it is looked whether
    others were promoted. Made for several threads."""

    settings: Settings
    clock: Callable[[], float] = time.monotonic
    _learner: Learner | None = None
    _used: dict[str, object] | None = None
    _looked: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def learner(self) -> Learner | None:
        """The same as long as the models are. Raises `ModelError` for one that was changed."""
        with self._lock:
            now = self.clock()
            if self._used is None or now - self._looked >= _LOOK_SECONDS:
                used = in_use(self.settings)
                if used != self._used:
                    self._learner = learner_of(self.settings, keep=True)
                self._used, self._looked = used, now
            return self._learner


def in_use(settings: Settings) -> dict[str, object]:
    """What of models results depend on: nothing where those that ship are used."""
    if not settings.learned:
        return {"learned": False}
    told = _pointers(settings).values()
    used = [[pointer.current, pointer.canary, pointer.share] for pointer in told if pointer.before or pointer.canary]
    return {"models": used} if used else {}


def versions_of(settings: Settings) -> Versions:
    """The versions of the user's folder or bucket, with the user's key."""
    from assay.app.fingerprints import fingerprint_key
    from assay.app.learning.versions import Versions

    return Versions(_files(settings.models), fingerprint_key(settings.fingerprint_key_file))


def _files(place: Path | str) -> Files:
    if isinstance(place, Path):
        from assay.app.learning.modelfolder import ModelFolder

        return ModelFolder(place)
    from assay.app.permissions import calls_of
    from assay.aws.access import Access
    from assay.aws.session import Session
    from assay.sinks.modelobjects import ModelObjects
    from assay.sinks.objects import bucket_of

    return ModelObjects(Session(Access(), calls_of("learn")).client("s3"), *bucket_of(place))


def _pointers(settings: Settings) -> dict[str, Pointer]:
    """What is in use of each kind; nothing where none was ever promoted on this machine, which loads nothing."""
    if isinstance(settings.models, Path) and not any(
        os.path.exists(settings.models / kind / "current.json") for kind in KINDS
    ):
        return {}
    versions = versions_of(settings)
    return {kind: versions.pointer(kind) for kind in KINDS}
