"""One HTTP request to where the settings say, and to nowhere else: no redirect, no proxy, and no address of the inner network.

The name is looked up once, every address is checked, and the connection is made to one that was checked, so that a name that
means something else a moment later (DNS rebinding) leads nowhere.
"""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from assay.errors import UsageError
from assay.notify.message import NotSentError

TIMEOUT = 10.0
"""Of each step on its way."""

LONGEST = 60.0
"""Of all of them: then whoever answers a byte at a time is not listened to any more. Shorter than a message is one sender's."""

_MOST_BYTES = 65_536
_PLAIN = ("127.0.0.1", "localhost", "::1")
_FINAL = frozenset({400, 401, 403, 404, 405, 410, 413, 415, 422})
"""Answers that the same request gets again."""

_INNER = tuple(ipaddress.ip_network(each) for each in ("168.63.129.16", "192.0.0.0/24", "192.88.99.0/24", "fec0::/10"))
"""What Python counts as public and is none: Azure's own services of a machine (https://learn.microsoft.com/azure/virtual-network/what-is-ip-address-168-63-129-16),
protocol assignments (RFC 6890; Oracle's metadata service was there), relays of 6to4 (RFC 7526), and site-local addresses (RFC 3879)."""

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Connect = Callable[..., socket.socket]


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
        or not (parts.path + parts.query).isascii()
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
    clouds are at link-local and private addresses, and at some that look public."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)
        if inner is not None:
            return is_allowed(inner, allowed)
    if any(address in network for network in allowed if network.version == address.version):
        return True
    if any(address in network for network in _INNER if network.version == address.version):
        return False
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
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    with connecting(host, port, allowed) as connect:
        connection = _connection(parts.scheme, host, port, connect)
        try:
            connection.request(method, path, body, {"User-Agent": "assay", **headers})
            answer = connection.getresponse()
            told = answer.read(_MOST_BYTES)
            status = answer.status
        except ssl.SSLError:
            raise NotSentError("its certificate is not to be trusted, or it speaks no TLS") from None
        except (OSError, http.client.HTTPException) as error:
            raise NotSentError(f"nobody answers as expected ({type(error).__name__})") from None
        except ValueError:
            # What the library says of a header quotes it.
            raise NotSentError(
                "its address, its user or its secret has characters that no request can have", is_final=True
            ) from None
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


@contextmanager
def connecting(host: str, port: int, allowed: Sequence[Network]) -> Iterator[Connect]:
    """What connects to the address of a host that was checked, whatever it is asked for. All that goes over it ends after a
    while. Raises `NotSentError`."""
    address = reached(host, port, allowed)
    held: list[socket.socket] = []
    late = threading.Event()

    def connect(_at: Any, *rest: Any, **more: Any) -> socket.socket:
        made = socket.create_connection((address, port), *rest, **more)
        # Of its own, since TLS takes the other over.
        held.append(made.dup())
        return made

    def cut() -> None:
        late.set()
        for each in tuple(held):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(LONGEST, cut)
    timer.daemon = True
    timer.start()
    try:
        yield connect
        if late.is_set():
            # What came until then may be the beginning of anything.
            raise NotSentError("it did not answer in time")
    finally:
        timer.cancel()
        for each in held:
            each.close()


def _connection(scheme: str, host: str, port: int, connect: Connect) -> http.client.HTTPConnection:
    made = (
        http.client.HTTPConnection(host, port, timeout=TIMEOUT)
        if scheme == "http"
        else http.client.HTTPSConnection(host, port, timeout=TIMEOUT, context=ssl.create_default_context())
    )
    made._create_connection = connect  # type: ignore[attr-defined]
    return made
