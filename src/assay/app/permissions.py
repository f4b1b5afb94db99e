"""Which calls of AWS each command makes, as the modules that make them declare it."""

from __future__ import annotations

import importlib
from collections.abc import Mapping

from assay.aws.grants import Grant
from assay.aws.session import Calls

IDENTITY: Calls = frozenset({"sts.GetCallerIdentity"})

# The modules that make a command's calls; each has a constant CALLS, or the one that is named behind a colon. They are named,
# not imported: most commands use none. Kinds of databases are apart: who reads buckets must not be let into databases.
_MODULES: Mapping[str, tuple[str, ...]] = {
    "aws publish": (
        "assay.sinks.securityhub",
        "assay.sinks.eventbridge",
        "assay.notify.sns",
        "assay.sinks.dynamodbresults",
        "assay.sinks.objects",
        "assay.sinks.metricslog",
    ),
    "audit export": ("assay.sinks.auditplaces",),
    "aws publish --make-table": ("assay.sinks.resultstable", "assay.sinks.dynamodbresults"),
    "scan": ("assay.sources.s3.calls", "assay.sources.dynamodb.calls", "assay.sources.kinesis.calls"),
    "scan comprehend": ("assay.recognisers.comprehend",),
    "scan textract": ("assay.recognisers.textract",),
    "scan glue": ("assay.sources.glue.calls",),
    "scan rds": ("assay.sources.awssql.calls:BY_RDS",),
    "scan rds-export": ("assay.sources.awssql.calls:BY_EXPORT",),
    "scan redshift": ("assay.sources.awssql.calls:BY_REDSHIFT",),
    "aws tag": (
        "assay.observers.tags",
        "assay.observers.endpoints",
        "assay.protectors.s3_object_tags",
        "assay.protectors.s3_bucket_tags",
        "assay.protectors.rds_tags",
        "assay.protectors.dynamodb_tags",
        "assay.protectors.ebs_tags",
        "assay.protectors.glue_tags",
        "assay.protectors.lf_tags",
    ),
    "protect plan": (
        "assay.observers.s3_bucket",
        "assay.observers.dynamodb_table",
        "assay.observers.rds_database",
        "assay.observers.ebs_settings",
        "assay.observers.backed_up",
        "assay.observers.watched",
        "assay.observers.external_access",
        "assay.protectors.kms_key:READS",
        "assay.aws.keypolicies:READS",
        "assay.aws.keygrants:READS",
        "assay.protectors.backup_plan:READS",
        "assay.aws.backups:SETTINGS",
        "assay.aws.backups:ROLE",
        "assay.aws.trails:TRAILS",
        "assay.protectors.cloudtrail_trail:READS",
    ),
    "protect plan accounts": ("assay.app.protection.reaching",),
    "protect apply": (
        "assay.protectors.kms_key",
        "assay.protectors.kms_rotation",
        "assay.protectors.s3_log_bucket",
        "assay.protectors.s3_tls_only",
        "assay.protectors.s3_statements",
        "assay.protectors.s3_public_access_block",
        "assay.protectors.s3_acls_off",
        "assay.protectors.s3_encryption",
        "assay.protectors.s3_versioning",
        "assay.protectors.s3_lifecycle",
        "assay.protectors.s3_logging",
        "assay.protectors.s3_events",
        "assay.protectors.dynamodb_recovery",
        "assay.protectors.dynamodb_deletion_protection",
        "assay.protectors.dynamodb_encryption",
        "assay.protectors.ebs_default_key",
        "assay.protectors.ebs_default_encryption",
        "assay.protectors.ebs_snapshot_private",
        "assay.protectors.ebs_snapshot_block",
        "assay.protectors.rds_copy_tags",
        "assay.protectors.rds_deletion_protection",
        "assay.protectors.rds_log_exports",
        "assay.protectors.rds_backups",
        "assay.protectors.rds_iam_authentication",
        "assay.protectors.rds_private",
        "assay.protectors.rds_snapshot_private",
        "assay.protectors.backup_role",
        "assay.protectors.backup_vault",
        "assay.protectors.backup_plan",
        "assay.protectors.backup_join",
        "assay.protectors.cloudtrail_trail",
        "assay.protectors.data_events",
        "assay.protectors.s3_request_metrics",
        "assay.protectors.dynamodb_insights",
        "assay.protectors.alarms",
        "assay.protectors.kms_statements",
        "assay.protectors.iam_quarantine",
        "assay.protectors.rds_migration",
        "assay.protectors.rds_cluster_migration",
        "assay.protectors.ebs_migration",
        "assay.protectors.evidence",
    ),
    "protect apply --canary": ("assay.protectors.s3_canary",),
    "protect incident notify": ("assay.app.protection.recovering:NOTIFIES",),
    "protect incident recover": ("assay.app.protection.recovering",),
    "protect migration": ("assay.app.protection.migrating", "assay.app.protection.replacing"),
    "protect restore-test": ("assay.app.protection.restoretesting",),
    "protect restore-test rds": ("assay.sources.awssql.calls:BY_RDS",),
    "protect verify": ("assay.app.protection.protectcalls",),
    "protect anomalies": ("assay.app.protection.trails",),
    "protect watch": ("assay.observers.changes",),
    "protect watch --queue": ("assay.app.protection.protectintake",),
    "aws deploy": ("assay.app.cloud.deploying",),
    "aws config-evaluations": ("assay.app.cloud.evaluating", "assay.sinks.configrules", "assay.observers.endpoints"),
    "aws executions": ("assay.app.reviews.resuming",),
    "aws setup-events": ("assay.protectors.s3_events",),
    "aws export-snapshot": ("assay.observers.snapshots", "assay.protectors.rds_export"),
    "aws macie status": ("assay.app.macie.maciesetup:STATUS_CALLS",),
    "aws macie enable": ("assay.protectors.macie_session",),
    "aws macie setup": ("assay.app.macie.maciesetup:SETUP_CALLS",),
    "aws macie create-identifiers": ("assay.protectors.macie_identifiers",),
    "aws macie job": ("assay.app.macie.maciejobs",),
    "aws macie reclassify": ("assay.app.macie.maciejobs:RECLASSIFY_CALLS",),
    "aws macie jobs": ("assay.app.macie.maciejobs:LIST_CALLS",),
    "aws macie import": ("assay.sources.macie",),
    "aws macie export-results": ("assay.protectors.macie_export",),
    "aws macie suppress": ("assay.app.macie.maciesetup:SUPPRESS_CALLS",),
    "aws macie undo": ("assay.app.macie.maciework",),
    "learn": ("assay.sinks.modelobjects",),
    "enrich bedrock": ("assay.enrichers.bedrock",),
    "enrich sagemaker": ("assay.enrichers.sagemaker",),
    "worker": (
        "assay.queues.sqs",
        "assay.sources.s3.single",
        "assay.app.work.eventtags",
    ),
    "worker --rescans": ("assay.app.work.rescanning",),
    "worker --rescans rds": ("assay.sources.awssql.calls:BY_RDS",),
    "aws discover": (
        "assay.app.cloud.accounts",
        "assay.app.cloud.discovering",
        "assay.observers.activity",
        "assay.observers.look",
        "assay.observers.s3",
        "assay.observers.rds",
        "assay.observers.redshift",
        "assay.observers.redshift_serverless",
        "assay.observers.docdb_elastic",
        "assay.observers.dynamodb",
        "assay.observers.glue",
        "assay.observers.kinesis",
        "assay.observers.opensearch",
        "assay.observers.ebs",
    ),
}

_BESIDE: Mapping[str, str] = {
    "protect restore-test rds": "assay.sources.awssql.calls:BESIDE_RDS",
    "scan rds": "assay.sources.awssql.calls:BESIDE_RDS",
    "worker --rescans rds": "assay.sources.awssql.calls:BESIDE_RDS",
}

COMMANDS = tuple(_MODULES)


def beside_of(command: str) -> tuple[Grant, ...]:
    """What a command needs to be allowed for which it makes no call."""
    module, _, name = _BESIDE.get(command, "").partition(":")
    found: tuple[Grant, ...] = getattr(importlib.import_module(module), name) if module else ()
    return found


def calls_of(command: str) -> Calls:
    """Every operation that a command may make. Raises `KeyError` for a command that declares none."""
    found = IDENTITY
    for place in _MODULES[command]:
        module, _, name = place.partition(":")
        calls: Calls = getattr(importlib.import_module(module), name or "CALLS")
        found |= calls
    return found
