"""`assay protect incident`: what happened becomes a plan that isolates and preserves, and stays open until somebody closes it."""

from __future__ import annotations

import re
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from assay.cli import when
from assay.cli.options import access_of, aws_options, catalog_option, config_option
from assay.cli.protect_desk import (
    EXIT_GAPS,
    columns,
    format_option,
    line,
    policy_option,
    protection_of,
    session_of,
    session_towards,
)
from assay.cli.review_desk import decision_options, opened
from assay.errors import UsageError

if TYPE_CHECKING:
    from assay.app.protection.incidents import Known
    from assay.protect.incidents import Incident

_LONGEST = 4 * 1024 * 1024


@click.group(short_help="Plan what an incident needs, and keep track of it.", no_args_is_help=True)
def incident() -> None:
    """Plan what an incident needs: isolate, preserve, tell, recover. The plan is approved, applied and taken back as any other."""


@incident.command("open", short_help="Open an incident, and plan what it needs.")
@click.argument("finding", metavar="[FILE]", required=False, type=click.File("rb"))
@click.option(
    "--resource",
    "resources",
    metavar="RESOURCE",
    multiple=True,
    help="A bucket that it is about, or the ARN of a database, volume, table or EC2 instance of which a copy is kept. May be given again.",
)
@click.option(
    "--principal", "principals", metavar="ARN", multiple=True, help="A user or role to quarantine. May be given again."
)
@click.option(
    "--break-glass",
    "spared",
    metavar="ARN",
    multiple=True,
    help="A user or role that is never denied. May be given again.",
)
@click.option("--trail", metavar="S3URI", help="Where CloudTrail writes its files: those of the last days are kept.")
@click.option(
    "--log-group",
    "groups",
    metavar="NAME",
    multiple=True,
    help="A log group of CloudWatch that is kept. May be given again.",
)
@click.option(
    "--days", type=click.IntRange(1, 90), default=7, show_default=True, help="Of how many days files and logs are kept."
)
@click.option("--object-lock", is_flag=True, help="Switch Object Lock of the buckets on, which can never be undone.")
@click.option("--lock-down", is_flag=True, help="Deny the buckets to everybody but those, the root user and you.")
@policy_option
@format_option
@decision_options
@catalog_option
@aws_options
@config_option
def open_(finding: Any, **given: Any) -> int:
    """Open an incident from FILE (- is standard input): a finding of GuardDuty or Macie, an event of EventBridge with one, or a line of
    'assay protect anomalies'; or by hand from --resource and --principal. Nothing is changed: approve and apply its plan.

    The same finding again is the same incident. What lies in another account is looked at by the role of the setting protect_roles that leads
    there; a plan is of one account, and what is of others is told as refused.
    """
    from assay.app.protection.incidents import check_principals, open_incident, plan_incident
    from assay.app.protection.preserving import Keeping
    from assay.cli import protect_pages as pages
    from assay.cli.terminal import painter
    from assay.protect.protection import in_the_way
    from assay.report.printable import printable, wrapped

    with opened(given["catalog_url"], given["config_file"], given["by"]) as desk:
        reason = desk.redact(given["reason"]) if given["reason"] else ""
        found = _incident(finding, given, reason)
        check_principals(given["spared"])
        session = session_towards(desk, given, "protect plan", account=found.home, bucket=next(iter(found.buckets), ""))
        protection = protection_of(desk, given, session=session)
        at = datetime.now(UTC)
        keeping = Keeping(
            trail=_trail(given["trail"]), groups=given["groups"], days=given["days"], lock=given["object_lock"], at=at
        )
        made = plan_incident(
            protection, found, lock=given["lock_down"], spared=given["spared"], at=at, by=desk.actor, keeping=keeping
        )
        plan_id, is_new = open_incident(desk.catalog, found, made, by=desk.actor, reason=reason)
    code = EXIT_GAPS if in_the_way(made) or found.untold else 0
    if given["output_format"] == "jsonl":
        line({"kind": "incident", "incident": found.id, "plan": plan_id, "state": "open", "is_new": is_new, "source": found.source,
              "what": found.what, "severity": found.severity, "buckets": found.buckets, "principals": found.principals, "resources": found.resources,
              "untold": found.untold})  # fmt: skip
        for document in pages.plan_lines(plan_id, made):
            line(document)
        return code
    paint = painter(sys.stdout is not None and sys.stdout.isatty())
    if is_new:
        for each in pages.as_plan(made, columns(), paint):
            click.echo(each)
    for told in found.untold:
        click.echo(printable(f"not acted on: {told}"))
    word = "is open" if is_new else "was open already, and so is its plan"
    ends = [f"Incident {found.id[:8]} {word}: {found.source}: {found.what} ({found.severity})."]
    if plan_id:
        ends += [f"Plan {plan_id[:8]}. Nothing was changed.", f"Approve it with: assay protect approve {plan_id[:8]}"]
    for end in ends:
        for each in wrapped(printable(end), columns(), whole=True):
            click.echo(each)
    return code


