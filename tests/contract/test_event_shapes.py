"""Every shape of an event, by its case file; and what all shapes have to stand."""

from __future__ import annotations

import base64
import copy
import json
import random
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.events.items import Ignored, ObjectItem, Parsed, RecordsItem, Refused, RescanItem, is_older
from assay.events.parse import SHAPES, parse
from assay.events.shapes import cloudtrail, glue_state, rds_event, s3_eventbridge, s3_notification

CASES = Path(__file__).parent.parent / "cases" / "events"
_KINDS = {
    ObjectItem: "object",
    RecordsItem: "records",
    RescanItem: "rescan",
    Ignored: "ignored",
    Refused: "refused",
}


def _cases() -> list[Any]:
    return [
        pytest.param(case, id=f"{file.stem}: {case['name']}")
        for file in sorted(CASES.glob("*.yaml"))
        for case in yaml.safe_load(file.read_text())
    ]


def _told(parsed: Parsed, name: str) -> Any:
    if name == "kind":
        return _KINDS[type(parsed)]
    value = getattr(parsed, name)
    if name == "at":
        return None if value is None else value.isoformat()
    if name == "payload":
        return value.reveal(why="a test compares it").decode().rstrip("\n")
    return value


@pytest.mark.parametrize("case", _cases())
def test_a_shape_gives_what_its_case_says(case: dict[str, Any]) -> None:
    given_items = parse(json.dumps(case["event"]))
    told = [
        {name: _told(item, name) for name in wanted} for item, wanted in zip(given_items, case["gives"], strict=True)
    ]
    assert told == case["gives"]


def test_every_shape_has_a_case_file_and_every_case_file_a_shape() -> None:
    assert {shape.__name__.rpartition(".")[2] for shape in SHAPES} == {file.stem for file in CASES.glob("*.yaml")}


def test_every_kind_that_a_shape_knows_is_in_a_case() -> None:
    known = {
        "cloudtrail": ("eventName", [*cloudtrail._OBJECT, cloudtrail._UNNAMED, *cloudtrail._RESCAN]),
        "s3_eventbridge": ("detail-type", [*s3_eventbridge._TYPES, *s3_eventbridge._NOTHING]),
        "s3_notification": ("eventName", [*(name for name, _ in s3_notification._TYPES), *s3_notification._NOTHING]),
        "rds_event": ("detail-type", rds_event._KINDS),
        "glue_state": ("detail-type", glue_state._KINDS),
    }
    for file, (field, names) in known.items():
        text = (CASES / f"{file}.yaml").read_text()
        absent = [name for name in names if not re.search(rf'{field}: "?(?:s3:)?{re.escape(name)}', text)]
        assert not absent, f"{file}.yaml: no case of {', '.join(absent)}"


def _identities(items: list[Parsed]) -> list[Any]:
    return [getattr(item, "identity", type(item).__name__) for item in items]


def _as_topic(body: str) -> str:
    return json.dumps({"Type": "Notification", "TopicArn": "arn:aws:sns:us-west-2:123456789012:t", "Message": body})


def _as_batch(body: str) -> str:
    return json.dumps({"Records": [{"eventSource": "aws:sqs", "messageId": "1", "body": body}]})


@pytest.mark.parametrize("case", _cases())
def test_an_envelope_changes_nothing(case: dict[str, Any]) -> None:
    body = json.dumps(case["event"])
    bare = _identities(parse(body))
    assert _identities(parse(_as_topic(body))) == bare
    assert _identities(parse(_as_batch(body))) == bare
    assert _identities(parse(_as_batch(_as_topic(body)))) == bare


