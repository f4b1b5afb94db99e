"""Which models a scan uses, and what tells that they are others than those of an earlier scan."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from assay.app.config.settings import Settings
from assay.learn.kinds import COLUMN_TYPE, DOCUMENT_TYPE

if TYPE_CHECKING:
    from assay.app.learning.learner import Learner
    from assay.app.learning.versions import Files, Pointer, Versions

_USED = (DOCUMENT_TYPE, COLUMN_TYPE)


def learner_of(settings: Settings, *, keep: bool = False) -> Learner | None:
    """The models under these settings; `None` where they are switched off. Raises `ModelError` for one that was changed."""
    if not settings.learned:
        return None
    from assay.app.learning.learner import Learner

    promoted: dict[str, bytes] = {}
    canary: tuple[bytes, float] | None = None
    for kind, pointer in _pointers(settings).items():
        from assay.app.learning.versions import SHIPPED  # only where there is a pointer

        versions = versions_of(settings)
        if pointer.current != SHIPPED:
            promoted[kind] = versions.data(kind, pointer.current)
        if pointer.canary is not None and kind == DOCUMENT_TYPE:
            canary = versions.data(kind, pointer.canary), pointer.share
    return Learner(promoted=promoted, canary=canary, keep=keep)


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
    """What is in use of each kind that scans use; nothing where none was ever promoted on this machine, which loads nothing."""
    if isinstance(settings.models, Path) and not any(
        os.path.exists(settings.models / kind / "current.json") for kind in _USED
    ):
        return {}
    versions = versions_of(settings)
    return {kind: versions.pointer(kind) for kind in _USED}
