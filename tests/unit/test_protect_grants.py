"""Access for a time: what stands in it, and that nobody else is let in by it. Judged by an evaluator over generated policies."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from test_protect_buckets import ACCOUNT, ACTIONS, ARN, BUCKET, OTHER, RESOURCES, allowed, policies

from assay.model.policydocument import statements_of
from assay.protect.statements import Grant, grant_statements, quarantine_statement, widening
from assay.protectors.s3_tls_only import merged

WHO = f"arn:aws:iam::{ACCOUNT}:role/r"
GRANT = Grant(bucket=BUCKET, partition="aws", principal=WHO, until=datetime(2026, 12, 1, tzinfo=UTC), prefix="b/")
PRINCIPALS = [WHO, f"arn:aws:iam::{OTHER}:root", f"arn:aws:iam::{ACCOUNT}:role/s"]
REQUESTS = list(itertools.product(PRINCIPALS, ACTIONS, RESOURCES, [True, False]))


@given(policies)
def test_nobody_else_is_let_in_and_to_nothing_else(policy: Any) -> None:
    after = merged(policy, grant_statements(GRANT))
    assert widening(policy, after, GRANT) == ""
    for request in REQUESTS:
        before = policy is not None and allowed(policy, request)
        if allowed(after, request) and not before:
            who, action, resource, _ = request
            assert who == WHO
            assert (action, resource) in {("s3:GetObject", f"{ARN}/b/c"), ("s3:ListBucket", ARN)}
        # Who was let in is so still: nothing is taken from anybody.
        assert allowed(after, request) or not before


@given(policies)
def test_what_others_wrote_is_there_and_comes_back(policy: Any) -> None:
    sets = grant_statements(GRANT)
    after = merged(policy, sets)
    assert statements_of(after)[: len(statements_of(policy))] == statements_of(policy)
    assert statements_of(merged(after, dict.fromkeys(sets))) == statements_of(policy)


def test_it_ends_and_asks_for_what_was_said() -> None:
    objects, listing = grant_statements(replace(GRANT, mfa=True, writes=True)).values()
    assert objects["Condition"] == {
        "DateLessThan": {"aws:CurrentTime": "2026-12-01T00:00:00Z"}, "Bool": {"aws:MultiFactorAuthPresent": "true"},
    }  # fmt: skip
    assert (objects["Resource"], "s3:PutObject" in objects["Action"]) == (f"{ARN}/b/*", True)
    assert listing["Condition"]["StringLike"] == {"s3:prefix": "b/*"}
    assert listing["Condition"]["DateLessThan"] == objects["Condition"]["DateLessThan"]


@pytest.mark.parametrize(
    "changes",
    [{"principal": "*"}, {"principal": f"arn:aws:iam::{ACCOUNT}:root"}, {"principal": ACCOUNT}, {"prefix": "*"},
     {"principal": f"arn:aws:iam::{ACCOUNT}:role/*"}, {"principal": f"arn:aws:sts::{ACCOUNT}:assumed-role/r/s"},
     {"prefix": "${aws:username}"}, {"principal": f"{WHO}\n"}],
)  # fmt: skip
def test_what_is_not_granted(changes: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="is no ARN of one user or role|a prefix has no"):
        grant_statements(replace(GRANT, **changes))


def test_what_is_wider_is_seen() -> None:
    sets = grant_statements(GRANT)
    policy = {"Statement": [{"Sid": "No", "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*"}]}
    after = merged(policy, sets)
    more = {"Sid": "More", "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": f"{ARN}/*"}
    assert "More is none of the grant's" in widening(policy, {"Statement": [*after["Statement"], more]}, GRANT)
    assert "No, which denies, would be gone" in widening(policy, {"Statement": after["Statement"][1:]}, GRANT)
    other = {**after["Statement"][1], "Resource": f"{ARN}/*"}
    assert "is none of the grant's" in widening(policy, {"Statement": [policy["Statement"][0], other]}, GRANT)


def test_a_quarantine_spares_who_has_to_get_in() -> None:
    told = quarantine_statement(BUCKET, "aws", [WHO], ["arn:aws:iam::1:root"])
    # Under any path, too: findings leave it out.
    anywhere = sorted([WHO, WHO.replace("role/", "role/*/")])
    assert (told["Effect"], told["Condition"]["ArnEquals"]) == ("Deny", {"aws:PrincipalArn": anywhere})
    assert told["Condition"]["ArnNotEquals"] == {"aws:PrincipalArn": "arn:aws:iam::1:root"}
    everybody = quarantine_statement(BUCKET, "aws", [], ["arn:aws:iam::1:root"])
    assert list(everybody["Condition"]) == ["ArnNotEquals"]
