"""Live verification against a server on this machine that speaks the providers' replies, hangs, or lies."""

from __future__ import annotations

import datetime as dt
import json
import logging
import ssl
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from assay.app.scan.verification import PROVIDERS, Answer, Outcome, Provider, Verifier
from assay.app.scan.verifying import found_in
from assay.errors import UsageError

LIVE = {
    "github": {"login": "ada", "id": 7},
    "gitlab": {"id": 1, "user_id": 2},
    "slack": {"ok": True, "user_id": "U1"},
    "stripe": {"object": "balance", "available": [{"amount": 0}]},
    "sendgrid": {"scopes": ["mail.send"]},
    "openai": {"object": "list", "data": [{}]},
    "anthropic": {"data": [{}]},
    "huggingface": {"name": "ada", "type": "user"},
    "digitalocean": {"account": {"uuid": "x"}},
    "postman": {"user": {"id": 1}},
}
TOKEN = "ghp_MadeUpTokenOfNobody000000000000001"


class Server:
    """Answers as it is told to, and keeps what it was asked."""

    def __init__(self, folder: Path) -> None:
        self.status, self.body, self.mode = 200, b"{}", ""
        self.asked: list[dict[str, str]] = []
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
        now = dt.datetime.now(dt.UTC)
        made = (
            x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(1)
            .not_valid_before(now - dt.timedelta(days=1)).not_valid_after(now + dt.timedelta(days=1))
            .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
            .sign(key, hashes.SHA256())
        )  # fmt: skip
        self.certificate = folder / "certificate.pem"
        self.certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
        secret = folder / "key.pem"
        secret.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        self.stop = threading.Event()
        self.http = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate, secret)
        self.http.socket = context.wrap_socket(self.http.socket, server_side=True, do_handshake_on_connect=False)
        threading.Thread(target=self.http.serve_forever, args=(0.02,), daemon=True).start()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                server.asked.append({"path": self.path, **dict(self.headers)})
                if server.mode == "hangs":
                    server.stop.wait(30)
                    return
                self.send_response(server.status)
                self.send_header("Content-Type", "application/json")
                if server.mode == "redirects":
                    self.send_header("Location", "https://localhost:1/elsewhere")
                self.end_headers()
                if server.mode == "drips":
                    while not server.stop.wait(0.02):
                        try:
                            self.wfile.write(b" ")
                            self.wfile.flush()
                        except OSError:
                            return
                self.wfile.write(server.body)

            def log_message(self, *_: object) -> None:
                return

        return Handler

    def provider(self, name: str = "github", **changes: Any) -> Provider:
        url = f"https://localhost:{self.http.server_address[1]}/asked"
        return replace(PROVIDERS[name], url=url, **changes)

    def verifier(self, **options: Any) -> Verifier:
        return Verifier(tls=ssl.create_default_context(cafile=str(self.certificate)), **options)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    made = Server(tmp_path)
    yield made
    made.stop.set()
    made.http.shutdown()
    made.http.server_close()


def ask(server: Server, provider: str = "github", *, status: int = 200, body: object = None, **options: Any) -> Answer:
    server.status, server.body = status, body if isinstance(body, bytes) else json.dumps(body or {}).encode()
    return server.verifier(**options).verify(server.provider(provider), TOKEN)


@pytest.mark.parametrize("name", sorted(PROVIDERS))
def test_each_provider_is_asked_as_documented(name: str, server: Server) -> None:
    assert PROVIDERS[name].url.startswith("https://")
    assert ask(server, name, body=LIVE[name]).outcome is Outcome.LIVE
    assert ask(server, name, status=401, body={"message": "Bad credentials"}).outcome is Outcome.REVOKED
    assert ask(server, name, body={"hello": "world"}).outcome is Outcome.UNKNOWN
    assert any(TOKEN in value for value in server.asked[0].values())
    assert TOKEN not in server.asked[0]["path"]


def test_slack_says_it_in_the_answer(server: Server) -> None:
    assert ask(server, "slack", body={"ok": False, "error": "token_revoked"}).outcome is Outcome.REVOKED
    assert ask(server, "slack", body={"ok": False, "error": "ratelimited"}).outcome is Outcome.UNKNOWN


@pytest.mark.parametrize(
    ("status", "body"),
    [(200, b"<html>you are in</html>"), (200, b"[]"), (200, b"null"), (403, b"{}"), (429, b"{}"), (500, b""), (200, b"[" * 60_000)],
)  # fmt: skip
def test_what_is_no_clear_answer_is_unknown(status: int, body: bytes, server: Server) -> None:
    assert ask(server, status=status, body=body).outcome is Outcome.UNKNOWN


def test_a_redirect_is_not_followed(server: Server) -> None:
    server.mode = "redirects"
    assert ask(server, status=302).outcome is Outcome.UNKNOWN
    assert len(server.asked) == 1


@pytest.mark.parametrize("mode", ["hangs", "drips"])
def test_an_endpoint_that_hangs_ends_with_the_timeout(mode: str, server: Server) -> None:
    server.mode = mode
    assert ask(server, timeout=0.3) == Answer(outcome=Outcome.UNKNOWN, reason="no answer in time")


def test_who_cannot_prove_its_name_is_told_nothing(server: Server) -> None:
    answer = Verifier().verify(server.provider(), TOKEN)
    assert answer == Answer(outcome=Outcome.UNKNOWN, reason="the connection is not to be trusted")
    assert server.asked == []


def test_no_proxy_is_used(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert ask(server, body=LIVE["github"]).outcome is Outcome.LIVE


def test_only_https(server: Server) -> None:
    with pytest.raises(UsageError, match="over HTTPS only"):
        server.verifier().verify(replace(PROVIDERS["github"], url="http://localhost/x"), TOKEN)


def test_a_value_with_a_line_end_is_never_sent(server: Server) -> None:
    assert server.verifier().verify(server.provider(), "a\r\nHost: x").outcome is Outcome.UNKNOWN
    assert server.asked == []


def test_questions_take_turns_and_equal_ones_are_asked_once(server: Server) -> None:
    waits: list[float] = []
    verifier = server.verifier(clock=lambda: 100.0, wait=waits.append)
    for value in (TOKEN, TOKEN, TOKEN + "x"):
        verifier.verify(server.provider(), value)
    assert waits == [1.0]
    assert len(server.asked) == 2


def test_nothing_of_the_value_or_the_answer_is_told(server: Server, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    answer = ask(server, status=500, body={"echo": TOKEN})
    assert TOKEN not in f"{answer}"
    verifier = server.verifier()
    verifier.verify(server.provider(), TOKEN)
    assert TOKEN not in repr(verifier)
    assert TOKEN not in caplog.text


def test_credentials_are_found_and_read_again(server: Server, tmp_path: Path) -> None:
    folder = tmp_path / "code"
    folder.mkdir()
    token = "sk_live_4eC39HqLyjWDarjtT1zdp7dcMadeUp"
    (folder / "a.env").write_text(f"STRIPE={token}\n")
    (found,) = list(found_in([folder], ("STRIPE_KEY",), None))
    assert token not in f"{found}"
    server.body = json.dumps(LIVE["stripe"]).encode()
    assert found.ask(server.verifier(), server.provider("stripe")).outcome is Outcome.LIVE
    assert server.asked[-1]["Authorization"] == f"Bearer {token}"
    (folder / "a.env").write_text("STRIPE=the diary of somebody, who wrote it here instead\n")
    assert found.ask(server.verifier(), server.provider("stripe")).outcome is Outcome.UNKNOWN
    assert len(server.asked) == 1
