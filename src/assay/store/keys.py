"""The key that signs the end of the audit log, and the note of that end which is kept outside the database.

Both lie in assay's configuration folder under `catalogs/`, named by the catalog's id. Whoever can write the database but
not that folder can neither sign another end of the log nor put an old one back unnoticed.
"""

from __future__ import annotations

import fcntl
import hashlib
import hmac
import json
import os
import secrets
import stat
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from assay.errors import CatalogError
from assay.folders import user_folder
from assay.store.texts import canonical

VARIABLE = "ASSAY_AUDIT_KEY"
_LENGTH = 32
_SHORTEST = 16


class End(NamedTuple):
    """The last entry of the log: its number and its hash."""

    seq: int
    hash: str


class Seal:
    """Signs ends of one catalog's log (HMAC-SHA-256, RFC 2104) and remembers the last one that was committed."""

    def __init__(self, catalog_id: str, folder: Path | None = None) -> None:
        self.catalog_id = catalog_id
        self.folder = folder or user_folder("config") / "catalogs"
        self._key: bytes | None = None

    def __repr__(self) -> str:
        return f"<seal of catalog {self.catalog_id}>"

    @property
    def key_file(self) -> Path:
        return self.folder / f"{self.catalog_id}.key"

    @property
    def note_file(self) -> Path:
        return self.folder / f"{self.catalog_id}.end"

    def key_id(self) -> str:
        """Names the key without telling it."""
        return hashlib.sha256(b"assay audit key id\0" + self._secret()).hexdigest()[:12]

    @property
    def from_environment(self) -> bool:
        """Whether the key is the environment's."""
        return VARIABLE in os.environ

    def make_key(self) -> None:
        """Makes a new catalog's key, unless the environment has one. Raises `CatalogError` where it cannot be kept."""
        if self.from_environment or self.key_file.exists():
            return
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            _write(self.key_file, secrets.token_bytes(_LENGTH).hex() + "\n")
        except OSError as error:
            raise CatalogError(
                f"{self.key_file}: the key of the audit log cannot be kept there: {error.strerror}; "
                f"set {VARIABLE} to a secret of at least {_SHORTEST} characters"
            ) from None

    def discard(self) -> None:
        """Takes away the key and the note of a catalog that takes over another's id."""
        for file in (self.key_file, self.note_file, self.folder / f".{self.catalog_id}.lock"):
            file.unlink(missing_ok=True)

    def sign(self, end: End) -> str:
        """The signature of an end."""
        told = canonical({"catalog": self.catalog_id, "hash": end.hash, "seq": end.seq})
        return hmac.new(self._secret(), told.encode(), hashlib.sha256).hexdigest()

    def is_signed(self, end: End, signature: str) -> bool:
        """Whether the signature is this key's."""
        return hmac.compare_digest(self.sign(end).encode(), signature.encode("utf-8", "surrogateescape"))

    def code(self, text: str) -> str:
        """The code of a record (HMAC-SHA-256): nobody can make one without the key."""
        told = f"assay record of {self.catalog_id}\0{text}".encode()
        return hmac.digest(self._secret(), told, "sha256").hex()

    def remember(self, end: End) -> None:
        """Notes the end outside the database, unless a later one is noted. A folder that is read-only has no note."""
        with suppress(OSError):
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            with (self.folder / f".{self.catalog_id}.lock").open("w") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                noted = self.remembered()
                if noted is None or noted.seq < end.seq:
                    _write(self.note_file, json.dumps({"seq": end.seq, "hash": end.hash, "signature": self.sign(end)}))

    def remembered(self) -> End | None:
        """The end that was noted last here, `None` without one. Raises `CatalogError` for a note that was changed."""
        try:
            told = json.loads(self.note_file.read_text())
            end = End(seq=int(told["seq"]), hash=str(told["hash"]))
            signature = str(told["signature"])
        except FileNotFoundError:
            return None
        except OSError as error:
            raise CatalogError(f"{self.note_file}: cannot be read: {error.strerror}") from None
        except (ValueError, KeyError, TypeError):
            raise CatalogError(f"{self.note_file}: is damaged; move it away once you know why") from None
        if not self.is_signed(end, signature):
            raise CatalogError(f"{self.note_file}: was not written with this catalog's key")
        return end

    def _secret(self) -> bytes:
        if self._key is None:
            self._key = self._given() or self._kept()
        return self._key

    def _given(self) -> bytes | None:
        given = os.environ.get(VARIABLE)
        if given is None:
            return None
        if len(given) < _SHORTEST:
            raise CatalogError(f"{VARIABLE} is too short to be a key; give at least {_SHORTEST} characters")
        return given.encode("utf-8", "surrogateescape")

    def _kept(self) -> bytes:
        try:
            with self.key_file.open() as stream:
                mode = stat.S_IMODE(os.fstat(stream.fileno()).st_mode)
                if mode & 0o077:
                    raise CatalogError(
                        f"{self.key_file}: the key of the audit log can be read by others (mode {mode:04o}); run chmod 600 on it"
                    )
                key = bytes.fromhex(stream.read(4096).strip())
        except FileNotFoundError:
            raise CatalogError(
                f"{self.key_file}: the key of this catalog's audit log is not here; copy it from where the catalog was "
                f"made, or set {VARIABLE}"
            ) from None
        except OSError as error:
            raise CatalogError(f"{self.key_file}: the key of the audit log cannot be read: {error.strerror}") from None
        except ValueError:
            raise CatalogError(f"{self.key_file}: is no key (hexadecimal text); bring the right one back") from None
        if len(key) < _SHORTEST:
            raise CatalogError(f"{self.key_file}: the key of the audit log is too short; bring the right one back")
        return key


def _write(file: Path, text: str) -> None:
    """Under its own name only when it is whole."""
    descriptor, part = tempfile.mkstemp(prefix=f".{file.name}.", dir=file.parent)
    try:
        with os.fdopen(descriptor, "w") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(part, file)
    finally:
        Path(part).unlink(missing_ok=True)
