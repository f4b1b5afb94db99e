"""Asking a credential's own provider whether it works. Preview: no provider was ever reached from here (docs/verifying.md).

The clear value goes to the provider's endpoint over HTTPS and nowhere else: no proxy is used, no redirect followed, and
neither a result nor an error holds it. What an endpoint answers is believed only in the form that its documentation gives.
"""

from __future__ import annotations

import hashlib
import http.client
import json
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

from assay.errors import UsageError

TIMEOUT = 5.0
"""Seconds that an answer may take, from the first byte sent to the last one read."""
_MOST_BYTES = 65_536
_PIECE = 4_096
_OK, _NOT_ALLOWED = 200, (401,)


class Outcome(StrEnum):
    """`unknown` is everything but a clear answer; it says nothing of whether the credential works."""

    LIVE = "live"
    REVOKED = "revoked"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """How one provider is asked. `says` tells from its answer's document whether the credential is somebody's."""

    name: str
    identifier: str
    url: str
    headers: Callable[[str], Mapping[str, str]]
    says: Callable[[Mapping[str, Any]], bool | None]
    refusals: tuple[int, ...] = _NOT_ALLOWED
    interval: float = 1.0
    """Seconds between two questions."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came of asking; `reason` never holds anything that the endpoint sent."""

    outcome: Outcome
    reason: str


def _bearer(value: str) -> Mapping[str, str]:
    return {"Authorization": f"Bearer {value}"}


def _has(*keys: str) -> Callable[[Mapping[str, Any]], bool | None]:
    def says(document: Mapping[str, Any]) -> bool | None:
        return True if all(document.get(key) for key in keys) else None

    return says


def _ok(document: Mapping[str, Any]) -> bool | None:
    """Slack answers 200 in any case: `ok` says it, and of what is wrong some reasons are about the token."""
    if document.get("ok") is True and document.get("user_id"):
        return True
    gone = ("invalid_auth", "token_revoked", "token_expired", "account_inactive", "not_authed")
    return False if document.get("ok") is False and document.get("error") in gone else None


PROVIDERS: dict[str, Provider] = {
    each.name: each
    for each in (
        Provider(
            name="github", identifier="GITHUB_TOKEN", url="https://api.github.com/user", headers=_bearer,
            says=_has("login", "id"),
        ),
        Provider(
            name="gitlab", identifier="GITLAB_TOKEN", url="https://gitlab.com/api/v4/personal_access_tokens/self",
            headers=lambda value: {"PRIVATE-TOKEN": value}, says=_has("id", "user_id"),
        ),
        Provider(
            name="slack", identifier="SLACK_TOKEN", url="https://slack.com/api/auth.test", headers=_bearer, says=_ok,
        ),
        Provider(
            name="stripe", identifier="STRIPE_KEY", url="https://api.stripe.com/v1/balance", headers=_bearer,
            says=_has("object", "available"),
        ),
        Provider(
            name="sendgrid", identifier="SENDGRID_KEY", url="https://api.sendgrid.com/v3/scopes", headers=_bearer,
            says=_has("scopes"),
        ),
        Provider(
            name="openai", identifier="OPENAI_KEY", url="https://api.openai.com/v1/models", headers=_bearer,
            says=_has("object", "data"),
        ),
        Provider(
            name="anthropic", identifier="ANTHROPIC_KEY", url="https://api.anthropic.com/v1/models",
            headers=lambda value: {"x-api-key": value, "anthropic-version": "2023-06-01"}, says=_has("data"),
        ),
        Provider(
            name="huggingface", identifier="HUGGINGFACE_TOKEN", url="https://huggingface.co/api/whoami-v2",
            headers=_bearer, says=_has("name", "type"),
        ),
        Provider(
            name="digitalocean", identifier="DIGITALOCEAN_TOKEN", url="https://api.digitalocean.com/v2/account",
            headers=_bearer, says=_has("account"),
        ),
        Provider(
            name="postman", identifier="POSTMAN_KEY", url="https://api.getpostman.com/me",
            headers=lambda value: {"X-Api-Key": value}, says=_has("user"),
        ),
    )
}  # fmt: skip


