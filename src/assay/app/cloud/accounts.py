"""Which accounts a command looks at: one's own, those of a list, or those of an organisation."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from assay.aws.failures import REFUSED, refusals
from assay.aws.paging import items
from assay.aws.session import Calls, Session, told
from assay.errors import AwsError, UsageError
from assay.model import Skip

CALLS: Calls = frozenset({"organizations.ListAccounts", "sts.AssumeRole"})

_ID = re.compile(r"[0-9]{12}")
_ROLE = re.compile(r"[\w+=,.@/-]{1,512}", re.ASCII)


class Account(NamedTuple):
    """An account to look at, and the role that is assumed in it; none in one's own."""

    id: str
    role_arn: str | None = None


class Reach(NamedTuple):
    """Which accounts are asked for: `listed`, or all of the organisation, or one's own; by a role of which name."""

    listed: tuple[str, ...] = ()
    organization: bool = False
    role_name: str | None = None
    external_id: str | None = None


def listed(given: str) -> tuple[str, ...]:
    """Accounts of a command line: numbers with commas between, or a file with one a line; each once, as they are given.

    What follows a number on its line, after a space or a comma, is its name; `#` begins a remark. Raises `UsageError`.
    """
    numbers = [text.strip() for text in given.split(",")]
    if all(re.fullmatch(r"[0-9-]+", text) for text in numbers):
        return _checked([(f"--accounts {text}", text) for text in numbers])
    path = Path(given)
    try:
        lines = path.read_text("utf-8-sig").splitlines()
    except FileNotFoundError:
        raise UsageError(f"--accounts {given}: no such file, and no list of account numbers such as "
                         "111122223333,444455556666") from None  # fmt: skip
    except OSError as error:
        raise UsageError(f"--accounts {given}: cannot be read: {os.strerror(error.errno or 0)}") from None
    except UnicodeDecodeError:
        raise UsageError(f"--accounts {given}: is no text in UTF-8; write one account number a line") from None
    found = []
    for number, line in enumerate(lines, start=1):
        words = re.split(r"[\s,;]+", line.partition("#")[0].strip())
        if words[0]:
            found.append((f"{given}:{number}: {words[0]}", words[0].strip("\"'")))
    if not found:
        raise UsageError(f"--accounts {given}: names no account; write one account number a line")
    return _checked(found)


def _checked(found: Sequence[tuple[str, str]]) -> tuple[str, ...]:
    numbers = []
    for where, text in found:
        number = text.replace("-", "")
        if _ID.fullmatch(number) is None:
            raise UsageError(f"{where}: is no account number; one has 12 digits")
        numbers.append(number)
    return tuple(dict.fromkeys(numbers))


def accounts(session: Session, reach: Reach) -> tuple[list[Account], list[Skip]]:
    """The accounts to look at, and those of an organisation that are closed or suspended.

    Raises `AwsError` where the identity is not known or an organisation cannot be listed, `UsageError` for a role that
    is none or is missing.
    """
    if reach.role_name is not None and _ROLE.fullmatch(reach.role_name) is None:
        raise UsageError(
            f"--role-name {reach.role_name}: is no name of a role; one is like OrganizationAccountAccessRole"
        )
    identity = session.identity()
    own = identity["Account"]
    partition = identity["Arn"].split(":")[1]
    skips: list[Skip] = []
    if reach.organization:
        numbers, skips = _organization(session)
    else:
        numbers = list(reach.listed) or [own]
    if reach.role_name is None and numbers != [own]:
        raise UsageError("other accounts are looked at by a role in each of them; give --role-name NAME")
    # In one's own there is often no such role: it was made for those who come from here.
    role = f"arn:{partition}:iam::{{}}:role/{(reach.role_name or '').lstrip('/')}"
    return [Account(number, None if number == own else role.format(number)) for number in numbers], skips


def _organization(session: Session) -> tuple[list[str], list[Skip]]:
    numbers, skips = [], []
    client = session.client("organizations", session.region or "us-east-1")
    try:
        for account in items(client, "list_accounts", "Accounts"):
            # AWS is replacing the one by the other.
            state = account.get("State") or account.get("Status") or "ACTIVE"
            if state == "ACTIVE":
                numbers.append(account["Id"])
            else:
                reason = f"account {state.lower().replace('_', ' ')}"
                skips.append(Skip(resource=f"aws://{account['Id']}", reason=reason))
    except refusals() as error:
        raise told(error, "the organisation's accounts cannot be listed; use the credentials of its management account "
                   "or of a delegated administrator, or give --accounts") from None  # fmt: skip
    if not numbers and not skips:
        # There is at least the account that asks.
        raise AwsError(REFUSED, "the organisation's list of accounts is empty; give --accounts")
    return sorted(numbers), sorted(skips, key=lambda skip: skip.resource)
