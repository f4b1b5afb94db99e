"""`assay aws deploy`: templates of CloudFormation for what assay runs as in AWS, written or deployed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from assay.cli.options import FormatType, access_of, aws_options
from assay.errors import UsageError

_STACKS = ("realtime", "scheduled", "protection")
_ENVIRONMENTS = ("dev", "staging", "prod")


@click.command("deploy", short_help="Write the stacks that assay runs as in AWS, or deploy them.")
@click.argument("stacks", metavar="[STACK]...", nargs=-1, type=FormatType(*_STACKS, noun="stack"))
@click.option(
    "--output", metavar="DIR", type=click.Path(path_type=Path), help="Write the templates there, a file each."
)
@click.option("--execute", is_flag=True, help="Deploy them; without this nothing is sent to AWS.")
@click.option(
    "--preview", is_flag=True, help="Make change sets, show what would change, and leave them in CloudFormation."
)
@click.option(
    "--environment",
    type=FormatType(*_ENVIRONMENTS, noun="environment"),
    default="dev",
    show_default=True,
    help="Stands in the stacks' names; says how long logs are kept.",
)
@click.option(
    "--run",
    type=FormatType("lambda", "fargate", noun="way to run it"),
    default="lambda",
    show_default=True,
    help="What the worker runs as: a function, or a service of containers.",
)
@click.option(
    "--parameter", "parameters", metavar="NAME=VALUE", multiple=True, help="A parameter of the stacks; may be repeated."
)
@click.option(
    "--cloudformation-role", "role", metavar="ARN", help="The role that CloudFormation makes the changes with."
)
@aws_options
def deploy(stacks: tuple[str, ...], **given: Any) -> int:
    """Write templates of CloudFormation for STACK (realtime, scheduled, protection; all three without one), or deploy them as
    assay-ENVIRONMENT-STACK.

    realtime classifies what changes: rules of EventBridge, a queue with a dead-letter queue, and the worker. scheduled scans
    TARGETS by a schedule. protection watches over what is protected, and has the workflows. Each has a key of its own, alarms, a
    dashboard, and roles with exactly the rights that the code declares.

    \b
    assay aws deploy --output deploy/
    assay aws deploy realtime --environment prod --execute \\
        --parameter ImageUri=1234.dkr.ecr.eu-west-1.amazonaws.com/assay:1 \\
        --parameter CatalogSecretArn=arn:aws:secretsmanager:… \\
        --parameter SubnetIds=subnet-1,subnet-2 --parameter SecurityGroupIds=sg-1
    """
    from assay.app.cloud import deploying
    from assay.deploy.stacks import Run, Stack

    chosen = [Stack(each) for each in dict.fromkeys(stacks or _STACKS)]
    run = Run(given["run"])
    parameters = _parameters(given["parameters"], given["environment"])
    templates = {stack: deploying.made(stack, run) for stack in chosen}
    if given["output"] is not None:
        _write(given["output"], templates)
    elif not (given["execute"] or given["preview"]):
        if len(chosen) > 1:
            raise UsageError(
                "give --output DIR to write several templates, --execute to deploy them, or name one STACK to see it"
            )
        click.echo(_text(templates[chosen[0]]), nl=False)
    if not (given["execute"] or given["preview"]):
        return 0
    return _deploy(templates, parameters, given)


def _parameters(texts: tuple[str, ...], environment: str) -> dict[str, str]:
    found = {"Environment": environment}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise UsageError(f"--parameter {text}: must be NAME=VALUE")
        if name == "Environment":
            raise UsageError("--parameter Environment: is given as --environment")
        found[name] = value
    return found


def _text(template: dict[str, Any]) -> str:
    import yaml

    class Dumper(yaml.SafeDumper):
        """Writes what is said twice twice: anchors are for programs."""

        def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002  # yaml's signature
            return True

    text: str = yaml.dump(template, Dumper=Dumper, sort_keys=False, width=120, allow_unicode=True)
    return text


def _write(folder: Path, templates: Any) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for stack, template in templates.items():
            file = folder / f"assay-{stack}.yaml"
            file.write_text(_text(template), encoding="utf-8")
            click.echo(f"assay: {file} is written", err=True)
    except OSError as error:
        raise UsageError(f"--output {folder}: cannot be written to: {error.strerror}") from None


def _deploy(templates: Any, parameters: dict[str, str], given: dict[str, Any]) -> int:
    from assay.app.cloud import deploying
    from assay.app.permissions import calls_of
    from assay.aws.session import Session
    from assay.report.printable import counted

    work = deploying.Deployment(session=Session(access_of(given), calls_of("aws deploy")), role=given["role"])
    known = {name for template in templates.values() for name in template["Parameters"]}
    for name in parameters:
        if name not in known:
            # Told with what is close to it.
            work.prepare("", next(iter(templates.values())), {name: ""})
    for stack, template in templates.items():
        name = f"assay-{given['environment']}-{stack}"
        mine = {key: value for key, value in parameters.items() if key in template["Parameters"]}
        change_set, changes = work.prepare(name, template, mine)
        if change_set is None:
            click.echo(f"{name}: nothing changes")
            continue
        for each in changes:
            tail = ", which is made anew" if each.replaced else ""
            click.echo(f"  {each.action.lower()} {each.resource} ({each.kind}){tail}")
        if not given["execute"]:
            click.echo(f"{name}: {counted(len(changes), 'change')} in change set {change_set}; nothing was changed")
            continue
        click.echo(f"assay: {name} is being made; Ctrl-C leaves it to CloudFormation", err=True)
        outputs = work.apply(name, change_set)
        click.echo(f"{name}: {counted(len(changes), 'change')} made")
        for key, value in sorted(outputs.items()):
            click.echo(f"  {key}: {value}")
    return 0
