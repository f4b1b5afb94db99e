"""Signing in by an identity provider: OpenID Connect with the authorization code, PKCE, state and nonce.

https://openid.net/specs/openid-connect-core-1_0.html and RFC 7636. What somebody may do is what their claim maps to, anew at
each sign-in; a name that is somebody else's here is not taken over.
"""

from __future__ import annotations

import base64
import hmac
import secrets
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from urllib.parse import urlencode, urlsplit

import orjson

from assay.app.identity.signingin import Door
from assay.errors import SignInError, UsageError
from assay.model.identity import Grant, Role
from assay.review.rights import checked
from assay.store import signins

TIMEOUT = 10.0
BEGUN_SECONDS = 600
_KNOWN_SECONDS = 3_600
_LEEWAY = 60
_ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]
_UNREACHABLE = "the identity provider cannot be reached at the moment, or does not answer as one; try again in a while"
_REFUSED = (
    "the identity provider's answer is not to be trusted; begin again, and tell your administrator if it stays so"
)
_STALE = "this sign-in was begun elsewhere or too long ago; begin again"


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """An identity provider as the settings have it. `roles` map a value of the claim to a grant; `secret` is empty for a public client."""

    issuer: str
    client_id: str
    secret: str = field(default="", repr=False)
    claim: str = "groups"
    name_claim: str = "email"
    roles: tuple[tuple[str, Grant], ...] = ()


def roles_of(texts: Sequence[str]) -> tuple[tuple[str, Grant], ...]:
    """Mappings such as `data-team=steward@s3://lake/*`, the scope `*` where none is given. Raises `UsageError`.

    >>> roles_of(["admins=admin"])[0][0]
    'admins'
    """
    found = []
    for text in texts:
        value, equals, given = text.rpartition("=")
        role, _, scope = given.partition("@")
        if not equals or not value.strip() or role.strip() not in list(Role):
            raise UsageError(
                f"'{text}' maps no claim to a role; write VALUE=ROLE or VALUE=ROLE@SCOPE, e.g. data-team=steward@s3://lake/*"
            )
        (grant,) = checked([Grant(role=Role(role.strip()), scope=scope.strip() or "*")])
        found.append((value.strip(), grant))
    return tuple(found)


class Begun(NamedTuple):
    """Where somebody is sent to, and the cookie that their return is held against."""

    url: str
    cookie: str


class Came(NamedTuple):
    """Who came back: the cookie of their session, and the page that they wanted."""

    cookie: str
    target: str


