"""What goes wrong with Kafka, told by its error's number, without a word of its own."""

from __future__ import annotations

from typing import Any

from assay.errors import ReadError

SECONDS = 15
"""How long is waited for an answer of any broker."""

STALLED_SECONDS = 60
"""How long is waited for the next record, where there are more."""

_HELP = (
    f"no broker answered within {SECONDS} seconds; check host, port and network, whether the brokers want TLS "
    "(security.protocol=SSL) or a user, and that the names by which brokers tell of themselves can be reached from here"
)
DENIED = "access denied"
UNREACHABLE = "unreachable"
VANISHED = "vanished"


def failure_of(code: int) -> ReadError:
    """An error as a gap."""
    from confluent_kafka import KafkaError as Codes

    if code in (Codes._AUTHENTICATION, Codes.SASL_AUTHENTICATION_FAILED, Codes.UNSUPPORTED_SASL_MECHANISM):
        return ReadError(DENIED, "user or password were refused; check them, sasl.mechanism and security.protocol")
    if code in (
        Codes.TOPIC_AUTHORIZATION_FAILED,
        Codes.GROUP_AUTHORIZATION_FAILED,
        Codes.CLUSTER_AUTHORIZATION_FAILED,
    ):
        return ReadError(DENIED, "the user may not read it; allow it Describe and Read on the topic")
    if code == Codes._SSL:
        return ReadError(
            UNREACHABLE, "TLS could not be agreed on; check ssl.ca.location, and that the brokers' port is one of TLS"
        )
    if code in (Codes._RESOLVE, Codes._TRANSPORT, Codes._ALL_BROKERS_DOWN, Codes._TIMED_OUT, Codes.REQUEST_TIMED_OUT):
        return ReadError(UNREACHABLE, _HELP)
    if code in (Codes.UNKNOWN_TOPIC_OR_PART, Codes._UNKNOWN_TOPIC, Codes._UNKNOWN_PARTITION):
        return ReadError(VANISHED, "the topic was there when the brokers were asked")
    return ReadError("unreadable", f"the brokers refused to read it (error {code})")


def code_of(error: Any) -> int:
    """The number of an exception of the library."""
    first = error.args[0] if error.args else None
    code = getattr(first, "code", None)
    return int(code()) if callable(code) else 0
