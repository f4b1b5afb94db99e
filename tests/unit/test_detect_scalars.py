"""Secrets that a key names: the whole scalar with its escapes and quotes, no comment, nothing of other keys beneath."""

from __future__ import annotations

import pytest

from assay.detect.document import hits_in
from assay.detect.engine import Detector

UUID = "3f2b8c1e-9a4d-4c7b-8e21-5d6f7a8b9c0d"


def passwords(detector: Detector, text: str, name: str) -> list[str]:
    data = text.encode()
    return [data[hit.start : hit.end].decode() for hit in hits_in(detector, data, name) if hit.rule.name == "PASSWORD"]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.yaml", '"password": # Zq9!comment\nuser: x\n'),
        ("a.yaml", "password: # Zq9!comment\nuser: x\n"),
        ("a.yaml", "'password':   #Zq9!comment\n"),
        ("a.yaml", '"pass\\u0077ord": # Zq9!comment\n'),
        ("a.yaml", "db:\n  - password: # Zq9!comment\n    user: x\n"),
        ("a.yaml", "password: !secret # Zq9!comment\n"),
        ("a.yaml", 'a: {"pass\\u0077ord": # Zq9!comment\n  null}\n'),
        ("a.toml", "password = # Zq9!comment\n"),
        ("a.ini", "[db]\npassword = ; Zq9!comment\n"),
        (".env", "PASSWORD= # Zq9!comment\n"),
        ("a.json", '{"password": /* Zq9!comment */ null}'),
        ("a.txt", "password: # Zq9!comment\n"),
    ],
)
def test_a_comment_behind_a_key_is_no_value(detector: Detector, name: str, text: str) -> None:
    assert passwords(detector, text, name) == []


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.yaml", "password: # Zq9!comment\n  Zq8!value9\nuser: x\n"),
        ("a.yaml", "password: # Zq9!comment\n  - Zq8!value9\n"),
        ("a.ini", "password = Zq8!value9 # Zq9!comment\n"),
        ("a.ini", "password = Zq8!value9\n"),
    ],
)
def test_the_value_beside_a_comment(detector: Detector, name: str, text: str) -> None:
    assert passwords(detector, text, name) == ["Zq8!value9"]


def test_a_value_that_begins_with_the_sign_of_a_comment(detector: Detector) -> None:
    assert passwords(detector, "password=#Zq8!value9\n", ".env") == ["#Zq8!value9"]


ESCAPED = r"a\"b\\cZq9!Q"


@pytest.mark.parametrize("key", ["password", r"pass\u0077ord"])
@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("a.json", '{"KEY": "%s"}', ESCAPED),
        ("a.json", '{"x": {"KEY" : "%s"}, "y": 1}', r"Ab\"9!xyz#1"),
        ("a.json", '{"KEY": "%s"}', r"Zq9!Q\"b\\cx"),
        ("a.json", '{"KEY": "%s"}', r"\u0022b'cZq9!Q"),
        ("a.json", '{"KEY": "%s"}', "ab'cZq9!Q"),
        ("a.jsonl", '{"KEY": "%s"}\n{"user": "x"}\n', ESCAPED),
        ("a.yaml", '"KEY": "%s"\n', ESCAPED),
        ("a.yaml", "\"KEY\": '%s'\n", "ab''cZq9!Q"),
        ("a.yaml", 'x: {"KEY": "%s"}\n', ESCAPED),
        ("a.toml", '"KEY" = "%s"\n', ESCAPED),
        ("a.toml", "\"KEY\" = '%s'\n", r'a"b\cZq9!Q'),
    ],
)
def test_a_secret_has_its_escapes_and_quotes(detector: Detector, key: str, name: str, text: str, value: str) -> None:
    assert passwords(detector, text.replace("KEY", key) % value, name) == [value]


