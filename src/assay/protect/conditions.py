"""Who may read or delete by a condition: statements that deny, put beside those of others into policies of buckets and keys.

Readers need a tag that says up to which level they may read; whoever deletes for good needs a second factor. A statement denies, and lets
nobody in; none of them is of changing a policy, so that whoever wrote one can take it out. Services of AWS that act for themselves are
never meant: they have no tags and no second factor.
https://docs.aws.amazon.com/AmazonS3/latest/userguide/tagging-and-policies.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from hashlib import sha256
from typing import Any

from assay.model import Level
from assay.model.policydocument import OWN, plain, statements_of
from assay.model.protection import ResourceState
from assay.protect.bucketpolicy import LONGEST, size
from assay.protect.keypolicy import LONGEST as KEY_LONGEST
from assay.protect.means import KeyFound, Means, key_alias
from assay.protect.ownkeys import NO_KEY, unseen, wanted_key
from assay.protect.points import Point, changed, manual, ok, refused, unknown
from assay.protect.policy import Asked, wants
from assay.protect.s3access import NO_ROOM, PUBLIC, blocks_policies, is_public
from assay.protect.statements import NAME

TAG, MFA, KEY_TAG = f"{OWN}TagAccess", f"{OWN}MfaToDelete", f"{OWN}KeyAccess"
_LEVELS = (Level.CONFIDENTIAL, Level.RESTRICTED)
_READS = ("s3:GetObject", "s3:GetObjectVersion")
# Whoever could change an object's tag could read it by that.
_TAGS = ("s3:PutObjectTagging", "s3:PutObjectVersionTagging", "s3:DeleteObjectTagging", "s3:DeleteObjectVersionTagging")
_OF_KEY = (
    "kms:Decrypt",
    "kms:GenerateDataKey",
    "kms:GenerateDataKeyWithoutPlaintext",
    "kms:ReEncryptFrom",
    "kms:ReEncryptTo",
)
_NO_SERVICE = {"aws:PrincipalIsAWSService": "false"}


def points_of(state: ResourceState, asked: Mapping[str, Asked], means: Means, level: str) -> Iterator[Point]:
    """How the conditions stand that are asked for of a bucket."""
    name = state.resource.removeprefix("s3://")
    if wants(asked, "tag_access"):
        key = str(asked["tag_access"].value)
        yield _of_bucket(
            "tag_access",
            state,
            tag_statements(name, means, key),
            f"objects tagged {means.level_tag} are read, and tagged otherwise, by those alone whose tag {key} is of that level or above",
            f"whoever reads or tags such objects without the tag {key}, roles of applications and of assay among them",
            "objects without the tag are read as before: assay aws tag writes it",
        )
    if wants(asked, "mfa_to_delete"):
        kept = (state.get("versioning").value or {}).get("Status") == "Enabled" or wants(asked, "versioning")
        yield _of_bucket(
            "mfa_to_delete",
            state,
            mfa_statements(name, means.partition, with_objects=not kept),
            f"{'versions' if kept else 'objects, versions'} and the bucket are deleted with a second factor only",
            "whoever deletes without a second factor: roles of applications, and the canary of 'protect apply', among them",
            "what lifecycle rules delete is not meant",
        )
    if wants(asked, "key_tag_access"):
        yield _key_access(state, asked, means, level)


def tag_statements(bucket: str, means: Means, key: str) -> dict[str, Any]:
    """Objects tagged with a level are denied to whoever has no tag of that level or above; one statement for each level."""
    told = {}
    for level in _LEVELS:
        statement = {
            "Sid": f"{TAG}{level.value.title()}",
            "Effect": "Deny",
            "Principal": "*",
            "Action": [*_READS, *_TAGS],
            "Resource": f"arn:{means.partition}:s3:::{bucket}/*",
            "Condition": {
                "StringEquals": {f"s3:ExistingObjectTag/{means.level_tag}": means.level_names[level]},
                # Of whoever has no such tag it holds, too.
                "StringNotEquals": {f"aws:PrincipalTag/{key}": cleared(level, means)},
                "Bool": _NO_SERVICE,
            },
        }
        told[f"{NAME}{statement['Sid']}"] = plain(statement)
    return told


def cleared(level: Level, means: Means) -> list[str]:
    """What a reader's tag may say for a level: it or a higher one."""
    return [means.level_names[each] for each in _LEVELS if each.rank >= level.rank]


def mfa_statements(bucket: str, partition: str, *, with_objects: bool) -> dict[str, Any]:
    """Nothing is deleted for good without a second factor. Whoever signs in otherwise than for a session has none in his request."""
    arn = f"arn:{partition}:s3:::{bucket}"
    statement = {
        "Sid": MFA,
        "Effect": "Deny",
        "Principal": "*",
        "Action": ["s3:DeleteBucket", *(["s3:DeleteObject"] if with_objects else []), "s3:DeleteObjectVersion"],
        "Resource": [arn, f"{arn}/*"],
        "Condition": {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}, "Bool": _NO_SERVICE},
    }
    return {f"{NAME}{MFA}": plain(statement)}


