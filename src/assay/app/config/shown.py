"""The settings in effect as people are shown them: without passwords."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from assay.app.config.places import Address, without_path
from assay.app.config.settingkeys import KEYS

if TYPE_CHECKING:
    from assay.app.config.settings import Settings


_SECRET_PATHS = frozenset({"notify_webhook"})


class Shown(NamedTuple):
    """A setting, its value, where that comes from, what it is for, and what more that nobody set it means."""

    name: str
    value: Any
    origin: str
    help: str
    unset: str = ""

    @property
    def written(self) -> str:
        """The value in a line."""
        return f"{self._value} ({self.unset})" if self.unset else self._value

    @property
    def _value(self) -> str:
        if self.value is None:
            return "not set"
        if isinstance(self.value, bool):
            return "true" if self.value else "false"
        return ", ".join(self.value) or "[]" if isinstance(self.value, list) else str(self.value) or '""'


def shown(settings: Settings, *, to_others: bool) -> list[Shown]:
    """All settings, in the order of their documentation. `to_others` are those who may not read the settings themselves: of a webhook
    the path lets somebody send there as often as its options do."""
    return [
        Shown(
            key.name,
            _plain(getattr(settings, key.name), hides=to_others and key.name in _SECRET_PATHS),
            settings.origin(key.name).text,
            key.help,
            key.unset if settings.origin(key.name).is_default else "",
        )
        for key in KEYS
    ]


def _plain(value: Any, *, hides: bool) -> Any:
    if isinstance(value, tuple):
        return [str(item) for item in value]
    if isinstance(value, str) and "://" in value:
        return without_path(value) if hides else str(Address(value))
    return str(value) if isinstance(value, Path | Address) else value
