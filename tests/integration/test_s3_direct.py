"""Objects that are got without most of the AWS library: the same bytes, signed as a server checks it, and the same refusals."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import Any

import pytest
from awsservers import REGION, Aws
from cutting import cutting
from s3plane import S3Plane

from assay.aws.access import Access
from assay.aws.session import Session
from assay.aws.signature import EMPTY, authorization, moment_of
from assay.errors import AwsError, ReadError
from assay.model import AssetRef
from assay.sources.s3 import opener
from assay.sources.s3.address import token_of, uri_of
from assay.sources.s3.connection import Connection
from assay.sources.s3.direct import Asked, Direct, place_of
from assay.sources.s3.opener import S3Opener
from assay.sources.s3.options import S3Options

HARD_KEYS = ["a b.csv", "a+b.csv", "a%2Fb.csv", "größe/漢字.csv", "a&b=c?d#e.csv", "line\nbreak.csv", "~(x)!*'.txt"]
BODY = b"The SSN is 512-44-7100\n"


@pytest.fixture
def bucket(aws: Aws) -> str:
    aws.client("s3").create_bucket(Bucket="orders", CreateBucketConfiguration={"LocationConstraint": REGION})
    put(aws, "first")
    return "orders"


def put(aws: Aws, key: str, body: bytes = BODY, **more: Any) -> AssetRef:
    return asset(aws.client("s3").put_object(Bucket="orders", Key=key, Body=body, **more), "orders", key, body)


def asset(answer: dict[str, Any], bucket: str, key: str, body: bytes, version: str | None = None) -> AssetRef:
    name = (bucket, key) if version is None else (bucket, key, version)
    change = token_of(len(body), version, answer["ETag"])
    return AssetRef(kind="object", uri=uri_of(bucket, key, version), size=len(body), name=name, change=change)


def read(opening: S3Opener, one: AssetRef) -> bytes:
    with opening.open(one) as stream:
        return stream.read()


def warm(aws: Aws, options: S3Options | None = None) -> S3Opener:
    """An opener that knows already where the bucket is."""
    opening = S3Opener(Connection(options or S3Options()))
    assert read(opening, put(aws, "first")) == BODY
    aws.strict.calls.clear()
    return opening


def by_library(aws: Aws) -> list[bool]:
    """Of each GET whether the library made it: it numbers its tries."""
    return ["HTTP_AMZ_SDK_INVOCATION_ID" in call.request.environ for call in aws.strict.calls.made("s3.GetObject")]


@pytest.mark.parametrize("session_token", [None, "IQoJb3JpZ2luX2VjEXAMPLE//"])
def test_a_signature_is_that_of_the_library(session_token: str | None) -> None:
    from botocore.auth import S3SigV4Auth
    from botocore.awsrequest import AWSRequest
    from botocore.credentials import ReadOnlyCredentials

    keys = ReadOnlyCredentials("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", session_token)
    said = {"if-match": '"d41d8"', "range": "bytes=0-9", "x-amz-request-payer": "requester"}
    request = AWSRequest("GET", "http://127.0.0.1:8333/b/a%20b%2Bc.csv?versionId=3sL4k", headers=dict(said))
    S3SigV4Auth(keys, "s3", "eu-west-1").add_auth(request)
    headers = said | {
        "host": "127.0.0.1:8333",
        "x-amz-date": request.context["timestamp"],
        "x-amz-content-sha256": request.headers["X-Amz-Content-SHA256"],
    }
    if session_token:
        headers["x-amz-security-token"] = session_token
    ours = authorization(
        path="/b/a%20b%2Bc.csv", query="versionId=3sL4k", headers=headers, access_key=keys.access_key,
        secret_key=keys.secret_key, region="eu-west-1", service="s3",
    )  # fmt: skip
    assert ours == request.headers["Authorization"]
    assert headers["x-amz-content-sha256"] == EMPTY
    assert moment_of(datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)) == "20260102T030405Z"


@pytest.fixture
def checked(s3_plane: S3Plane) -> tuple[Any, str, S3Opener, Connection]:
    """A server that checks signatures, and a bucket of it whose place is known."""
    client, bucket = s3_plane.client(), s3_plane.new_bucket()
    connection = Connection(S3Options())
    opening = S3Opener(connection)
    assert read(opening, asset(client.put_object(Bucket=bucket, Key="first", Body=BODY), bucket, "first", BODY)) == BODY

    def never(**_: Any) -> None:
        raise AssertionError("the library was asked")

    connection.client().meta.events.register("before-send.s3.GetObject", never)
    return client, bucket, opening, connection


@pytest.mark.parametrize("key", HARD_KEYS)
def test_a_server_takes_the_signature_of_any_key(checked: tuple[Any, str, S3Opener, Connection], key: str) -> None:
    client, bucket, opening, _ = checked
    answer = client.put_object(Bucket=bucket, Key=key, Body=BODY)
    assert read(opening, asset(answer, bucket, key, BODY)) == BODY


def test_ranges_and_versions(checked: tuple[Any, str, S3Opener, Connection], monkeypatch: pytest.MonkeyPatch) -> None:
    client, bucket, opening, _ = checked
    monkeypatch.setattr(opener, "SMALL", 0)
    body = bytes(range(256)) * 9_000
    answer = client.put_object(Bucket=bucket, Key="large", Body=body)
    with opening.open(asset(answer, bucket, "large", body)) as stream:
        stream.seek(2_000_000)
        assert stream.read(300) == body[2_000_000:2_000_300]
        stream.seek(0)
        assert stream.read() == body
    client.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    answers = [client.put_object(Bucket=bucket, Key="v", Body=each) for each in (b"one", b"two")]
    for each, told in zip((b"one", b"two"), answers, strict=True):
        assert read(opening, asset(told, bucket, "v", each, told["VersionId"])) == each


def test_an_object_that_was_packed_on_its_way_in_stays_packed(checked: tuple[Any, str, S3Opener, Connection]) -> None:
    import gzip

    client, bucket, opening, _ = checked
    body = gzip.compress(BODY)
    answer = client.put_object(Bucket=bucket, Key="x.gz", Body=body, ContentEncoding="gzip")
    assert read(opening, asset(answer, bucket, "x.gz", body)) == body


def test_only_the_first_request_is_made_by_the_library(aws: Aws, bucket: str, caplog: pytest.LogCaptureFixture) -> None:
    opening = S3Opener(Connection(S3Options()))
    objects = [put(aws, f"k{number}") for number in range(4)]
    aws.strict.calls.clear()
    with caplog.at_level(logging.DEBUG, logger="assay.aws"):
        assert [read(opening, one) for one in objects] == [BODY] * 4
    assert by_library(aws) == [True, False, False, False]
    # The proof of declared calls stands on what is logged.
    told = [record.__dict__["operation"] for record in caplog.records if record.getMessage() == "call"]
    assert told == ["s3.GetObject"] * 4
    agents = {call.request.environ["HTTP_USER_AGENT"] for call in aws.strict.calls.made("s3.GetObject")}
    assert len(agents) == 1
    assert agents.pop().endswith("assay")


def test_a_call_that_is_not_declared_is_not_sent(aws: Aws, bucket: str) -> None:
    one = put(aws, "a")
    session = Session(Access(), frozenset({"s3.GetObject"}))
    direct = Direct(session)
    session.client("s3").get_object(Bucket="orders", Key="a")["Body"].read()
    direct.learn("orders", "a")
    session.calls = frozenset({"s3.ListObjectsV2"})
    aws.strict.calls.clear()
    with pytest.raises(AwsError, match=r"s3\.GetObject is not among the calls"):
        direct.get(Asked(bucket="orders", key="a"), one.size or 0)
    assert not list(aws.strict.calls)


def test_who_pays_whose_bucket_it_is_and_what_state(aws: Aws, bucket: str) -> None:
    opening = warm(aws, S3Options(request_payer=True, owner="123456789012"))
    one = put(aws, "a")
    assert read(opening, one) == BODY
    (call,) = aws.strict.calls.made("s3.GetObject", RequestPayer="requester", ExpectedBucketOwner="123456789012")
    assert "HTTP_AMZ_SDK_INVOCATION_ID" not in call.request.environ
    assert call.parameters["IfMatch"] == (one.change or "").rpartition(":")[2]


def test_session_tokens_are_sent_and_signed(aws: Aws, bucket: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SESSION_TOKEN", "IQoJb3JpZ2luX2VjEXAMPLE//")
    opening = warm(aws)
    assert read(opening, put(aws, "a")) == BODY
    (call,) = aws.strict.calls.made("s3.GetObject")
    assert call.request.environ["HTTP_X_AMZ_SECURITY_TOKEN"] == "IQoJb3JpZ2luX2VjEXAMPLE//"
    assert "x-amz-security-token" in call.request.environ["HTTP_AUTHORIZATION"]


REFUSED = {
    "access denied": lambda aws: aws.strict.deny("s3.GetObject", key="a"),
    "throttled": lambda aws: aws.strict.throttle("s3.GetObject", key="a"),
    "credentials expired": lambda aws: aws.strict.expire("s3.GetObject", key="a"),
    "vanished": lambda aws: aws.client("s3").delete_object(Bucket="orders", Key="a"),
    "changed": lambda aws: put(aws, "a", b"Write to wren1.halloway@posteo.de\n"),
    "refused": lambda aws: aws.strict.fail("s3.GetObject", "InternalError", "of 512-44-7100", status=400, key="a"),
}


# S3's last word on an object: who asks again pays twice, and is told the same.
FINAL = {"access denied", "credentials expired", "vanished", "changed"}


@pytest.mark.parametrize("reason", REFUSED)
def test_what_is_refused_is_told_as_the_library_tells_it(aws: Aws, bucket: str, reason: str) -> None:
    opening = warm(aws)
    one, other = put(aws, "a"), put(aws, "b")
    REFUSED[reason](aws)
    with pytest.raises(ReadError) as caught:
        read(opening, one)
    assert caught.value.reason == reason
    assert "512-44-7100" not in str(caught.value)
    made = by_library(aws)
    # Another object is read all the same; where the library had been asked, by it first, which finds the place again.
    assert read(opening, other) == BODY
    assert read(opening, put(aws, "c")) == BODY
    if reason in FINAL:
        assert made == [False]
        assert by_library(aws)[1:] == [False, False]
    else:
        assert made[:2] == [False, True]
        assert all(made[1:])
        assert by_library(aws)[len(made) :] == [True, False]


def test_a_key_that_may_not_be_used(aws: Aws, bucket: str) -> None:
    opening = warm(aws)
    key = aws.client("kms").create_key()["KeyMetadata"]["Arn"]
    one = put(aws, "a", ServerSideEncryption="aws:kms", SSEKMSKeyId=key)
    aws.strict.deny_key(key)
    with pytest.raises(ReadError) as caught:
        read(opening, one)
    assert caught.value.reason == "key denied"
    assert by_library(aws) == [False]


def test_all_that_is_refused_of_a_bucket_is_asked_for_once(aws: Aws, bucket: str) -> None:
    opening = warm(aws)
    objects = [put(aws, f"k{number}") for number in range(4)]
    aws.strict.deny("s3.GetObject")
    for one in objects:
        with pytest.raises(ReadError):
            read(opening, one)
    assert by_library(aws) == [False] * 4
    # What may have another reason than the object is asked of the library, and so is all else until it is answered.
    aws.strict._injections.clear()
    aws.strict.fail("s3.GetObject", "OptInRequired", status=403)
    aws.strict.calls.clear()
    for number in range(4):
        with pytest.raises(ReadError):
            read(opening, put(aws, f"m{number}"))
    assert by_library(aws) == [False, True, True, True, True]


def test_a_refusal_without_a_word_is_left_to_the_library() -> None:
    from assay.sources.s3.direct import _refusal_of

    class Refusing:
        status = 403
        headers: dict[str, str] = {}

        def __init__(self, body: bytes) -> None:
            self.body = body

        def read(self, _: int, decode_content: bool) -> bytes:
            return self.body

    assert _refusal_of(Refusing(b"")) is None
    # A gateway on the way, not S3.
    assert _refusal_of(Refusing(b"<html>no")) is None
    assert _refusal_of(Refusing(b"<html><body>no</body></html>")) is None


def test_a_body_that_breaks_off_is_gone_on_with_where_it_did(aws: Aws, bucket: str) -> None:
    body = BODY * 20_000
    with cutting(aws.url) as proxy:
        opening = warm(aws, S3Options(access=Access(endpoint_url=proxy.url)))
        one = put(aws, "a", body)
        proxy.cuts, proxy.after = 2, 40_000
        assert read(opening, one) == body
        assert proxy.cuts == 0
    first, *later = aws.strict.calls.made("s3.GetObject", key="a")
    assert "Range" not in first.parameters
    assert all(call.parameters["Range"] for call in later)


def test_what_is_not_as_its_checksum_says_is_asked_of_the_library(aws: Aws, bucket: str) -> None:
    import base64
    import zlib

    opening = warm(aws)
    one = put(aws, "a", ChecksumAlgorithm="CRC32")
    assert read(opening, one) == BODY
    assert by_library(aws) == [False]
    (call,) = aws.strict.calls.made("s3.GetObject")
    assert call.request.environ["HTTP_X_AMZ_CHECKSUM_MODE"] == "ENABLED"
    wrong = base64.b64encode(zlib.crc32(b"other").to_bytes(4, "big")).decode()
    from assay.sources.s3.direct import Answer, BadSumError, _sum_of

    class Body:
        headers = {"x-amz-checksum-crc32": wrong}
        length_remaining = 0

        def __init__(self) -> None:
            self.left = BODY

        def read(self, _: int, decode_content: bool) -> bytes:
            data, self.left = self.left, b""
            return data

        def release_conn(self) -> None: ...

    with Answer(Body(), _sum_of(Body.headers)) as answer, pytest.raises(BadSumError):
        while answer.read(100):
            pass


@pytest.mark.parametrize(
    ("url", "authorization"),
    [
        ("https://s3express-az1.eu-west-1.amazonaws.com/a", "AWS4-HMAC-SHA256 Credential=K/20260101/eu-west-1/s3express/aws4_request,"),
        ("https://orders.s3.amazonaws.com/a", "AWS4-ECDSA-P256-SHA256 Credential=K/20260101/s3/aws4_request,"),
        ("https://orders.s3.amazonaws.com/a", "AWS K:signature"),
        ("https://orders.s3.amazonaws.com/other", "AWS4-HMAC-SHA256 Credential=K/20260101/eu-west-1/s3/aws4_request,"),
    ],
)  # fmt: skip
def test_places_that_are_left_to_the_library(url: str, authorization: str) -> None:
    assert place_of(url, {"Authorization": authorization}, "a") is None


def test_a_header_that_is_not_known_is_left_to_the_library() -> None:
    told = {"Authorization": "AWS4-HMAC-SHA256 Credential=K/20260101/eu-west-1/s3/aws4_request, SignedHeaders=host"}
    known = place_of("https://orders.s3.eu-west-1.amazonaws.com/a", told, "a")
    assert known is not None
    assert (known.origin, known.prefix, known.region) == ("https://orders.s3.eu-west-1.amazonaws.com", "/", "eu-west-1")
    assert place_of("https://orders.s3.eu-west-1.amazonaws.com/a", told | {"x-amz-new": "1"}, "a") is None


def test_behind_a_proxy_all_is_left_to_the_library(aws: Aws, bucket: str, monkeypatch: pytest.MonkeyPatch) -> None:
    session = Session(Access(), frozenset({"s3.GetObject"}))
    assert session.connections("https://s3.eu-west-1.amazonaws.com") is not None
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    assert session.connections("https://s3.eu-west-1.amazonaws.com") is None
    monkeypatch.setenv("NO_PROXY", "s3.eu-west-1.amazonaws.com")
    assert session.connections("https://s3.eu-west-1.amazonaws.com") is not None


def test_certificates_are_checked(monkeypatch: pytest.MonkeyPatch, aws: Aws) -> None:
    pool = Session(Access(), frozenset()).connections("https://s3.eu-west-1.amazonaws.com")
    assert pool.cert_reqs == "CERT_REQUIRED"
    monkeypatch.setenv("AWS_CA_BUNDLE", "/own/authority.pem")
    pool = Session(Access(), frozenset()).connections("https://s3.eu-west-1.amazonaws.com")
    assert pool.ca_certs == "/own/authority.pem"
