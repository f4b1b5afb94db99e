"""Amazon Resource Names, as https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html has them."""

from __future__ import annotations

from typing import NamedTuple

_PARTS = 6


class Arn(NamedTuple):
    """An ARN taken apart. `resource` is all behind the account, colons and slashes of its own included."""

    partition: str
    service: str
    region: str
    account: str
    resource: str

    def __str__(self) -> str:
        return f"arn:{self.partition}:{self.service}:{self.region}:{self.account}:{self.resource}"

    @property
    def kind(self) -> str:
        """The resource's type: `table` of `table/orders`, `db` of `db:shop`; empty where there is none (`s3`)."""
        head = self.resource.replace("/", ":", 1).partition(":")
        return head[0] if head[1] else ""

    @property
    def name(self) -> str:
        """What stands behind the type, or all of it."""
        return self.resource[len(self.kind) + 1 :] if self.kind else self.resource


def parse(text: str) -> Arn:
    """Raises `ValueError` for what is no ARN."""
    parts = text.split(":", _PARTS - 1)
    if len(parts) != _PARTS or parts[0] != "arn" or not parts[1] or not parts[2] or not parts[5]:
        raise ValueError(
            f"{text}: is no ARN; one is like arn:aws:s3:::bucket or arn:aws:rds:eu-west-1:123456789012:db:shop"
        )
    return Arn(*parts[1:])
