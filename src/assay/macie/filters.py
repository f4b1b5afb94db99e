"""Accepted exceptions of reviewers → findings filters of Macie that archive what they cover, and nothing besides.

A filter names one type of Macie and asks for findings that hold this type alone, so that a finding with anything else stays.
https://docs.aws.amazon.com/macie/latest/user/findings-suppression.html and
https://docs.aws.amazon.com/macie/latest/user/findings-filter-fields.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple
from urllib.parse import unquote

from assay.macie.limits import LONGEST_FILTER_NAME
from assay.macie.mapping import types_of
from assay.model.review import Action, Override, Scope, Verdict

PREFIX = "assay-"
ARCHIVE = "ARCHIVE"
_BUCKET = "resourcesAffected.s3Bucket.name"
_KEY = "resourcesAffected.s3Object.key"
_TYPE = "classificationDetails.result.sensitiveData.detections.type"
_CUSTOM = "classificationDetails.result.customDataIdentifiers.detections.name"
_KIND = "type"
_SEVERAL = "SensitiveData:S3Object/Multiple"
_CUSTOM_KIND = "SensitiveData:S3Object/CustomIdentifier"
_ESCAPED = re.compile(r"\[([*?\[])\]")
_WILD = re.compile(r"[*?\[]")


class Suppression(NamedTuple):
    """A filter that Macie is to have. `until` is when the exception ends, which Macie does not know; empty: never."""

    name: str
    criterion: dict[str, Any]
    description: str
    until: str

    @property
    def state(self) -> dict[str, Any]:
        """What the filter consists of."""
        return {"action": ARCHIVE, "criterion": self.criterion, "description": self.description}


class Unsaid(NamedTuple):
    """An exception that no filter can say, and why."""

    override: str
    about: str
    why: str


def suppressions(overrides: Iterable[Override], custom: Sequence[str] = ()) -> Iterator[Suppression | Unsaid]:
    """The filters for what people have accepted. `custom` are names of custom data identifiers that there are in Macie.

    What was rejected as wrongly detected is no exception: it says nothing about what Macie detects.
    """
    for override in overrides:
        if (
            override.action is not Action.SUPPRESS
            or override.verdict is not Verdict.SUPPRESS
            or override.below is not None
        ):
            continue
        about = " ".join(part for part in (override.identifier, override.path or override.resource) if part)
        place = _place(override)
        if isinstance(place, str):
            yield Unsaid(override.id, about, place)
            continue
        found = list(_criteria(override, custom))
        if not found:
            yield Unsaid(override.id, about, f"Macie has no type for {override.identifier}")
        for number, criterion in enumerate(found, start=1):
            yield Suppression(
                name=f"{PREFIX}{override.id[:24]}-{number}"[:LONGEST_FILTER_NAME],
                criterion=criterion | place,
                description=f"Accepted in a review of assay: {override.identifier or 'all of it'}",
                until="" if override.expires is None else override.expires.isoformat(),
            )


def _criteria(override: Override, custom: Sequence[str]) -> Iterator[dict[str, Any]]:
    """What has to be found for the exception to hold. With `eq` a finding would be archived whatever else it holds."""
    if override.scope is Scope.RESOURCE:
        yield {}
        return
    name = str(override.identifier)
    for type_ in types_of(name):
        yield {_TYPE: {"eqExactMatch": [type_]}, _KIND: {"neq": [_SEVERAL]}}
    for each in custom:
        yield {_CUSTOM: {"eqExactMatch": [each]}, _KIND: {"eq": [_CUSTOM_KIND]}}


def _place(override: Override) -> dict[str, Any] | str:
    """Which objects; or why Macie cannot be told."""
    if override.scope in (Scope.FINDING, Scope.VALUE):
        return "it is about one value, and findings of Macie hold no values"
    if override.scope in (Scope.COLUMN, Scope.TABLE, Scope.PATTERN):
        return f"it is about one {override.scope}, which findings of Macie cannot be filtered by"
    path = override.path if override.path is not None else override.resource or ""
    bare = path.removesuffix("*") if path.endswith("/*") else path
    if bare == "*":
        return {}
    if _WILD.search(_ESCAPED.sub("", bare)):
        return "it is about several objects by a pattern, and Macie takes whole buckets and single keys only"
    bare = _ESCAPED.sub(r"\1", bare)
    if not bare.startswith("s3://"):
        return "it is not about S3"
    bucket, _, key = bare.removeprefix("s3://").partition("/")
    if key and path.endswith("/*"):
        return "it is about all below a prefix, and Macie takes whole buckets and single keys only"
    return {_BUCKET: {"eq": [bucket]}} | ({_KEY: {"eq": [unquote(key)]}} if key else {})
