"""What other services refuse, the strict layer does; and what their events are."""

from __future__ import annotations

import json
from typing import Any

import pytest
from awsservers import ACCOUNT, REGION, Aws
from strictly import ILLEGAL, listed, new_table, numbered, refused

# Tags of others


def test_a_glue_table_of_another_version_is_not_written_over(aws: Aws) -> None:
    client = aws.client("glue")
    client.create_database(DatabaseInput={"Name": "shop"})
    client.create_table(DatabaseName="shop", TableInput={"Name": "people"})
    wanted = {"DatabaseName": "shop", "TableInput": {"Name": "people", "Owner": "hr"}, "VersionId": "1"}
    client.update_table(**wanted)
    assert refused(client.update_table, **wanted) == ("ConcurrentModificationException", 400)


def test_evaluations_need_a_token_and_say_whether_it_complies(aws: Aws) -> None:
    client = aws.client("config")
    one = {"ComplianceResourceType": "AWS::S3::Bucket", "ComplianceResourceId": "lake", "ComplianceType": "COMPLIANT",
           "OrderingTimestamp": 1}  # fmt: skip
    told = {"Evaluations": [one], "ResultToken": "t", "TestMode": True}
    assert client.put_evaluations(**told)["FailedEvaluations"] == []
    assert refused(client.put_evaluations, **{**told, "ResultToken": ""}) == ("InvalidResultTokenException", 400)
    assert refused(client.put_evaluations, **{**told, "Evaluations": [one] * 101}) == ("ValidationException", 400)
    unknown = {**told, "Evaluations": [{**one, "ComplianceType": "INSUFFICIENT_DATA"}]}
    assert refused(client.put_evaluations, **unknown) == ("InvalidParameterValueException", 400)
    long = {**told, "Evaluations": [{**one, "Annotation": "x" * 257}]}
    assert refused(client.put_evaluations, **long) == ("ValidationException", 400)


def test_lf_tags_are_added_of_known_values_in_small_letters(aws: Aws) -> None:
    client = aws.client("lakeformation")
    assert refused(client.get_lf_tag, TagKey="Level") == ("EntityNotFoundException", 400)
    assert refused(client.update_lf_tag, TagKey="Level", TagValuesToAdd=["x"]) == ("EntityNotFoundException", 400)
    client.create_lf_tag(TagKey="Level", TagValues=["High"])
    assert client.get_lf_tag(TagKey="level")["TagValues"] == ["high"]
    assert refused(client.create_lf_tag, TagKey="level", TagValues=["low"]) == ("InvalidInputException", 400)
    client.create_lf_tag(TagKey="team", TagValues=["hr"])
    table = {"Table": {"DatabaseName": "shop", "Name": "people"}}

    def added(key: str, value: str) -> list[str]:
        answer = client.add_lf_tags_to_resource(Resource=table, LFTags=[{"TagKey": key, "TagValues": [value]}])
        return [each["Error"]["ErrorCode"] for each in answer["Failures"]]

    assert [added("level", "low"), added("other", "x")] == [["EntityNotFoundException"]] * 2
    assert [added("level", "high"), added("team", "hr")] == [[], []]
    told = client.get_resource_lf_tags(Resource=table)["LFTagsOnTable"]
    assert [(pair["TagKey"], pair["TagValues"]) for pair in told] == [("level", ["high"]), ("team", ["hr"])]
    gone = {"Resource": table, "LFTags": [{"TagKey": "team", "TagValues": ["other"]}]}
    assert client.remove_lf_tags_from_resource(**gone)["Failures"] != []


@pytest.mark.parametrize("tags", [*ILLEGAL, [("aws:x", "1")], numbered(51)])
def test_tags_of_tables_and_databases(aws: Aws, table: Any, tags: list[tuple[str, str]]) -> None:
    arn = table.describe_table(TableName="orders")["Table"]["TableArn"]
    wrong = listed(*tags)
    if tags[0][0]:
        assert refused(table.tag_resource, ResourceArn=arn, Tags=wrong) == ("ValidationException", 400)
        assert refused(new_table, client=table, name="other", Tags=wrong) == ("ValidationException", 400)
    database = f"arn:aws:rds:{REGION}:{ACCOUNT}:db:shop"
    code = refused(aws.client("rds").add_tags_to_resource, ResourceName=database, Tags=wrong)
    assert code == ("InvalidParameterValue", 400)


