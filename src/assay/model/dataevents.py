"""Selectors of a trail of CloudTrail: which data events of a resource they log, and how one resource is added to them or taken out.

A trail has basic selectors or advanced ones, never both: what writes one kind deletes the other. Others' stay as they are.
https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_EventSelector.html, …/API_AdvancedEventSelector.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

NONE, READ, WRITE, ALL = "none", "read", "write", "all"
_RANK = {NONE: 0, READ: 1, WRITE: 2, ALL: 3}
_BASIC = {WRITE: "WriteOnly", ALL: "All"}
_S3, _TABLE = "AWS::S3::Object", "AWS::DynamoDB::Table"
_MOST_SELECTORS, _MOST_VALUES, _MOST_CONDITIONS = 5, 250, 500
_OWN = "assay"
_PLAIN = frozenset({"eventCategory", "resources.type", "readOnly", "resources.ARN"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Selectors:
    """All selectors of a trail, as they are told."""

    basic: Sequence[Mapping[str, Any]] = ()
    advanced: Sequence[Mapping[str, Any]] = ()


class NoRoomError(Exception):
    """A trail takes no more selectors, or no more resources in them."""


def named(resource: str, partition: str = "aws") -> tuple[str, str]:
    """The kind of a resource, and how selectors name all that is in it. Without the slash another bucket's name may go on behind it.

    >>> named("s3://lake")
    ('AWS::S3::Object', 'arn:aws:s3:::lake/')
    """
    if resource.startswith("s3://"):
        return _S3, f"arn:{partition}:s3:::{resource.removeprefix('s3://')}/"
    return _TABLE, resource


def logged(selectors: Selectors, resource: str, partition: str = "aws") -> str:
    """What is logged of a resource: `none`, `read`, `write` or `all`. What narrows a selector by anything else counts for nothing."""
    kind, value = named(resource, partition)
    modes = [*_modes_basic(selectors.basic, kind, value), *_modes_advanced(selectors.advanced, kind, value)]
    if "All" in modes or {"WriteOnly", "ReadOnly"} <= set(modes):
        return ALL
    return WRITE if "WriteOnly" in modes else READ if "ReadOnly" in modes else NONE


def both(now: str, wanted: str) -> str:
    """What is logged where `wanted` comes beside `now`: who logs reading alone goes on doing so.

    >>> both("read", "write")
    'all'
    """
    return ALL if {now, wanted} == {READ, WRITE} else wanted


def stronger(first: str, second: str) -> bool:
    """Whether the first logs more."""
    return _RANK[first] > _RANK[second]


def changed(selectors: Selectors, resource: str, *, now: str, wanted: str, partition: str = "aws") -> Selectors:
    """All selectors, so that of a resource `wanted` is logged where `now` is. Raises `NoRoomError`."""
    kind, value = named(resource, partition)
    change = _added if stronger(wanted, now) else _taken
    level = wanted if stronger(wanted, now) else now
    if selectors.advanced:
        told = Selectors(advanced=change(selectors.advanced, _Advanced(kind, level), value))
        count = sum(
            len(values)
            for selector in told.advanced
            for field in selector["FieldSelectors"]
            for name, values in field.items()
            if name != "Field"
        )
        if count > _MOST_CONDITIONS:
            raise NoRoomError(
                f"it would have {count} values in its selectors, and there is room for {_MOST_CONDITIONS}"
            )
        return told
    told = Selectors(basic=change(selectors.basic, _Basic(kind, level), value))
    count = sum(len(data["Values"]) for selector in told.basic for data in selector.get("DataResources", ()))
    if count > _MOST_VALUES or len(told.basic) > _MOST_SELECTORS:
        raise NoRoomError(
            f"it would have {len(told.basic)} selectors with {count} resources, and there is room for {_MOST_SELECTORS} with {_MOST_VALUES}"
        )
    return told


def _modes_basic(selectors: Iterable[Mapping[str, Any]], kind: str, value: str) -> list[str]:
    return [
        str(selector.get("ReadWriteType", "All"))
        for selector in selectors
        for data in selector.get("DataResources") or ()
        if data.get("Type") == kind and any(_covers(each, value) for each in data.get("Values") or ())
    ]


def _covers(prefix: str, value: str) -> bool:
    """All buckets are named by an ARN without a bucket, all tables by one that ends with the service."""
    return value.startswith(prefix) if prefix.endswith(("/", ":")) or prefix.count(":") < 5 else prefix == value


def _modes_advanced(selectors: Iterable[Mapping[str, Any]], kind: str, value: str) -> list[str]:
    modes = []
    for selector in selectors:
        fields = {str(field["Field"]): field for field in selector["FieldSelectors"]}
        if set(fields) - _PLAIN or fields.get("eventCategory", {}).get("Equals") != ["Data"]:
            continue
        if fields.get("resources.type", {}).get("Equals") != [kind]:
            continue
        arns = fields.get("resources.ARN")
        if arns is not None and not _is_among(arns, value):
            continue
        only = (fields.get("readOnly") or {}).get("Equals")
        modes.append({None: "All", "false": "WriteOnly", "true": "ReadOnly"}[only[0] if only else None])
    return modes


def _is_among(field: Mapping[str, Any], value: str) -> bool:
    if set(field) - {"Field", "StartsWith", "Equals"}:
        return False
    starts = any(value.startswith(each) for each in field.get("StartsWith") or ())
    return starts or value in (field.get("Equals") or ())


class _Basic:
    """Basic selectors of protection's own are those of no management events: nothing else tells whose they are."""

    def __init__(self, kind: str, level: str) -> None:
        self.kind, self.mode = kind, _BASIC[level]

    def is_own(self, selector: Mapping[str, Any]) -> bool:
        kinds = {data.get("Type") for data in selector.get("DataResources") or ()}
        return (
            selector.get("ReadWriteType", "All") == self.mode
            and not selector.get("IncludeManagementEvents", True)
            and kinds == {self.kind}
        )

    def values(self, selector: Mapping[str, Any]) -> list[str]:
        return [value for data in selector["DataResources"] for value in data["Values"]]

    def made(self, values: list[str], like: Mapping[str, Any] | None = None) -> dict[str, Any]:
        return {
            **(like or {"ReadWriteType": self.mode, "IncludeManagementEvents": False}),
            "DataResources": [{"Type": self.kind, "Values": values}],
        }


