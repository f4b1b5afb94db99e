"""What Macie tells of an object, without any value: it reports types, counts and places only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple


class Detection(NamedTuple):
    """One kind of datum that Macie detected in an object, so often.

    `type` is Macie's own name (`USA_SOCIAL_SECURITY_NUMBER`, or the name of a custom data identifier: `custom`), `category`
    Macie's category. `place` is where the first of those stands that it tells of (`line`, `page`, `row`, `field`, `json_path`).
    """

    type: str
    category: str
    occurrences: int
    custom: bool = False
    place: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MacieFinding:
    """A sensitive data finding of Macie about one object.

    `resource` is the object's URI in the catalog. `archived` ones were suppressed or put aside, `sample` ones are made up by
    Macie itself to show what findings look like; neither is evidence of anything. `etag` and `version` are of the object that
    was looked at, `severity` is Low, Medium or High.
    """

    id: str
    account: str
    region: str
    resource: str
    bucket: str
    detections: tuple[Detection, ...]
    updated_at: datetime
    created_at: datetime | None = None
    etag: str = ""
    version: str = ""
    severity: str = ""
    job: str = ""
    archived: bool = False
    sample: bool = False
    more: bool = False

    @property
    def counts(self) -> bool:
        """Whether it says something of the object."""
        return not self.archived and not self.sample and bool(self.detections)
