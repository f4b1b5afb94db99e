"""`assay protect`: what is known decides how it has to be protected; what differs is planned, approved, applied and taken back."""

from __future__ import annotations

import click

from assay.cli.lazy import LazyGroup, Verb

VERBS: dict[str, Verb] = {
    "policy": Verb("assay.cli.protect_policy", "policy", "Show and check policies, and say why a control holds."),
    "observe": Verb("assay.cli.protect_plan", "observe", "Show settings of buckets, tables and databases as they are."),
    "plan": Verb("assay.cli.protect_plan", "plan", "Plan what has to change, and change nothing."),
    "approve": Verb("assay.cli.protect_apply", "approve", "Approve a plan exactly as it was shown."),
    "apply": Verb("assay.cli.protect_apply", "apply", "Apply what of a plan may be, and verify it."),
    "verify": Verb("assay.cli.protect_verify", "verify", "Read back whether what a plan made is so still."),
    "rollback": Verb("assay.cli.protect_apply", "rollback", "Take back what a plan made."),
    "restore-test": Verb(
        "assay.cli.protect_restore", "restore_test", "Restore backups apart, compare, and delete the copy."
    ),
    "migration": Verb(
        "assay.cli.protect_migration",
        "migration",
        "Show, and plan, the encryption of a database or a volume that is there.",
    ),
    "drift": Verb("assay.cli.protect_verify", "drift", "Find what is no longer as it was made."),
    "grant": Verb("assay.cli.protect_grant", "grant", "Let somebody in for a time."),
    "incident": Verb("assay.cli.protect_incident", "incident", "Plan what an incident needs, and keep track of it."),
    "anomalies": Verb(
        "assay.cli.protect_anomalies", "anomalies", "Find unusual access to sensitive data in CloudTrail."
    ),
    "watch": Verb("assay.cli.protect_watch", "watch", "Look again every few minutes, and heal what drifted."),
    "workflow": Verb("assay.cli.protect_workflow", "workflow", "Write the workflows for AWS Step Functions."),
}


@click.group(
    cls=LazyGroup,
    verbs=VERBS,
    no_args_is_help=True,
    short_help="Plan, approve, apply and take back the protection of what is known.",
)
def protect() -> None:
    """Protect what is known: observe, plan, approve, apply, verify, roll back.

    Nothing is changed unless --execute says so. Protection never opens anything.

    \b
    assay protect plan s3://lake
    assay protect approve 3fa94c21 --reason "change 4711"
    assay protect apply 3fa94c21 --execute
    """
