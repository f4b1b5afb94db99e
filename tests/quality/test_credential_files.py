"""The files that credentials are kept in, each written as its tool writes it, with keys and passwords drawn anew in every run."""

from __future__ import annotations

import base64
import json
import secrets
import string
from collections.abc import Mapping
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    pkcs12,
)

from assay.api import scan
from assay.model import Finding

_LETTERS = string.ascii_letters + string.digits


def _drawn(length: int) -> str:
    """A password of small and capital letters and digits, all three of them."""
    return "Qk7" + "".join(secrets.choice(_LETTERS) for _ in range(length - 6)) + "x4Z"


def _encoded(plain: str | bytes) -> str:
    return base64.b64encode(plain.encode() if isinstance(plain, str) else plain).decode()


def _files() -> dict[str, tuple[str, str]]:
    """Name of a file, what stands in it, and which identifier has to be told of it."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    ssh = ed25519.Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())
    locked = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"pw"))
    store = pkcs12.serialize_key_and_certificates(b"k", key, None, None, BestAvailableEncryption(b"pw"))
    wire = _encoded(X25519PrivateKey.generate().private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption()))
    login = _encoded(f"app:{_drawn(18)}")
    auths = json.dumps({"auths": {"registry.acme.test": {"auth": login}}})
    account = {
        "type": "service_account",
        "private_key_id": secrets.token_hex(20),
        "client_email": "a@b.iam.gserviceaccount.com",
    }
    return {
        ".netrc": (f"machine git.acme.test\n  login app\n  password {_drawn(14)}\n", "PASSWORD"),
        ".pgpass": (f"db.acme.test:5432:shop:app:{_drawn(14)}\n", "PGPASS_PASSWORD"),
        ".npmrc": (f"//registry.acme.test/:_authToken={secrets.token_hex(20)}\n", "API_KEY NPM_TOKEN"),
        ".dockercfg": (
            json.dumps({"registry.acme.test": {"auth": login}}),
            "BASIC_AUTH_HEADER PASSWORD DOCKER_CONFIG API_KEY",
        ),
        "id_ed25519": (ssh.decode(), "PRIVATE_KEY"),
        "locked.pem": (locked.decode(), "PRIVATE_KEY"),
        "store.txt": (_encoded(store), "PKCS12_KEYSTORE"),
        "wg0.conf": (f"[Interface]\nPrivateKey = {wire}\nAddress = 10.0.0.2/24\n", "WIREGUARD_KEY"),
        "secret.yaml": (f"apiVersion: v1\nkind: Secret\ndata:\n  blob: {_encoded(_drawn(30))}\n", "KUBERNETES_SECRET"),
        "pull.yaml": (f"kind: Secret\ndata:\n  .dockerconfigjson: {_encoded(auths)}\n", "DOCKER_CONFIG"),
        "account.json": (json.dumps(account, indent=2), "GCP_SERVICE_ACCOUNT"),
        "terraform.tfstate": (
            json.dumps({"version": 4, "resources": [{"instances": [{"attributes": {"password": _drawn(16)}}]}]}),
            "PASSWORD",
        ),
        ".bash_history": (f"ls\nmysql -u root -p{_drawn(14)} shop\n", "PASSWORD"),
        "curl.sh": (f"curl -u app:{_drawn(14)} https://api.acme.test/v1\n", "PASSWORD"),
        "request.http": (f"GET / HTTP/1.1\nHost: api.acme.test\nAuthorization: Basic {login}\n\n", "BASIC_AUTH_HEADER"),
        "cookie.http": (
            f"HTTP/1.1 200 OK\nSet-Cookie: sessionid={secrets.token_hex(16)}; Path=/\n\n",
            "SESSION_COOKIE",
        ),
        "settings.ini": (f"[db]\npassword = {_drawn(14)}\n", "PASSWORD"),
        "app.env": (f"DB_PASSWORD={_drawn(16)}\n", "PASSWORD"),
        "url.txt": (f"postgresql://app:{_drawn(14)}@db.acme.test/shop\n", "DB_CONNECTION_STRING"),
    }


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> tuple[Mapping[str, tuple[str, str]], Mapping[str, set[str]]]:
    folder, files = tmp_path_factory.mktemp("kept"), _files()
    found: dict[str, set[str]] = {name: set() for name in files}
    for name, (text, _) in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    for record in scan(folder, jobs=1, gitignore=False):
        if isinstance(record, Finding):
            found[Path(record.resource.removeprefix("file://")).name].add(record.identifier)
    return files, found


def test_what_is_kept_in_each_file_is_found(told: tuple[Mapping[str, tuple[str, str]], Mapping[str, set[str]]]) -> None:
    files, found = told
    missed = {name: sorted(found[name]) for name, (_, right) in files.items() if not found[name] & set(right.split())}
    assert not missed
