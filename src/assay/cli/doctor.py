"""`assay doctor`: check this installation and say what is missing."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import click

from assay.cli.options import FormatType, config_option

EXIT_BROKEN = 1
_OK, _NOTE, _BROKEN = "ok", "missing", "broken"


_GIT = (2, 31)
_MARGIN = 26
"""Where details begin."""


class Check(NamedTuple):
    """What was looked at, how it is (`ok`, `missing` or `broken`), and what was seen or how to mend it."""

    name: str
    state: str
    detail: str


@click.command(short_help="Check this installation and say what is missing.")
@click.option("--format", "output_format", type=FormatType("table", "json"), default="table", show_default=True)
@config_option
def doctor(output_format: str, config_file: Path | None) -> int:
    """Check this installation: the engine, the identifiers, folders, keys and optional tools.

    Exit code 1 when something that is needed does not work; what is optional and missing is only told.
    """
    from assay.cli.grid import terminal_columns
    from assay.cli.terminal import painter
    from assay.report.printable import printable, width, wrapped

    checks = list(_checks(config_file))
    broken = sum(check.state == _BROKEN for check in checks)
    if output_format == "json":
        import orjson

        click.echo(orjson.dumps([_as_object(check) for check in checks], option=orjson.OPT_INDENT_2).decode())
        return EXIT_BROKEN if broken else 0
    paint = painter(sys.stdout.isatty())
    styles: dict[str, str] = {_OK: "public", _NOTE: "confidential", _BROKEN: "restricted"}
    for check in checks:
        # What has to be done is told in one line, so that it can be copied.
        room = terminal_columns() - _MARGIN if check.state == _OK else sys.maxsize
        first, *rest = [
            line
            for part in printable(check.detail).split("; ")
            for line in ([part] if width(part) <= room else wrapped(part, room, indent="", whole=True))
        ]
        click.echo(f"{paint(f'{check.state:<8}', styles[check.state])} {check.name:<16} {first}")
        for line in rest:
            click.echo(f"{'':<{_MARGIN - 1}} {line}")
    click.echo(f"\n{broken} broken." if broken else "\nEverything that is needed works.")
    return EXIT_BROKEN if broken else 0


def _as_object(check: Check) -> dict[str, str]:
    return {"name": check.name, "state": check.state, "detail": check.detail}


def _checks(config_file: Path | None) -> Iterator[Check]:
    yield _python()
    yield _platform()
    yield from _libraries()
    yield _hyperscan()
    yield from _configured(config_file)
    yield _semantic()
    yield _prose()
    yield _git()
    yield from _optional()


def _git() -> Check:
    """The program that repositories are read with, in the version that this needs."""
    import re
    import shutil
    import subprocess

    program = shutil.which("git")
    if program is None:
        return Check(
            "git",
            _NOTE,
            "optional: reads repositories and their history; not on the PATH: apt-get install git, or brew install git",
        )
    done = subprocess.run([program, "version"], capture_output=True, text=True, check=False)  # noqa: S603  # git
    found = re.search(r"(\d+)\.(\d+)\S*", done.stdout)
    if done.returncode or found is None:
        return Check("git", _NOTE, f"{program} does not tell its version: repositories may not be read")
    if (int(found[1]), int(found[2])) < _GIT:
        return Check(
            "git", _NOTE, f"{found[0]} is older than {_GIT[0]}.{_GIT[1]}: repositories may not be read; upgrade it"
        )
    return Check("git", _OK, f"reads repositories and their history ({found[0]})")


def _python() -> Check:
    import platform

    return Check("Python", _OK, f"{platform.python_version()} ({sys.executable})")


def _platform() -> Check:
    import os
    import platform

    system = f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores"
    if platform.system() == "Linux":
        return Check("platform", _OK, system)
    return Check("platform", _OK, f"{system}; untested: assay is tested on Linux")


def _libraries() -> Iterator[Check]:
    from importlib import metadata

    from assay.cli.version import version

    yield Check("assay", _OK, version())
    needed = (
        "hyperscan",
        "google-re2",
        "orjson",
        "numpy",
        "pyyaml",
        "python-stdnum",
        "phonenumbers",
        "tldextract",
        "charset-normalizer",
        "pathspec",
        "zstandard",
    )
    missing = []
    for name in needed:
        try:
            metadata.version(name)
        except metadata.PackageNotFoundError:
            missing.append(name)
    if missing:
        yield Check("libraries", _BROKEN, f"{', '.join(missing)} not installed; pip install --force-reinstall assay")
    else:
        yield Check("libraries", _OK, f"{len(needed)} of {len(needed)} installed")


def _hyperscan() -> Check:
    """Compiles a pattern and scans with it: an engine built for another processor imports and then fails."""
    advice = "pip install --force-reinstall hyperscan"
    try:
        import hyperscan
    except ImportError as error:
        return Check("engine", _BROKEN, f"hyperscan cannot be loaded: {error}; {advice}")
    from importlib import metadata

    name = f"hyperscan {metadata.version('hyperscan')}"
    found: list[tuple[int, int]] = []

    def on_match(_id: int, start: int, end: int, _flags: int, _context: object) -> None:
        found.append((start, end))

    try:
        database = hyperscan.Database()
        database.compile(expressions=[rb"\bassay-[0-9]{3}"], ids=[1], flags=[hyperscan.HS_FLAG_SOM_LEFTMOST])
        database.scan(b"an assay-123 here", match_event_handler=on_match)
    except hyperscan.error as error:
        return Check("engine", _BROKEN, f"{name} does not work here: {error}; {advice}")
    if found != [(3, 12)]:
        return Check("engine", _BROKEN, f"{name} found {found}, not the test text; {advice}")
    return Check("engine", _OK, f"{name} compiles and scans")


def _configured(config_file: Path | None) -> Iterator[Check]:
    from assay.app.config.settings import load_settings
    from assay.errors import AssayError

    try:
        settings = load_settings(config_file)
    except AssayError as error:
        yield Check("settings", _BROKEN, str(error))
        return
    yield Check("settings", _OK, str(settings.file) if settings.file else "no assay.toml here: the defaults")
    yield _identifiers(settings.identifiers)
    yield _cache(settings.cache_dir)
    yield _key(settings.fingerprint_key_file)


def _identifiers(paths: tuple[Path, ...]) -> Check:
    from collections import Counter

    from assay.detect.cache import read_all
    from assay.errors import AssayError

    try:
        found, own = read_all(paths, cache=None, builtin=True)
    except AssayError as error:
        return Check("identifiers", _BROKEN, str(error))
    stages = Counter(str(identifier.stage) for identifier in found)
    counts = ", ".join(f"{count} {stage}" for stage, count in sorted(stages.items(), key=lambda item: -item[1]))
    if not found:
        return Check("identifiers", _BROKEN, "none found; pip install --force-reinstall assay")
    return Check("identifiers", _OK, f"{counts}{f', of which {len(own)} are yours' if own else ''}")


def _cache(folder: Path) -> Check:
    import tempfile

    advice = "without it every start compiles the identifiers anew; set cache_dir in assay.toml or ASSAY_CACHE_DIR"
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with tempfile.NamedTemporaryFile(dir=folder, prefix=".doctor-"):
            pass
    except OSError as error:
        return Check("cache", _NOTE, f"{folder} cannot be written: {error.strerror}; {advice}")
    return Check("cache", _OK, str(folder))


def _key(file: Path) -> Check:
    import os
    import stat

    if os.environ.get("ASSAY_FINGERPRINT_KEY"):
        return Check("fingerprint key", _OK, "from ASSAY_FINGERPRINT_KEY")
    try:
        mode = stat.S_IMODE(file.stat().st_mode)
    except FileNotFoundError:
        return Check("fingerprint key", _OK, f"none yet: the first scan makes {file}")
    except OSError as error:
        return Check("fingerprint key", _BROKEN, f"{file}: {error.strerror}; make it readable for you")
    if mode & 0o077:
        return Check("fingerprint key", _BROKEN, f"{file} can be read by others (mode {mode:04o}); chmod 600 {file}")
    if not os.access(file, os.R_OK):
        return Check("fingerprint key", _BROKEN, f"{file} cannot be read; chmod 600 {file}")
    return Check("fingerprint key", _OK, f"{file} (mode {mode:04o})")


def _semantic() -> Check:
    from assay.tables.semantic import MODELS, why_not

    model, *_ = MODELS
    reason = why_not(model, thorough=True)
    if reason is not None:
        return Check("column meanings", _NOTE, f"optional: tells what names of columns mean; {model}: {reason}")
    return Check("column meanings", _OK, f"{model}, from its package; nothing is downloaded")


def _prose() -> Check:
    from assay.detect.prose.tagger import ModelMissingError, Tagger, why_missing

    reason = why_missing()
    if reason is not None:
        return Check("running text", _NOTE, f"optional: finds names and addresses in prose (--prose); {reason}")
    try:
        Tagger()
    except ModelMissingError as error:
        return Check("running text", _BROKEN, str(error))
    return Check("running text", _OK, "names and addresses in prose (--prose): the model is in its package")


def _package(name: str) -> Callable[[], str | None]:
    def installed() -> str | None:
        from importlib import metadata

        try:
            return f"{name} {metadata.version(name)}"
        except metadata.PackageNotFoundError:
            return None

    return installed


class Tool(NamedTuple):
    """An optional program or module: what it is for, and how to get it."""

    name: str
    purpose: str
    get: str
    is_here: Callable[[], str | None]


def _optional() -> Iterator[Check]:
    for tool in _tools():
        where = tool.is_here()
        if where is None:
            yield Check(tool.name, _NOTE, f"optional: {tool.purpose}; {tool.get}")
        else:
            yield Check(tool.name, _OK, f"{tool.purpose} ({where})")


def _tesseract() -> str | None:
    """Where it is, and which languages it reads."""
    import shutil

    from assay.app.scan.pictures import languages

    program = shutil.which("tesseract")
    known = languages()
    return None if program is None or known is None else f"{program}: {', '.join(known) or 'no languages'}"


def _tools() -> tuple[Tool, ...]:
    import shutil

    def program(name: str) -> Callable[[], str | None]:
        return lambda: shutil.which(name)

    return (
        Tool(
            "tesseract",
            "reads text in pictures and scanned pages (--ocr)",
            "apt-get install tesseract-ocr, or brew install tesseract",
            _tesseract,
        ),
        Tool("pypdfium2", "reads PDF", "pip install 'assay[documents]'", _package("pypdfium2")),
        Tool("py7zr", "unpacks 7z archives", "pip install 'assay[documents]'", _package("py7zr")),
        Tool("reportlab", "writes reports as PDF", "pip install 'assay[reports]'", _package("reportlab")),
        Tool("boto3", "reaches S3 and the rest of AWS", "pip install 'assay[aws]'", _package("boto3")),
        Tool("pymongo", "reads MongoDB and DocumentDB", "pip install 'assay[mongodb]'", _package("pymongo")),
        Tool("confluent-kafka", "reads topics of Kafka", "pip install 'assay[kafka]'", _package("confluent-kafka")),
        Tool("pyspark", "scans with Apache Spark (--engine spark)", "pip install 'assay[spark]'", _package("pyspark")),
    )
