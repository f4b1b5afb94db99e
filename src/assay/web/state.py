"""What every request is served with."""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, cast
from urllib.parse import quote, urlsplit

from fastapi import Depends, Request
from markupsafe import Markup

from assay.app.identity.signingin import Door
from assay.app.reviews.desk import Desk
from assay.app.serving.roots import Root
from assay.app.serving.uploads import Uploads
from assay.web.limits import Limits, Streams
from assay.web.queries.overview import Remembered

if TYPE_CHECKING:
    from assay.app.identity.oidc import Oidc
    from assay.app.protection.desking import Working
    from assay.app.telling.notifying import Notifier


@dataclass(frozen=True, kw_only=True)
class Serving:
    """The desk, its door, and `origin`: the one under which people come, such as `https://desk.example.org`.

    `roots` are what may be scanned from here. `sending` counts requests that bring files, each of which waits in a thread; it has to come within `upload_seconds`. `stopping` is set once the server is to end: what would go on for long ends then.
    """

    desk: Desk
    door: Door
    origin: str
    roots: Sequence[Root] = ()
    limits: Limits = field(default_factory=Limits)
    streams: Streams = field(default_factory=Streams)
    sending: Streams = field(default_factory=lambda: Streams(most=4, most_each=2))
    upload_seconds: float = 60.0
    stopping: threading.Event = field(default_factory=threading.Event)
    remembered: Remembered = field(default_factory=Remembered)

    @cached_property
    def working(self) -> Working:
        """The plans that are applied and taken back by this server."""
        from assay.app.protection.desking import Working

        return Working(desk=self.desk)

    @cached_property
    def notifier(self) -> Notifier:
        """Who tells others of changed levels. Raises `ConfigError` for a channel that lacks something."""
        from assay.app.telling.notifying import Notifier, channels_of

        settings = self.desk.settings
        return Notifier(
            catalog=self.desk.catalog,
            channels=channels_of(settings, os.environ),
            least=settings.notify_level,
            link=f"{self.origin}/resources?sort=changed",
            every=float(settings.notify_every),
        )

    @cached_property
    def oidc(self) -> Oidc | None:
        """Sign-in by the identity provider of the settings; `None` where there is none."""
        settings = self.desk.settings
        if settings.oidc_issuer is None:
            return None
        from assay.app.identity.oidc import Oidc, Provider, roles_of

        provider = Provider(
            issuer=settings.oidc_issuer,
            client_id=settings.oidc_client_id,
            secret=os.environ.get("ASSAY_OIDC_SECRET", ""),
            claim=settings.oidc_claim,
            name_claim=settings.oidc_name_claim,
            roles=roles_of(settings.oidc_roles),
        )
        return Oidc(provider=provider, door=self.door, back=f"{self.origin}/sign-in/oidc/back")

    @cached_property
    def uploads(self) -> Uploads:
        """What reads files that are sent."""
        return Uploads(settings=self.desk.settings)

    @cached_property
    def named_identifiers(self) -> Markup:
        """All names of identifiers, as choices of a form: hundreds, which every page of the queue has."""
        return Markup("").join(
            Markup('<option value="{}"></option>').format(each.name) for each in self.desk.identifiers
        )

    @property
    def is_secure(self) -> bool:
        """Whether people come over TLS."""
        return self.origin.startswith("https:")

    @property
    def hosts(self) -> frozenset[str]:
        """What a `Host` header may say: another one is somebody's who has pointed a name of theirs here."""
        given = urlsplit(self.origin)
        port = "" if given.port is None else f":{given.port}"
        local = {f"{name}{port}" for name in ("127.0.0.1", "localhost", "[::1]")}
        return frozenset({given.netloc.lower()} | (local if given.hostname in _LOCAL else set()))

    @property
    def origins(self) -> frozenset[str]:
        """What an `Origin` header of a form of ours says."""
        return frozenset(f"{urlsplit(self.origin).scheme}://{host}" for host in self.hosts)

    @property
    def cookie(self) -> str:
        """The name of the session's cookie. Over TLS no other host can set one of this name."""
        return "__Host-assay" if self.is_secure else "assay"


_LOCAL = frozenset({"127.0.0.1", "localhost", "::1"})


def serving(request: Request) -> Serving:
    """What the application was made with."""
    return cast("Serving", request.app.state.serving)


Served = Annotated[Serving, Depends(serving)]


def address_of(request: Request) -> str:
    """Where a request comes from."""
    return request.client.host if request.client is not None else "unknown"


def is_partial(request: Request) -> bool:
    """Whether a part of a page is asked for, by the page itself."""
    return request.headers.get("hx-request") == "true"


_OWN_PAGE = re.compile(r"(/(?:[A-Za-z0-9._~%-][A-Za-z0-9._~%/-]*)?)(\?[A-Za-z0-9._~%/?:@!$&'()*+,;=-]*)?")
_LONGEST_PAGE = 1_000
"""Of an address that somebody is led back to: an identity provider's cookie has to hold it."""


def own_page(target: str) -> str:
    """A page of this desk, with what it was asked; whatever leads elsewhere becomes the front page."""
    told = _OWN_PAGE.fullmatch(target)
    if told is None:
        return "/"
    return target if len(target) <= _LONGEST_PAGE else own_page(told[1]) if told[2] is not None else "/"


def page_asked(request: Request) -> str:
    """The page that somebody is led back to once they have signed in: the one that they asked for, or from which they sent a form."""
    asked = request.url
    if request.method != "GET":
        came = urlsplit(request.headers.get("referer", ""))
        if f"{came.scheme}://{came.netloc}".lower() not in serving(request).origins:
            return "/"
        return own_page(f"{came.path}?{came.query}" if came.query else came.path)
    path = quote(asked.path, safe="/")
    whole = own_page(f"{path}?{asked.query}") if asked.query else "/"
    return whole if whole != "/" else own_page(path)