def test_tags_of_a_table_are_counted_with_those_it_has(table: Any) -> None:
    arn = table.describe_table(TableName="orders")["Table"]["TableArn"]
    table.tag_resource(ResourceArn=arn, Tags=listed(*numbered(50)))
    table.tag_resource(ResourceArn=arn, Tags=listed(("k0", "other")))
    assert refused(table.tag_resource, ResourceArn=arn, Tags=listed(("more", "x"))) == ("ValidationException", 400)


def test_tags_of_volumes(aws: Aws) -> None:
    client = aws.client("ec2")
    volume = client.create_volume(AvailabilityZone=f"{REGION}a", Size=1)["VolumeId"]
    client.create_tags(Resources=[volume], Tags=listed(("level", "a,b;c")))
    for tag in [("aws:x", "1"), ("k" * 128, "x"), ("k", "x" * 257)]:
        assert refused(client.create_tags, Resources=[volume], Tags=listed(tag)) == ("InvalidParameterValue", 400)
    assert refused(client.create_tags, Resources=[volume], Tags=listed(*numbered(51))) == ("TagLimitExceeded", 400)
    given = [{"ResourceType": "volume", "Tags": listed(("aws:x", "1"))}]
    made = refused(client.create_volume, AvailabilityZone=f"{REGION}a", Size=1, TagSpecifications=given)
    assert made == ("InvalidParameterValue", 400)


@pytest.mark.parametrize(
    ("service", "operation", "parameters", "code"),
    [
        ("resourcegroupstaggingapi", "tag_resources", {"ResourceARNList": ["arn:aws:s3:::orders"], "Tags": {"a": "1,2"}},
         "InvalidParameterException"),
        ("kms", "tag_resource", {"KeyId": "k", "Tags": [{"TagKey": "aws:x", "TagValue": "1"}]}, "TagException"),
        ("kinesis", "add_tags_to_stream", {"StreamName": "s", "Tags": {"a": "1,2"}}, "InvalidArgumentException"),
        ("glue", "tag_resource", {"ResourceArn": "arn:aws:glue:::x", "TagsToAdd": {"aws:x": "1"}}, "InvalidInputException"),
        ("sns", "tag_resource", {"ResourceArn": "arn:aws:sns:::x", "Tags": listed(("a", "1,2"))}, "InvalidParameter"),
        ("sqs", "tag_queue", {"QueueUrl": "http://x/1/q", "Tags": {"aws:x": "1"}}, "InvalidParameterValue"),
        ("redshift", "create_tags", {"ResourceName": "r", "Tags": listed(("a", "1,2"))}, "InvalidTagFault"),
    ],
)  # fmt: skip
def test_tags_of_other_services(aws: Aws, service: str, operation: str, parameters: dict[str, Any], code: str) -> None:
    assert refused(getattr(aws.client(service), operation), **parameters)[0] == code


# Messages, events, findings


def test_batches_of_messages(queue: tuple[Any, str]) -> None:
    client, url = queue
    prefix = "AWS.SimpleQueueService."
    for call, entry in [
        (client.send_message_batch, {"MessageBody": "x"}),
        (client.delete_message_batch, {"ReceiptHandle": "x"}),
        (client.change_message_visibility_batch, {"ReceiptHandle": "x", "VisibilityTimeout": 1}),
    ]:
        eleven = [{"Id": str(number), **entry} for number in range(11)]
        assert refused(call, QueueUrl=url, Entries=eleven)[0] == prefix + "TooManyEntriesInBatchRequest"
        assert refused(call, QueueUrl=url, Entries=[])[0] == prefix + "EmptyBatchRequest"
        twice = [{"Id": "1", **entry}, {"Id": "1", **entry}]
        assert refused(call, QueueUrl=url, Entries=twice)[0] == prefix + "BatchEntryIdsNotDistinct"
    long = [{"Id": str(number), "MessageBody": "x" * 600_000} for number in range(2)]
    assert refused(client.send_message_batch, QueueUrl=url, Entries=long)[0] == prefix + "BatchRequestTooLong"