def _trail(given: str | None) -> str:
    """Where a trail writes. Raises `UsageError`."""
    if given is not None and not re.fullmatch(r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](?:/.*)?", given):
        raise UsageError(f"{given}: is no place of a trail; give s3://bucket/prefix")
    return given or ""


def _incident(finding: Any, given: dict[str, Any], reason: str) -> Incident:
    import orjson

    from assay.app.protection.incidents import named_by_hand
    from assay.protect.incidents import NotAnIncidentError, incident_of

    if finding is None:
        return named_by_hand(given["resources"], given["principals"], what=reason)
    if given["resources"] or given["principals"]:
        raise UsageError("a finding says itself what it is about; leave --resource and --principal out")
    data = finding.read(_LONGEST + 1)
    if len(data) > _LONGEST:
        raise UsageError(f"{finding.name}: is longer than a finding")
    try:
        return incident_of(orjson.loads(data))
    except orjson.JSONDecodeError:
        raise UsageError(f"{finding.name}: is not one JSON object; give one finding") from None
    except NotAnIncidentError as error:
        raise UsageError(f"{finding.name}: {error}") from None


@incident.command("list", short_help="List incidents.")
@click.option("--all", "with_closed", is_flag=True, help="Closed ones, too.")
@format_option
@catalog_option
@config_option
def list_(with_closed: bool, **given: Any) -> int:
    """List incidents, the newest first: open, contained (all of its plan is made), or closed."""
    from assay.app.protection.incidents import listed
    from assay.report.printable import counted, printable, wrapped

    with opened(given["catalog_url"], given["config_file"]) as desk:
        found = [each for each in listed(desk.catalog) if with_closed or each.state != "closed"]
    for each in found:
        if given["output_format"] == "jsonl":
            line(_line(each))
        else:
            about = ", ".join(
                [*each.details["buckets"], *each.details["principals"], *each.details.get("resources", ())]
            )
            start = f"{each.id[:8]} {each.state:9} {when.shown(each.opened_at)[:16]} UTC  {each.details['severity']:8} "
            for text in wrapped(
                printable(f"{each.details['what']}: {about}"), columns(), first=start, indent="  ", whole=True
            ):
                click.echo(text)
    if given["output_format"] == "table":
        click.echo(f"{counted(len(found), 'incident')}.")
    return 0


@incident.command(short_help="Show an incident, its plan and what became of it.")
@click.argument("named", metavar="INCIDENT")
@format_option
@catalog_option
@config_option
def show(named: str, **given: Any) -> int:
    """Show INCIDENT, each step of its plan and what became of it, and what people have to do."""
    from assay.app.protection.incidents import find
    from assay.cli.plan_pages import plainly
    from assay.report.plainly.incidents import incident_in_words
    from assay.report.printable import printable, wrapped
    from assay.store import journal, plans

    with opened(given["catalog_url"], given["config_file"]) as desk:
        found = find(desk.catalog, named)
        if given["output_format"] == "jsonl":
            line(_line(found))
            return 0
        with desk.catalog.reading() as connection:
            plan = plans.load(connection, found.plan) if found.plan else None
            became = (
                {entry.action: str(entry.outcome) for entry in journal.of_plan(connection, found.plan)}
                if found.plan
                else {}
            )
    heads = [
        f"{found.id} {found.state}: {found.details['what']} ({found.details['severity']}, {found.details['source']})",
        _at("opened", found.opened_at, found.opened_by, found.details["reason"]),
    ]
    if found.state == "closed":
        heads.append(_at("closed", found.closed_at, found.closed_by, found.reason))
    for head in heads:
        for each in wrapped(printable(head), columns(), whole=True):
            click.echo(each)
    for each in plainly(incident_in_words(found.details, plan), columns(), lambda text, _style: text):
        click.echo(each)
    for planned in () if plan is None else plan.actions:
        action = planned.action
        told = f"{became.get(action.id, 'not made yet')}: {action.resource} {action.control}: {action.note}"
        for each in wrapped(printable(told), columns(), first="  ", indent="    "):
            click.echo(each)
    for refusal in () if plan is None else plan.refusals:
        for each in wrapped(
            printable(f"{refusal.reason}: {refusal.control}: {refusal.detail}"), columns(), first="  · ", indent="    "
        ):
            click.echo(each)
    return 0


