"""EventBridge: each change of a level as an event of one's own.

Limits: https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import orjson

CALLS = frozenset({"events.PutEvents"})

SOURCE, DETAIL_TYPE = "assay", "Classification Level Changed"
_BATCH = 10
_BYTES = 256 * 1024
_OVERHEAD = 14  # what a time takes, by the vendor's way to count


def put(
    client: Any, bus: str, events: Sequence[dict[str, Any]], *, detail_type: str = DETAIL_TYPE
) -> Iterator[str | None]:
    """Sends events (`at`, `resources`, `detail`); for each in order `None`, or the code for why it was not taken."""
    batch: list[dict[str, Any]] = []
    size = 0
    for event in events:
        entry = {
            "Source": SOURCE,
            "DetailType": detail_type,
            "Time": datetime.fromisoformat(event["at"]),
            "Resources": event["resources"],
            "Detail": orjson.dumps(event["detail"]).decode(),
            "EventBusName": bus,
        }
        weight = _OVERHEAD + sum(
            len(str(text).encode()) for text in (SOURCE, detail_type, entry["Detail"], *event["resources"])
        )
        if batch and (len(batch) == _BATCH or size + weight > _BYTES):
            yield from _sent(client, batch)
            batch, size = [], 0
        batch.append(entry)
        size += weight
    if batch:
        yield from _sent(client, batch)


def _sent(client: Any, batch: list[dict[str, Any]]) -> Iterator[str | None]:
    answer = client.put_events(Entries=batch)
    for entry in answer["Entries"]:
        yield entry.get("ErrorCode")