def key_statements(
    bucket: str, region: str, means: Means, key: str, level: Level, *, is_shared: bool
) -> dict[str, Any]:
    """What S3 decrypts with a key is denied to whoever has no tag of a level or above. Of a key that is one level's own all that S3
    does with it is meant; of another what lies in the bucket, since its other buckets may be of another level.

    Only what goes through S3: databases and volumes use a key by grants, whose principals have no tags.
    """
    suffix = "amazonaws.com.cn" if means.partition == "aws-cn" else "amazonaws.com"
    arn = f"arn:{means.partition}:s3:::{bucket}"
    mark = "" if is_shared else sha256(bucket.encode()).hexdigest()[:12]
    context: dict[str, Any] = (
        {} if is_shared else {"StringLike": {"kms:EncryptionContext:aws:s3:arn": [arn, f"{arn}/*"]}}
    )
    statement = {
        "Sid": f"{KEY_TAG}{level.value.title()}{mark}",
        "Effect": "Deny",
        "Principal": {"AWS": "*"},
        "Action": list(_OF_KEY),
        "Resource": "*",
        "Condition": {
            "StringEquals": {"kms:ViaService": f"s3.{region}.{suffix}"},
            "StringNotEquals": {f"aws:PrincipalTag/{key}": cleared(level, means)},
            "Bool": _NO_SERVICE,
            **context,
        },
    }
    return {f"{NAME}{statement['Sid']}": plain(statement)}


def _of_bucket(control: str, state: ResourceState, sets: Mapping[str, Any], told: str, breaks: str, note: str) -> Point:
    policy = state.get("policy")
    if not policy.is_known:
        return unknown(control, policy, "its policy")
    there = _there(policy.value, sets)
    if there == dict(sets):
        return ok(control, told)
    longer = size(_merged(policy.value, sets))
    if longer > LONGEST:
        return refused(control, NO_ROOM, f"its policy would have {longer:,} bytes, and there is room for {LONGEST:,}")
    if blocks_policies(state) and is_public(state):
        detail = "S3 takes no policy for it while it is public and public policies are blocked; take out what makes it public"
        return refused(control, PUBLIC, detail)
    return changed(
        control,
        "s3_statements",
        there,
        sets,
        detail=told,
        breaks=breaks,
        person="somebody may lose access",
        sees=("policy",),
        note=note,
    )


def _key_access(state: ResourceState, asked: Mapping[str, Asked], means: Means, level: str) -> Point:
    control, wanted = "key_tag_access", Level(level) if level in (each.value for each in _LEVELS) else None
    if wanted is None:
        return ok(control, f"nobody needs a tag to read what is {level}")
    if "encryption" not in asked or asked["encryption"].value != "customer-key":
        return manual(control, "AWS's own keys have policies that nobody changes; ask for encryption: customer-key")
    named = wanted_key(asked, level)
    key = means.keys.get((state.region, named), KeyFound())
    if key.is_unknown:
        return unseen(control, f"key {named} in {state.region} {key.problem}")
    if key.problem or not key.arn:
        if key.alias:
            return manual(control, f"key {named} is made first; plan again once it is there")
        return refused(control, NO_KEY, f"key {named} in {state.region} {key.problem or 'was not looked at'}")
    policy = means.key_policies.get(key.arn)
    if policy is None or not policy.is_known:
        return unseen(
            control, f"the policy of key {named} could not be read{'' if policy is None else ': ' + policy.detail}"
        )
    tag = str(asked[control].value)
    name = state.resource.removeprefix("s3://")
    sets = key_statements(name, state.region, means, tag, wanted, is_shared=named == key_alias(level))
    told = (
        f"what S3 decrypts with key {named} is for those alone whose tag {tag} is {' or '.join(cleared(wanted, means))}"
    )
    there = _there(policy.value, sets)
    if there == sets:
        return ok(control, told)
    longer = size(_merged(policy.value, sets))
    if longer > KEY_LONGEST:
        return refused(
            control,
            NO_ROOM,
            f"the policy of key {named} would have {longer:,} bytes, and there is room for {KEY_LONGEST:,}",
        )
    return changed(
        control,
        "kms_statements",
        there,
        sets,
        detail=told,
        breaks=f"whoever reads or writes without the tag {tag}, roles of applications and of assay among them",
        person="somebody may lose access",
        resource=key.arn,
        of=state.resource,
    )


def _there(policy: Any, sets: Mapping[str, Any]) -> dict[str, Any]:
    known = {f"{NAME}{each['Sid']}": plain(each) for each in statements_of(policy) if "Sid" in each}
    return {name: known.get(name) for name in sets}


def _merged(policy: Any, sets: Mapping[str, Any]) -> dict[str, Any]:
    kept = [each for each in statements_of(policy) if f"{NAME}{each.get('Sid')}" not in sets]
    return {**(policy or {"Version": "2012-10-17"}), "Statement": [*kept, *sets.values()]}