@dataclass(kw_only=True)
class Oidc:
    """Sign-in by one provider. `back` is the address that it sends people back to."""

    provider: Provider
    door: Door
    back: str
    clock: Callable[[], float] = time.time
    _known: dict[str, tuple[float, Any]] = field(default_factory=dict)
    _turn: threading.Lock = field(default_factory=threading.Lock)

    def begin(self, target: str) -> Begun:
        """Begins a sign-in. Raises `SignInError` where the provider cannot be reached."""
        endpoint = self._endpoint("authorization_endpoint")
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        with self._client() as client:
            url, _ = client.create_authorization_url(endpoint, state=state, nonce=nonce, code_verifier=verifier)
        told = orjson.dumps([state, nonce, verifier, target, int(self.clock())])
        text = base64.urlsafe_b64encode(told).decode()
        return Begun(url, f"{text}.{self._sealed(text)}")

    def end(self, query: Mapping[str, str], cookie: str, *, address: str) -> Came:
        """Ends it: who it is, by what the provider says. Raises `SignInError`, audited."""
        try:
            state, nonce, verifier, target = self._opened(cookie)
            if not hmac.compare_digest(query.get("state", "").encode(), state.encode()):
                raise SignInError(_STALE)
            if query.get("error"):
                raise SignInError("the identity provider did not sign you in; try again, or ask your administrator")
            claims = self._claims(query.get("code", ""), verifier, nonce)
            name, grants = self._name(claims), self._grants(claims)
            cookie = self.door.sign_in_by(
                issuer=self.provider.issuer, subject=str(claims["sub"]), name=name, grants=grants, address=address
            )
        except SignInError as error:
            self.door.not_signed_in(str(error), address=address)
            raise
        return Came(cookie, target)

    def sign_out_url(self, home: str) -> str | None:
        """Where somebody ends their session with the provider, too; `None` where it tells of none."""
        try:
            endpoint = self._metadata().get("end_session_endpoint")
        except SignInError:
            return None
        if not isinstance(endpoint, str) or not _is_safe(endpoint):
            return None
        asked = urlencode({"client_id": self.provider.client_id, "post_logout_redirect_uri": home})
        return f"{endpoint}{'&' if '?' in endpoint else '?'}{asked}"

    def _claims(self, code: str, verifier: str, nonce: str) -> Mapping[str, Any]:
        from authlib.common.errors import AuthlibBaseError
        from httpx2 import HTTPError

        if not code:
            raise SignInError(_REFUSED)
        try:
            with self._client() as client:
                token = client.fetch_token(
                    self._endpoint("token_endpoint"), grant_type="authorization_code", code=code, code_verifier=verifier
                )
        except HTTPError:
            raise SignInError(_UNREACHABLE) from None
        except (AuthlibBaseError, ValueError, TypeError, KeyError):
            raise SignInError(_REFUSED) from None
        given = token.get("id_token")
        if not isinstance(given, str):
            raise SignInError(_REFUSED)
        return self._checked(given, nonce)

    def _checked(self, given: str, nonce: str) -> Mapping[str, Any]:
        """The claims of an ID token whose signature, issuer, audience, times and nonce hold (OpenID Connect Core 3.1.3.7)."""
        from joserfc import jwt
        from joserfc.errors import JoseError
        from joserfc.jwk import KeySet

        for is_fresh in (False, True):  # keys are changed from time to time
            try:
                keys = KeySet.import_key_set(self._json(self._endpoint("jwks_uri"), is_fresh=is_fresh))
                claims: dict[str, Any] = jwt.decode(given, keys, algorithms=_ALGORITHMS).claims
                break
            except (JoseError, ValueError, TypeError, KeyError):
                if is_fresh:
                    raise SignInError(_REFUSED) from None
        now = self.clock()
        audience = claims.get("aud")
        audiences = audience if isinstance(audience, list) else [audience]
        times = [claims.get("exp"), claims.get("iat")]
        if (
            claims.get("iss") != self.provider.issuer
            or self.provider.client_id not in audiences
            or (len(audiences) > 1 and claims.get("azp") != self.provider.client_id)
            or claims.get("azp") not in (None, self.provider.client_id)
            or not all(isinstance(each, int | float) for each in times)
            or now >= claims["exp"] + _LEEWAY
            or now < claims["iat"] - _LEEWAY
            or not hmac.compare_digest(str(claims.get("nonce", "")).encode(), nonce.encode())
            or not isinstance(claims.get("sub"), str)
            or not claims["sub"]
        ):
            raise SignInError(_REFUSED)
        return claims

    def _name(self, claims: Mapping[str, Any]) -> str:
        name = claims.get(self.provider.name_claim)
        if not isinstance(name, str) or not name.strip():
            raise SignInError(
                f"the identity provider does not say your {self.provider.name_claim}; ask your administrator"
            )
        if self.provider.name_claim == "email" and claims.get("email_verified") is False:
            raise SignInError("your e-mail address is not verified at the identity provider")
        return name

    def _grants(self, claims: Mapping[str, Any]) -> tuple[Grant, ...]:
        told = claims.get(self.provider.claim, [])
        held = (
            {told}
            if isinstance(told, str)
            else {each for each in told if isinstance(each, str)}
            if isinstance(told, list)
            else set()
        )
        grants = tuple(dict.fromkeys(grant for value, grant in self.provider.roles if value in held))
        if not grants:
            raise SignInError("you may not do anything here: none of your groups has a role; ask your administrator")
        return grants

    def _client(self) -> Any:
        from authlib.integrations.httpx_client import OAuth2Client

        return OAuth2Client(
            client_id=self.provider.client_id,
            client_secret=self.provider.secret or None,
            token_endpoint_auth_method="client_secret_basic" if self.provider.secret else "none",  # a method
            scope=f"openid {'email' if self.provider.name_claim == 'email' else 'profile'}",
            redirect_uri=self.back,
            code_challenge_method="S256",
            timeout=TIMEOUT,
            trust_env=False,
        )

    def _endpoint(self, name: str) -> str:
        found = self._metadata().get(name)
        if not isinstance(found, str) or not _is_safe(found):
            raise SignInError(_UNREACHABLE)
        return found

    def _metadata(self) -> Mapping[str, Any]:
        found: dict[str, Any] = self._json(f"{self.provider.issuer.rstrip('/')}/.well-known/openid-configuration")
        if found.get("issuer") != self.provider.issuer:
            raise SignInError(_UNREACHABLE)
        return found

    def _json(self, url: str, *, is_fresh: bool = False) -> Any:
        import httpx2

        with self._turn:
            at, known = self._known.get(url, (0.0, None))
        if known is not None and not is_fresh and self.clock() - at < _KNOWN_SECONDS:
            return known
        try:
            answer = httpx2.get(url, timeout=TIMEOUT, follow_redirects=False, trust_env=False)
            found = answer.json() if answer.status_code == 200 else None
        except (httpx2.HTTPError, ValueError):
            found = None
        if not isinstance(found, dict):
            raise SignInError(_UNREACHABLE)
        with self._turn:
            self._known[url] = (self.clock(), found)
        return found

    def _sealed(self, text: str) -> str:
        with self.door.catalog.reading() as connection:
            return signins.code_of(connection, "oidc", text)

    def _opened(self, cookie: str) -> tuple[str, str, str, str]:
        text, _, code = cookie.partition(".")
        if not text or not hmac.compare_digest(code.encode(), self._sealed(text).encode()):
            raise SignInError(_STALE)
        state, nonce, verifier, target, at = orjson.loads(base64.urlsafe_b64decode(text))
        if self.clock() - at > BEGUN_SECONDS:
            raise SignInError(_STALE)
        return state, nonce, verifier, target


def _is_safe(url: str) -> bool:
    """Whether an address is reached over TLS, or on this machine."""
    parts = urlsplit(url)
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in ("127.0.0.1", "localhost", "::1"))


def check_issuer(url: str) -> str:
    """The issuer as it is named. Raises `UsageError`."""
    if not _is_safe(url) or urlsplit(url).query or urlsplit(url).fragment:
        raise UsageError("must be the address of an identity provider, which begins with https://")
    return url