def test_one_put_is_one_change_whoever_tells_of_it() -> None:
    native = {
        "id": "1", "detail-type": "Object Created", "source": "aws.s3", "time": "2026-03-02T08:15:00Z",
        "detail": {"bucket": {"name": "b"}, "object": {"key": "a b+c.csv", "version-id": "v", "sequencer": "00ab"}},
    }  # fmt: skip
    notified = {
        "Records": [
            {
                "eventSource": "aws:s3", "eventName": "ObjectCreated:Put", "eventTime": "2026-03-02T08:15:00Z",
                "s3": {"bucket": {"name": "b"}, "object": {"key": "a+b%2Bc.csv", "versionId": "v", "sequencer": "00AB"}},
            }
        ]
    }  # fmt: skip
    (first,), (second,) = parse(json.dumps(native)), parse(json.dumps(notified))
    assert first.identity == second.identity
    native["detail"]["object"]["sequencer"] = "00ac"
    (third,) = parse(json.dumps(native))
    assert third.identity != first.identity


@pytest.mark.parametrize(
    "body",
    ["", "null", "7", '"text"', "{", "[[[[[[[{}]]]]]]]", "{}", '{"Records": 1}', "NaN", '{"detail-type": 7, "source": "aws.s3"}',
     '{"Type": "Notification"}', '{"Records": [{"eventSource": "aws:ses"}]}', "[" * 100_000, "\ud800", "9" * 10_000],
)  # fmt: skip
def test_what_is_no_event_is_refused(body: str) -> None:
    found = parse(body)
    assert found
    assert all(isinstance(item, Refused) for item in found)


def test_too_large_a_message_is_refused_unread() -> None:
    assert parse("[" + "1," * 5_000_000 + "1]") == [Refused("is too large", "")]


def _leaves(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    if isinstance(value, dict):
        return [path, *(each for key, inner in value.items() for each in _leaves(inner, (*path, key)))]
    if isinstance(value, list):
        return [path, *(each for at, inner in enumerate(value) for each in _leaves(inner, (*path, at)))]
    return [path]


_EVENTS = [case.values[0]["event"] for case in _cases()]
_PLANTED = "536-90-4399"
_WRONG = [
    None,
    7,
    -1,
    1e308,
    True,
    "",
    _PLANTED,
    [],
    [_PLANTED],
    {},
    {"S": _PLANTED},
    {_PLANTED: _PLANTED},
    "\ud800",
    "%FF",
]


@settings(max_examples=400, deadline=None)
@given(st.integers(0, 2**32))
def test_whatever_stands_in_a_field_is_understood_or_refused_by_its_place_alone(seed: int) -> None:
    draw = random.Random(seed)
    event = copy.deepcopy(draw.choice(_EVENTS))
    for _ in range(draw.randint(1, 3)):
        paths = [path for path in _leaves(event) if path]
        if not paths:
            break
        *way, last = draw.choice(paths)
        holder = event
        for step in way:
            holder = holder[step]
        if draw.random() < 0.2:
            del holder[last]
        else:
            holder[last] = copy.deepcopy(draw.choice(_WRONG))
    found = parse(json.dumps(event))
    assert found
    for item in found:
        if isinstance(item, Refused | Ignored):
            assert _PLANTED not in repr(item)
        else:
            assert len(item.identity) == 64
        if isinstance(item, RecordsItem):
            # A table's name may be any text; it is masked where it is told, as all names of places are.
            assert _PLANTED not in repr(replace(item, resource=""))


@given(st.binary())
def test_any_bytes_are_answered(data: bytes) -> None:
    assert parse(data)
    record = {
        "eventSource": "aws:kinesis", "eventID": "1", "eventSourceARN": "arn:aws:kinesis:r:1:stream/s",
        "kinesis": {"sequenceNumber": "1", "data": base64.b64encode(data).decode()},
    }  # fmt: skip
    assert all(isinstance(item, RecordsItem | Refused) for item in parse(json.dumps(record)))


def test_sequencers_of_different_lengths_are_filled_up_on_the_right() -> None:
    # As numbers, or filled up on the left, these would be in the other order.
    assert is_older("0055AED6DCD902", "0055AED6DCD90281E5")
    assert not is_older("1", "0F00")
    assert is_older("0F00", "1")
    assert not is_older("00AB", "00ab00")
    assert not is_older("00ab00", "00AB")
