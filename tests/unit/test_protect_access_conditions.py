"""Conditions on who reads and deletes: they let nobody in, lock nobody out but whom they say, and leave a policy changeable. Judged by an
evaluator over generated policies of buckets and keys, and over principals with and without tags and second factors."""

from __future__ import annotations

import itertools
from fnmatch import fnmatchcase
from typing import Any, NamedTuple

from hypothesis import given
from hypothesis import strategies as st
from test_protect_buckets import ACCOUNT, ARN, BUCKET, OTHER, listed, policies

from assay.model import Level
from assay.model.policydocument import statements_of
from assay.protect.conditions import key_statements, mfa_statements, tag_statements
from assay.protect.means import Means
from assay.protect.statements import closing
from assay.protectors.s3_tls_only import merged

MEANS = Means(
    partition="aws",
    account=ACCOUNT,
    level_tag="data-class",
    level_names={level: f"is {level}" for level in Level},
)
SETS = {**tag_statements(BUCKET, MEANS, "clearance"), **mfa_statements(BUCKET, "aws", with_objects=True)}


class Asking(NamedTuple):
    """A request: what is known of it by condition key is there, what is not is not."""

    who: str
    action: str
    resource: str
    context: tuple[tuple[str, str], ...] = ()


def allowed(policy: Any, asking: Asking) -> bool:
    effects = {each["Effect"] for each in statements_of(policy) if matches(each, asking)}
    return effects == {"Allow"}


def matches(statement: dict[str, Any], asking: Asking) -> bool:
    principal = statement["Principal"]
    named = listed(principal["AWS"]) if isinstance(principal, dict) else [principal]
    context = {key.lower(): value for key, value in asking.context}
    return (
        ("*" in named or asking.who in named)
        and any(fnmatchcase(asking.action, each) for each in listed(statement["Action"]))
        and any(fnmatchcase(asking.resource, each) for each in listed(statement["Resource"]))
        and all(
            _holds(operator, context.get(key.lower()), listed(wanted))
            for operator, keys in statement.get("Condition", {}).items()
            for key, wanted in keys.items()
        )
    )


