"""`python -m benchmarks.protect_planning`: how long a plan of protection takes for very many resources whose state is known.

`--resources N` states (buckets, tables, databases, volumes, of all levels, half of them as wanted) are judged and planned for, without a
call: from what was observed, and what means are there, to a plan with its digest.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from assay.model import Level
from assay.model.action import Gate
from assay.model.backing import TAG
from assay.model.dataevents import Selectors
from assay.model.protection import ResourceState, ResourceType, Setting
from assay.protect.backups import rules_of, wanted_of
from assay.protect.dataevents import TrailsFound
from assay.protect.means import BackupsFound, KeyFound, LogsFound, Means, log_bucket
from assay.protect.policy import Effective, Subject, asked_of
from assay.protect.policyfile import policy_of
from assay.protect.protection import assess, key_level, plan_of

_ACCOUNT, _REGION = "123456789012", "eu-west-1"
_LEVELS = (Level.RESTRICTED, Level.CONFIDENTIAL, Level.INTERNAL, None)
_KEY = f"arn:aws:kms:{_REGION}:{_ACCOUNT}:key/k"
_TRAIL = f"arn:aws:cloudtrail:{_REGION}:{_ACCOUNT}:trail/all"
_ALL = [{"ReadWriteType": "All", "DataResources": [{"Type": "AWS::S3::Object", "Values": ["arn:aws:s3"]}]}]


def main() -> None:
    """Measures, and prints one JSON line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--resources", type=int, default=10_000)
    count = parser.parse_args().resources
    states = list(_states(count))
    means = _means(states)
    begun, used = time.perf_counter(), time.process_time()
    policy = policy_of()
    found = []
    for state, level in states:
        subject = _subject(state, level)
        asked = asked_of(policy, subject)
        effective = Effective(level, "the catalog says so")
        found.append(assess(subject, state, effective, asked, means, gate=Gate.APPLY, because="sure enough"))
    plan = plan_of(found, {}, targets=(), at=datetime.now(UTC), by="ada")
    digest = plan.digest
    seconds, processor = time.perf_counter() - begun, time.process_time() - used
    print(
        json.dumps(
            {
                "resources": count,
                "actions": len(plan.actions),
                "refusals": len(plan.refusals),
                "seconds": round(seconds, 2),
                "processor_seconds": round(processor, 2),
                "digest": digest[:8],
            }
        )
    )


def _subject(state: ResourceState, level: Level | None) -> Subject:
    return Subject(
        resource=state.resource,
        type=state.type,
        name=state.resource.rpartition("/")[2],
        account=_ACCOUNT,
        region=_REGION,
        level=level,
        tags=state.get("tags").value or {},
    )


def _states(count: int) -> Iterator[tuple[ResourceState, Level | None]]:
    chance = random.Random(1)
    for number in range(count):
        kind = (
            ResourceType.S3_BUCKET,
            ResourceType.DYNAMODB_TABLE,
            ResourceType.RDS_INSTANCE,
            ResourceType.EBS_VOLUME,
        )[number % 4]
        level = chance.choice(_LEVELS)
        settings = _SETTINGS[kind](chance.random() < 0.5)  # half of them are as wanted
        resource = {
            ResourceType.S3_BUCKET: f"s3://bucket-{number}",
            ResourceType.DYNAMODB_TABLE: f"arn:aws:dynamodb:{_REGION}:{_ACCOUNT}:table/t{number}",
            ResourceType.RDS_INSTANCE: f"arn:aws:rds:{_REGION}:{_ACCOUNT}:db:d{number}",
            ResourceType.EBS_VOLUME: f"arn:aws:ec2:{_REGION}:{_ACCOUNT}:volume/vol-{number}",
        }[kind]
        yield (
            ResourceState(
                resource=resource,
                type=kind,
                account=_ACCOUNT,
                region=_REGION,
                settings={name: Setting(value=value) for name, value in settings.items()},
                fingerprints=dict.fromkeys(("policy", "acl", "website", "ownership"), "0"),
            ),
            level,
        )


