"""One HTTP request to where the settings say, and to nowhere else: no redirect, no proxy, and no address of the inner network.

The name is looked up once, every address is checked, and the connection is made to one that was checked, so that a name that
means something else a moment later (DNS rebinding) leads nowhere.
"""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from assay.errors import UsageError
from assay.notify.message import NotSentError

TIMEOUT = 10.0
_MOST_BYTES = 65_536
_PLAIN = ("127.0.0.1", "localhost", "::1")
_FINAL = frozenset({400, 401, 403, 404, 405, 410, 413, 415, 422})
"""Answers that the same request gets again."""

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def check_url(url: str) -> str:
    """An address as the settings have it. Raises `UsageError` for one that a message is not sent to."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise UsageError("must be an address: write https://host/path") from None
    if (
        not parts.hostname
        or parts.scheme not in ("https", "http")
        or "@" in parts.netloc
        or port == 0
        or not url.isprintable()
        or " " in url
    ):
        raise UsageError("must be an address without a password in it: https://host/path")
    if parts.scheme == "http" and parts.hostname not in _PLAIN:
        raise UsageError("would be read on its way; it must begin with https://")
    return url


def networks_of(texts: Sequence[str]) -> tuple[Network, ...]:
    """Inner networks that messages may be sent to. Raises `UsageError`.

    >>> [str(each) for each in networks_of(["10.1.0.0/16", "127.0.0.1"])]
    ['10.1.0.0/16', '127.0.0.1/32']
    """
    try:
        return tuple(ipaddress.ip_network(text.strip()) for text in texts)
    except ValueError:
        raise UsageError("a network is written 10.1.0.0/16, or as one address") from None


def is_allowed(address: Address, allowed: Sequence[Network]) -> bool:
    """Whether a message may go to an address: to one of the public internet, or of an inner network that is named. Metadata services of
    clouds are at link-local and private addresses."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)
        if inner is not None:
            return is_allowed(inner, allowed)
    if any(address in network for network in allowed if network.version == address.version):
        return True
    return address.is_global and not address.is_multicast and not address.is_reserved


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The status, and the body as far as it is short."""

    status: int
    body: bytes


def post(
    url: str, body: bytes, headers: Mapping[str, str], *, allowed: Sequence[Network] = (), method: str = "POST"
) -> Answer:
    """Sends a body. Raises `NotSentError` for any answer but 2xx, and where nobody answers."""
    parts = urlsplit(check_url(url))
    host, port = str(parts.hostname), parts.port or (443 if parts.scheme == "https" else 80)
    address = reached(host, port, allowed)
    connection = _connection(parts.scheme, host, port, address)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        connection.request(method, path, body, {"User-Agent": "assay", **headers})
        answer = connection.getresponse()
        told = answer.read(_MOST_BYTES)
        status = answer.status
    except ssl.SSLError:
        raise NotSentError("its certificate is not to be trusted, or it speaks no TLS") from None
    except (OSError, http.client.HTTPException) as error:
        raise NotSentError(f"nobody answers as expected ({type(error).__name__})") from None
    finally:
        connection.close()
    if not 200 <= status < 300:
        raise NotSentError(f"it answered {status}", is_final=status in _FINAL or 300 <= status < 400)
    return Answer(status=status, body=told)


def reached(host: str, port: int, allowed: Sequence[Network]) -> str:
    """An address of a host that a message may go to: all of its addresses have to be. Raises `NotSentError`."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise NotSentError("its name is not known") from None
    addresses = [ipaddress.ip_address(str(each[4][0]).partition("%")[0]) for each in found]
    if not addresses or not all(is_allowed(each, allowed) for each in addresses):
        raise NotSentError("it is an address of an inner network, which 'notify_networks' does not name", is_final=True)
    return str(addresses[0])


def _connection(scheme: str, host: str, port: int, address: str) -> http.client.HTTPConnection:
    if scheme == "http":
        made = http.client.HTTPConnection(host, port, timeout=TIMEOUT)
        made._create_connection = lambda _at, *rest, **more: socket.create_connection((address, port), *rest, **more)  # type: ignore[attr-defined]
        return made
    secure = http.client.HTTPSConnection(host, port, timeout=TIMEOUT, context=ssl.create_default_context())
    secure._create_connection = lambda _at, *rest, **more: socket.create_connection((address, port), *rest, **more)  # type: ignore[attr-defined]
    return secure
