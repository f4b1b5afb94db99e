"""What the verbs of protection share: the open catalog, the session, the policies, and how plans are found."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from assay.cli.options import FormatType, access_of
from assay.errors import UsageError

if TYPE_CHECKING:
    from assay.app.protection.applying import Maker
    from assay.app.protection.entering import Entered
    from assay.app.protection.protecting import Protection
    from assay.app.protection.reaching import Reaching
    from assay.aws.session import Session
    from assay.cli.review_desk import Desk
    from assay.errors import AwsError
    from assay.model.action import Plan
    from assay.protect.policy import Policy

F = TypeVar("F", bound=Callable[..., Any])

EXIT_FAILED = 1
EXIT_GAPS = 3


def policy_option(function: F) -> F:
    """--policy FILE."""
    return click.option(
        "--policy",
        "policy_file",
        metavar="FILE",
        type=click.Path(path_type=Path),
        help="Your own policies, which count after those that ship.  [default: the setting 'protection']",
    )(function)


def format_option(function: F) -> F:
    """--format table|jsonl."""
    return click.option(
        "--format",
        "output_format",
        type=FormatType("table", "jsonl"),
        default="table",
        show_default=True,
        help="table is for people, jsonl for programs.",
    )(function)


def plan_format_option(function: F) -> F:
    """--format table|jsonl|html."""
    return click.option(
        "--format",
        "output_format",
        type=FormatType("table", "jsonl", "html"),
        default="table",
        show_default=True,
        help="table and html (a page for a browser) are for people, jsonl for programs.",
    )(function)


def policy_in(given: dict[str, Any], setting: Path | None) -> Policy:
    """The policies that hold. Raises `ConfigError` that tells of all that is wrong."""
    from assay.protect.policyfile import policy_of

    return policy_of(given["policy_file"] or setting)


def protection_of(
    desk: Desk,
    given: dict[str, Any],
    on_looked: Callable[[int], None] = lambda _: None,
    *,
    session: Session | None = None,
) -> Protection:
    """Who plans, in the account of a session, else in that of the credentials. Raises `AwsError` where AWS cannot be asked at all."""
    from assay.app.protection import protectsetup
    from assay.app.protection.lately import Accesses

    policy = policy_in(given, desk.settings.protection)
    regions = given.get("regions") or ()
    made = protectsetup.protection_of(
        desk.catalog,
        desk.settings,
        desk.governance,
        policy,
        access_of(given),
        on_looked,
        regions=regions,
        session=session,
    )
    made.accesses = given.get("accesses") or Accesses()
    return made


def with_regions(desk: Desk, given: dict[str, Any]) -> dict[str, Any]:
    """What was given, with the regions of the command line, else of the settings; the first one is that of what is not of a region."""
    regions = tuple(given["regions"]) or desk.settings.protect_regions
    return {**given, "regions": regions, "region": regions[0] if regions else None}


def reaching_of(desk: Desk, given: dict[str, Any], on_looked: Callable[[int], None] = lambda _: None) -> Reaching:
    """Who plans for all accounts that the settings name roles of."""
    from assay.app.protection import protectsetup
    from assay.app.protection.lately import Accesses
    from assay.app.protection.reaching import Reaching

    policy, access, governance = policy_in(given, desk.settings.protection), access_of(given), desk.governance

    def make(session: Session, looked: Callable[[int], None]) -> Protection:
        made = protectsetup.protection_of(
            desk.catalog,
            desk.settings,
            governance,
            policy,
            access,
            looked,
            regions=given["regions"],
            session=session,
        )
        made.accesses = given.get("accesses") or Accesses()
        return made

    return Reaching(access=access, roles=desk.settings.protect_roles, make=make, on_looked=on_looked)


def maker_of(desk: Desk, given: dict[str, Any], command: str, plan: Plan | None = None) -> Maker:
    """Who makes changes, or looks at them, with the calls of a command alone: in the account of the plan, where one is given."""
    from assay.app.protection import protectsetup

    return protectsetup.maker_in(desk.catalog, session_of(desk, given, command, plan), desk.actor)


def session_of(desk: Desk, given: dict[str, Any], command: str, plan: Plan | None = None) -> Session:
    """A session with the calls of a command, in the account of the plan. Raises `UsageError` where nothing leads there."""
    from assay.app.protection.entering import account_of, session_in

    account = "" if plan is None else account_of(plan)
    return session_in(access_of(given), command, account, desk.settings.protect_roles)


def session_towards(desk: Desk, given: dict[str, Any], command: str, *, account: str = "", bucket: str = "") -> Session:
    """A session with the calls of a command in an account, or in that of a bucket, where the credentials or a role of the settings lead there;
    else that of the credentials, which tells what it may not see."""
    from assay.app.protection.entering import session_towards as towards

    roles = desk.settings.protect_roles
    return towards(access_of(given), command, roles, account=account, bucket=bucket)


def entered_all(desk: Desk, given: dict[str, Any], command: str, more: Iterable[str]) -> Entered:
    """Sessions with the calls of a command in the account of the credentials, in those that roles of the settings are of, and in `more`."""
    from assay.app.protection.entering import accounts_towards, enter

    access, roles = access_of(given), desk.settings.protect_roles
    return enter(access, command, roles, [*accounts_towards(access, command, roles), *more])


def makers_in(desk: Desk, entered: Entered) -> list[Maker]:
    """Who makes changes, or looks at them, in each account that was entered."""
    from assay.app.protection import protectsetup

    return [protectsetup.maker_in(desk.catalog, each, desk.actor) for each in entered.sessions.values()]


def tell_closed(closed: Mapping[str, AwsError], output_format: str) -> None:
    """Which accounts could not be entered, and why."""
    from assay.report.printable import printable, wrapped

    for account, error in closed.items():
        if output_format == "jsonl":
            line({"kind": "gap", "resource": f"aws://{account}", "reason": error.reason, "detail": error.detail})
            continue
        told = printable(f"aws://{account}: {error.reason}: {error.detail}")
        for text in wrapped(told, columns(), first="assay: ", indent="  "):
            click.echo(text, err=True)


def loaded(desk: Desk, given: str) -> tuple[str, Plan]:
    """A plan of protection. Raises `UsageError` for one of another command, and for one that is not as it was applied."""
    from assay.app.protection.protectapply import check_as_applied
    from assay.protect.protection import COMMAND
    from assay.store import plans

    with desk.catalog.reading() as connection:
        plan_id = plans.find(connection, given)
        plan = plans.load(connection, plan_id)
    if plan.command != COMMAND:
        raise UsageError(f"plan {plan_id[:8]} is of 'assay {plan.command}', which applies it and takes it back")
    check_as_applied(desk.catalog, plan_id, plan)
    return plan_id, plan


def columns() -> int:
    """How wide what people read is."""
    from assay.cli.grid import terminal_columns

    return max(60, min(terminal_columns(), 120))


def line(document: dict[str, Any]) -> None:
    """One JSON line."""
    import orjson

    click.echo(orjson.dumps(document).decode())
