"""Targets of topics: `kafka://broker:9092/orders`, `kafka://broker/orders-*`, `kafka://b1,b2` for all.

Options are librdkafka's own: https://github.com/confluentinc/librdkafka/blob/master/CONFIGURATION.md
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, quote, unquote

from assay.errors import UsageError
from assay.sources.hosts import has_port, taken_apart
from assay.sources.names import is_pattern

_PORT = 9092
# https://github.com/apache/kafka/blob/trunk/clients/src/main/java/org/apache/kafka/common/internals/Topic.java
_NAME = re.compile(r"[A-Za-z0-9._-]{1,249}")
_PATTERN = re.compile(r"[A-Za-z0-9._*?\[\]!-]{1,249}")
# What is silently passed over may be what encrypts the connection: each option is known, or refused.
_OPTIONS = (
    "broker.address.family",
    "client.id",
    "client.rack",
    "enable.ssl.certificate.verification",
    "sasl.mechanism",
    "sasl.mechanisms",
    "security.protocol",
    "socket.timeout.ms",
    "ssl.ca.location",
    "ssl.certificate.location",
    "ssl.cipher.suites",
    "ssl.endpoint.identification.algorithm",
    "ssl.key.location",
    "ssl.key.password",
)
_ENCRYPTED = "SASL_SSL"
_MECHANISM = "PLAIN"


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where topics are. `topic` is a name or a pattern of names, `*` for all. It shows itself without user, password and
    options."""

    hosts: tuple[str, ...]
    topic: str
    user: str | None = field(default=None, repr=False)
    password: str | None = field(default=None, repr=False)
    options: tuple[tuple[str, str], ...] = field(default=(), repr=False)

    @property
    def brokers(self) -> str:
        """All that are named, each with its port."""
        return ",".join(host.lower() if has_port(host) else f"{host.lower()}:{_PORT}" for host in self.hosts)

    @property
    def shown(self) -> str:
        """The target without user, password and options."""
        return f"kafka://{','.join(self.hosts)}/{'' if self.topic == '*' else self.topic}"

    def uri(self, topic: str = "") -> str:
        """The URI of a topic; without one, what those of all topics begin with."""
        return f"kafka://{self.brokers}/{quote(topic, safe='')}"

    def configuration(self) -> dict[str, str]:
        """What a client connects with. A password is sent encrypted, unless another protocol is asked for."""
        found = {"bootstrap.servers": self.brokers}
        if self.user is not None:
            found |= {"sasl.username": self.user, "sasl.password": self.password or ""}
            if not any(name.startswith("sasl.mechanism") for name, _ in self.options):
                found["sasl.mechanism"] = _MECHANISM
            found["security.protocol"] = _ENCRYPTED
        return found | dict(self.options)


def parse(target: str) -> Address:
    """The address that a target says. Raises `UsageError`, without a word of the URL that may be a password."""
    found = taken_apart(target, "kafka://user@broker:9092/topic")
    topic = unquote(found.path.removesuffix("/")) or "*"
    address = Address(hosts=found.hosts, topic=topic, user=found.user, password=found.password)
    if not (_PATTERN if is_pattern(topic) else _NAME).fullmatch(topic):
        raise UsageError(
            f"kafka://{','.join(found.hosts)}/…: names no topic; write kafka://broker:9092/orders, kafka://broker/orders-*, or "
            "kafka://broker for all"
        )
    options = parse_qsl(found.query, keep_blank_values=True)
    unknown = sorted({name for name, _ in options} - set(_OPTIONS))
    if unknown:
        raise UsageError(
            f"{address.shown}: there is no option {unknown[0]!r} here; there are {', '.join(_OPTIONS)}; user and password "
            "stand before the host"
        )
    return Address(hosts=found.hosts, topic=topic, user=found.user, password=found.password, options=tuple(options))
