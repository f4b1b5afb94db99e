"""The strict layer refuses what AWS refuses: a test for each refusal, through clients as everybody uses them."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from awsservers import ACCOUNT, REGION, Aws
from botocore.exceptions import ClientError

from assay.aws.paging import items, pages

OTHER = "210987654321"
HERE = {"LocationConstraint": REGION}


def refused(call: Callable[..., Any], **parameters: Any) -> tuple[str, int]:
    """Code and status of a refusal."""
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    told = caught.value.response
    return told["Error"]["Code"], told["ResponseMetadata"]["HTTPStatusCode"]


def tag_set(*tags: tuple[str, str]) -> dict[str, Any]:
    return {"TagSet": [{"Key": key, "Value": value} for key, value in tags]}


def numbered(count: int) -> list[tuple[str, str]]:
    return [(f"k{number}", "v") for number in range(count)]


def listed(*tags: tuple[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags]


@pytest.fixture
def s3(aws: Aws) -> Any:
    """A client, and a bucket `orders` with an object `a.csv`."""
    client = aws.client("s3")
    client.create_bucket(Bucket="orders", CreateBucketConfiguration=HERE)
    client.put_object(Bucket="orders", Key="a.csv", Body=b"name\n")
    return client


@pytest.fixture
def table(aws: Aws) -> Any:
    """A client, and a table `orders`."""
    client = aws.client("dynamodb")
    new_table(client, "orders")
    return client


def new_table(client: Any, name: str, **more: Any) -> None:
    client.create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        **more,
    )


ILLEGAL = [
    [("level", "a,b")],
    [("a,b", "x")],
    [("a;b", "x")],
    [("level", "a\tb")],
    [("level", "50%")],
    [("level", "x" * 257)],
    [("k" * 129, "x")],
    [("", "x")],
    [("level", "1"), ("level", "2")],
]


# Tags of S3


@pytest.mark.parametrize("tags", ILLEGAL)
def test_illegal_tags_of_objects_and_buckets(s3: Any, tags: list[tuple[str, str]]) -> None:
    if tags[0][0]:  # the library itself refuses an empty key
        assert refused(s3.put_object_tagging, Bucket="orders", Key="a.csv", Tagging=tag_set(*tags)) == (
            "InvalidTag",
            400,
        )
        assert refused(s3.put_bucket_tagging, Bucket="orders", Tagging=tag_set(*tags)) == ("InvalidTag", 400)
    assert s3.get_object_tagging(Bucket="orders", Key="a.csv")["TagSet"] == []
    assert refused(s3.get_bucket_tagging, Bucket="orders") == ("NoSuchTagSet", 404)


@pytest.mark.parametrize(
    "tag", [("data:level", "a+b:c/d=e@f._-"), ("größe", "ж 漢字"), ("k" * 128, "x" * 256), ("empty", "")]
)
def test_legal_tags_pass(s3: Any, tag: tuple[str, str]) -> None:
    s3.put_object_tagging(Bucket="orders", Key="a.csv", Tagging=tag_set(tag))
    s3.put_bucket_tagging(Bucket="orders", Tagging=tag_set(tag))
    assert s3.get_object_tagging(Bucket="orders", Key="a.csv")["TagSet"] == tag_set(tag)["TagSet"]
    assert s3.get_bucket_tagging(Bucket="orders")["TagSet"] == tag_set(tag)["TagSet"]


def test_the_invalid_tag_is_told(s3: Any) -> None:
    with pytest.raises(ClientError) as caught:
        s3.put_bucket_tagging(Bucket="orders", Tagging=tag_set(("level", "a,b")))
    assert caught.value.response["Error"]["TagKey"] == "level"
    assert caught.value.response["Error"]["Message"] == "The TagValue you have provided is invalid"


def test_too_many_tags(s3: Any) -> None:
    s3.put_object_tagging(Bucket="orders", Key="a.csv", Tagging=tag_set(*numbered(10)))
    eleven = refused(s3.put_object_tagging, Bucket="orders", Key="a.csv", Tagging=tag_set(*numbered(11)))
    assert eleven == ("BadRequest", 400)
    s3.put_bucket_tagging(Bucket="orders", Tagging=tag_set(*numbered(50)))
    assert refused(s3.put_bucket_tagging, Bucket="orders", Tagging=tag_set(*numbered(51))) == ("BadRequest", 400)


def test_an_empty_set_takes_tags_away(s3: Any) -> None:
    s3.put_object_tagging(Bucket="orders", Key="a.csv", Tagging=tag_set(("a", "1")))
    s3.put_object_tagging(Bucket="orders", Key="a.csv", Tagging=tag_set())
    assert s3.get_object_tagging(Bucket="orders", Key="a.csv")["TagSet"] == []


@pytest.mark.parametrize(
    ("header", "code"), [("a=x%2Cy", "InvalidTag"), ("a=1&a=2", "InvalidArgument"), ("aws%3Ax=1", "InvalidTag")]
)
def test_tags_in_the_header(s3: Any, header: str, code: str) -> None:
    assert refused(s3.put_object, Bucket="orders", Key="b.csv", Body=b"x" * 100_000, Tagging=header) == (code, 400)


def test_the_names_of_aws_are_not_for_objects(s3: Any) -> None:
    code = refused(s3.put_object_tagging, Bucket="orders", Key="a.csv", Tagging=tag_set(("aws:x", "1")))
    assert code == ("InvalidTag", 400)


def test_system_tags_of_a_bucket_are_sent_as_they_are(aws: Aws, s3: Any) -> None:
    aws.strict.system_tags("orders", cloudformation_stack="shop")
    system = ("aws:cloudformation:stack", "shop")
    assert s3.get_bucket_tagging(Bucket="orders")["TagSet"] == listed(system)
    for tags in ([("level", "x")], [("aws:cloudformation:stack", "other")], [system, ("aws:new", "1")]):
        assert refused(s3.put_bucket_tagging, Bucket="orders", Tagging=tag_set(*tags)) == ("InvalidTag", 400)
    s3.put_bucket_tagging(Bucket="orders", Tagging=tag_set(system, ("level", "x")))
    assert s3.get_bucket_tagging(Bucket="orders")["TagSet"] == listed(system, ("level", "x"))


def test_buckets_with_access_by_attributes_are_tagged_by_s3_control(aws: Aws, s3: Any) -> None:
    assert s3.get_bucket_abac(Bucket="orders")["AbacStatus"]["Status"] == "Disabled"
    s3.put_bucket_abac(Bucket="orders", AbacStatus={"Status": "Enabled"})
    assert s3.get_bucket_abac(Bucket="orders")["AbacStatus"]["Status"] == "Enabled"
    assert refused(s3.put_bucket_tagging, Bucket="orders", Tagging=tag_set(("a", "1")))[1] == 400
    assert refused(s3.delete_bucket_tagging, Bucket="orders")[1] == 400
    control, here = aws.client("s3control"), {"AccountId": ACCOUNT, "ResourceArn": "arn:aws:s3:::orders"}
    control.tag_resource(**here, Tags=listed(("a", "1")))
    assert s3.get_bucket_tagging(Bucket="orders")["TagSet"] == listed(("a", "1"))
    assert refused(control.tag_resource, **here, Tags=listed(("a", "1,2"))) == ("InvalidTag", 400)
    assert refused(control.tag_resource, **here, Tags=listed(*numbered(50)))[1] == 400
    control.untag_resource(**here, TagKeys=["a"])
    assert refused(s3.get_bucket_tagging, Bucket="orders") == ("NoSuchTagSet", 404)


# Buckets


def test_the_place_of_a_bucket(aws: Aws) -> None:
    here, east = aws.client("s3"), aws.client("s3", "us-east-1")
    assert refused(here.create_bucket, Bucket="new") == ("IllegalLocationConstraintException", 400)
    wrong = {"LocationConstraint": "us-west-2"}
    assert (
        refused(here.create_bucket, Bucket="new", CreateBucketConfiguration=wrong)[0]
        == "IllegalLocationConstraintException"
    )
    named = {"LocationConstraint": "us-east-1"}
    assert refused(east.create_bucket, Bucket="new", CreateBucketConfiguration=named)[0] == "InvalidLocationConstraint"
    east.create_bucket(Bucket="new")


def test_a_bucket_of_another_region_is_somewhere_else(aws: Aws, s3: Any) -> None:
    far = aws.client("s3", "us-west-2")
    assert far.get_bucket_location(Bucket="orders")["LocationConstraint"] == REGION
    assert far.get_object(Bucket="orders", Key="a.csv")["Body"].read() == b"name\n"  # the library goes where it is told
    told = [(call.region, call.status) for call in aws.strict.calls.made("s3.GetObject")]
    assert told == [("us-west-2", 301), (REGION, 200)]


def test_another_owner_than_expected(s3: Any) -> None:
    assert s3.list_objects_v2(Bucket="orders", ExpectedBucketOwner=ACCOUNT)["KeyCount"] == 1
    for call, more in [
        (s3.list_objects_v2, {}),
        (s3.get_object, {"Key": "a.csv"}),
        (s3.put_object, {"Key": "b.csv", "Body": b"x"}),
        (s3.get_bucket_tagging, {}),
        (s3.put_object_tagging, {"Key": "a.csv", "Tagging": tag_set(("a", "1"))}),
    ]:
        assert refused(call, Bucket="orders", ExpectedBucketOwner=OTHER, **more) == ("AccessDenied", 403)
    assert refused(s3.head_object, Bucket="orders", Key="a.csv", ExpectedBucketOwner=OTHER) == ("403", 403)
    source = {"Bucket": "orders", "Key": "a.csv"}
    copied = refused(s3.copy_object, Bucket="orders", Key="b", CopySource=source, ExpectedSourceBucketOwner=OTHER)
    assert copied == ("AccessDenied", 403)


def test_how_new_buckets_are(s3: Any) -> None:
    rules = s3.get_bucket_encryption(Bucket="orders")["ServerSideEncryptionConfiguration"]["Rules"]
    assert rules[0]["ApplyServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}
    assert s3.head_object(Bucket="orders", Key="a.csv")["ServerSideEncryption"] == "AES256"
    assert all(s3.get_public_access_block(Bucket="orders")["PublicAccessBlockConfiguration"].values())
    owner = s3.get_bucket_ownership_controls(Bucket="orders")["OwnershipControls"]["Rules"]
    assert owner == [{"ObjectOwnership": "BucketOwnerEnforced"}]
    s3.create_bucket(Bucket="tagged", CreateBucketConfiguration={**HERE, "Tags": listed(("a", "1"))})
    assert s3.get_bucket_tagging(Bucket="tagged")["TagSet"] == listed(("a", "1"))
    wrong = {**HERE, "Tags": listed(("a", "1,2"))}
    assert refused(s3.create_bucket, Bucket="other", CreateBucketConfiguration=wrong) == ("InvalidTag", 400)


def test_without_a_setting_a_bucket_is_encrypted_all_the_same(s3: Any) -> None:
    usual = s3.get_bucket_encryption(Bucket="orders")["ServerSideEncryptionConfiguration"]
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}, "BucketKeyEnabled": True}
    s3.put_bucket_encryption(Bucket="orders", ServerSideEncryptionConfiguration={"Rules": [rule]})
    s3.delete_bucket_encryption(Bucket="orders")
    assert s3.get_bucket_encryption(Bucket="orders")["ServerSideEncryptionConfiguration"] == usual


def test_lists_and_public_policies(s3: Any) -> None:
    for call, more in [
        (s3.put_bucket_acl, {}),
        (s3.put_object_acl, {"Key": "a.csv"}),
        (s3.put_object, {"Key": "b", "Body": b""}),
    ]:
        assert refused(call, Bucket="orders", ACL="public-read", **more) == ("AccessControlListNotSupported", 400)
    s3.put_object(Bucket="orders", Key="b", Body=b"", ACL="bucket-owner-full-control")
    created = refused(s3.create_bucket, Bucket="open", ACL="public-read", CreateBucketConfiguration=HERE)
    assert created == ("InvalidBucketAclWithObjectOwnership", 400)
    allow = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::orders/*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [allow]})
    assert refused(s3.put_bucket_policy, Bucket="orders", Policy=policy) == ("AccessDenied", 403)
    s3.delete_public_access_block(Bucket="orders")
    s3.put_bucket_policy(Bucket="orders", Policy=policy)


@pytest.mark.parametrize(
    ("call", "code"),
    [
        ("get_bucket_tagging", "NoSuchTagSet"),
        ("get_bucket_policy", "NoSuchBucketPolicy"),
        ("get_bucket_lifecycle_configuration", "NoSuchLifecycleConfiguration"),
        ("get_bucket_website", "NoSuchWebsiteConfiguration"),
        ("get_bucket_replication", "ReplicationConfigurationNotFoundError"),
        ("get_bucket_cors", "NoSuchCORSConfiguration"),
        ("get_object_lock_configuration", "ObjectLockConfigurationNotFoundError"),
        ("get_public_access_block", "NoSuchPublicAccessBlockConfiguration"),
        ("get_bucket_ownership_controls", "OwnershipControlsNotFoundError"),
    ],
)
def test_what_is_not_set_has_codes_without_exceptions(s3: Any, call: str, code: str) -> None:
    s3.delete_public_access_block(Bucket="orders")
    s3.delete_bucket_ownership_controls(Bucket="orders")
    assert refused(getattr(s3, call), Bucket="orders") == (code, 404)
    assert not hasattr(s3.exceptions, code)


def test_an_old_endpoint_without_encryption_can_be_had(aws: Aws, s3: Any) -> None:
    code = "ServerSideEncryptionConfigurationNotFoundError"
    aws.strict.fail("s3.GetBucketEncryption", code)
    assert refused(s3.get_bucket_encryption, Bucket="orders") == (code, 404)


def test_archived_objects_are_not_read(s3: Any) -> None:
    for storage in ("GLACIER", "DEEP_ARCHIVE"):
        s3.put_object(Bucket="orders", Key=storage, Body=b"x", StorageClass=storage)
        assert refused(s3.get_object, Bucket="orders", Key=storage) == ("InvalidObjectState", 403)
        assert s3.head_object(Bucket="orders", Key=storage)["StorageClass"] == storage
    s3.put_object(Bucket="orders", Key="ir", Body=b"x", StorageClass="GLACIER_IR")
    assert s3.get_object(Bucket="orders", Key="ir")["Body"].read() == b"x"


def test_deleting_too_many_at_once(s3: Any) -> None:
    objects = [{"Key": str(number)} for number in range(1001)]
    assert refused(s3.delete_objects, Bucket="orders", Delete={"Objects": objects}) == ("MalformedXML", 400)


# Keys


def encrypted_with(s3: Any, key: str) -> None:
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}}
    s3.put_bucket_encryption(Bucket="orders", ServerSideEncryptionConfiguration={"Rules": [rule]})


def test_a_bucket_takes_any_key_and_then_no_object(s3: Any) -> None:
    encrypted_with(s3, "no-such-key")
    assert refused(s3.put_object, Bucket="orders", Key="b", Body=b"x") == ("KMS.NotFoundException", 400)
    started = refused(s3.create_multipart_upload, Bucket="orders", Key="b")
    assert started == ("KMS.NotFoundException", 400)


def test_objects_of_a_key_that_is_denied_disabled_and_going(aws: Aws, s3: Any) -> None:
    keys = aws.client("kms")
    made = keys.create_key()["KeyMetadata"]
    key, number = made["Arn"], made["KeyId"]
    encrypted_with(s3, key)
    s3.put_object(Bucket="orders", Key="b", Body=b"secret")
    assert s3.get_object(Bucket="orders", Key="b")["Body"].read() == b"secret"
    keys.disable_key(KeyId=number)
    assert refused(s3.get_object, Bucket="orders", Key="b") == ("KMS.DisabledException", 400)
    keys.enable_key(KeyId=number)
    keys.schedule_key_deletion(KeyId=number)
    assert refused(s3.get_object, Bucket="orders", Key="b") == ("KMS.KMSInvalidStateException", 400)
    keys.cancel_key_deletion(KeyId=number)
    keys.enable_key(KeyId=number)
    aws.strict.deny_key(key)
    assert refused(s3.get_object, Bucket="orders", Key="b") == ("AccessDenied", 403)
    assert refused(s3.put_object, Bucket="orders", Key="c", Body=b"x") == ("AccessDenied", 403)
    source = {"Bucket": "orders", "Key": "b"}
    assert refused(s3.copy_object, Bucket="orders", Key="c", CopySource=source) == ("AccessDenied", 403)
    assert s3.head_object(Bucket="orders", Key="b")["SSEKMSKeyId"] == key


def test_dynamodb_looks_for_its_key(aws: Aws, table: Any) -> None:
    wrong = {"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": "no-such-key"}
    assert refused(new_table, client=table, name="other", SSESpecification=wrong) == ("ValidationException", 400)
    assert refused(table.update_table, TableName="orders", SSESpecification=wrong) == ("ValidationException", 400)
    key = aws.client("kms").create_key()["KeyMetadata"]["KeyId"]
    untyped = {"Enabled": True, "KMSMasterKeyId": key}
    assert refused(table.update_table, TableName="orders", SSESpecification=untyped) == ("ValidationException", 400)
    table.update_table(TableName="orders", SSESpecification={**wrong, "KMSMasterKeyId": key})
    aws.strict.deny_key(key)
    denied = refused(table.update_table, TableName="orders", SSESpecification={**wrong, "KMSMasterKeyId": key})
    assert denied == ("AccessDeniedException", 400)


def test_rds_and_kinesis_look_for_theirs(aws: Aws) -> None:
    given = {"DBInstanceClass": "db.t3.micro", "Engine": "postgres", "AllocatedStorage": 20, "StorageEncrypted": True}
    create = aws.client("rds").create_db_instance
    assert refused(create, DBInstanceIdentifier="shop", KmsKeyId="none", **given) == ("KMSKeyNotAccessibleFault", 400)
    stream = aws.client("kinesis")
    stream.create_stream(StreamName="orders", ShardCount=1)
    encrypt = refused(stream.start_stream_encryption, StreamName="orders", EncryptionType="KMS", KeyId="none")
    assert encrypt == ("KMSNotFoundException", 400)


# Tags of others


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


@pytest.fixture
def queue(aws: Aws) -> tuple[Any, str]:
    client = aws.client("sqs")
    return client, client.create_queue(QueueName="orders")["QueueUrl"]


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
    assert refused(client.list_findings) == ("NotImplemented", 501)
    with pytest.raises(ValueError, match="findingIds"):
        aws.strict.answer("macie2.ListFindings", {"findingIds": "one"})
    aws.strict.answer("macie2.ListFindings", {"findingIds": ["a", "b"]}, times=1)
    aws.strict.answer("macie2.ListFindings", lambda request: {"findingIds": [request.parameters["nextToken"]]})
    assert client.list_findings()["findingIds"] == ["a", "b"]
    assert client.list_findings(nextToken="c")["findingIds"] == ["c"]
    vaults = aws.client("backup")
    aws.strict.answer("backup.ListProtectedResources", {"Results": [{"ResourceArn": "arn:aws:s3:::orders"}]})
    assert vaults.list_protected_resources()["Results"] == [{"ResourceArn": "arn:aws:s3:::orders"}]


def test_a_delay_holds_a_call_back(aws: Aws, s3: Any) -> None:
    import threading

    waiting = threading.Event()
    aws.strict.before("s3.ListBuckets", waiting.set)
    aws.strict.delay("s3.ListBuckets", 0.3, times=1)
    thread = threading.Thread(target=s3.list_buckets)
    thread.start()
    assert waiting.wait(10)
    s3.head_bucket(Bucket="orders")
    thread.join()
    assert [call.name for call in aws.strict.calls][-2:] == ["s3.HeadBucket", "s3.ListBuckets"]


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
