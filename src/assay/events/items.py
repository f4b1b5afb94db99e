"""What an event asks for: an object to be read, records to be judged as they are, a resource to be scanned again."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, TypeAlias

from assay.model.sensitive import Sensitive

CREATED = "created"
DELETED = "deleted"
VERSION_DELETED = "version deleted"
"""Whether an earlier version is the object now, or nothing, it does not tell."""
TAGS_CHANGED = "tags changed"
RESTORED = "restored"
RECORDS = "records"
REPORTED = "reported"
RUN = "run"
DATABASE = "database event"
PENDING = "classification pending"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What all work items have in common.

    `identity` is the same (64 hexadecimal digits) for whatever tells of the same change, however and however often it is
    told. `resource` is a URI, an ARN where a resource has no other. `source` is the service whose data changed (`s3`),
    `type` what happened (`created`), `at` when, in UTC.
    """

    identity: str
    resource: str
    source: str
    type: str
    at: datetime | None = None
    account: str | None = None
    region: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectItem(Asked):
    """An object that was written, deleted or tagged. `key` is as it is called, not encoded.

    Of two events of one key the one with the larger `sequencer` (`is_older`) came later; what has none has no order.
    """

    bucket: str
    key: str
    version: str | None = None
    sequencer: str | None = None
    size: int | None = None
    etag: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordsItem(Asked):
    """Records that came with the event itself: `payload` is their bytes, JSON Lines where `documents` says so."""

    payload: Sensitive[bytes]
    documents: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RescanItem(Asked):
    """A resource that has to be looked at as a whole, and why."""

    because: str


WorkItem: TypeAlias = ObjectItem | RecordsItem | RescanItem


class Ignored(NamedTuple):
    """An event that is understood and asks for nothing."""

    reason: str


class Refused(NamedTuple):
    """What cannot be understood: why, and where in the message (`Records[2].s3.object.key`), never what it says."""

    reason: str
    where: str


Parsed: TypeAlias = WorkItem | Ignored | Refused


def identity_of(*parts: str | None) -> str:
    """The identity of the change that has these parts.

    >>> identity_of("s3", "b", "k", None, "01") == identity_of("s3", "b", "k", None, "01")
    True
    >>> identity_of("a", "b") == identity_of("ab", None)
    False
    """
    told = "\0".join("-" if part is None else f"{len(part)}:{part}" for part in parts)
    return hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest()


def is_older(sequencer: str, than: str) -> bool:
    """Whether a sequencer of S3 is of an earlier event of its key than another.

    They are hexadecimal texts of any length; the shorter one is filled up with zeros on the right before they are compared
    as texts (https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html).

    >>> is_older("0055AED6DCD90281E5", "0055AED6DCD90281E6"), is_older("00A", "00A000"), is_older("0A", "0A01")
    (True, False, True)
    """
    width = max(len(sequencer), len(than))
    return sequencer.upper().ljust(width, "0") < than.upper().ljust(width, "0")