def test_a_secret_with_escapes_under_a_word_for_value(detector: Detector) -> None:
    assert passwords(detector, '{"password": {"value": "%s"}}' % ESCAPED, "a.json") == [ESCAPED]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("<a><password>%s</password></a>", "a&quot;b&amp;cZq9!Q"),
        ("<a><password>\n  %s\n</password></a>", 'a"b&lt;cZq9!Q'),
        ('<a password="%s"/>', "a&quot;b&amp;cZq9!Q"),
        ("<a password='%s'/>", 'a"b&apos;cZq9!Q'),
        ("<a><password><![CDATA[%s]]></password></a>", 'a"b<cZq9!Q'),
        ("<a><password><![CDATA[%s]]></password></a>", "Qz7!mVb2Lk"),
    ],
)
def test_a_secret_in_xml(detector: Detector, text: str, value: str) -> None:
    assert passwords(detector, f"<?xml version='1.0'?>\n{text % value}", "a.xml") == [value]


def test_a_secret_with_a_doubled_quote_in_sql(detector: Detector) -> None:
    text = "INSERT INTO t (id, password) VALUES (1, 'Qz''7!mVb2Lk');\n"
    assert passwords(detector, text, "a.sql") == ["Qz''7!mVb2Lk"]


def test_secrets_of_an_array_stay_apart(detector: Detector) -> None:
    text = r'{"password": ["Qz7!mVb2Lk","Ax\"7!mVb2"]}'
    assert passwords(detector, text, "a.json")[0] == "Qz7!mVb2Lk"
    assert not any('","' in value for value in passwords(detector, text, "a.json"))


def test_one_secret_has_one_fingerprint_however_it_is_written(detector: Detector) -> None:
    texts = [
        ("a.json", r'{"password": "a\"b\\cZq9!Q"}'),
        ("a.json", r'{"password": "\u0061\u0022b\u005ccZq9!Q"}'),
        ("a.yaml", r"""password: 'a"b\cZq9!Q'"""),
        ("a.xml", "<?xml version='1.0'?><a><password>a&quot;b\\cZq9!Q</password></a>"),
    ]
    prints = {hit.fingerprint for name, text in texts for hit in hits_in(detector, text.encode(), name)}
    assert len(prints) == 1


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.json", '{"ChangePassword":[{"id": "%s"}]}'),
        ("a.json", '{"ChangePassword":{"state": "Qz7!mVb2Lk", "id": "%s"}}'),
        ("a.json", '{"heroku_key": {"id": "%s"}}'),
        ("a.yaml", "ChangePassword:\n  - id: %s\n"),
        ("a.yaml", "password:\n  valueFrom:\n    key: %s\n"),
        ("a.xml", "<?xml version='1.0'?><a><ChangePassword><id>%s</id></ChangePassword></a>"),
        ("a.xml", '<?xml version="1.0"?><a><ChangePassword><x id="%s"/></ChangePassword></a>'),
        ("a.toml", 'ChangePassword = {id = "%s"}\n'),
        ("a.toml", 'ChangePassword = [{id = "%s"}]\n'),
        ("a.toml", '[ChangePassword]\nid = "%s"\n'),
    ],
)
def test_a_key_of_a_secret_says_nothing_of_other_keys_beneath(detector: Detector, name: str, text: str) -> None:
    hits = hits_in(detector, text.replace("%s", UUID).encode(), name)
    assert [hit.rule.name for hit in hits if hit.rule.name in ("PASSWORD", "HEROKU_KEY")] == []


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.json", '{"password": {"value": "Qz7!mVb2Lk"}}'),
        ("a.json", '{"password": ["Qz7!mVb2Lk"]}'),
        ("a.yaml", "password:\n  value: Qz7!mVb2Lk\n"),
        ("a.xml", "<?xml version='1.0'?><a><password><value>Qz7!mVb2Lk</value></password></a>"),
        ("a.toml", 'password = {value = "Qz7!mVb2Lk"}\n'),
    ],
)
def test_a_secret_under_a_word_for_value(detector: Detector, name: str, text: str) -> None:
    assert passwords(detector, text, name) == ["Qz7!mVb2Lk"]
