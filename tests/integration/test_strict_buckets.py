"""What S3 refuses of changes of buckets' settings, the strict layer does, and sets back what S3 sets back."""

from __future__ import annotations

import json
from typing import Any

from awsservers import ACCOUNT, Aws
from strictly import HERE, new_table, refused
from strictly import s3 as s3  # noqa: PLC0414  # a fixture

PUBLIC = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::orders/*"}


def policy(*statements: dict[str, Any], **more: Any) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements), **more})


def test_the_owner_is_not_enforced_while_others_are_let_in(s3: Any) -> None:
    s3.delete_public_access_block(Bucket="orders")
    s3.delete_bucket_ownership_controls(Bucket="orders")
    s3.put_bucket_acl(Bucket="orders", ACL="public-read")
    enforced = {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
    told = refused(s3.put_bucket_ownership_controls, Bucket="orders", OwnershipControls=enforced)
    assert told == ("InvalidBucketAclWithObjectOwnership", 400)
    s3.put_bucket_acl(Bucket="orders", ACL="private")
    s3.put_bucket_ownership_controls(Bucket="orders", OwnershipControls=enforced)


def test_a_public_policy_where_the_account_blocks_it(s3: Any, aws: Aws) -> None:
    s3.delete_public_access_block(Bucket="orders")
    aws.client("s3control").put_public_access_block(
        AccountId=ACCOUNT, PublicAccessBlockConfiguration={"BlockPublicPolicy": True}
    )
    assert refused(s3.put_bucket_policy, Bucket="orders", Policy=policy(PUBLIC)) == ("AccessDenied", 403)


def test_a_policy_that_is_too_long(s3: Any) -> None:
    long = policy({**PUBLIC, "Effect": "Deny"}, Id="x" * 20_480)
    assert refused(s3.put_bucket_policy, Bucket="orders", Policy=long) == ("PolicyTooLarge", 400)


def test_logs_stay_in_their_region(s3: Any, aws: Aws) -> None:
    aws.client("s3", "us-east-1").create_bucket(Bucket="far")
    status = {"LoggingEnabled": {"TargetBucket": "far", "TargetPrefix": ""}}
    told = refused(s3.put_bucket_logging, Bucket="orders", BucketLoggingStatus=status)
    assert told == ("CrossLocationLoggingProhibited", 403)
    status["LoggingEnabled"]["TargetBucket"] = "none"
    assert (
        refused(s3.put_bucket_logging, Bucket="orders", BucketLoggingStatus=status)[0]
        == "InvalidTargetBucketForLogging"
    )


def test_versions_under_object_lock_are_not_suspended(s3: Any) -> None:
    s3.create_bucket(Bucket="locked", ObjectLockEnabledForBucket=True, CreateBucketConfiguration=HERE)
    told = refused(s3.put_bucket_versioning, Bucket="locked", VersioningConfiguration={"Status": "Suspended"})
    assert told == ("InvalidBucketState", 409)


def test_rules_without_a_size_set_it_back(s3: Any) -> None:
    rules = {"Rules": [{"ID": "x", "Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 3}}]}
    s3.put_bucket_lifecycle_configuration(
        Bucket="orders", LifecycleConfiguration=rules, TransitionDefaultMinimumObjectSize="varies_by_storage_class"
    )
    name = "TransitionDefaultMinimumObjectSize"
    assert s3.get_bucket_lifecycle_configuration(Bucket="orders")[name] == "varies_by_storage_class"
    s3.put_bucket_lifecycle_configuration(Bucket="orders", LifecycleConfiguration=rules)
    assert s3.get_bucket_lifecycle_configuration(Bucket="orders")[name] == "all_storage_classes_128K"


def test_keys_tell_what_they_are_for(aws: Aws) -> None:
    assert aws.client("kms").create_key()["KeyMetadata"]["KeyUsage"] == "ENCRYPT_DECRYPT"


def test_encryption_of_tables_is_kept_and_takes_a_moment(aws: Aws) -> None:
    client, key = aws.client("dynamodb"), aws.client("kms").create_key()["KeyMetadata"]["Arn"]
    new_table(client, "orders")
    own = {"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": key}
    client.update_table(TableName="orders", SSESpecification=own)
    again = {"TableName": "orders", "SSESpecification": own}
    assert refused(client.update_table, **again) == ("ResourceInUseException", 400)
    recovery = {"PointInTimeRecoveryEnabled": True}
    told = refused(client.update_continuous_backups, TableName="orders", PointInTimeRecoverySpecification=recovery)
    assert told == ("ContinuousBackupsUnavailableException", 400)
    assert client.describe_table(TableName="orders")["Table"]["SSEDescription"]["KMSMasterKeyArn"] == key
    assert refused(client.update_table, **again) == ("ValidationException", 400)
    client.update_table(TableName="orders", SSESpecification={"Enabled": False})
    assert "SSEDescription" not in client.describe_table(TableName="orders")["Table"]
    assert (
        refused(client.update_table, TableName="orders", SSESpecification={"Enabled": False})[0]
        == "ValidationException"
    )


def test_the_key_that_aws_manages_for_tables_is_not_named(aws: Aws) -> None:
    client, kms = aws.client("dynamodb"), aws.client("kms")
    new_table(client, "orders")
    client.update_table(TableName="orders", SSESpecification={"Enabled": True, "SSEType": "KMS"})
    key = client.describe_table(TableName="orders")["Table"]["SSEDescription"]["KMSMasterKeyArn"]
    assert kms.describe_key(KeyId=key)["KeyMetadata"]["KeyManager"] == "AWS"
    wanted = {"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": key}
    assert refused(client.update_table, TableName="orders", SSESpecification=wanted)[0] == "ValidationException"
