"""What the command line of a scan asks for, judged and with the settings where it says nothing."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from assay.cli.options import access_of, chosen_categories
from assay.cli.when import moment_of
from assay.errors import UsageError

if TYPE_CHECKING:
    from assay.app.config.settings import Settings
    from assay.model.options import ScanOptions
    from assay.sources.s3.options import S3Options

_ACCOUNT = re.compile(r"[0-9]{12}")


def spare(targets: list[str], output: str | None) -> None:
    """Raises `UsageError` where the results would take the place of a file that is scanned."""
    if output is None or not os.path.isfile(output):
        return
    for target in targets:
        if target != "-" and os.path.exists(target) and os.path.samefile(target, output):
            raise UsageError(f"--output {output}: is the file to scan; name another one")


def judge_since(since: str | None, targets: list[str]) -> None:
    """Raises `UsageError` where a time is given to targets of which none has records with times."""
    from assay.app.scan.sources import is_stream

    if since is not None and not any(map(is_stream, targets)):
        raise UsageError("--since: is for streams and topics; name one as kinesis://stream or kafka://broker/topic")


def _tell_what_is_missing() -> None:
    """Running text is read without the language model, too, but not as well: who asks for it is told once."""
    from assay.detect.prose.tagger import why_missing  # only where it is asked for

    missing = why_missing()
    if missing is not None:
        click.echo(
            f"assay: warning: {missing}; names are told by lists and the words around alone, with lower confidence",
            err=True,
        )


def scan_options(given: dict[str, Any], settings: Settings) -> ScanOptions:
    """What the command line asks for, with the settings where it says nothing."""
    from assay.model.options import DEFAULT_ROWS, ScanOptions

    def chosen(name: str, otherwise: Any) -> Any:
        value = given.get(name)
        return otherwise if value is None else value

    allow: Path | None = chosen("allow", settings.allow)
    if allow is not None and not os.path.lexists(allow):
        named = "--allow" if given.get("allow") is not None else "the setting 'allow' (ASSAY_ALLOW or a settings file):"
        raise UsageError(f"{named} {allow}: no such file; name an existing allow list")
    sample = given.get("sample")
    prose = chosen("prose", settings.prose)
    if prose:
        _tell_what_is_missing()
    return ScanOptions(
        identifiers=given["identifier_names"],
        categories=chosen_categories(given["categories"]),
        preview=given["preview"],
        prose=prose,
        min_confidence=chosen("min_confidence", settings.min_confidence),
        include_test_values=chosen("include_test_values", settings.include_test_values),
        exclude=(*settings.exclude, *given.get("exclude", ())),
        gitignore=chosen("gitignore", settings.gitignore),
        sample=sample,
        rows=None if given.get("full") else given.get("rows") or DEFAULT_ROWS,
        k_anonymity=given.get("k_anonymity"),
        since=moment_of(given["since"]) if given.get("since") else None,
        history=bool(given.get("history")),
        staged=bool(given.get("staged")),
        diff=given.get("diff"),
        comprehend=bool(given.get("comprehend")),
        textract=bool(given.get("textract")),
        baseline=given.get("baseline"),
        jobs=chosen("jobs", settings.jobs),
        engine=given.get("engine") or "local",
        master=given.get("master"),
        max_depth=settings.max_depth,
        max_ratio=settings.max_ratio,
        max_member_bytes=settings.max_member_bytes,
        ocr=_languages(given.get("ocr")),
        allow=None if allow is None else str(allow),
    )


def _languages(ocr: str | None) -> str:
    """The languages that pictures are read in. Raises `UsageError`."""
    if ocr is None:
        return ""
    from assay.app.scan.pictures import check_languages

    check_languages(ocr, "--ocr")
    return ocr


def s3_options(given: dict[str, Any], targets: list[str]) -> S3Options | None:
    """How AWS is reached, and what is asked of buckets; `None` where it is not. Raises `UsageError`."""
    from assay.app.scan.sources import is_aws, is_s3

    if not any(map(is_s3, targets)):
        for name in ("versions", "inventory", "request_payer", "bucket_owner"):
            if given[name]:
                raise UsageError(f"--{name.replace('_', '-')}: is for buckets; name one as s3://bucket")
    if not any(map(is_aws, targets)) and not (given["comprehend"] or given["textract"]):
        return None
    from assay.sources.s3.options import S3Options

    owner = given["bucket_owner"]
    if owner is not None and not _ACCOUNT.fullmatch(owner):
        raise UsageError(f"--bucket-owner {owner}: is no account; write its 12 digits")
    if given["versions"] and given["inventory"]:
        raise UsageError(
            "--versions and --inventory exclude each other: an inventory says itself which versions it has"
        )
    return S3Options(
        access=access_of(given),
        versions=given["versions"],
        request_payer=given["request_payer"],
        owner=owner,
        inventory=given["inventory"],
    )
