"""What writers of an account's settings for EBS have in common: they are of a region, and read one by one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from assay.aws.ebssettings import place_of
from assay.aws.session import Session
from assay.protectors.settings import ReadRaw, Write


def reading(read: Callable[[Session, str], Any]) -> ReadRaw:
    """Reads of the region that the resource names."""

    def read_there(session: Session, resource: str, account: str) -> Any:  # noqa: ARG001  # the session's
        return read(session, place_of(resource).region)

    return read_there


def client_of(write: Write) -> Any:
    """EC2 of the region that the resource names."""
    return write.session.client("ec2", place_of(write.resource).region)
