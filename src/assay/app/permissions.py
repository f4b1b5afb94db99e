"""Which calls of AWS each command makes, as the modules that make them declare it."""

from __future__ import annotations

import importlib
from collections.abc import Mapping

from assay.aws.session import Calls

IDENTITY: Calls = frozenset({"sts.GetCallerIdentity"})

# The modules that make a command's calls; each has a constant CALLS. They are named, not imported: most commands use none.
_MODULES: Mapping[str, tuple[str, ...]] = {
    "aws publish": (
        "assay.sinks.securityhub",
        "assay.sinks.eventbridge",
        "assay.notify.sns",
        "assay.sinks.dynamodbresults",
        "assay.sinks.objects",
        "assay.sinks.metricslog",
    ),
    "aws publish --make-table": ("assay.sinks.resultstable", "assay.sinks.dynamodbresults"),
    "scan": ("assay.sources.s3.calls", "assay.sources.dynamodb.calls"),
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
    "aws config-evaluations": ("assay.app.evaluating", "assay.sinks.configrules", "assay.observers.endpoints"),
    "aws setup-events": ("assay.protectors.s3_events",),
    "worker": (
        "assay.queues.sqs",
        "assay.sources.s3.single",
        "assay.app.eventtags",
    ),
    "aws discover": (
        "assay.app.accounts",
        "assay.app.discovering",
        "assay.observers.activity",
        "assay.observers.look",
        "assay.observers.s3",
        "assay.observers.rds",
        "assay.observers.redshift",
        "assay.observers.dynamodb",
        "assay.observers.glue",
        "assay.observers.kinesis",
        "assay.observers.opensearch",
        "assay.observers.ebs",
    ),
}

COMMANDS = tuple(_MODULES)


def calls_of(command: str) -> Calls:
    """Every operation that a command may make. Raises `KeyError` for a command that declares none."""
    found = IDENTITY
    for name in _MODULES[command]:
        calls: Calls = importlib.import_module(name).CALLS
        found |= calls
    return found
