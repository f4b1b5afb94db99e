"""Services that take tags one by one: others' stay by themselves, so that only what is another is sent."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from assay.aws.arn import Arn, parse
from assay.aws.failures import refusals
from assay.aws.session import Calls, Session, told
from assay.protectors.tagging import TagProtector, Write

Pairs = list[dict[str, str]]


class Verbs(NamedTuple):
    """How a service is told to `add` tags and to `take` keys away: of a client, the resource, and which. `service` is its name
    for botocore, `called` that for people."""

    service: str
    called: str
    add: Callable[[Any, Arn, Pairs], object]
    take: Callable[[Any, Arn, list[str]], object]


def one_by_one(session: Session, account: str, *, control: str, calls: Calls, verbs: Verbs) -> TagProtector:
    """A protector of a service whose calls are these."""

    def write(wanted: Write) -> None:
        arn = parse(wanted.resource)
        client = wanted.session.client(verbs.service, arn.region)
        try:
            if wanted.sets:
                verbs.add(client, arn, [{"Key": name, "Value": value} for name, value in sorted(wanted.sets.items())])
            if wanted.takes:
                verbs.take(client, arn, wanted.takes)
        except refusals() as error:
            raise told(error, verbs.called) from None

    return TagProtector(session, account, control=control, calls=calls, write=write)