def test_messages_and_how_long_they_hide(queue: tuple[Any, str]) -> None:
    client, url = queue
    assert refused(client.send_message, QueueUrl=url, MessageBody="a\x01")[0] == "InvalidMessageContents"
    assert refused(client.send_message, QueueUrl=url, MessageBody="x" * 1_048_577)[0] == "InvalidParameterValue"
    client.send_message(QueueUrl=url, MessageBody="fine\n\u4e2d")
    assert refused(client.receive_message, QueueUrl=url, VisibilityTimeout=43_201) == ("InvalidParameterValue", 400)
    assert refused(client.receive_message, QueueUrl=url, MaxNumberOfMessages=11)[0] == "InvalidParameterValue"
    handle = client.receive_message(QueueUrl=url)["Messages"][0]["ReceiptHandle"]
    client.change_message_visibility(QueueUrl=url, ReceiptHandle=handle, VisibilityTimeout=43_000)
    longer = refused(client.change_message_visibility, QueueUrl=url, ReceiptHandle=handle, VisibilityTimeout=43_201)
    assert longer == ("InvalidParameterValue", 400)
    entry = {"Id": "1", "ReceiptHandle": handle, "VisibilityTimeout": 43_201}
    assert refused(client.change_message_visibility_batch, QueueUrl=url, Entries=[entry])[0] == "InvalidParameterValue"
    assert refused(client.get_queue_url, QueueName="none")[0] == "AWS.SimpleQueueService.NonExistentQueue"


@pytest.mark.parametrize("subject", ["s" * 101, "two\nlines", "größe", "bell\x07", ""])
def test_subjects_of_notifications(aws: Aws, subject: str) -> None:
    client = aws.client("sns")
    topic = client.create_topic(Name="levels")["TopicArn"]
    assert refused(client.publish, TopicArn=topic, Message="m", Subject=subject) == ("InvalidParameter", 400)
    assert refused(client.publish, TopicArn=topic, Message="") == ("InvalidParameter", 400)
    client.publish(TopicArn=topic, Message="m", Subject="s" * 100)


def test_events(aws: Aws) -> None:
    client = aws.client("events")
    entry = {"Source": "assay", "DetailType": "Classified", "Detail": "{}"}
    assert refused(client.put_events, Entries=[entry] * 11) == ("ValidationException", 400)
    large = {**entry, "Detail": json.dumps({"x": "y" * 200_000})}
    assert refused(client.put_events, Entries=[large, large]) == ("ValidationException", 400)
    told = client.put_events(Entries=[entry, {**entry, "Source": "aws.s3"}])
    assert told["FailedEntryCount"] == 1
    assert told["Entries"][1]["ErrorCode"] == "NotAuthorizedForSourceException"


def finding(number: int, **changed: Any) -> dict[str, Any]:
    return {
        "SchemaVersion": "2018-10-08", "Id": str(number), "GeneratorId": "assay", "AwsAccountId": ACCOUNT,
        "ProductArn": f"arn:aws:securityhub:{REGION}:{ACCOUNT}:product/{ACCOUNT}/default", "Title": "t", "Description": "d",
        "CreatedAt": "2024-01-01T00:00:00Z", "UpdatedAt": "2024-01-01T00:00:00.000Z", "Severity": {"Label": "HIGH"},
        "Resources": [{"Type": "AwsS3Bucket", "Id": "arn:aws:s3:::orders"}], **changed,
    }  # fmt: skip


def test_findings(aws: Aws) -> None:
    client = aws.client("securityhub")
    assert refused(client.batch_import_findings, Findings=[finding(1)]) == ("InvalidAccessException", 401)
    client.enable_security_hub()
    too_many = [finding(number) for number in range(101)]
    assert refused(client.batch_import_findings, Findings=too_many) == ("InvalidInputException", 400)
    wrong = [finding(2, AwsAccountId="1"), finding(3, CreatedAt="yesterday"), finding(4, Title=""),
             finding(5, ProductArn="arn:aws:securityhub:us-east-1:1:product/x")]  # fmt: skip
    told = client.batch_import_findings(Findings=[finding(1), *wrong])
    assert (told["SuccessCount"], told["FailedCount"]) == (1, 4)
    assert [one["Id"] for one in told["FailedFindings"]] == ["2", "3", "4", "5"]
    assert [one["Id"] for one in client.get_findings()["Findings"]] == ["1"]


