"""`assay aws iam-policy`: the least policy that lets commands do their work."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

import click

from assay.errors import UsageError

_ACCOUNT = re.compile(r"\d{12}|\*")
_REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-\d|\*")
_BUCKET = re.compile(r"[a-z0-9*?][a-z0-9.*?-]{1,61}[a-z0-9*?]|\*")
_NAME = re.compile(r"[A-Za-z0-9_.*?-]{1,255}")
_OPTIONS = {"dbuser": "db-user"}
_LEADING = "assay"
_GROUP = "aws"


@click.command("iam-policy", short_help="Print the least IAM policy that commands need.")
@click.argument("words", metavar="COMMAND...", nargs=-1, required=True)
@click.option("--bucket", default="*", metavar="NAME", help="Only this bucket.")
@click.option("--prefix", default="", metavar="KEYS", help="Only objects whose keys begin so.")
@click.option("--key", metavar="ARN", help="The KMS key that objects are encrypted with, if they are.")
@click.option("--queue", default="*", metavar="NAME", help="Only this queue: its name, URL or ARN.")
@click.option("--table", default="*", metavar="NAME", help="Only this DynamoDB table.")
@click.option("--secret", default="*", metavar="ARN", help="Only this secret of Secrets Manager.")
@click.option("--db-user", "dbuser", default="*", metavar="NAME", help="Only this user of databases of RDS.")
@click.option("--role", default="*", metavar="ARN", help="Only this role, where one is assumed or handed to a service.")
@click.option("--region", default="*", metavar="NAME", help="Only this region.")
@click.option("--account", default="*", metavar="NUMBER", help="Only this account.")
@click.option("--partition", type=click.Choice(["aws", "aws-cn", "aws-us-gov"]), default="aws", show_default=True)
def iam_policy(words: tuple[str, ...], **given: Any) -> None:
    """Print the IAM policy, as JSON, that allows the calls COMMAND makes, and no other.

    With several commands it is one policy for all of them. What is not narrowed by an option is for everything.

    \b
    assay aws iam-policy scan --bucket orders --prefix 2026/
    assay aws iam-policy scan rds --db-user assay_reader
    assay aws iam-policy tag worker --queue uploads --region eu-west-1
    """
    from assay.app.permissions import COMMANDS, beside_of, calls_of
    from assay.aws.permissions import LONGEST_MANAGED_POLICY, Scope, policy_of

    commands = list(dict.fromkeys(named(words, COMMANDS)))
    key = _key(given.pop("key"))
    scope = Scope(**_checked(given))
    calls = frozenset().union(*(calls_of(command) for command in commands))
    beside = dict.fromkeys(grant for command in commands for grant in beside_of(command))
    policy = policy_of(calls, scope, key=key, beside=beside)
    click.echo(json.dumps(policy, indent=2))
    length = len(json.dumps(policy, separators=(",", ":")))
    if length > LONGEST_MANAGED_POLICY:
        message = f"a managed policy has at most {LONGEST_MANAGED_POLICY:,} characters, this one has {length:,}"
        click.echo(f"assay: warning: {message}; make it of fewer commands at a time", err=True)


def named(words: Sequence[str], commands: Sequence[str]) -> Iterator[str]:
    """The commands that words name: `aws tag`, in one word or in several, also without `aws`. Raises `UsageError`."""
    left = " ".join(words).split()
    if left[:1] == [_LEADING]:
        left = left[1:]
    while left:
        length, found = next(_fitting(left, commands), (0, ""))
        if not length:
            raise UsageError(f"no command named '{_unknown(left)}' calls AWS; there are {', '.join(sorted(commands))}")
        yield found
        left = left[length:]


def _fitting(left: list[str], commands: Sequence[str]) -> Iterator[tuple[int, str]]:
    """How many of the words are a command, and which: as many as can be."""
    for length in range(len(left), 0, -1):
        text = " ".join(left[:length])
        for command in (text, f"{_GROUP} {text}"):
            if command in commands:
                yield length, command


def _unknown(left: list[str]) -> str:
    return " ".join(left[:2]) if left[0] == _GROUP else left[0]


def _checked(given: dict[str, str]) -> dict[str, str]:
    queue = given["queue"]
    given = {**given, "queue": re.split(r"[:/]", queue)[-1]}
    for name, pattern, example in [
        ("account", _ACCOUNT, "123456789012"),
        ("region", _REGION, "eu-west-1"),
        ("bucket", _BUCKET, "orders"),
        ("queue", _NAME, "uploads"),
        ("table", _NAME, "orders"),
        ("dbuser", _NAME, "assay_reader"),
    ]:
        if not pattern.fullmatch(given[name]):
            raise UsageError(f"--{_OPTIONS.get(name, name)} {given[name]}: is no such name; one is like {example}")
    role = given["role"]
    if role != "*":
        _arn(role, "--role", "iam")
    if given["secret"] != "*":  # noqa: S105  # not narrowed
        _arn(given["secret"], "--secret", "secretsmanager")
    return given


def _key(key: str | None) -> str | None:
    if key is not None:
        _arn(key, "--key", "kms")
    return key


def _arn(text: str, option: str, service: str) -> None:
    from assay.aws.arn import parse

    try:
        found = parse(text)
    except ValueError as error:
        raise UsageError(f"{option} {error}") from None
    if found.service != service:
        raise UsageError(f"{option} {text}: is an ARN of {found.service}, not of {service}")
