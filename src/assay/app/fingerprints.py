"""The fingerprint key: from the environment, else a file of the user's that only the user can read."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from pathlib import Path

from assay.errors import ConfigError, ReadError

VARIABLE = "ASSAY_FINGERPRINT_KEY"
_LENGTH = 32


def fingerprint_key(file: Path, environment: Mapping[str, str] | None = None, *, make: bool = True) -> bytes:
    """The key's bytes. The file is made (mode 0600) when it is not there; one that others can read is refused.

    Where no file can be kept (a read-only home) the key lasts for this run only, and fingerprints are comparable
    within it; so it is without `make`, for a mere check. Raises `ConfigError`.
    """
    variables = os.environ if environment is None else environment
    given = variables.get(VARIABLE)
    if given is not None:
        if len(given) < 16:
            raise ConfigError(f"{VARIABLE} is too short to be a key; give at least 16 characters")
        return given.encode("utf-8", "surrogateescape")  # bytes that are no UTF-8 are a key too
    try:
        return _read(file)
    except (FileNotFoundError, NotADirectoryError):
        return _make(file) if make else _random()


def key_is_kept(file: Path) -> bool:
    """Whether the key of this run is that of the next."""
    return VARIABLE in os.environ or os.path.lexists(file)


def _read(file: Path) -> bytes:
    from assay.formats.opening import open_file  # whether there is a key is told without it

    try:
        with open_file(file) as stream:
            mode = stat.S_IMODE(os.fstat(stream.fileno()).st_mode)
            if mode & 0o077:
                raise ConfigError(
                    f"{file}: the fingerprint key can be read by others (mode {mode:04o}); run chmod 600 on it"
                )
            key = bytes.fromhex(stream.read(4096).decode("ascii", "replace").strip())
    except ValueError:
        raise ConfigError(
            f"{file}: is not a fingerprint key (hexadecimal text); move it away to have a new one made"
        ) from None
    except (FileNotFoundError, NotADirectoryError):
        raise
    except ReadError:
        raise ConfigError(f"{file}: the fingerprint key is no file; move it away to have a new one made") from None
    except OSError as error:
        raise ConfigError(f"{file}: the fingerprint key cannot be read: {error.strerror}") from None
    if len(key) < 16:
        raise ConfigError(f"{file}: the fingerprint key is too short; move it away to have a new one made")
    return key


def _make(file: Path) -> bytes:
    import tempfile  # only the first run makes a key

    key = _random()
    try:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        # Under its own name only when it is whole: a full disk leaves no empty key, and no other run reads half of one.
        descriptor, part = tempfile.mkstemp(prefix=f".{file.name}.", dir=file.parent)
        try:
            with os.fdopen(descriptor, "w") as stream:
                stream.write(key.hex() + "\n")
            _name(part, file)
        finally:
            Path(part).unlink(missing_ok=True)
    except FileExistsError:
        return _read(file)  # another run made it just now
    except OSError:
        return key
    return key


def _name(part: str, file: Path) -> None:
    try:
        os.link(part, file)
    except FileExistsError:
        raise
    except OSError:
        os.replace(part, file)  # a file system without hard links


def _random() -> bytes:
    import secrets  # a key is made once

    return secrets.token_bytes(_LENGTH)
