"""The mistakes that detectors of this kind are known for, each once."""

from __future__ import annotations

import pytest

from assay.detect.document import hits_in
from assay.detect.engine import Detector


def found(detector: Detector, text: str) -> dict[str, str]:
    data = text.encode()
    return {hit.rule.name: data[hit.start : hit.end].decode() for hit in hits_in(detector, data) if not hit.test}


FINDS = [
    ("PHONE", "call me at +44 20 7946 0958", "+44 20 7946 0958"),
    ("PHONE", "call me at (415) 732-0921 today", "(415) 732-0921"),
    ("IBAN", "IBAN DE59 7001 0080 0012 3456 78", "DE59 7001 0080 0012 3456 78"),
    ("CREDIT_CARD", "card 4400 6618 7205 5319 404", "4400 6618 7205 5319 404"),
    ("CREDIT_CARD", "card 4485-0118-3162-1647", "4485-0118-3162-1647"),
    ("ICD_CODE", "diagnosis: S72.001A, closed", "S72.001A"),
    ("ICD_CODE", "diagnosis C7A.00 confirmed", "C7A.00"),
    ("ICD_CODE", "diagnosis code U07.1", "U07.1"),
    ("SSN", "ssn: 536904399", "536904399"),
    ("SSN", "ssn 536 90 4399", "536 90 4399"),
    ("DB_CONNECTION_STRING", "url = postgresql+psycopg://app:Kq7vX2pL9@db.acme.org/x", ""),
    ("DB_CONNECTION_STRING", "url = mongodb+srv://app:Kq7vX2pL9@c0.mongodb.net/x", ""),
    ("DB_CONNECTION_STRING", "url = redis://:Kq7vX2pL9@cache.acme.org:6379/0", ""),
    ("DB_CONNECTION_STRING", "url = postgres://app:Kq7vX2pL9@db.acme.org/x", ""),
]


@pytest.mark.parametrize(("name", "text", "value"), FINDS, ids=[f"{name} {text[:24]}" for name, text, _ in FINDS])
def test_is_found(name: str, text: str, value: str, detector: Detector) -> None:
    hits = found(detector, text)
    assert name in hits
    if value:
        assert hits[name] == value


NOT = [
    ("EMAIL", "a|b ada@acme.c|m"),
    ("CREDIT_CARD", "card 0000 0000 0000 0000"),
    ("CREDIT_CARD", "order 1234567812345678"),
    ("PASSWORD", "password=${DB_PASSWORD}"),
    ("PASSWORD", "password: {{ vault_password }}"),
    ("PASSWORD", 'password = os.environ["DB_PASSWORD"]'),
    ("ICD_CODE", "vitamin B12 and diagnosis of none"),
    ("AWS_SECRET_KEY", "commit 3f786850e387550fdab836ed7e6dc881de23001b"),
    ("API_KEY", "api_key_sha1: 3f786850e387550fdab836ed7e6dc881de23001b"),
    ("API_KEY", "api key id 123e4567-e89b-42d3-a456-426614174000"),
    ("PHONE", "created at 1700000000 phone"),
    ("PHONE", "phone timestamp: 1700000000"),
    ("DRIVERS_LICENSE", "duplicate 12345678"),
    ("CVV", "SCN-125 cvv"),
    ("EMAIL", "email_verified,name\ntrue,x\nfalse,y\n"),
    ("DB_CONNECTION_STRING", "postgres://localhost:5432/x\nwrite to ada.stone@posteo.de"),
    ("SSN", "ssn 000-12-3456"),
    ("SSN", "ssn 666-12-3456"),
    ("SSN", "ssn 912-12-3456"),
    ("SSN", "ssn 536-00-4399"),
    ("SSN", "ssn 536-90-0000"),
    ("SSN", "part number 536904399"),
    ("IP_ADDRESS", "version 8.44.71.48"),
    ("IP_ADDRESS", "host 10.0.0.7 and 127.0.0.1 and 192.168.1.4"),
    ("DOB", "released 1984-07-22"),
]


@pytest.mark.parametrize(("name", "text"), NOT, ids=[f"{name} {text[:24]}" for name, text in NOT])
def test_is_not_found(name: str, text: str, detector: Detector) -> None:
    assert name not in found(detector, text)


TESTS = ["SSN 123-45-6789", "card 4111 1111 1111 1111", "write to someone@example.com", "SSN 078-05-1120"]


@pytest.mark.parametrize("text", TESTS)
def test_documentation_values_score_low(text: str, detector: Detector) -> None:
    hits = hits_in(detector, text.encode())
    assert [hit.test for hit in hits] == [True]
    assert hits[0].confidence < 0.3


def test_one_span_gives_one_finding(detector: Detector) -> None:
    data = b"DB=postgres://ada.stone:Kq7vX2pL9@db.acme.org/x password=hunter2Zq9 card 4485011831621647 iban DE89370400440532013000"
    hits = hits_in(detector, data)
    for one, other in zip(hits, hits[1:], strict=False):
        assert one.end <= other.start


def test_a_whole_cell_is_stronger_than_a_part(detector: Detector) -> None:
    text = b"who,ssn\na,536-90-4399\nb,see 601-55-3127 there\n"
    scores = {
        text[hit.start : hit.end]: sum(evidence.weight for evidence in hit.evidence if "cell" in evidence.detail)
        for hit in hits_in(detector, text, "x.csv")
        if hit.rule.name == "SSN"
    }
    assert scores[b"536-90-4399"] > 0
    assert scores[b"601-55-3127"] == 0


SECRET = "Zq7Kv9p"
NEIGHBOURS = [
    "SSN_Zq7Kv9p = 536-90-4399",
    "tax id_Zq7Kv9p: 20-60623080-0",
    "Zq7Kv9p_cvv: 737",
    "Zq7Kv9p.password=hunter2Zq9",
    '{"Zq7Kv9p_ssn": "536-90-4399"}',
    "Zq7Kv9p_ssn,b\n536-90-4399,1\n601-55-3127,2\n",
]


@pytest.mark.parametrize("text", NEIGHBOURS)
def test_evidence_shows_known_words_only(text: str, detector: Detector) -> None:
    """What is beside a value may be a value itself, so evidence names the identifier's own words and never the text's."""
    hits = hits_in(detector, text.encode())
    assert hits
    for hit in hits:
        assert all(SECRET.lower() not in detail.lower() for _, detail, _ in hit.evidence), hit.evidence
