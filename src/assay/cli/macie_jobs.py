"""`assay aws macie job|jobs`: classification jobs of Macie, and what they cost."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from assay.cli.macie_desk import changing_options, format_option, needs_region, opened
from assay.cli.options import access_of, aws_options
from assay.cli.when import WhenType
from assay.errors import UsageError

if TYPE_CHECKING:
    from assay.macie.jobs import Job
    from assay.macie.prices import Estimate, Prices


@click.command(short_help="Have Macie look into buckets: what it costs first, then the job.")
@click.argument("name", metavar="NAME")
@click.option(
    "--bucket", "buckets", metavar="NAME", multiple=True, help="This bucket of the account; may be given again."
)
@click.option("--except-bucket", "except_buckets", metavar="NAME", multiple=True, help="All buckets but this one.")
@click.option("--bucket-tag", "tags", metavar="KEY[=VALUE]", multiple=True, help="All buckets with this tag.")
@click.option("--public", is_flag=True, help="All buckets that are public.")
@click.option("--prefix", "prefixes", metavar="KEYS", multiple=True, help="Only objects whose keys begin so.")
@click.option("--extension", "extensions", metavar="EXT", multiple=True, help="Only objects with this extension.")
@click.option("--except-extension", "except_extensions", metavar="EXT", multiple=True, help="No objects with this one.")
@click.option(
    "--changed-since", "since", metavar="TIME", type=WhenType(), help="Only objects that changed then or later."
)
@click.option("--largest", metavar="BYTES", type=click.IntRange(1), help="Only objects of at most so many bytes.")
@click.option("--schedule", metavar="WHEN", default="", help="daily, weekly:monday or monthly:15.  [default: once]")
@click.option(
    "--existing/--only-new", default=True, help="Begin a scheduled job with all that is there.  [default: existing]"
)
@click.option("--sample", metavar="PERCENT", type=click.IntRange(1, 100), default=100, show_default=True,
              help="Look at so many of a hundred objects, drawn at random.")  # fmt: skip
@click.option("--managed", metavar="WHICH", default="recommended", show_default=True,
              help="Macie's own identifiers: recommended, all, none, include:ID,ID or exclude:ID,ID.")  # fmt: skip
@click.option("-i", "--identifier", "identifiers", metavar="NAME", multiple=True,
              help="An identifier of ours that Macie was given, or a custom one by its name; may be given again.")  # fmt: skip
@click.option(
    "--allow-list", "allow_lists", metavar="NAME", multiple=True, help="An allow list of Macie; may be given again."
)
@click.option(
    "--prices", "prices_file", metavar="FILE", type=click.Path(path_type=Path), help="Price list of your own."
)
@click.option("--max-cost", metavar="USD", help="Make no job that may cost more.")
@click.option("--no-estimate", is_flag=True, help="Make it even where what it costs cannot be told.")
@changing_options
def job(name: str, **given: Any) -> int:
    """Have Macie look into buckets once, or by a schedule, as the job NAME. What one run over everything may cost is told
    first; without --yes that is all.

    \b
    assay aws macie job payroll --bucket hr-dumps --sample 10
    assay aws macie job weekly --bucket-tag team=crm --schedule daily --yes
    """
    from assay.app.macie import maciejobs
    from assay.macie.jobs import checked
    from assay.macie.limits import LONGEST_JOB_NAME
    from assay.macie.prices import read_prices, shipped_prices

    if not name or len(name) > LONGEST_JOB_NAME:
        raise UsageError(f"a job's name has 1 to {LONGEST_JOB_NAME} characters")
    wanted = _job(given)
    most = cost_of(given["max_cost"])
    prices = shipped_prices() if given["prices_file"] is None else read_prices(given["prices_file"])
    with opened(given, maciejobs.COMMAND) as desk:
        from dataclasses import replace

        session = desk.work.session
        named = maciejobs.Named(identifiers=given["identifiers"], allow_lists=given["allow_lists"])
        # What is wrong with it is told before anything is asked.
        checked(replace(wanted, account=desk.work.account, custom=("named",) if named.identifiers else ()))
        whole = maciejobs.with_ids(session, replace(wanted, account=desk.work.account), named)
        cost, why = maciejobs.cost_or_why(session, whole, prices)
        if desk.in_lines:
            desk.echo(cost_line(cost, why, prices))
        else:
            for line in cost_told(cost, why, prices, whole):
                click.echo(line)
        plan = maciejobs.plan_job(desk.work, whole, name, cost, most=most, blind=given["no_estimate"])
        return desk.go(plan)


@click.command(short_help="List Macie's jobs.")
@format_option
@aws_options
def jobs(**given: Any) -> int:
    """List the classification jobs of this account and region, those of others too."""
    import orjson

    from assay.app.macie import maciejobs
    from assay.aws.session import Session
    from assay.cli.grid import grid, terminal_columns

    session = Session(access_of(given), maciejobs.LIST_CALLS)
    needs_region(session)
    found = maciejobs.listed(session)
    if given["output_format"] == "jsonl":
        for each in found:
            told = {"kind": "macie_job", **{key: each.get(key) for key in ("name", "jobId", "jobType", "jobStatus")}}
            click.echo(orjson.dumps(told | {"created_at": _moment(each)}).decode())
        return 0
    if not found:
        click.echo("No jobs; 'assay aws macie job NAME --bucket BUCKET' tells what one would cost, and makes one.")
        return 0
    rows = [
        (each.get("name"), each.get("jobType"), each.get("jobStatus"), (_moment(each) or "")[:16]) for each in found
    ]
    for line in grid(("job", "runs", "state", "made (UTC)"), rows, max(60, terminal_columns()), cut=(0,)):
        click.echo(line)
    return 0


def _job(given: dict[str, Any]) -> Job:
    from assay.macie.jobs import SELECTORS, Job

    kind, _, ids = given["managed"].partition(":")
    kind = kind.lower()
    if kind not in SELECTORS:
        raise UsageError(f"--managed {given['managed']}: is none of {', '.join(SELECTORS)}")
    since = given["since"]
    return Job(
        account="",
        buckets=tuple(dict.fromkeys(each.removeprefix("s3://").rstrip("/") for each in given["buckets"])),
        except_buckets=given["except_buckets"],
        tags=given["tags"],
        public=given["public"],
        prefixes=given["prefixes"],
        extensions=tuple(each.lstrip(".") for each in given["extensions"]),
        except_extensions=tuple(each.lstrip(".") for each in given["except_extensions"]),
        since="" if since is None else f"{since[:19]}Z",
        largest=given["largest"],
        schedule=given["schedule"].lower(),
        existing=given["existing"],
        sampling=given["sample"],
        managed=kind,
        managed_ids=tuple(each.strip().upper() for each in ids.split(",") if each.strip()),
    )


def cost_of(text: str | None) -> Decimal | None:
    """The amount of --max-cost. Raises `UsageError`."""
    if text is None:
        return None
    try:
        found = Decimal(text)
    except InvalidOperation:
        raise UsageError(f"--max-cost {text}: is no amount; write it like 25 or 12.50") from None
    if not found.is_finite() or found < 0:
        raise UsageError(f"--max-cost {text}: is no amount; write it like 25 or 12.50")
    return found


def cost_told(cost: Estimate | None, why: str, prices: Prices, job: Job) -> list[str]:
    """What a job may cost, for people."""
    from assay.report.printable import counted, printable

    if cost is None:
        return [printable(f"What it costs cannot be told: {why}"), ""]
    size = cost.size / 2**30
    bound = "at most " if cost.at_most and not cost.at_least else "at least " if cost.at_least else "about "
    run = "the first run" if job.schedule else "the job"
    held = f"{size:,.2f} GB in {counted(cost.objects, 'object')} of {counted(cost.buckets, 'bucket')}"
    lines = [
        f"{bound}{cost.cost:,} {prices.currency} for {run}: {held} that Macie can read, at {job.sampling} % sampling",
        f"  by the list prices of {prices.region} of {prices.date} ({prices.source}); S3 charges for its requests besides",
    ]
    if not cost.buckets:
        lines.append("  no bucket that Macie knows fits as it is now")
    lines += [printable(f"  at most, as {each}") for each in cost.at_most]
    lines += [printable(f"  more, as {each}") for each in cost.at_least]
    if job.schedule:
        lines.append("  later runs look at what is new or changed only, which cannot be told beforehand")
    return [*lines, ""]


def cost_line(cost: Estimate | None, why: str, prices: Prices) -> dict[str, Any]:
    """The same for programs."""
    told: dict[str, Any] = {
        "kind": "estimate",
        "currency": prices.currency,
        "prices": prices.date,
        "source": prices.source,
    }
    if cost is None:
        return told | {"cost": None, "reason": why}
    return told | {
        "cost": float(cost.cost),
        "bytes": cost.size,
        "objects": cost.objects,
        "buckets": cost.buckets,
        "at_most": list(cost.at_most),
        "at_least": list(cost.at_least),
    }


def _moment(each: dict[str, Any]) -> str | None:
    at = each.get("createdAt")
    return None if at is None else str(at.isoformat())