def _holds(operator: str, found: str | None, wanted: list[str]) -> bool:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html"""
    bare = operator.removesuffix("IfExists")
    if found is None:
        return operator.endswith("IfExists") or bare == "StringNotEquals"
    if bare in ("StringEquals", "Bool"):
        return found in wanted
    if bare == "StringNotEquals":
        return found not in wanted
    assert bare == "StringLike", operator
    return any(fnmatchcase(found, each) for each in wanted)


WHO = ["*", f"arn:aws:iam::{OTHER}:root", f"arn:aws:iam::{ACCOUNT}:role/r"]
ACTIONS = [
    "s3:GetObject",
    "s3:PutObject",
    "s3:DeleteObject",
    "s3:DeleteObjectVersion",
    "s3:PutObjectTagging",
    "s3:PutBucketPolicy",
]
CONTEXTS = [
    (("aws:SecureTransport", "true"), ("aws:PrincipalIsAWSService", service), *tag, *cleared, *mfa)
    for service in ("false", "true")
    for tag in ((), (("s3:ExistingObjectTag/data-class", "is restricted"),), (("s3:ExistingObjectTag/data-class", "is confidential"),))
    for cleared in ((), (("aws:PrincipalTag/clearance", "is confidential"),), (("aws:PrincipalTag/clearance", "is restricted"),))
    for mfa in ((), (("aws:MultiFactorAuthPresent", "false"),), (("aws:MultiFactorAuthPresent", "true"),))
]  # fmt: skip
REQUESTS = [Asking(*each) for each in itertools.product(WHO, ACTIONS, [ARN, f"{ARN}/a", f"{ARN}/b/c"], CONTEXTS)]


@given(policies, st.sampled_from(range(7)))
def test_a_bucket_lets_in_nobody_more_and_nobody_less_than_it_says(policy: Any, part: int) -> None:
    after = merged(policy, SETS)
    assert closing(policy, after) == ""
    assert statements_of(merged(after, dict.fromkeys(SETS))) == statements_of(policy)
    for asking in REQUESTS[part::7]:
        before, now = policy is not None and allowed(policy, asking), allowed(after, asking)
        known = dict(asking.context)
        level, cleared = known.get("s3:ExistingObjectTag/data-class"), known.get("aws:PrincipalTag/clearance")
        is_service = known["aws:PrincipalIsAWSService"] == "true"
        enough = {"is restricted": ("is restricted",), "is confidential": ("is confidential", "is restricted")}.get(
            str(level)
        )
        in_object = asking.resource.startswith(f"{ARN}/")
        stopped_by_tag = (
            enough is not None and cleared not in enough and asking.action in ("s3:GetObject", "s3:PutObjectTagging") and in_object
        )  # fmt: skip
        stopped_by_mfa = known.get("aws:MultiFactorAuthPresent") != "true" and asking.action.startswith("s3:Delete")
        assert now == (before and (is_service or not (stopped_by_tag or stopped_by_mfa))), asking


KEY_POLICIES = st.lists(
    st.fixed_dictionaries(
        {
            "Effect": st.sampled_from(["Allow", "Deny"]),
            "Principal": st.sampled_from(WHO).map(lambda each: {"AWS": each}),
            "Action": st.sampled_from(["kms:*", "kms:Decrypt", ["kms:Decrypt", "kms:PutKeyPolicy"]]),
            "Resource": st.just("*"),
        }
    ),
    min_size=1,
    max_size=4,
).map(lambda found: {"Version": "2012-10-17", "Id": "key", "Statement": found})
KEY_CONTEXTS = [
    (("aws:PrincipalIsAWSService", service), *via, *cleared, *context)
    for service in ("false", "true")
    for via in ((), (("kms:ViaService", "s3.eu-west-1.amazonaws.com"),), (("kms:ViaService", "rds.eu-west-1.amazonaws.com"),))
    for cleared in ((), (("aws:PrincipalTag/clearance", "is confidential"),), (("aws:PrincipalTag/clearance", "is restricted"),))
    for context in ((("kms:EncryptionContext:aws:s3:arn", f"{ARN}/a"),), (("kms:EncryptionContext:aws:s3:arn", "arn:aws:s3:::other"),))
]  # fmt: skip


@given(KEY_POLICIES, st.booleans(), st.sampled_from([Level.CONFIDENTIAL, Level.RESTRICTED]))
def test_a_key_serves_nobody_more_and_can_be_changed_as_before(policy: Any, is_shared: bool, level: Level) -> None:
    sets = key_statements(BUCKET, "eu-west-1", MEANS, "clearance", level, is_shared=is_shared)
    after = merged(policy, sets)
    assert closing(policy, after) == ""
    assert merged(after, dict.fromkeys(sets)) == policy
    enough = ["is restricted", *(["is confidential"] if level is Level.CONFIDENTIAL else [])]
    for who, action, context in itertools.product(
        WHO, ["kms:Decrypt", "kms:PutKeyPolicy", "kms:CreateGrant"], KEY_CONTEXTS
    ):
        asking = Asking(who, action, "arn:aws:kms:eu-west-1:123456789012:key/k", context)
        known = dict(context)
        stopped = (
            action == "kms:Decrypt"
            and known["aws:PrincipalIsAWSService"] == "false"
            and known.get("kms:ViaService") == "s3.eu-west-1.amazonaws.com"
            and known.get("aws:PrincipalTag/clearance") not in enough
            and (is_shared or known["kms:EncryptionContext:aws:s3:arn"].startswith(ARN))
        )
        assert allowed(after, asking) == (allowed(policy, asking) and not stopped), asking


def test_what_would_let_somebody_in_is_seen() -> None:
    policy = {"Statement": [{"Sid": "No", "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*"}]}
    more = {"Sid": "More", "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": f"{ARN}/*"}
    assert "More is none of the grant's" in closing(policy, {"Statement": [*policy["Statement"], more]})
    assert "No, which denies, would be gone" in closing(policy, {"Statement": list(SETS.values())})


def test_levels_by_what_the_owner_calls_them() -> None:
    restricted = SETS["statement AssayTagAccessRestricted"]["Condition"]
    assert restricted["StringEquals"] == {"s3:ExistingObjectTag/data-class": "is restricted"}
    assert restricted["StringNotEquals"] == {"aws:PrincipalTag/clearance": "is restricted"}
    assert (
        "s3:DeleteObject"
        not in mfa_statements(BUCKET, "aws", with_objects=False)["statement AssayMfaToDelete"]["Action"]
    )
    of_china = tag_statements(BUCKET, Means(partition="aws-cn", account=ACCOUNT), "c")
    assert {each["Resource"] for each in of_china.values()} == {"arn:aws-cn:s3:::lake/*"}