def _bucket(is_good: bool) -> dict[str, Any]:
    deny = {"Sid": "T", "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*",
            "Condition": {"Bool": {"aws:SecureTransport": "false"}}}  # fmt: skip
    reader = {"Sid": "R", "Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{_ACCOUNT}:role/r"}, "Action": "s3:GetObject",
              "Resource": "*"}  # fmt: skip
    flags = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
    kms = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": _KEY}}
    return {
        "tags": {"Team": "hr"},
        "encryption": {"Rules": [kms] if is_good else []},
        "policy": {"Version": "2012-10-17", "Statement": [reader, *([deny] if is_good else [])]},
        "policy_status": False,
        "public_access_block": dict.fromkeys(flags, is_good),
        "account_block": None,
        "ownership": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced" if is_good else "ObjectWriter"}]},
        "acl": {"Owner": {"ID": "o"}, "Grants": []},
        "versioning": {"Status": "Enabled"} if is_good else {},
        "lifecycle": None,
        "logging": {"TargetBucket": "logs"} if is_good else {},
        "notifications": {},
        "replication": None,
        "website": None,
        "object_lock": None,
        "distributions": {},
        "request_metrics": ["EntireBucket"],
        "protected": None,
        "alarms": {},
    }


def _table(is_good: bool) -> dict[str, Any]:
    return {
        "status": "ACTIVE",
        "deletion_protection": is_good,
        "replicas": [],
        "contributor_insights": is_good,
        "size_bytes": 10**9,
        "encryption": {"encryption": "customer-key", "key": _KEY}
        if is_good
        else {"encryption": "aws-owned", "key": None},
        "recovery": {"point_in_time_recovery": is_good, "days": 35 if is_good else None},
        "tags": {},
        "protected": None,
        "alarms": {},
    }


def _database(is_good: bool) -> dict[str, Any]:
    return {
        "status": "available",
        "engine": "postgres",
        "size_bytes": 10**10,
        "pending": [],
        "deletion_protection": is_good,
        "backup_days": 35 if is_good else 1,
        "copy_tags": is_good,
        "log_exports": ["postgresql", "upgrade"] if is_good else [],
        "iam_authentication": is_good,
        "multi_az": False,
        "encryption": {"encryption": "customer-key", "key": _KEY} if is_good else {"encryption": "none", "key": None},
        "tags": {},
        "cluster": None,
        "public": not is_good,
        "hosts": ["d.rds.amazonaws.com"],
        "hosts_beside": [],
        "protected": None,
        "alarms": {},
    }


def _volume(is_good: bool) -> dict[str, Any]:
    return {
        "status": "available",
        "zone": f"{_REGION}a",
        "volume_type": "gp3",
        "iops": 3000,
        "throughput": 125,
        "size_bytes": 10**10,
        "attached": [{"instance": "i-1", "device": "/dev/sdf"}],
        "encryption": {"encryption": "customer-key", "key": _KEY} if is_good else {"encryption": "none", "key": None},
        "tags": {TAG: "assay-internal-weekly-90d"} if is_good else {},
        "protected": None,
        "alarms": {},
    }


_SETTINGS = {
    ResourceType.S3_BUCKET: _bucket,
    ResourceType.DYNAMODB_TABLE: _table,
    ResourceType.RDS_INSTANCE: _database,
    ResourceType.EBS_VOLUME: _volume,
}


def _means(states: list[tuple[ResourceState, Level | None]]) -> Means:
    policy = policy_of()
    wanted = {
        each
        for state, level in states
        if (each := wanted_of(state, asked_of(policy, _subject(state, level)), key_level(level)))
    }
    own = {str(level): f"alias/assay-{level}" for level in Level}
    logs = f"s3://{log_bucket(_ACCOUNT, _REGION)}"
    return Means(
        partition="aws",
        account=_ACCOUNT,
        keys={(_REGION, named): KeyFound(arn=_KEY, rotated=True) for named in (*own.values(), _KEY)},
        logs={
            (_REGION, ""): LogsFound(
                resource=logs, state={"region": _REGION, "statement AssayLogDelivery": None, "tag assay:purpose": None}
            )
        },
        backups={
            _REGION: BackupsFound(
                opted=dict.fromkeys(("S3", "DynamoDB", "RDS", "Aurora", "EBS"), True),
                role={"role": None, "policies": []},
                vaults={(_REGION, each.vault): {"vault": None, "key": None} for each in wanted},
                plans={each.name: dict.fromkeys([*rules_of(each, "aws", _ACCOUNT), "selection"]) for each in wanted},
            )
        },
        trails={_REGION: TrailsFound(trails=((_TRAIL, "logs", True, Selectors(basic=_ALL)),))},
    )


if __name__ == "__main__":
    main()
