"""Targets of a command line: which kinds there are, and whether they are there."""

from __future__ import annotations

import os
import re
import shlex
import stat
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import unquote, unquote_to_bytes, urlsplit

from assay.app.scan.sources import (
    DATABASES,
    folder_of,
    is_database,
    is_dynamodb,
    is_git,
    is_glue,
    is_kafka,
    is_kinesis,
    is_mongodb,
    is_named_database,
    is_remote,
    is_s3,
)
from assay.errors import UsageError

AVAILABLE = (
    "a file, a folder, file://…, git:PATH, s3://…, dynamodb://…, rds://…, glue://…, kinesis://…, kafka://…, mongodb://…, "
    "- for standard input, and databases: " + ", ".join(f"{name}://…" for name in DATABASES)
)

_FILES = ("sqlite", "duckdb")
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]+)://", re.IGNORECASE)


def local_targets(targets: Sequence[str]) -> list[str]:
    """The targets: paths of this machine, `-`, and URLs as they are. Raises `UsageError` for one that is not there or not known."""
    if list(targets).count("-") > 1:
        raise UsageError("-: standard input can be read only once")
    return [
        target if is_database(target) else _named(target) if is_remote(target) else _local(target) for target in targets
    ]


def of_repositories(targets: Sequence[str], given: Mapping[str, Any]) -> list[str]:
    """The targets, folders as the repositories that they are in where a part of these is asked for. Raises `UsageError`."""
    if given["diff"] == "":
        # A variable of a build that is not set: nothing would be looked at, and the build would pass.
        raise UsageError("--diff: names no commit; name a branch, a tag or an id, or leave it out to read everything")
    asked = [name for name in ("history", "staged", "diff") if given[name]]
    if not asked:
        return list(targets)
    if len(asked) > 1:
        raise UsageError(f"--{asked[0]} and --{asked[1]} exclude each other; give one of them")
    for target in targets:
        if target == "-" or is_remote(target):
            raise UsageError(f"--{asked[0]}: is for repositories; name one as git:PATH")
    return [target if is_git(target) else f"git:{_local(target)}" for target in targets]


def _named(target: str) -> str:
    if is_s3(target):
        from assay.sources.s3.address import parse as parse_bucket  # only where there is a bucket

        parse_bucket(target)
    elif is_dynamodb(target):
        from assay.sources.dynamodb.kind import TABLES  # only where there is a table of it

        TABLES.parse(target)
    elif is_glue(target):
        from assay.sources.glue.address import parse as parse_glue  # only where there is a table of it

        parse_glue(target)
    elif is_named_database(target):
        from assay.sources.awssql.address import parse as parse_name  # only where there is one

        parse_name(target)
    elif is_kinesis(target):
        from assay.sources.kinesis.kind import STREAMS  # only where there is a stream

        STREAMS.parse(target)
    elif is_mongodb(target):
        from assay.sources.mongodb.address import parse as parse_mongodb  # only where there is a database of it

        parse_mongodb(target)
    elif is_kafka(target):
        from assay.sources.kafka.address import parse as parse_topic  # only where there is a topic

        parse_topic(target)
    return target


def _local(target: str) -> str:
    if target == "-":
        return target
    if not target:
        raise UsageError("a target is empty; name a file or a folder")
    if is_git(target):
        from assay.sources.git.repository import find  # only where there is a repository

        find(target)
        return target
    if "\0" in target:
        raise UsageError("a target holds a null character; name a file or a folder")
    if target.lower().startswith("file:"):
        target = _from_uri(target)
    elif not os.path.lexists(target):
        _refuse_scheme(target)
    try:
        mode = os.stat(target).st_mode
    except OSError as error:
        raise UsageError(f"{target}: {_why(target, error)}") from None
    if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
        # In a folder these are left out. Who names one wants it read, and would take "nothing found" for its answer.
        raise UsageError(f"{target}: {_special(target, mode)}")
    return target


