"""LF-tags of tables and columns. A value has to be in its key's list first; others' values and tags stay.

An answer of success may hold `Failures`, which are none.
https://docs.aws.amazon.com/lake-formation/latest/APIReference/API_AddLFTagsToResource.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from assay.aws.catalogtags import LAKE_FORMATION, named
from assay.aws.failures import REFUSED, code_of, reason_of, refusals
from assay.aws.session import Calls, Session, told
from assay.errors import AwsError
from assay.model.columntags import column_of
from assay.protectors.tagging import TagProtector, Write

CONTROL = "lf_tags"
WRITES: Calls = frozenset(
    {
        "lakeformation.AddLFTagsToResource",
        "lakeformation.CreateLFTag",
        "lakeformation.GetLFTag",
        "lakeformation.RemoveLFTagsFromResource",
        "lakeformation.UpdateLFTag",
    }
)
CALLS: Calls = LAKE_FORMATION | WRITES
_NOT_THERE = "EntityNotFoundException"


def protector(session: Session, account: str) -> TagProtector:
    """Assigns LF-tags to tables and their columns, and takes them away."""
    return TagProtector(session, account, control=CONTROL, calls=CALLS, write=_write)


def _write(write: Write) -> None:
    client = write.session.client("lakeformation", named(write.resource).region)
    try:
        _allow(client, write.sets)
        for resource, key, value in _each(write, write.sets):
            pair = {"TagKey": key, "TagValues": [value]}
            _check(client.add_lf_tags_to_resource(Resource=resource, LFTags=[pair]))
        for resource, key, value in _each(write, {key: write.present[key] for key in write.takes}):
            pair = {"TagKey": key, "TagValues": [value]}
            _check(client.remove_lf_tags_from_resource(Resource=resource, LFTags=[pair]))
    except refusals() as error:
        raise told(error, "Lake Formation") from None


def _allow(client: Any, sets: Mapping[str, str]) -> None:
    """Puts values into the lists of their keys, where they are not in them. They stay there: others may have come to use them."""
    wanted: dict[str, set[str]] = {}
    for name, value in sets.items():
        of_column = column_of(name)
        wanted.setdefault(name if of_column is None else str(of_column[1]), set()).add(value)
    for key, values in wanted.items():
        try:
            there = client.get_lf_tag(TagKey=key)["TagValues"]
        except refusals() as error:
            if code_of(error) != _NOT_THERE:
                raise
            client.create_lf_tag(TagKey=key, TagValues=sorted(values))
            continue
        if missing := sorted(values.difference(there)):
            client.update_lf_tag(TagKey=key, TagValuesToAdd=missing)


def _each(write: Write, tags: Mapping[str, str]) -> Iterator[tuple[dict[str, Any], str, str]]:
    """Resource, key and value: the table first, then columns of the same value together."""
    _, database, table = named(write.resource)
    where = {"DatabaseName": database, "Name": table}
    columns: dict[tuple[str, str], list[str]] = {}
    for name, value in sorted(tags.items()):
        of_column = column_of(name)
        if of_column is None:
            yield {"Table": where}, name, value
        else:
            columns.setdefault((str(of_column[1]), value), []).append(of_column[0])
    for (key, value), names in columns.items():
        yield {"TableWithColumns": {**where, "ColumnNames": names}}, key, value


def _check(answer: Mapping[str, Any]) -> None:
    for failure in answer.get("Failures") or ():
        code = str((failure.get("Error") or {}).get("ErrorCode", ""))
        raise AwsError(reason_of(code) or REFUSED, f"Lake Formation: {code}")