def test_macie_has_to_be_enabled(aws: Aws) -> None:
    client = aws.client("macie2")
    assert refused(client.get_macie_session) == ("AccessDeniedException", 403)
    client.enable_macie()
    assert client.get_macie_session()["status"] == "ENABLED"
    assert refused(aws.client("macie2", "us-east-1").list_findings) == ("AccessDeniedException", 403)


# Events of S3


def letting_in(service: str, source: str, queue: str = f"arn:aws:sqs:{REGION}:{ACCOUNT}:orders") -> dict[str, str]:
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": service},
        "Action": "sqs:SendMessage",
        "Resource": queue,
        "Condition": {"ArnEquals": {"aws:SourceArn": source}},
    }
    return {"Policy": json.dumps({"Version": "2012-10-17", "Statement": [statement]})}


def received(queue: tuple[Any, str]) -> list[dict[str, Any]]:
    client, url = queue
    found: list[dict[str, Any]] = []
    while messages := client.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        found += [json.loads(message["Body"]) for message in messages]
    return found


def test_notifications_have_sequencers_and_encoded_keys(s3: Any, queue: tuple[Any, str]) -> None:
    client, url = queue
    wanted = {
        "QueueArn": f"arn:aws:sqs:{REGION}:{ACCOUNT}:orders",
        "Events": ["s3:ObjectCreated:*", "s3:ObjectRemoved:*"],
    }
    configuration = {"QueueConfigurations": [wanted]}
    put = s3.put_bucket_notification_configuration
    assert refused(put, Bucket="orders", NotificationConfiguration=configuration) == ("InvalidArgument", 400)
    client.set_queue_attributes(QueueUrl=url, Attributes=letting_in("s3.amazonaws.com", "arn:aws:s3:::other"))
    assert refused(put, Bucket="orders", NotificationConfiguration=configuration) == ("InvalidArgument", 400)
    client.set_queue_attributes(QueueUrl=url, Attributes=letting_in("s3.amazonaws.com", "arn:aws:s3:::orders"))
    put(Bucket="orders", NotificationConfiguration=configuration)
    assert received(queue)[0]["Event"] == "s3:TestEvent"
    for body in (b"1", b"22"):
        s3.put_object(Bucket="orders", Key="a/b c+\u00fc.csv", Body=body)
    s3.delete_object(Bucket="orders", Key="a/b c+\u00fc.csv")
    records = [record for message in received(queue) for record in message["Records"]]
    assert [record["eventName"] for record in records] == ["ObjectCreated:Put"] * 2 + ["ObjectRemoved:Delete"]
    objects = [record["s3"]["object"] for record in records]
    assert {one["key"] for one in objects} == {"a/b+c%2B%C3%BC.csv"}
    assert [one.get("size") for one in objects] == [1, 2, None]
    sequencers = [one["sequencer"] for one in objects]
    assert sorted(set(sequencers)) == sequencers
    assert all("versionId" not in one for one in objects)


