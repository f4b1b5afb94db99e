"""What `aws publish` calls: each destination is told."""

from __future__ import annotations

from pathlib import Path

from proving import Stage

from assay.sinks.resultstable import make_table

PERSON = "Employee Ada Lovelace, SSN 536-90-4399\n"


def scenario(stage: Stage) -> None:
    aws = stage.aws
    aws.client("securityhub").enable_security_hub()
    aws.client("events").create_event_bus(Name="governance")
    topic = aws.client("sns").create_topic(Name="stewards")["TopicArn"]
    aws.client("s3").create_bucket(Bucket="lake", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    aws.client("logs").create_log_group(logGroupName="/assay/metrics")
    Path("people.txt").write_text(PERSON, encoding="utf-8")
    catalog = ("--catalog", "catalog.db")
    assert stage.assay("catalog", "init", *catalog) == 0
    assert stage.assay("scan", "people.txt", "--quiet", *catalog) == 0
    told = (
        "--security-hub",
        "--event-bus",
        "governance",
        "--topic",
        topic,
        "--ocsf",
        "s3://lake",
        "--metrics",
        "/assay/metrics",
        "--results-table",
        "results",
    )
    make_table(aws.client("dynamodb"), "results")
    assert stage.assay("aws", "publish", *told, *catalog) == 0
