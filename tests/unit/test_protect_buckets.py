"""Policies of buckets: what is added to them never lets anybody in, and nothing of others' is lost. Judged by an evaluator."""

from __future__ import annotations

import itertools
from fnmatch import fnmatchcase
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.model.action import Action
from assay.model.policydocument import statements_of, without_own
from assay.protect.bucketpolicy import denies_without_tls, lets_logs_in, readers, tls_statement
from assay.protectors import s3_tls_only

ACCOUNT, OTHER = "123456789012", "999999999999"
BUCKET, ARN = "lake", "arn:aws:s3:::lake"
PRINCIPALS = ["*", f"arn:aws:iam::{OTHER}:root", f"arn:aws:iam::{ACCOUNT}:role/r"]
ACTIONS = ["s3:GetObject", "s3:PutObject", "s3:ListBucket", "s3:PutBucketPolicy"]
RESOURCES = [ARN, f"{ARN}/a", f"{ARN}/b/c"]
REQUESTS = list(itertools.product(PRINCIPALS, ACTIONS, RESOURCES, [True, False]))


def one_or_more(values: list[str]) -> st.SearchStrategy[Any]:
    return st.sampled_from(values) | st.lists(st.sampled_from(values), min_size=1, max_size=3)


statements = st.fixed_dictionaries(
    {
        "Effect": st.sampled_from(["Allow", "Deny"]),
        "Principal": st.just("*") | one_or_more(PRINCIPALS).map(lambda each: {"AWS": each}),
        "Action": one_or_more([*ACTIONS, "s3:*", "s3:Get*"]),
        "Resource": one_or_more([ARN, f"{ARN}/*", f"{ARN}/b/*", "*"]),
    },
    optional={
        "Sid": st.sampled_from(["One", "Two", "Three"]),
        "Condition": st.sampled_from([{"Bool": {"aws:SecureTransport": value}} for value in ("true", "false")]),
    },
)
policies = st.none() | st.builds(
    lambda found, more: {"Version": "2012-10-17", **more, "Statement": found},
    st.lists(statements, min_size=1, max_size=4) | statements,
    st.sampled_from([{}, {"Id": "theirs"}]),
)


def allowed(policy: Any, request: tuple[str, str, str, bool]) -> bool:
    """Whether a policy lets a request in: some statement does, and none denies it."""
    effects = {each["Effect"] for each in statements_of(policy) if matches(each, request)}
    return effects == {"Allow"}


def matches(statement: dict[str, Any], request: tuple[str, str, str, bool]) -> bool:
    who, action, resource, is_secure = request
    principal = statement["Principal"]
    named = listed(principal["AWS"]) if isinstance(principal, dict) else [principal]
    secure = statement.get("Condition", {}).get("Bool", {}).get("aws:SecureTransport")
    return (
        ("*" in named or who in named)
        and any(fnmatchcase(action, each) for each in listed(statement["Action"]))
        and any(fnmatchcase(resource, each) for each in listed(statement["Resource"]))
        and (secure is None or (secure == "true") is is_secure)
    )


def listed(value: Any) -> list[str]:
    return value if isinstance(value, list) else [value]


def merged(policy: Any, sets: dict[str, Any]) -> Any:
    return s3_tls_only.merged(policy, sets)


SETS = {"statement AssayTlsOnly": tls_statement(BUCKET, "aws")}


@given(policies)
def test_nobody_is_let_in_by_it_and_what_is_lost_is_without_tls_alone(policy: Any) -> None:
    after = merged(policy, SETS)
    for request in REQUESTS:
        before = policy is not None and allowed(policy, request)
        assert allowed(after, request) == (before and request[3])


@given(policies)
def test_what_others_wrote_is_all_there_and_comes_back(policy: Any) -> None:
    after = merged(policy, SETS)
    assert statements_of(after)[: len(statements_of(policy))] == statements_of(policy)
    assert {key: value for key, value in after.items() if key != "Statement"} == {
        key: value for key, value in (policy or {"Version": "2012-10-17"}).items() if key != "Statement"
    }
    back = merged(after, dict.fromkeys(SETS))
    assert statements_of(back) == statements_of(policy)
    assert statements_of(without_own(after)) == statements_of(policy)
    assert denies_without_tls(after, BUCKET, "aws")
    action = Action(resource="s3://lake", control="s3_tls_only", before={}, after=SETS)
    assert s3_tls_only.state_of(after, action) == SETS