def test_events_have_the_shape_of_aws(aws: Aws, s3: Any, queue: tuple[Any, str]) -> None:
    bus = aws.client("events")
    bus.put_rule(Name="created", EventPattern=json.dumps({"source": ["aws.s3"]}))
    arn = f"arn:aws:sqs:{REGION}:{ACCOUNT}:orders"
    bus.put_targets(Rule="created", Targets=[{"Id": "1", "Arn": arn}])
    switched_on: dict[str, Any] = {"EventBridgeConfiguration": {}}
    s3.put_bucket_notification_configuration(Bucket="orders", NotificationConfiguration=switched_on)
    s3.put_object(Bucket="orders", Key="lost.csv", Body=b"")
    assert received(queue) == []  # the queue does not let the rule in
    rule = f"arn:aws:events:{REGION}:{ACCOUNT}:rule/created"
    queue[0].set_queue_attributes(QueueUrl=queue[1], Attributes=letting_in("events.amazonaws.com", rule))
    s3.put_bucket_versioning(Bucket="orders", VersioningConfiguration={"Status": "Enabled"})
    for _ in range(2):
        s3.put_object(Bucket="orders", Key="b c+\u00fc.csv", Body=b"x")
    s3.copy_object(Bucket="orders", Key="copy", CopySource={"Bucket": "orders", "Key": "b c+\u00fc.csv"})
    s3.delete_object(Bucket="orders", Key="copy")
    told = received(queue)
    assert [one["detail-type"] for one in told] == ["Object Created"] * 3 + ["Object Deleted"]
    assert [one["detail"]["reason"] for one in told] == ["PutObject", "PutObject", "CopyObject", "DeleteObject"]
    assert told[3]["detail"]["deletion-type"] == "Delete Marker Created"
    objects = [one["detail"]["object"] for one in told]
    assert (objects[0]["key"], objects[0]["etag"], objects[0]["size"]) == (
        "b c+\u00fc.csv",
        "9dd4e461268c8034f5c8564e155c67a6",
        1,
    )
    assert len({one["version-id"] for one in objects}) == 4
    assert sorted({one["sequencer"] for one in objects}) == [one["sequencer"] for one in objects]
    assert len({one["id"] for one in told}) == 4
    bus.disable_rule(Name="created")
    s3.put_object(Bucket="orders", Key="d.csv", Body=b"x")
    assert received(queue) == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"regex": "x" * 513}, {"regex": "(a)b"}, {"regex": "a(?=b)"}, {"regex": "(?<!a)b"}, {"name": "n" * 129},
        {"keywords": ["ab"]}, {"keywords": ["abc"] * 51}, {"ignoreWords": ["abc"]}, {"ignoreWords": ["abcd"] * 11},
        {"maximumMatchDistance": 301},
    ],
)  # fmt: skip
def test_custom_identifiers_of_macie(aws: Aws, wrong: dict[str, Any]) -> None:
    client = aws.client("macie2")
    client.enable_macie()
    aws.strict.answer("macie2.CreateCustomDataIdentifier", {"customDataIdentifierId": "1"})
    fine = {"regex": r"(?:AB|\(x\)|[(])\d{8}", "name": "order", "keywords": ["order number"], "ignoreWords": ["ABCD"]}
    assert client.create_custom_data_identifier(**fine)["customDataIdentifierId"] == "1"
    refusal = refused(client.create_custom_data_identifier, **{**fine, **wrong})
    assert refusal == ("ValidationException", 400)


@pytest.mark.parametrize(
    "wrong",
    [
        {"jobType": "SCHEDULED"},
        {"scheduleFrequency": {"dailySchedule": {}}},
        {"jobType": "SCHEDULED", "scheduleFrequency": {"weeklySchedule": {}}},
        {"jobType": "SCHEDULED", "scheduleFrequency": {"monthlySchedule": {"dayOfMonth": 32}}},
        {"jobType": "WEEKLY"},
        {"samplingPercentage": 0},
        {"s3JobDefinition": {}},
    ],
)
def test_jobs_of_macie(aws: Aws, wrong: dict[str, Any]) -> None:
    client = aws.client("macie2")
    client.enable_macie()
    aws.strict.answer("macie2.CreateClassificationJob", {"jobId": "1"})
    definition = {"bucketDefinitions": [{"accountId": ACCOUNT, "buckets": ["orders"]}]}
    fine = {"clientToken": "t", "name": "n", "jobType": "ONE_TIME", "s3JobDefinition": definition}
    assert client.create_classification_job(**fine)["jobId"] == "1"
    assert refused(client.create_classification_job, **{**fine, **wrong}) == ("ValidationException", 400)


@pytest.mark.parametrize(
    ("service", "operation", "parameters", "code"),
    [
        ("dynamodb", "update_table", {"TableName": "orders", "BillingMode": "FREE"}, "ValidationException"),
        ("dynamodb", "list_tables", {"Limit": 101}, "ValidationException"),
        ("kms", "create_key", {"KeyUsage": "Encrypt"}, "ValidationException"),
        ("glue", "get_tables", {"DatabaseName": "d" * 256}, "ValidationException"),
        ("kinesis", "list_streams", {"Limit": 10_001}, "ValidationException"),
        ("resourcegroupstaggingapi", "tag_resources", {"ResourceARNList": ["arn:aws:s3:::b"] * 21, "Tags": {"a": "b"}},
         "ValidationException"),
    ],
)  # fmt: skip
def test_what_the_models_say(aws: Aws, service: str, operation: str, parameters: dict[str, Any], code: str) -> None:
    assert refused(getattr(aws.client(service), operation), **parameters) == (code, 400)


# Tables