@dataclass(slots=True, kw_only=True)
class Verifier:
    """Asks providers one question at a time, each no more often than its interval; equal values are asked about once."""

    tls: ssl.SSLContext = field(default_factory=ssl.create_default_context)
    timeout: float = TIMEOUT
    clock: Callable[[], float] = time.monotonic
    wait: Callable[[float], None] = time.sleep
    _asked: dict[str, float] = field(default_factory=dict, repr=False)
    _known: dict[tuple[str, bytes], Answer] = field(default_factory=dict, repr=False)

    def verify(self, provider: Provider, value: str) -> Answer:
        """What `provider` says of `value`. Never raises for what an endpoint does, and never takes much longer than the timeout."""
        if not value or not value.isascii() or not value.isprintable():
            return Answer(outcome=Outcome.UNKNOWN, reason="the value cannot stand in a header")
        key = (provider.name, hashlib.sha256(value.encode()).digest())
        known = self._known.get(key)
        if known is None:
            self._take_turn(provider)
            known = self._known[key] = self._ask(provider, value)
        return known

    def _take_turn(self, provider: Provider) -> None:
        before = self._asked.get(provider.name)
        if before is not None and (left := before + provider.interval - self.clock()) > 0:
            self.wait(left)
        self._asked[provider.name] = self.clock()

    def _ask(self, provider: Provider, value: str) -> Answer:
        address = urlsplit(provider.url)
        if address.scheme != "https" or not address.hostname:
            raise UsageError(f"{provider.name}: credentials are sent over HTTPS only")
        connection = http.client.HTTPSConnection(
            address.hostname, address.port or 443, timeout=self.timeout, context=self.tls
        )
        try:
            status, body = self._exchange(connection, address.path, provider.headers(value))
        except ssl.SSLError:
            return Answer(outcome=Outcome.UNKNOWN, reason="the connection is not to be trusted")
        except TimeoutError:
            return Answer(outcome=Outcome.UNKNOWN, reason="no answer in time")
        except (OSError, http.client.HTTPException, ValueError):
            return Answer(outcome=Outcome.UNKNOWN, reason="no answer")
        finally:
            connection.close()
        return _judged(provider, status, body)

    def _exchange(
        self, connection: http.client.HTTPSConnection, path: str, headers: Mapping[str, str]
    ) -> tuple[int, bytes]:
        """Status and body, within the timeout as a whole: an endpoint may send a byte at a time for ever."""
        until = self.clock() + self.timeout
        connection.request("GET", path, headers={"Accept": "application/json", "User-Agent": "assay", **headers})
        if connection.sock is not None:
            connection.sock.settimeout(max(0.01, until - self.clock()))
        response = connection.getresponse()
        body = bytearray()
        while len(body) < _MOST_BYTES and (piece := response.read1(_PIECE)):
            body += piece
            left = until - self.clock()
            if left <= 0:
                raise TimeoutError
            if connection.sock is not None:
                connection.sock.settimeout(left)
        return response.status, bytes(body)


def _judged(provider: Provider, status: int, body: bytes) -> Answer:
    if status in provider.refusals:
        return Answer(outcome=Outcome.REVOKED, reason=f"refused with status {status}")
    if status != _OK:
        return Answer(outcome=Outcome.UNKNOWN, reason=f"status {status} says neither")
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        document = None
    said = provider.says(document) if isinstance(document, dict) else None
    if said is None:
        return Answer(outcome=Outcome.UNKNOWN, reason="the answer has not the form that is documented")
    return Answer(outcome=Outcome.LIVE if said else Outcome.REVOKED, reason=f"answered with status {status}")
