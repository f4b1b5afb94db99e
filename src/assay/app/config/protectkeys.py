"""The settings of protection beside its policies: where is looked, by which roles, where restores are tested, how long a question waits."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from assay.app.config.keys import Key, Whole, WrongError, as_it_is, texts

_REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-\d{1,2}")
_ROLE = re.compile(r"arn:aws[a-z-]*:iam::\d{12}:role/[\w+=,.@/-]+")
_GROUP = re.compile(r"sg-[0-9a-f]{8,17}")
_SUBNETS = re.compile(r"[A-Za-z0-9 ._-]{1,255}")
QUESTION_DAYS, MOST_DAYS = 7, 365
"""How long a workflow waits for a person, as it is usual; the longest that an execution of Step Functions runs."""


def _each(shape: re.Pattern[str], what: str, value: Any, base: Path) -> tuple[str, ...]:
    found = texts(value, base)
    for text in found:
        if not shape.fullmatch(text):
            raise WrongError(f"holds '{text}', which is no {what}")
    return tuple(dict.fromkeys(found))


def _regions(value: Any, base: Path) -> tuple[str, ...]:
    return _each(_REGION, "region such as eu-west-1", value, base)


def _roles(value: Any, base: Path) -> tuple[str, ...]:
    return _each(_ROLE, "ARN of a role", value, base)


def _groups(value: Any, base: Path) -> tuple[str, ...]:
    return _each(_GROUP, "security group such as sg-0a1b2c3d", value, base)


def _subnets(value: Any, _base: Path) -> str:
    if not isinstance(value, str) or (value and not _SUBNETS.fullmatch(value)):
        raise WrongError("must be the name of a group of subnets of RDS")
    return value


_DAYS = Whole(least=1, most=MOST_DAYS, of="days")


PROTECT_KEYS = (
    Key(
        name="protect_regions",
        kind="list of regions",
        help="Where 'assay protect observe' and 'assay protect plan' look where no --region is given, e.g. eu-west-1.",
        default="[]",
        parse=_regions,
        from_text=str.split,
    ),
    Key(
        name="protect_roles",
        kind="list of ARNs of roles",
        help="Roles of accounts that 'assay protect' and 'assay worker --protect' act in beside that of the credentials; each is assumed for it.",
        default="[]",
        parse=_roles,
        from_text=str.split,
    ),
    Key(
        name="restore_security_groups",
        kind="list of security groups",
        help="In which 'assay protect restore-test' restores databases of RDS; they must let nobody in but whoever compares.",
        default="[]",
        parse=_groups,
        from_text=str.split,
    ),
    Key(
        name="restore_subnet_group",
        kind="name",
        help="The group of subnets in which it restores them. Without one: that of the database.",
        default="",
        parse=_subnets,
        from_text=as_it_is,
    ),
    Key(
        name="question_days",
        kind=f"days, 1 to {MOST_DAYS}",
        help="How long a workflow that asks a person waits for the answer; the function that it calls is asked.",
        default=str(QUESTION_DAYS),
        parse=_DAYS.parse,
        from_text=_DAYS.from_text,
    ),
)