def _at(word: str, moment: str, by: str, reason: str) -> str:
    return f"{word} {when.shown(moment)[:16]} UTC by {by}{f': {reason}' if reason else ''}"


@incident.command(short_help="Close an incident.")
@click.argument("named", metavar="INCIDENT")
@decision_options
@catalog_option
@config_option
def close(named: str, **given: Any) -> int:
    """Close INCIDENT, with the reason. What its plan made stays until that is taken back."""
    from assay.app.protection.incidents import close_incident, find

    if not given["reason"]:
        raise UsageError("say why it is closed, with --reason")
    with opened(given["catalog_url"], given["config_file"], given["by"]) as desk:
        found = find(desk.catalog, named)
        close_incident(desk.catalog, found, by=desk.actor, reason=desk.redact(given["reason"]))
    click.echo(f"Incident {found.id[:8]} is closed.")
    if found.state == "contained":
        click.echo(f"What its plan made stays; take it back with: assay protect rollback {found.plan[:8]} --execute")
    return 0


@incident.command(short_help="Tell a topic or a bus that an incident is open.")
@click.argument("named", metavar="INCIDENT")
@click.option("--topic", metavar="ARN", help="A topic of SNS.")
@click.option("--bus", metavar="NAME", help="A bus of EventBridge.")
@click.option("--by", metavar="NAME", help="Who tells.  [default: you, as user@host]")
@format_option
@catalog_option
@aws_options
@config_option
def notify(named: str, topic: str | None, bus: str | None, **given: Any) -> int:
    """Tell a topic of SNS, a bus of EventBridge or both that INCIDENT is open, each once. Exit code 3 where one did not take it."""
    from assay.app.permissions import calls_of
    from assay.app.protection.incidents import find
    from assay.app.protection.recovering import tell
    from assay.aws.session import Session
    from assay.report.printable import printable

    if not topic and not bus:
        raise UsageError("say whom to tell, with --topic or --bus")
    if topic and not re.fullmatch(r"arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[A-Za-z0-9_.-]{1,256}", topic):
        raise UsageError(f"{topic}: is no ARN of a topic of SNS")
    with opened(given["catalog_url"], given["config_file"], given["by"]) as desk:
        found = find(desk.catalog, named)
        session = Session(access_of(given), calls_of("protect incident notify"))
        sent = tell(session, desk.catalog, found, topic=topic, bus=bus, by=desk.actor)
    for each in sent:
        if given["output_format"] == "jsonl":
            line({"kind": "told", "incident": found.id, "to": each.to, "new": each.is_new, "problem": each.problem})
        else:
            word = each.problem or ("is told" if each.is_new else "was told already")
            click.echo(printable(f"{each.to}: {word}"))
    return EXIT_GAPS if any(each.problem for each in sent) else 0


@incident.command(short_help="Show what is left until an incident can be closed.")
@click.argument("named", metavar="INCIDENT")
@format_option
@catalog_option
@aws_options
@config_option
def recover(named: str, **given: Any) -> int:
    """Show how to come out of INCIDENT: which backups there are of what it is about, what of its plan stands and how that is lifted, and that
    it is closed. Nothing is changed."""
    from assay.app.protection.incidents import find
    from assay.app.protection.recovering import left_of
    from assay.report.printable import printable, wrapped
    from assay.store import plans

    with opened(given["catalog_url"], given["config_file"]) as desk:
        found = find(desk.catalog, named)
        with desk.catalog.reading() as connection:
            plan = plans.load(connection, found.plan) if found.plan else None
        # Of what lies in another account this one sees no backups, which is not that there are none.
        session = session_of(desk, given, "protect incident recover", plan)
        steps = left_of(session, desk.catalog, found)
    for number, step in enumerate(steps, start=1):
        if given["output_format"] == "jsonl":
            line({"kind": "step", "incident": found.id, "number": number, **step._asdict()})
            continue
        for text in wrapped(
            printable(f"{step.name}: {step.what}"), columns(), first=f"{number}. {step.stage}: ", indent="   "
        ):
            click.echo(text)
    return 0


def _line(found: Known) -> dict[str, Any]:
    return {
        "kind": "incident",
        "incident": found.id,
        "state": found.state,
        "plan": found.plan,
        "opened_at": found.opened_at,
        "opened_by": found.opened_by,
        "closed_at": found.closed_at,
        "closed_by": found.closed_by,
        "closed_because": found.reason,
        **{name: found.details[name] for name in ("source", "what", "severity", "buckets", "principals", "reason")},
    }
