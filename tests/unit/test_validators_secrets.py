"""Validators of secrets and passwords."""

from __future__ import annotations

import base64
import hashlib
import json
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.detect import validators
from assay.detect.validators import passwords, secrets

_BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_ALL = sorted(
    name
    for module in (passwords, secrets)
    for name, value in vars(module).items()
    if callable(value) and not name.startswith("_") and getattr(value, "__module__", "") == module.__name__
)


def github_token(body: str, prefix: str = "ghp_") -> str:
    """A token with a checksum computed here, independently of the validator."""
    number = zlib.crc32(body.encode())
    digits = []
    while number:
        number, rest = divmod(number, 62)
        digits.append(_BASE62[rest])
    return prefix + body + "".join(reversed(digits)).rjust(6, "0")


def segment(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


@pytest.mark.parametrize("name", _ALL)
@given(text=st.text(max_size=200))
def test_every_validator_is_total(name: str, text: str) -> None:
    assert validators.get(name)(text) in (True, False)


@pytest.mark.parametrize("name", _ALL)
@given(text=st.text(alphabet="eyJ.=-_:@/$AZaz09+\\n\n", max_size=120))
def test_every_validator_is_total_on_what_looks_like_tokens(name: str, text: str) -> None:
    assert validators.get(name)(text) in (True, False)


@given(body=st.text(alphabet=_BASE62, min_size=30, max_size=30), prefix=st.sampled_from(["ghp_", "gho_", "ghs_"]))
def test_github_checksum_accepts_what_was_computed(body: str, prefix: str) -> None:
    assert secrets.github_checksum(github_token(body, prefix))


def test_github_checksum_refuses_one_changed_character() -> None:
    token = github_token("MadeUp7QxWv2Lk9TzR4bNc8JdH3sYa")
    assert not secrets.github_checksum(token[:10] + ("A" if token[10] != "A" else "B") + token[11:])
    assert not secrets.github_checksum(token + "0")
    assert not secrets.github_checksum(token.replace("ghp_", "ghx_"))


def test_github_checksum_is_padded_to_six() -> None:
    body = next(
        f"MadeUp{number:024d}" for number in range(10_000) if zlib.crc32(f"MadeUp{number:024d}".encode()) < 62**5
    )
    assert secrets.github_checksum(github_token(body))


def test_jwt_header_needs_json_with_an_algorithm() -> None:
    assert secrets.jwt_header(segment({"alg": "ES256", "kid": "7"}) + ".e30.c2ln")
    assert not secrets.jwt_header(segment({"typ": "JWT"}) + ".e30.c2ln")
    assert not secrets.jwt_header(segment({"alg": 5}) + ".e30.c2ln")
    assert not secrets.jwt_header(segment(["alg"]) + ".e30.c2ln")
    assert not secrets.jwt_header("eyJhbGciOi" + ".e30.c2ln")


def test_jwt_header_survives_deep_nesting() -> None:
    deep = base64.urlsafe_b64encode(b'{"alg":' + b"[" * 100_000).decode()
    assert not secrets.jwt_header(deep + ".e30.c2ln")


def test_discord_bot_id_is_a_snowflake() -> None:
    assert secrets.discord_bot_id(base64.b64encode(b"582047169358201746").decode() + ".Gx7abc.rest")
    assert not secrets.discord_bot_id(base64.b64encode(b"not-a-snowflake-id").decode() + ".Gx7abc.rest")


def test_pypi_macaroon_names_its_index() -> None:
    body = base64.urlsafe_b64encode(b"\x02\x01\x08pypi.org\x02$" + bytes(range(60))).decode().rstrip("=")
    other = base64.urlsafe_b64encode(b"\x02\x01\x08evil.org\x02$" + bytes(range(60))).decode().rstrip("=")
    assert secrets.pypi_macaroon("pypi-" + body)
    assert not secrets.pypi_macaroon("pypi-" + other)


def test_age_checksum_detects_a_changed_character() -> None:
    # The identity of the age specification's test vectors.
    key = "AGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEX"
    assert secrets.age_checksum(key)
    assert not secrets.age_checksum(key[:-1] + "Z")
    assert not secrets.age_checksum(key.replace("SECRET", "PUBLIC"))


def test_aws_secret_is_no_digest_and_no_path() -> None:
    assert secrets.aws_secret_shape("MadeUp/q7WvX2Lk9TzR4bNc8JdH3sYaFp6GmE1u0")
    assert not secrets.aws_secret_shape("3f786850e387550fdab836ed7e6dc881de23001b")
    assert not secrets.aws_secret_shape("usr/share/lib/Python3/site/packages/Xy12")
    assert not secrets.aws_secret_shape("A" * 40)


def test_azure_keys_are_bytes_of_the_right_length() -> None:
    key = base64.b64encode(bytes(range(64))).decode()
    assert secrets.azure_key_string(f"AccountName=a;AccountKey={key};EndpointSuffix=core.windows.net")
    assert not secrets.azure_key_string("AccountKey=" + base64.b64encode(bytes(64)).decode())
    assert not secrets.azure_key_string("AccountKey=" + base64.b64encode(bytes(range(40))).decode())
    assert secrets.azure_sas_bytes(base64.b64encode(bytes(range(32))).decode().replace("=", "%3D"))


PLACEHOLDERS = """
    ${API_KEY} {{key}} <your-key> xxxxxxxxxxxx ************ your_api_key EXAMPLEKEY $TOKEN 0123456789abcdef AAAAAAAAAAAA
    changeme-now %(password)s __TOKEN__
"""
NOT_PASSWORDS = """
    Password password1 secret ******** ${DB_PASSWORD} %(password)s {password} user_password
    $2b$12$abcdefghijklmnopqrstuv 5f4dcc3b5aa765d61d8327deb882cf99 required|min:8
    vault:secret/data/db#pw9 /run/secrets/db_pass1 passwords.txt
    2024-02-29 1.2.3 None 7776000 1700000000 new_password_2
"""


@pytest.mark.parametrize("value", [*PLACEHOLDERS.split(), ""])
def test_placeholders_are_refused(value: str) -> None:
    assert not secrets.not_placeholder(value)


def test_random_text_is_no_placeholder() -> None:
    assert secrets.not_placeholder("q7WvX2Lk9TzR4bNc8JdH3sYa")


@pytest.mark.parametrize(
    "value",
    [
        "d41d8cd98f00b204e9800998ecf8427e",
        "7f1d2c3b-58aa-4e0f-9c11-2b6a7d8e9f01",
        "iVBORw0KGgoAAAANSUhEUgAAAAUA1b2C3",
        "authentication_backend_configuration_v2",
        "getUserAuthenticationTokenFromSession2024",
        "abababababababababababababababab12",
    ],
)
def test_high_entropy_refuses_digests_ids_images_and_names(value: str) -> None:
    assert not secrets.high_entropy(value)


def made_up(alphabet: str, length: int) -> list[str]:
    """500 strings that look drawn at random and are always the same."""
    digests = (hashlib.sha512(f"{number}".encode()).digest() for number in range(500))
    return ["".join(alphabet[byte % len(alphabet)] for byte in digest[:length]) for digest in digests]


@pytest.mark.parametrize("alphabet", [_BASE62, _BASE62.lower()])
def test_high_entropy_keeps_what_is_random(alphabet: str) -> None:
    assert sum(map(secrets.high_entropy, made_up(alphabet + "0123456789", 40))) >= 490


def test_passwords_keep_what_is_random() -> None:
    assert sum(passwords.quoted_password(key + "7a") for key in made_up(_BASE62 + "!#^&*%", 14)) >= 490


@given(seed=st.binary(min_size=30, max_size=30))
def test_high_entropy_needs_digits_and_letters(seed: bytes) -> None:
    value = base64.b32encode(seed).decode().rstrip("=")
    if secrets.high_entropy(value):
        assert sum(character.isdigit() for character in value) >= 2
        assert sum(character.isalpha() for character in value) >= 6


def test_pem_body_needs_key_material() -> None:
    body = base64.b64encode(bytes(range(120))).decode()
    assert secrets.pem_body(f"-----BEGIN PRIVATE KEY-----\n{body}\n-----END PRIVATE KEY-----")
    assert secrets.pem_body(f"-----BEGIN PRIVATE KEY-----\\n{body}\\n-----END PRIVATE KEY-----")
    assert not secrets.pem_body("-----BEGIN PRIVATE KEY-----\n...\n-----END PRIVATE KEY-----")
    assert not secrets.pem_body("-----BEGIN PRIVATE KEY-----" + "A" * 400)


@pytest.mark.parametrize("value", ["Sup3rS3cret!", "hunter2", "P@ssw0rd", "Sommer2024!", "a-b_c9Kq", "tZ5%40vN8q"])
def test_passwords_in_clear_are_accepted(value: str) -> None:
    assert passwords.quoted_password(value)


@pytest.mark.parametrize("value", [*NOT_PASSWORDS.split(), "Enter your password 2", ""])
def test_what_stands_in_place_of_passwords_is_refused(value: str) -> None:
    assert not passwords.quoted_password(value)


@pytest.mark.parametrize(
    "value", ["get_password()", "self.password2", "os.environ['PW1']", "e>1&&0===r", "args.pw2", "cfg->pw1", "x=y2z3w4"]
)
def test_code_is_no_bare_password(value: str) -> None:
    assert not passwords.bare_password(value)


def test_an_environment_file_may_hold_a_word() -> None:
    assert passwords.env_password("supergeheim")
    assert not passwords.env_password("changeme")
    assert not passwords.env_password("postgres")
    assert not passwords.bare_password("supergeheim")


def test_uri_password_looks_at_the_password_only() -> None:
    assert passwords.uri_password("postgres://app:Qz7mVb2Lk@db.acme.test/x")
    assert passwords.uri_password("redis://:Hj6kPq9zX@cache:6379/0")
    assert passwords.uri_password("mysql://a:p@ss9Kq@db/x")
    assert not passwords.uri_password("postgres://user:password@localhost/db")
    assert not passwords.uri_password("postgres://app@db.acme.test/x")
    assert not passwords.uri_password("postgres://app:***@db/x")
    assert not passwords.uri_password("postgres://db.acme.test:5432/x?mail=a@b")


def test_keyed_dsn_needs_a_place_and_a_password() -> None:
    assert passwords.keyed_dsn("Server=db;User Id=sa;Password=Vx3sPq8mT")
    assert passwords.keyed_dsn("host=db dbname=hr user=hr password=Vx3sPq8mT")
    assert not passwords.keyed_dsn("User Id=sa;Password=Vx3sPq8mT")
    assert not passwords.keyed_dsn("Server=db;User Id=sa;Password={0}")
    assert not passwords.keyed_dsn("Server=db;Trusted_Connection=True")


def test_basic_credentials_are_a_user_and_a_password() -> None:
    def encode(text: str) -> str:
        return base64.b64encode(text.encode()).decode()

    assert passwords.basic_credentials(encode("ops:Qz7mVb2Lk"))
    assert not passwords.basic_credentials(encode("user:password"))
    assert not passwords.basic_credentials(encode("no colon in here"))
    assert not passwords.basic_credentials("authentication")


def test_jdbc_and_oracle_passwords() -> None:
    assert passwords.jdbc_password("jdbc:mysql://db/hr?user=hr&password=Vx3sPq8mT")
    assert not passwords.jdbc_password("jdbc:mysql://db/hr?user=hr&password=${PW}")
    assert passwords.oracle_password("jdbc:oracle:thin:scott7/Tq9zLm4x@ora:1521/hr")
    assert not passwords.oracle_password("jdbc:oracle:thin:scott/scott@ora:1521/hr")
