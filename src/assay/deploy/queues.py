"""Queues with dead-letter queues, encrypted, and reached by TLS alone."""

from __future__ import annotations

from assay.deploy.parts import Resources, attribute, ref, sub

_MOST_RECEIVES = 5
_FOURTEEN_DAYS = 1_209_600


def queue(name: str, *, visible_seconds: int) -> Resources:
    """A queue that EventBridge may send to, with a dead-letter queue, both encrypted and reached by TLS alone."""
    dead = f"{name}DeadLetters"
    common = {"KmsMasterKeyId": ref("Key"), "KmsDataKeyReusePeriodSeconds": 300}
    return {
        dead: {
            "Type": "AWS::SQS::Queue",
            "DeletionPolicy": "Retain",
            "UpdateReplacePolicy": "Retain",
            "Properties": {**common, "MessageRetentionPeriod": _FOURTEEN_DAYS},
        },
        name: {
            "Type": "AWS::SQS::Queue",
            "DeletionPolicy": "Delete",
            "UpdateReplacePolicy": "Delete",
            "Properties": {
                **common,
                "VisibilityTimeout": visible_seconds,
                "MessageRetentionPeriod": _FOURTEEN_DAYS,
                "RedrivePolicy": {
                    "deadLetterTargetArn": attribute(dead, "Arn"),
                    "maxReceiveCount": _MOST_RECEIVES,
                },
            },
        },
        **dead_letters_policy(name, dead),
    }


def dead_letters(name: str) -> Resources:
    """A dead-letter queue alone: of a schedule, or of a function that is called without waiting for it."""
    return {
        name: {
            "Type": "AWS::SQS::Queue",
            "DeletionPolicy": "Retain",
            "UpdateReplacePolicy": "Retain",
            "Properties": {
                "KmsMasterKeyId": ref("Key"),
                "KmsDataKeyReusePeriodSeconds": 300,
                "MessageRetentionPeriod": _FOURTEEN_DAYS,
            },
        },
        **dead_letters_policy(name),
    }


def dead_letters_policy(*names: str) -> Resources:
    """Lets rules of this account send to queues, and nobody without TLS."""
    arns = [attribute(name, "Arn") for name in names]
    return {
        f"{names[0]}Policy": {
            "Type": "AWS::SQS::QueuePolicy",
            "Properties": {
                "Queues": [ref(name) for name in names],
                "PolicyDocument": {
                    "Version": "2012-10-17",
                    "Statement": [
                        {
                            "Sid": "Rules",
                            "Effect": "Allow",
                            "Principal": {"Service": "events.amazonaws.com"},
                            "Action": "sqs:SendMessage",
                            "Resource": arns,
                            "Condition": {
                                "ArnLike": {
                                    "aws:SourceArn": sub(
                                        "arn:${AWS::Partition}:events:${AWS::Region}:${AWS::AccountId}:rule/*"
                                    )
                                }
                            },
                        },
                        {
                            "Sid": "TlsOnly",
                            "Effect": "Deny",
                            "Principal": "*",
                            "Action": "sqs:*",
                            "Resource": arns,
                            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
                        },
                    ],
                },
            },
        }
    }
