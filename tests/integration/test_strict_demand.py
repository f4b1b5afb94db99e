"""What tests ask of the strict layer: failures on demand, the log, short pages."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from awsservers import ACCOUNT, REGION, Aws
from strictly import HERE, listed, new_table, numbered, refused

from assay.aws.paging import items, pages

# What goes wrong on demand


def test_denials_are_told_as_each_protocol_has_it(aws: Aws, s3: Any, table: Any) -> None:
    aws.strict.deny("*")
    assert refused(s3.get_object, Bucket="orders", Key="a.csv") == ("AccessDenied", 403)
    assert refused(s3.head_object, Bucket="orders", Key="a.csv") == ("403", 403)
    assert refused(table.scan, TableName="orders") == ("AccessDeniedException", 400)
    assert refused(aws.client("macie2").get_macie_session) == ("AccessDeniedException", 403)
    assert refused(aws.client("ec2").describe_volumes) == ("UnauthorizedOperation", 403)
    assert refused(aws.client("rds").describe_db_instances) == ("AccessDenied", 403)
    assert refused(aws.client("sns").list_topics) == ("AuthorizationError", 403)
    assert refused(aws.client("sqs").list_queues) == ("AccessDenied", 403)
    assert refused(aws.client("sts").get_caller_identity) == ("AccessDenied", 403)
    assert refused(aws.client("kms").list_keys) == ("AccessDeniedException", 400)
    control = aws.client("s3control")
    assert refused(control.list_jobs, AccountId=ACCOUNT) == ("AccessDenied", 403)


def test_throttling_is_told_as_each_service_has_it(aws: Aws, s3: Any, table: Any) -> None:
    aws.strict.throttle("*")
    assert refused(s3.put_object, Bucket="orders", Key="b", Body=b"x" * 300_000) == ("SlowDown", 503)
    assert refused(table.scan, TableName="orders") == ("ProvisionedThroughputExceededException", 400)
    assert refused(aws.client("ec2").describe_volumes) == ("RequestLimitExceeded", 503)
    assert refused(aws.client("rds").describe_db_instances) == ("Throttling", 400)
    assert refused(aws.client("glue").get_databases) == ("ThrottlingException", 400)
    assert refused(aws.client("lambda").list_functions) == ("TooManyRequestsException", 429)
    assert refused(aws.client("macie2").get_macie_session) == ("ThrottlingException", 429)


def test_expired_credentials_and_regions_that_are_off(aws: Aws, s3: Any, table: Any) -> None:
    off = aws.strict.disable_region("eu-south-1")
    assert refused(aws.client("ec2", "eu-south-1").describe_volumes) == ("AuthFailure", 401)
    assert refused(aws.client("dynamodb", "eu-south-1").list_tables) == ("UnrecognizedClientException", 400)
    assert refused(aws.client("sts", "eu-south-1").get_caller_identity) == ("InvalidClientTokenId", 403)
    assert off.met == 3
    assert table.list_tables()["TableNames"] == ["orders"]
    aws.strict.expire()
    assert refused(s3.list_buckets) == ("ExpiredToken", 400)
    assert refused(table.list_tables) == ("ExpiredTokenException", 400)
    assert refused(aws.client("rds").describe_db_instances) == ("ExpiredToken", 403)
    assert refused(aws.client("lambda").list_functions) == ("ExpiredTokenException", 403)


def test_injections_are_for_some_calls_and_end(aws: Aws, s3: Any) -> None:
    denial = aws.strict.deny("s3.GetObject", bucket="orders", key="a.csv", times=2)
    prefixed = aws.strict.deny("s3.Put*", key=lambda key: key.startswith("secret/"))
    s3.put_object(Bucket="orders", Key="b.csv", Body=b"b")
    assert s3.get_object(Bucket="orders", Key="b.csv")["Body"].read() == b"b"
    for _ in range(2):
        assert refused(s3.get_object, Bucket="orders", Key="a.csv")[0] == "AccessDenied"
    assert s3.get_object(Bucket="orders", Key="a.csv")["Body"].read() == b"name\n"
    assert refused(s3.put_object, Bucket="orders", Key="secret/x", Body=b"")[0] == "AccessDenied"
    assert (denial.met, prefixed.met) == (2, 1)
    aws.strict.before("s3.GetObject", lambda: s3.delete_object(Bucket="orders", Key="b.csv"))
    assert refused(s3.get_object, Bucket="orders", Key="b.csv") == ("NoSuchKey", 404)


def test_what_the_emulator_has_not_can_be_answered(aws: Aws) -> None:
    client = aws.client("macie2")
    client.enable_macie()
    job = "arn:aws:macie2:eu-west-1:123456789012:classification-job/1"
    assert refused(client.list_tags_for_resource, resourceArn=job) == ("NotImplemented", 501)
    with pytest.raises(ValueError, match="tags"):
        aws.strict.answer("macie2.ListTagsForResource", {"tags": "one"})
    aws.strict.answer("macie2.ListTagsForResource", {"tags": {"a": "b"}}, times=1)
    aws.strict.answer("macie2.ListTagsForResource", lambda request: {"tags": {"of": request.parameters["resourceArn"]}})
    assert client.list_tags_for_resource(resourceArn=job)["tags"] == {"a": "b"}
    assert client.list_tags_for_resource(resourceArn=job)["tags"] == {"of": job}
    vaults = aws.client("backup")
    aws.strict.answer("backup.ListProtectedResources", {"Results": [{"ResourceArn": "arn:aws:s3:::orders"}]})
    assert vaults.list_protected_resources()["Results"] == [{"ResourceArn": "arn:aws:s3:::orders"}]


def test_a_delay_holds_a_call_back(aws: Aws, s3: Any) -> None:
    waiting = threading.Event()
    aws.strict.before("s3.ListBuckets", waiting.set)
    aws.strict.delay("s3.ListBuckets", 2.0, times=1)
    thread = threading.Thread(target=s3.list_buckets)
    thread.start()
    assert waiting.wait(60)
    s3.head_bucket(Bucket="orders")
    thread.join()
    assert [call.name for call in aws.strict.calls][-2:] == ["s3.HeadBucket", "s3.ListBuckets"]


def test_a_call_that_is_held_back_does_not_outlive_its_test(aws: Aws, s3: Any) -> None:
    """Whoever sent it may have been killed: it would change what another test prepared."""
    waiting = threading.Event()
    aws.strict.before("s3.DeleteBucket", waiting.set)
    aws.strict.delay("s3.DeleteBucket", 300)
    with ThreadPoolExecutor(1) as pool:
        late = pool.submit(refused, s3.delete_bucket, Bucket="orders")
        assert waiting.wait(60)
        aws.strict.reset()
        aws.client("s3").create_bucket(Bucket="orders", CreateBucketConfiguration=HERE)
        assert late.result(60) == ("ServiceUnavailable", 503)
    assert [call.name for call in aws.strict.calls] == ["s3.CreateBucket"]
    assert [each["Name"] for each in s3.list_buckets()["Buckets"]] == ["orders"]


def test_a_reset_ends_it_all(aws: Aws, s3: Any) -> None:
    aws.strict.deny("*")
    aws.strict.pages(1)
    aws.strict.reset()
    assert len(aws.strict.calls) == 0
    assert s3.list_buckets()["Buckets"] == []


# The log


def test_the_log_has_every_call(aws: Aws, s3: Any, table: Any, queue: tuple[Any, str]) -> None:
    client, url = queue
    aws.strict.calls.clear()
    s3.put_object(Bucket="orders", Key="a b+c%2F\u00fc.csv", Body=b"x")
    s3.get_object(Bucket="orders", Key="a b+c%2F\u00fc.csv", Range="bytes=0-0")
    refused(s3.get_object, Bucket="orders", Key="none")
    table.scan(TableName="orders")
    client.send_message(QueueUrl=url, MessageBody="x")
    aws.client("ec2", "us-east-1").describe_volumes()
    calls = aws.strict.calls
    assert [call.name for call in calls] == [
        "s3.PutObject", "s3.GetObject", "s3.GetObject", "dynamodb.Scan", "sqs.SendMessage", "ec2.DescribeVolumes"
    ]  # fmt: skip
    ranged, missed = calls.made("s3.GetObject", bucket="orders")
    assert (ranged.parameters["Key"], ranged.parameters["Range"]) == ("a b+c%2F\u00fc.csv", "bytes=0-0")
    assert (ranged.status, ranged.code) == (206, "")
    assert (missed.status, missed.code) == (404, "NoSuchKey")
    assert len(calls.made("sqs.SendMessage", queue="orders")) == 1
    assert len(calls.made(table="orders")) == 1
    assert calls.made(region="us-east-1")[0].name == "ec2.DescribeVolumes"
    assert calls.names()["s3.GetObject"] == 2


# Pages


def paged(client: Any, operation: str, key: str, **parameters: Any) -> list[list[Any]]:
    """What stands under a key, page by page, as a paginator of the library reads it."""
    return [page.get(key, []) for page in client.get_paginator(operation).paginate(**parameters)]


def test_objects_and_their_versions_come_in_short_pages(aws: Aws, s3: Any) -> None:
    s3.put_bucket_versioning(Bucket="orders", VersioningConfiguration={"Status": "Enabled"})
    keys = ["a.csv", "b c.csv", "d+e.csv", "f%2Fg.csv", "h/i.csv"]
    for key in keys:
        s3.put_object(Bucket="orders", Key=key, Body=b"2")
    aws.strict.pages(2)
    found = paged(s3, "list_objects_v2", "Contents", Bucket="orders")
    assert [[one["Key"] for one in page] for page in found] == [keys[:2], keys[2:4], keys[4:]]
    versions = paged(s3, "list_object_versions", "Versions", Bucket="orders")
    assert max(len(page) for page in versions) == 2
    assert sorted(one["Key"] for page in versions for one in page) == sorted(["a.csv", *keys])


def test_tables_and_items_come_in_short_pages(aws: Aws, table: Any) -> None:
    for number in range(5):
        table.put_item(TableName="orders", Item={"id": {"S": str(number)}})
        new_table(table, f"tab{number}")
    aws.strict.pages(2)
    pages = paged(table, "scan", "Items", TableName="orders")
    assert sum(len(page) for page in pages) == 5
    assert max(len(page) for page in pages) == 2
    names = paged(table, "list_tables", "TableNames")
    assert names == [["orders", "tab0"], ["tab1", "tab2"], ["tab3", "tab4"]]


def _queues(aws: Aws) -> tuple[Any, str, str]:
    for number in range(5):
        aws.client("sqs").create_queue(QueueName=f"q{number}")
    return aws.client("sqs"), "list_queues", "QueueUrls"


def _topics(aws: Aws) -> tuple[Any, str, str]:
    for number in range(5):
        aws.client("sns").create_topic(Name=f"t{number}")
    return aws.client("sns"), "list_topics", "Topics"


def _instances(aws: Aws) -> tuple[Any, str, str]:
    for number in range(5):
        aws.client("rds").create_db_instance(
            DBInstanceIdentifier=f"shop{number}", DBInstanceClass="db.t3.micro", Engine="postgres", AllocatedStorage=20
        )
    return aws.client("rds"), "describe_db_instances", "DBInstances"


def _volumes(aws: Aws) -> tuple[Any, str, str]:
    for number in range(5):
        given = [{"ResourceType": "volume", "Tags": listed(("number", str(number)))}]
        aws.client("ec2").create_volume(AvailabilityZone=f"{REGION}a", Size=1, TagSpecifications=given)
    return aws.client("ec2"), "describe_volumes", "Volumes"


def _databases(aws: Aws) -> tuple[Any, str, str]:
    for number in range(5):
        aws.client("glue").create_database(DatabaseInput={"Name": f"db{number}"})
    return aws.client("glue"), "get_databases", "DatabaseList"


def _keys(aws: Aws) -> tuple[Any, str, str]:
    for _ in range(5):
        aws.client("kms").create_key()
    return aws.client("kms"), "list_keys", "Keys"


def _buckets(aws: Aws) -> tuple[Any, str, str]:
    for number in range(5):
        aws.client("s3").create_bucket(Bucket=f"bucket{number}", CreateBucketConfiguration=HERE)
    return aws.client("s3"), "list_buckets", "Buckets"


def _tagged(aws: Aws) -> tuple[Any, str, str]:
    for number in range(5):
        configuration = {**HERE, "Tags": listed(("number", str(number)))}
        aws.client("s3").create_bucket(Bucket=f"bucket{number}", CreateBucketConfiguration=configuration)
    return aws.client("resourcegroupstaggingapi"), "get_resources", "ResourceTagMappingList"


def _vaults(aws: Aws) -> tuple[Any, str, str]:
    for number in range(5):
        aws.client("backup").create_backup_vault(BackupVaultName=f"vault{number}")
    return aws.client("backup"), "list_backup_vaults", "BackupVaultList"


def _streams(aws: Aws) -> tuple[Any, str, str]:
    for number in range(5):
        aws.client("kinesis").create_stream(StreamName=f"s{number}", ShardCount=1)
    return aws.client("kinesis"), "list_streams", "StreamNames"


def _timeless(one: Any) -> Any:
    """Without times: what is written anew has milliseconds only."""
    return {name: value for name, value in one.items() if not hasattr(value, "year")} if isinstance(one, dict) else one


@pytest.mark.parametrize(
    "prepared", [_queues, _topics, _instances, _volumes, _databases, _keys, _buckets, _tagged, _vaults, _streams]
)
def test_every_list_comes_in_short_pages(aws: Aws, prepared: Callable[[Aws], tuple[Any, str, str]]) -> None:
    client, operation, key = prepared(aws)
    whole = getattr(client, operation)()[key]
    aws.strict.pages(2)
    pages = paged(client, operation, key)
    assert [len(page) for page in pages] == [2, 2, 1]
    assert [_timeless(one) for page in pages for one in page] == [_timeless(one) for one in whole]
    assert len(getattr(client, operation)()[key]) == 2


def test_lists_without_a_paginator_come_in_short_pages(aws: Aws) -> None:
    client = aws.client("kinesis")
    client.create_stream(StreamName="orders", ShardCount=1)
    client.add_tags_to_stream(StreamName="orders", Tags=dict(numbered(5)))
    aws.strict.pages(2)
    found = [page["Tags"] for page in pages(client, "list_tags_for_stream", StreamName="orders")]
    assert [len(page) for page in found] == [2, 2, 1]
    assert [tag["Key"] for page in found for tag in page] == ["k0", "k1", "k2", "k3", "k4"]
    events = aws.client("events")
    for number in range(5):
        events.put_rule(Name=f"r{number}", ScheduleExpression="rate(1 day)")
    names = [rule["Name"] for rule in items(events, "list_rules", "Rules", NamePrefix="r")]
    assert names == [f"r{number}" for number in range(5)]


def test_more_than_the_emulator_s_first_streams_are_listed(aws: Aws) -> None:
    client = aws.client("kinesis")
    for number in range(12):
        client.create_stream(StreamName=f"s{number:02}", ShardCount=1)
    assert len(list(items(client, "list_streams", "StreamNames"))) == 12
