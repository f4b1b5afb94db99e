"""What S3 refuses, the strict layer does: a test for each refusal, through clients as everybody uses them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from awsservers import ACCOUNT, REGION, Aws
from botocore.exceptions import ClientError
from strictly import HERE, ILLEGAL, listed, new_table, numbered, refused, tag_set

OTHER = "210987654321"


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