@given(policies)
def test_what_counts_as_denied_without_tls_is(policy: Any) -> None:
    if denies_without_tls(policy, BUCKET, "aws"):
        assert not any(allowed(policy, request) for request in REQUESTS if not request[3])


def denial(**changes: Any) -> dict[str, Any]:
    whole = {**tls_statement(BUCKET, "aws"), "Sid": "Theirs", **changes}
    return {"Version": "2012-10-17", "Statement": whole}


@pytest.mark.parametrize(
    ("policy", "is_so"),
    [
        (denial(), True),
        (denial(Principal={"AWS": "*"}), True),
        (denial(Principal={"AWS": ["*"]}), True),
        (denial(Action="*", Resource="*"), True),
        (denial(Condition={"bool": {"AWS:securetransport": ["False"]}}), True),
        (denial(Condition={"BoolIfExists": {"aws:SecureTransport": "false"}}), True),
        (denial(Condition={"Bool": {"aws:SecureTransport": "true"}}), False),
        (
            denial(Condition={"Bool": {"aws:SecureTransport": "false"}, "StringEquals": {"aws:SourceVpc": "vpc-1"}}),
            False,
        ),
        (denial(Action="s3:GetObject"), False),
        (denial(Resource=f"{ARN}/*"), False),
        (denial(Resource=ARN), False),
        (denial(Principal={"AWS": f"arn:aws:iam::{OTHER}:root"}), False),
        (denial(Effect="Allow"), False),
        (denial(Resource=["arn:aws:s3:::other", "arn:aws:s3:::other/*"]), False),
        (None, False),
        ({"Statement": "nonsense"}, False),
    ],
)
def test_which_denials_count(policy: Any, is_so: bool) -> None:
    assert denies_without_tls(policy, BUCKET, "aws") is is_so


@pytest.mark.parametrize(
    ("principal", "more", "told"),
    [
        ("*", {}, ("everybody", True, True, False)),
        ("*", {"Condition": {"StringEquals": {"aws:SourceVpc": "vpc-1"}}}, ("everybody whom its condition lets in", True, False, False)),
        ({"AWS": OTHER}, {}, (OTHER, True, False, False)),
        ({"AWS": f"arn:aws:iam::{ACCOUNT}:role/r"}, {}, (f"arn:aws:iam::{ACCOUNT}:role/r", False, False, False)),
        ({"Service": "cloudfront.amazonaws.com"}, {}, ("cloudfront.amazonaws.com", False, False, True)),
        ({"Service": "logging.s3.amazonaws.com"}, {}, ("logging.s3.amazonaws.com", False, False, False)),
        ({"AWS": "arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E1"}, {},
         ("arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E1", True, False, True)),
        ({"CanonicalUser": "79a59d"}, {}, ("79a59d", True, False, False)),
    ],
)  # fmt: skip
def test_who_is_let_in(principal: Any, more: dict[str, Any], told: tuple[str, bool, bool, bool]) -> None:
    statement = {"Effect": "Allow", "Principal": principal, "Action": "s3:GetObject", "Resource": f"{ARN}/*", **more}
    (found,) = readers({"Statement": [statement]}, ACCOUNT)
    assert (found.who, found.is_foreign, found.is_everybody, found.is_cloudfront) == told
    assert found.where == "statement 1"


def test_who_delivers_logs() -> None:
    statement = {"Effect": "Allow", "Principal": {"Service": ["logging.s3.amazonaws.com"]}, "Action": "s3:PutObject"}
    mine = {"Condition": {"StringEquals": {"aws:SourceAccount": ACCOUNT}}}
    theirs = {"Condition": {"StringEquals": {"aws:SourceAccount": OTHER}}}
    group = {"Grants": [{"Grantee": {"URI": "http://acs.amazonaws.com/groups/s3/LogDelivery"}, "Permission": "WRITE"}]}
    assert lets_logs_in({"Statement": [statement]}, None, ACCOUNT)
    assert lets_logs_in({"Statement": [statement | mine]}, None, ACCOUNT)
    assert not lets_logs_in({"Statement": [statement | theirs]}, None, ACCOUNT)
    assert not lets_logs_in({"Statement": [statement | {"Effect": "Deny"}]}, None, ACCOUNT)
    assert not lets_logs_in({"Statement": [statement | {"Principal": "*"}]}, None, ACCOUNT)
    assert lets_logs_in(None, group, ACCOUNT)
    assert not lets_logs_in(None, None, ACCOUNT)
