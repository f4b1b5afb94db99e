"""`assay aws`: the verbs that work on an AWS account."""

from __future__ import annotations

import click

from assay.cli.lazy import LazyGroup, Verb

VERBS: dict[str, Verb] = {
    "publish": Verb(
        "assay.cli.aws_publish", "publish", "Tell Security Hub, EventBridge and others what the catalog concludes."
    ),
    "tag": Verb("assay.cli.tag", "tag", "Write what the catalog knows as tags, and take it back."),
    "export-snapshot": Verb(
        "assay.cli.aws_export", "export_snapshot", "Copy a snapshot of RDS to S3, to be scanned there."
    ),
    "config-evaluations": Verb(
        "assay.cli.config_evaluations", "config_evaluations", "Tell AWS Config whose tags differ from the catalog."
    ),
    "plans": Verb("assay.cli.plans", "plans", "List plans, or show one and what became of it."),
    "discover": Verb("assay.cli.discover", "discover", "List what accounts hold, and what was never scanned."),
    "executions": Verb(
        "assay.cli.executions", "executions", "Show workflows that wait for a decision, and answer them."
    ),
    "setup-events": Verb("assay.cli.setup_events", "setup_events", "Have buckets tell of their changes."),
    "deploy": Verb("assay.cli.deploy", "deploy", "Write the stacks that assay runs as in AWS, or deploy them."),
    "macie": Verb("assay.cli.macie", "macie", "Work with Amazon Macie: identifiers, jobs, findings, suppression."),
    "iam-policy": Verb("assay.cli.aws_iam", "iam_policy", "Print the least IAM policy that commands need."),
}


@click.group(cls=LazyGroup, verbs=VERBS, no_args_is_help=True)
def aws() -> None:
    """Find, tag and watch what an AWS account holds."""