def test_batches_of_writes(table: Any) -> None:
    puts = [{"PutRequest": {"Item": {"id": {"S": str(number)}}}} for number in range(26)]
    assert refused(table.batch_write_item, RequestItems={"orders": puts}) == ("ValidationException", 400)
    table.batch_write_item(RequestItems={"orders": puts[:25]})


def test_a_table_that_is_not_active(aws: Aws, table: Any) -> None:
    aws.strict.unsettled("orders", "CREATING", describes=2)
    assert (
        refused(table.update_table, TableName="orders", DeletionProtectionEnabled=True)[0] == "ResourceInUseException"
    )
    assert refused(table.scan, TableName="orders")[0] == "ResourceNotFoundException"
    seen = [table.describe_table(TableName="orders")["Table"]["TableStatus"] for _ in range(3)]
    assert seen == ["CREATING", "CREATING", "ACTIVE"]
    table.update_table(TableName="orders", DeletionProtectionEnabled=True)
    assert table.scan(TableName="orders")["Count"] == 0


# Streams


def test_shards_are_listed_by_a_token_alone_and_read_five_times_a_second(aws: Aws) -> None:
    client = aws.client("kinesis")
    client.create_stream(StreamName="clicks", ShardCount=3)
    aws.strict.pages(2)
    page = client.list_shards(StreamName="clicks")
    assert len(page["Shards"]) == 2
    both = refused(client.list_shards, StreamName="clicks", NextToken=page["NextToken"])
    assert both == ("InvalidArgumentException", 400)
    assert len(client.list_shards(NextToken=page["NextToken"])["Shards"]) == 1
    start = {"StreamName": "clicks", "ShardIteratorType": "TRIM_HORIZON"}
    iterators = [
        client.get_shard_iterator(ShardId=shard["ShardId"], **start)["ShardIterator"] for shard in page["Shards"]
    ]
    many = refused(client.get_records, ShardIterator=iterators[1], Limit=10_001)
    assert many[1] == 400
    answers = []
    for _ in range(40):
        try:
            client.get_records(ShardIterator=iterators[0])
        except client.exceptions.ProvisionedThroughputExceededException:
            answers.append("refused")
    assert answers
    assert "Records" in client.get_records(ShardIterator=iterators[1])


def test_a_closed_shard_ends(aws: Aws) -> None:
    client = aws.client("kinesis")
    client.create_stream(StreamName="clicks", ShardCount=1)
    client.split_shard(StreamName="clicks", ShardToSplit="shardId-000000000000", NewStartingHashKey=str(2**127))
    shards = {shard["ShardId"]: shard for shard in client.list_shards(StreamName="clicks")["Shards"]}
    assert len(shards) == 3
    start = {"StreamName": "clicks", "ShardIteratorType": "TRIM_HORIZON"}
    ends = []
    for shard in sorted(shards):
        iterator = client.get_shard_iterator(ShardId=shard, **start)["ShardIterator"]
        ends.append(client.get_records(ShardIterator=iterator).get("NextShardIterator") is None)
    assert ends == [True, False, False]


def test_what_is_there_of_services_without_an_emulator_is_of_one_account_and_region_and_the_rest_is_not_found(
    aws: Aws,
) -> None:
    arn = f"arn:aws:redshift-serverless:{REGION}:{ACCOUNT}:namespace/1"
    aws.strict.holds(
        "redshift-serverless", "namespaces", {"namespaceArn": arn, "namespaceName": "sales", "tags": {"a": "b"}}
    )
    here = aws.client("redshift-serverless")
    assert [each["namespaceName"] for each in here.list_namespaces()["namespaces"]] == ["sales"]
    assert here.list_tags_for_resource(resourceArn=arn)["tags"] == [{"key": "a", "value": "b"}]
    assert here.list_workgroups()["workgroups"] == []
    there = aws.client("redshift-serverless", "us-east-1")
    assert there.list_namespaces()["namespaces"] == []
    assert refused(there.list_tags_for_resource, resourceArn=arn)[0] == "ResourceNotFoundException"
    elastic = aws.client("docdb-elastic")
    assert elastic.list_clusters()["clusters"] == []
    absent = f"arn:aws:docdb-elastic:{REGION}:{ACCOUNT}:cluster/1"
    assert refused(elastic.get_cluster, clusterArn=absent) == ("ResourceNotFoundException", 404)
    assert refused(elastic.list_tags_for_resource, resourceArn=absent)[0] == "ResourceNotFoundException"
