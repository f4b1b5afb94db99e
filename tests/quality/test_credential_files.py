"""The files that credentials are kept in, each written as its tool writes it, with keys and passwords drawn anew in every run."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import lzma
import secrets
import shutil
import string
import subprocess
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

import assay.detect.validators
from assay.api import scan
from assay.model import Finding

_LETTERS = string.ascii_letters + string.digits


def _drawn(length: int) -> str:
    """A password of small and capital letters and digits, all three of them."""
    return "Qk7" + "".join(secrets.choice(_LETTERS) for _ in range(length - 6)) + "x4Z"


def _encoded(plain: str | bytes) -> str:
    return base64.b64encode(plain.encode() if isinstance(plain, str) else plain).decode()


def _putty() -> str:
    """A key of Ed25519 as PuTTYgen saves it without a passphrase, with the code that PuTTY checks (format 3)."""
    key = ed25519.Ed25519PrivateKey.generate()
    kind, own = b"ssh-ed25519", key.private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption())
    public = _counted(kind) + _counted(key.public_key().public_bytes_raw())
    private, remark = _counted(own), b"ed25519-key-20260301"
    told = b"".join(map(_counted, (kind, b"none", remark, public, private)))
    lines = [_encoded(public)[:64], _encoded(public)[64:]]
    return "\r\n".join([
        "PuTTY-User-Key-File-3: ssh-ed25519", "Encryption: none", f"Comment: {remark.decode()}", "Public-Lines: 2", *lines,
        "Private-Lines: 1", _encoded(private), f"Private-MAC: {hmac.new(b'', told, hashlib.sha256).hexdigest()}", "",
    ])  # fmt: skip


def _counted(text: bytes) -> bytes:
    return len(text).to_bytes(4, "big") + text


def _age() -> str:
    """An identity as `age-keygen` writes it: 32 bytes in Bech32 (BIP 173) behind `age-secret-key-`."""
    letters, prefix = "qpzry9x8gf2tvdw0s3jn54khce6mua7l", "age-secret-key-"
    number = int.from_bytes(secrets.token_bytes(32), "big") << 4
    data = [number >> 5 * place & 31 for place in reversed(range(52))]
    spread = [ord(letter) >> 5 for letter in prefix] + [0] + [ord(letter) & 31 for letter in prefix]
    check = 1
    for value in [*spread, *data, *[0] * 6]:
        top, check = check >> 25, (check & 0x1FFFFFF) << 5 ^ value
        for bit, mixed in enumerate((0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)):
            check ^= mixed if top >> bit & 1 else 0
    data += [(check ^ 1) >> 5 * place & 31 for place in reversed(range(6))]
    key = (prefix + "1" + "".join(letters[value] for value in data)).upper()
    return f"# created: 2026-03-01T10:00:00Z\n# public key: age1{''.join(secrets.choice(letters) for _ in range(58))}\n{key}\n"


def _phrase() -> str:
    """Twelve words for 128 bits and their checksum (BIP 39)."""
    packed = (Path(assay.detect.validators.__file__).parent / "bip39_english.txt.xz").read_bytes()
    words = lzma.decompress(packed).decode("ascii").split()
    while True:
        entropy = secrets.token_bytes(16)
        bits = int.from_bytes(entropy, "big") << 4 | hashlib.sha256(entropy).digest()[0] >> 4
        chosen = [words[bits >> 11 * place & 2047] for place in reversed(range(12))]
        if len(set(chosen)) == len(chosen):
            return " ".join(chosen)


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
        # What `gcloud auth application-default login` leaves behind.
        "application_default_credentials.json": (
            json.dumps(
                {
                    "account": "",
                    "client_id": f"{secrets.randbelow(10**12):012d}-{secrets.token_hex(16)}.apps.googleusercontent.com",
                    "client_secret": f"GOCSPX-{_drawn(28)}",
                    "refresh_token": f"1//0g{_drawn(96)}",
                    "type": "authorized_user",
                    "universe_domain": "googleapis.com",
                },
                indent=2,
            ),
            "GOOGLE_OAUTH_SECRET",
        ),
        "id_ed25519.ppk": (_putty(), "PRIVATE_KEY"),
        "keys.txt": (_age(), "AGE_SECRET_KEY"),
        "wallet.txt": (f"Recovery phrase:\n{_phrase()}\n", "BIP39_PHRASE"),
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


@pytest.mark.skipif(shutil.which("gpg") is None, reason="GnuPG is not installed")
def test_a_private_key_that_gpg_exports_is_found(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    gpg = ["gpg", "--homedir", str(home), "--batch", "--pinentry-mode", "loopback", "--passphrase", ""]
    try:
        subprocess.run(
            [*gpg, "--quick-generate-key", "Ada King <ada.king@acme.org>", "ed25519"], check=True, capture_output=True
        )
        key = subprocess.run([*gpg, "--armor", "--export-secret-keys"], check=True, capture_output=True).stdout
        public = subprocess.run([*gpg, "--armor", "--export"], check=True, capture_output=True).stdout
    finally:
        subprocess.run(["gpgconf", "--homedir", str(home), "--kill", "all"], check=False, capture_output=True)
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "private.asc").write_bytes(key)
    (tmp_path / "kept" / "public.asc").write_bytes(public)
    found = [record for record in scan(tmp_path / "kept", jobs=1, gitignore=False) if isinstance(record, Finding)]
    assert [(Path(each.resource).name, each.identifier) for each in found] == [("private.asc", "PRIVATE_KEY")]
