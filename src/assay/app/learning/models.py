"""Which models a scan uses, and what tells that they are others than those of an earlier scan."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from assay.app.config.settings import Settings
from assay.learn.kinds import COLUMN_TYPE, DOCUMENT_TYPE

if TYPE_CHECKING:
    from assay.app.learning.learner import Learner
    from assay.app.learning.versions import Versions

_USED = (DOCUMENT_TYPE, COLUMN_TYPE)


def learner_of(settings: Settings, *, keep: bool = False) -> Learner | None:
    """The models under these settings; `None` where they are switched off. Raises `ModelError` for one that was changed."""
    if not settings.learned:
        return None
    from assay.app.learning.learner import Learner

    promoted: dict[str, bytes] = {}
    canary: tuple[bytes, float] | None = None
    if _any_kept(settings):
        versions = versions_of(settings)
        from assay.app.learning.versions import SHIPPED
        from assay.learn.modelfile import unsigned

        for kind in _USED:
            pointer = versions.pointer(kind)
            if pointer.current != SHIPPED:
                versions.load(kind, pointer.current)
                promoted[kind] = unsigned(versions.data(kind, pointer.current))
            if pointer.canary is not None and kind == DOCUMENT_TYPE:
                versions.load(kind, pointer.canary)
                canary = unsigned(versions.data(kind, pointer.canary)), pointer.share
    return Learner(promoted=promoted, canary=canary, keep=keep)


def in_use(settings: Settings) -> dict[str, object]:
    """What of models results depend on: nothing where those that ship are used."""
    if not settings.learned:
        return {"learned": False}
    if not _any_kept(settings):
        return {}
    versions = versions_of(settings)
    told = [versions.pointer(kind) for kind in _USED]
    used = [[pointer.current, pointer.canary, pointer.share] for pointer in told if pointer.before or pointer.canary]
    return {"models": used} if used else {}


def versions_of(settings: Settings) -> Versions:
    """The versions of the user's folder, with the user's key."""
    from assay.app.fingerprints import fingerprint_key
    from assay.app.learning.versions import Versions

    return Versions(settings.models, fingerprint_key(settings.fingerprint_key_file))


def _any_kept(settings: Settings) -> bool:
    return any(os.path.exists(settings.models / kind / "current.json") for kind in _USED)