def _special(target: str, mode: int) -> str:
    if stat.S_ISFIFO(mode):
        if target.startswith(("/dev/", "/proc/")):  # <(command), or a pipe into /dev/stdin
            return "is a pipe and cannot be read by its name; give what comes out of it to -, as in: command | assay scan -"
        return f"is a named pipe, which is not read by its name; write assay scan - < {shlex.quote(target)}"
    return "is a socket or a device, which holds no file; name a file or a folder"


def named_in(given: str) -> tuple[str, str | None]:
    """A target that is there, or a URL, and what of it is named behind that: `shop.db:orders.email`."""
    from assay.report.spelling import splits

    scheme, mark, rest = given.partition("://")
    if is_database(given) and scheme.lower() in _FILES:
        for head, inside in splits(rest.partition("?")[0]):
            if os.path.lexists(unquote(head[1:])) or os.path.lexists(unquote(head)):
                return (given, None) if inside is None else (f"{scheme}{mark}{head}", inside)
        return given, None
    if is_remote(given):
        # A host may have a port, and a user a password; a table of DynamoDB and a stream are no hosts.
        start = (
            max(rest.find("/") + 1, rest.rfind("/"))
            if "/" in rest
            else 0
            if is_dynamodb(given) or is_kinesis(given)
            else len(rest)
        )
        colon = rest.find(":", start)
        return (given, None) if colon < 0 else (f"{scheme}{mark}{rest[:colon]}", rest[colon + 1 :] or None)
    for head, inside in splits(given):
        if os.path.lexists(os.path.abspath(_from_uri(head)) if head.lower().startswith("file:///") else head):
            return head, inside
    return given, None


def _why(target: str, error: OSError) -> str:
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        if os.path.islink(target):
            return "is a link to something that is not there"
        head, inside = named_in(target)
        if inside is not None:
            return f"{head} is there, and is read as a whole; leave out what follows it"
        if any(mark in target for mark in "*?["):
            return "no such file or folder; a pattern is for the shell to fill in, without quotes; or name the folder"
        return "no such file or folder; check the path and its spelling"
    return f"cannot be reached: {error.strerror}"


def _from_uri(uri: str) -> str:
    try:
        parts = urlsplit(uri)
    except ValueError:
        raise UsageError(f"{uri}: is not a valid file:// URI") from None
    if parts.netloc not in ("", "localhost") or not parts.path.startswith("/"):
        raise UsageError(f"{uri}: a file:// URI needs an absolute path on this machine, e.g. file:///srv/data")
    if parts.query or parts.fragment:
        raise UsageError(f"{uri}: a file:// URI has no '?' or '#'; write them as %3F and %23")
    path = unquote_to_bytes(parts.path)
    if b"\0" in path:
        raise UsageError(f"{uri}: a path cannot hold a null character")
    return os.fsdecode(path)


def _refuse_scheme(target: str) -> None:
    if target.lower().startswith("jdbc:"):
        raise UsageError(
            "jdbc:…: is an address for Java; write it as postgresql://user@host:port/database, mysql://… and so on"
        )
    found = _SCHEME.match(target)
    if found is None:
        return
    raise UsageError(
        f"targets of the form {found.group(0).lower()}… cannot be read in this version; there are {AVAILABLE}"
    )


def bases(targets: Sequence[str]) -> list[tuple[str, str]]:
    """What SARIF locations are relative to: the repository of each target, else its folder, as (id, URI)."""
    found: list[str] = []
    for target in targets:
        if target == "-" or is_remote(target):
            continue
        path = Path(os.path.abspath(folder_of(target)))
        folder = path if path.is_dir() else path.parent
        root = next((parent for parent in (folder, *folder.parents) if (parent / ".git").exists()), folder)
        uri = root.as_uri().rstrip("/") + "/"
        if not any(uri.startswith(other) for other in found):
            found = [other for other in found if not other.startswith(uri)] + [uri]
    return [("SRCROOT" if index == 0 else f"SRCROOT{index + 1}", uri) for index, uri in enumerate(found)]
