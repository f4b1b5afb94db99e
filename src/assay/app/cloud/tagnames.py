"""How the settings have tags."""

from __future__ import annotations

from assay.app.config.settings import Settings
from assay.app.config.tagkeys import TAG_KEYS
from assay.errors import ConfigError
from assay.protect.tagscheme import Scheme, scheme_of


def scheme_in(settings: Settings) -> Scheme:
    """How the settings have tags. Raises `ConfigError` that says where what is wrong stands."""
    try:
        return scheme_of(
            prefix=settings.tag_prefix,
            names=settings.tag_names,
            write=settings.tag_write,
            levels=settings.tag_levels,
            separator=settings.tag_separator,
        )
    except ConfigError as error:
        places = {settings.origin(key.name).text for key in TAG_KEYS}
        said = ", ".join(sorted(places - {"default"}))
        raise ConfigError(f"{said}: {error}" if said else str(error)) from None