class _Advanced:
    """Advanced selectors have names."""

    def __init__(self, kind: str, level: str) -> None:
        self.kind, self.level = kind, level
        self.name = f"{_OWN} {level} {kind}"

    def is_own(self, selector: Mapping[str, Any]) -> bool:
        return selector.get("Name") == self.name

    def values(self, selector: Mapping[str, Any]) -> list[str]:
        return [
            value
            for field in selector["FieldSelectors"]
            if field["Field"] == "resources.ARN"
            for value in field["StartsWith"]
        ]

    def made(self, values: list[str], like: Mapping[str, Any] | None = None) -> dict[str, Any]:  # noqa: ARG002  # as both
        only = [{"Field": "readOnly", "Equals": ["false"]}] if self.level == WRITE else []
        return {
            "Name": self.name,
            "FieldSelectors": [
                {"Field": "eventCategory", "Equals": ["Data"]},
                {"Field": "resources.type", "Equals": [self.kind]},
                *only,
                {"Field": "resources.ARN", "StartsWith": values},
            ],
        }


def _added(selectors: Sequence[Mapping[str, Any]], form: _Basic | _Advanced, value: str) -> list[Mapping[str, Any]]:
    own = next((each for each in selectors if form.is_own(each)), None)
    if own is None:
        return [*selectors, form.made([value])]
    values = sorted({*form.values(own), value})
    return [form.made(values, own) if each is own else each for each in selectors]


def _taken(selectors: Sequence[Mapping[str, Any]], form: _Basic | _Advanced, value: str) -> list[Mapping[str, Any]]:
    kept: list[Mapping[str, Any]] = []
    for each in selectors:
        if not form.is_own(each) or value not in form.values(each):
            kept.append(each)
            continue
        left = [one for one in form.values(each) if one != value]
        if left:
            kept.append(form.made(left, each))
    return kept
