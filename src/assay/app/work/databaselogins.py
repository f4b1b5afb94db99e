"""Which targets stand for a database that an event is about: those of the setting `database_logins`."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from assay.aws.access import Access
from assay.aws.arn import Arn
from assay.errors import UsageError

SETTING = "database_logins"
# Any database that no other of them names.
_ANY = re.compile(r"(rds://(?:[^@/?#]*@)?)\*(?=[/?]|$)", re.IGNORECASE)


def checked(login: str) -> str:
    """The login. Raises `UsageError`, with neither user nor options in its text, for what names no database of RDS."""
    from assay.sources.awssql.address import parse  # only where there is one

    if not login.lower().startswith("rds://"):
        raise UsageError("names no database of RDS; write rds://USER@NAME/DATABASE or rds://NAME?secret=ARN")
    if parse(_named(login, "any")).export is not None:
        raise UsageError("names an export, which does not change")
    return login


def targets_of(arn: Arn, logins: Sequence[str], cluster: Callable[[str], str | None]) -> list[str]:
    """The targets that read the instance or the cluster, none where no login is known for it. `cluster` tells which one an
    instance is of; it is asked where a login names another database."""
    from assay.sources.awssql.address import parse  # only where there is one

    named = [login for login in logins if not _ANY.match(login)]
    own = [login for login in named if parse(login).name == arn.name.lower()]
    if not own and named and arn.kind == "db":
        held_by = cluster(arn.name)
        own = [login for login in named if held_by is not None and parse(login).name == held_by.lower()]
    return own or [_named(login, arn.name) for login in logins if _ANY.match(login)]


def cluster_of(name: str, access: Access) -> str | None:
    """The cluster that an instance is of. Raises `AwsError`, and `ReadError` or `UsageError` where it cannot be read."""
    from assay.aws.session import Session
    from assay.sources.awssql import rds
    from assay.sources.awssql.address import parse
    from assay.sources.awssql.calls import RDS

    # Nobody logs in: a user is what a name is written with.
    return rds.identity(Session(access, RDS).client("rds"), parse(f"rds://nobody@{name}")).cluster


def how_to(name: str) -> str:
    """What to do where no login is known."""
    return (
        f"no login is known for it: name one in {SETTING}, rds://USER@{name}/DATABASE (by IAM) or "
        f"rds://{name}/DATABASE?secret=ARN"
    )


def _named(login: str, name: str) -> str:
    return _ANY.sub(lambda found: found[1] + name, login, count=1)
