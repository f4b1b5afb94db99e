"""Where messages go: a webhook of one's own, Slack, mail, tickets of Jira and of ServiceNow. Each is one function of a message."""

from __future__ import annotations

import base64
import hashlib
import hmac
import smtplib
import socket
import ssl
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from email.message import EmailMessage
from urllib.parse import unquote, urlsplit

import orjson

from assay.errors import UsageError
from assay.notify.message import Message, NotSentError
from assay.notify.posting import TIMEOUT, Connect, Network, connecting, post

SIGNATURE, TIMESTAMP = "X-Assay-Signature", "X-Assay-Timestamp"
_JSON = {"Content-Type": "application/json"}
_LINES = 30

Send = Callable[[Message], None]
"""Sends a message, or raises `NotSentError`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """A way to somebody: its name as pages and the catalog have it, where it leads (no secret in it), and how it is sent."""

    name: str
    shown: str
    send: Send = field(repr=False)


def webhook(url: str, secret: str, allowed: Sequence[Network]) -> Send:
    """JSON with a signature: HMAC-SHA-256 of the timestamp, a full stop and the body, so that the receiver knows that it is assay's, unchanged,
    and of now."""

    def send(message: Message) -> None:
        body = orjson.dumps(
            {
                "id": message.id,
                "at": message.at,
                "title": message.title,
                "level": message.level,
                "lines": message.lines,
                "link": message.link,
                **message.facts,
            }
        )
        at = str(int(time.time()))
        headers = {**_JSON, "X-Assay-Id": message.id, TIMESTAMP: at, SIGNATURE: f"v1={signature(secret, at, body)}"}
        post(url, body, headers, allowed=allowed)

    return send


def signature(secret: str, at: str, body: bytes) -> str:
    """What a receiver compares."""
    return hmac.new(secret.encode(), at.encode() + b"." + body, hashlib.sha256).hexdigest()


def slack(url: str, allowed: Sequence[Network]) -> Send:
    """An incoming webhook (https://api.slack.com/messaging/webhooks); Mattermost and Teams' older ones take the same."""

    def send(message: Message) -> None:
        lines = "\n".join(f"• {_mrkdwn(line)}" for line in message.lines[:_LINES])
        link = f"\n<{message.link}|Open the desk>" if message.link else ""
        block = {
            "type": "section",
            "text": {"type": "mrkdwn", "text": f"*{_mrkdwn(message.title)}*\n{lines}{link}"[:3000]},
        }
        post(url, orjson.dumps({"text": message.title, "blocks": [block]}), _JSON, allowed=allowed)

    return send


def _mrkdwn(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def mail(server: str, password: str, sender: str, to: Sequence[str], allowed: Sequence[Network]) -> Send:
    """Mail by `smtp://[user@]host[:port]`, with STARTTLS wherever it is offered, or `smtps://`. With a user TLS has to be."""
    parts = urlsplit(server)
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname or parts.password:
        raise UsageError(
            "is no server of mail; write smtp://host:25 or smtps://user@host, and the password in ASSAY_SMTP_PASSWORD"
        )
    host, port = parts.hostname, parts.port or (465 if parts.scheme == "smtps" else 25)
    user = unquote(parts.username or "")

    def send(message: Message) -> None:
        told = EmailMessage()
        # A line break in a name would begin another header.
        told["Subject"] = " ".join(message.title.split())
        told["From"], told["To"] = sender, ", ".join(to)
        told["Message-ID"] = f"<{message.id}@assay>"
        told["Auto-Submitted"] = "auto-generated"
        told.set_content(message.text)
        context = ssl.create_default_context()
        try:
            with connecting(host, port, allowed) as connect, _session(parts.scheme, host, port, connect) as session:
                session.ehlo()
                if parts.scheme == "smtp" and session.has_extn("starttls"):
                    session.starttls(context=context)
                    session.ehlo()
                elif parts.scheme == "smtp" and user:
                    raise NotSentError("the server offers no TLS, and a password is not sent without", is_final=True)
                if user:
                    session.login(user, password)
                refused = session.send_message(told)
        except smtplib.SMTPAuthenticationError:
            raise NotSentError("the server of mail takes neither user nor password", is_final=True) from None
        except smtplib.SMTPRecipientsRefused:
            raise NotSentError("the server of mail takes nothing for any of the receivers", is_final=True) from None
        except smtplib.SMTPResponseException as error:
            raise NotSentError(
                f"the server of mail answered {error.smtp_code}", is_final=error.smtp_code >= 500
            ) from None
        except (OSError, smtplib.SMTPException) as error:
            raise NotSentError(f"the server of mail cannot be reached ({type(error).__name__})") from None
        except ValueError:
            raise NotSentError(
                "a user, a password or an address of mail has characters that mail cannot have", is_final=True
            ) from None
        if refused:
            raise NotSentError(f"{len(refused)} of {len(to)} receivers were refused; the others have it", is_final=True)

    return send


def _session(scheme: str, host: str, port: int, connect: Connect) -> smtplib.SMTP:
    """A session with a server of mail, over what `connect` gives: certificates are checked for the name that was asked for."""
    context = ssl.create_default_context()

    class Plain(smtplib.SMTP):
        def _get_socket(self, _host: str, _port: int, timeout: float) -> socket.socket:
            return connect(None, timeout)

    class Sealed(smtplib.SMTP_SSL):
        def _get_socket(self, _host: str, _port: int, timeout: float) -> socket.socket:
            return context.wrap_socket(connect(None, timeout), server_hostname=host)

    return (Sealed if scheme == "smtps" else Plain)(host, port, timeout=TIMEOUT)


def jira(url: str, project: str, user: str, token: str, allowed: Sequence[Network]) -> Send:
    """An issue by `POST /rest/api/2/issue` (https://developer.atlassian.com/cloud/jira/platform/rest/v2/). With a user by password or API
    token, else by a personal access token."""
    says = _basic(user, token) if user else f"Bearer {token}"

    def send(message: Message) -> None:
        fields = {
            "project": {"key": project},
            "issuetype": {"name": "Task"},
            "summary": " ".join(message.title.split())[:250],
            "description": message.text[:30_000],
            "labels": ["assay", f"assay-{message.id}"],
        }
        post(
            f"{url.rstrip('/')}/rest/api/2/issue",
            orjson.dumps({"fields": fields}),
            {**_JSON, "Authorization": says},
            allowed=allowed,
        )

    return send


def servicenow(url: str, user: str, token: str, allowed: Sequence[Network]) -> Send:
    """An incident by `POST /api/now/table/incident` (Table API). `correlation_id` lets the same one be known again."""
    says = _basic(user, token) if user else f"Bearer {token}"
    urgency = {"restricted": "1", "confidential": "2"}

    def send(message: Message) -> None:
        record = {
            "short_description": " ".join(message.title.split())[:160],
            "description": message.text[:4_000],
            "urgency": urgency.get(message.level, "3"),
            "impact": urgency.get(message.level, "3"),
            "correlation_id": message.id,
            "correlation_display": "assay",
        }
        headers = {**_JSON, "Accept": "application/json", "Authorization": says}
        post(f"{url.rstrip('/')}/api/now/table/incident", orjson.dumps(record), headers, allowed=allowed)

    return send


def _basic(user: str, token: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{token}".encode()).decode()
