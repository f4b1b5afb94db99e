"""`assay protect workflow`: definitions of state machines for AWS Step Functions."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from assay.cli.options import FormatType, config_option
from assay.cli.protect_desk import policy_in, policy_option
from assay.errors import UsageError

if TYPE_CHECKING:
    from assay.aws.arn import Arn


@click.command("workflow", short_help="Write the workflows for AWS Step Functions.")
@click.argument(
    "name",
    metavar="[protection|classification]",
    type=FormatType("protection", "classification", noun="workflow"),
    default="protection",
)
@click.option(
    "--output", metavar="FILE", type=click.Path(path_type=Path), help="Write it there.  [default: standard output]"
)
@click.option(
    "--function", metavar="ARN", help="The function that its tasks call.  [default: ${Function}, to be filled in]"
)
@policy_option
@config_option
def workflow(name: str, **given: Any) -> None:
    """Write the definition of a state machine for AWS Step Functions, in JSON.

    protection is generated from the policies that plans are made of: classify, choose by level, then encrypt, back up, monitor and
    restrict side by side, validate, report. classification is that of an event: classify, evaluate the confidence, then apply, apply
    and watch, or ask a person, and wait for the answer (aws executions). 'assay aws deploy' has both in its stacks.
    """
    from assay.app.config.settings import load_settings
    from assay.protect.workflow import WAITING, classification_workflow, protection_workflow, waiting

    settings = load_settings(given["config_file"])
    made = (
        classification_workflow()
        if name == "classification"
        else protection_workflow(policy_in(given, settings.protection))
    )
    text = json.dumps(made, indent=2)
    partition = "aws"
    if given["function"] is not None:
        partition = _function(given["function"]).partition
        text = text.replace("${Function}", given["function"])
    text = text.replace(WAITING, waiting(partition))
    if given["output"] is None:
        click.echo(text)
        return
    try:
        given["output"].write_text(f"{text}\n", encoding="utf-8")
    except OSError as error:
        raise UsageError(f"--output {given['output']}: cannot be written to: {error.strerror}") from None


def _function(given: str) -> Arn:
    from assay.aws.arn import parse

    try:
        arn = parse(given)
    except ValueError as error:
        raise UsageError(f"--function {error}") from None
    if arn.service != "lambda":
        raise UsageError(f"--function {given}: is of {arn.service}; give the ARN of a function of Lambda")
    return arn
