"""Tells people of changed levels: what changed since the last time is one message to each channel, and each message is sent until it is
taken, or given up and shown."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from assay.app.config.places import without_path
from assay.app.config.settings import Settings
from assay.errors import AssayError, ConfigError, UsageError
from assay.model import Level
from assay.notify import channels as ways
from assay.notify.channels import Channel
from assay.notify.message import Message, NotSentError
from assay.notify.posting import check_url, networks_of
from assay.report.printable import counted, printable
from assay.store import audit, notices, outbox
from assay.store.engine import Catalog
from assay.store.outbox import LevelChange

_AT_ONCE = 1_000
_NAMED = 20
_KEPT = timedelta(days=30)
SECRETS = {
    "webhook": "ASSAY_NOTIFY_SECRET",
    "slack": "ASSAY_SLACK_URL",
    "mail": "ASSAY_SMTP_PASSWORD",
    "jira": "ASSAY_JIRA_TOKEN",
    "servicenow": "ASSAY_SERVICENOW_TOKEN",
}
"""The variables of the environment that hold what no settings should."""


def channels_of(settings: Settings, environment: Mapping[str, str]) -> list[Channel]:
    """The channels that settings and environment name. Raises `ConfigError` for one whose secret is missing."""
    allowed = networks_of(settings.notify_networks)
    made: list[Channel] = []

    def secret(kind: str, what: str) -> str:
        found = environment.get(SECRETS[kind], "")
        if not found:
            raise ConfigError(f"{what} needs the variable {SECRETS[kind]}, which is not set")
        if not found.isprintable():
            raise ConfigError(
                f"environment: {SECRETS[kind]} has a line break, or another character that cannot be printed"
            )
        return found

    if settings.notify_webhook is not None:
        send = ways.webhook(settings.notify_webhook, secret("webhook", "notify_webhook"), allowed)
        made.append(Channel(name="webhook", shown=without_path(settings.notify_webhook), send=send))
    if SECRETS["slack"] in environment:
        try:
            url = check_url(environment[SECRETS["slack"]])
        except UsageError as error:
            raise ConfigError(f"environment: {SECRETS['slack']} {error}") from None
        # The address of an incoming webhook is its secret.
        made.append(Channel(name="slack", shown="an incoming webhook", send=ways.slack(url, allowed)))
    if settings.notify_mail:
        if settings.notify_smtp is None:
            raise ConfigError("notify_mail needs notify_smtp, the server of mail")
        password = secret("mail", "a user in notify_smtp") if "@" in settings.notify_smtp else ""
        send = ways.mail(settings.notify_smtp, password, settings.notify_from, settings.notify_mail, allowed)
        made.append(Channel(name="mail", shown=", ".join(settings.notify_mail), send=send))
    if settings.notify_jira is not None:
        url, _, project = settings.notify_jira.rpartition("#")
        token = secret("jira", "notify_jira")
        send = ways.jira(url, project, settings.notify_jira_user, token, allowed)
        made.append(Channel(name="jira", shown=settings.notify_jira, send=send))
    if settings.notify_servicenow is not None:
        token = secret("servicenow", "notify_servicenow")
        send = ways.servicenow(settings.notify_servicenow, settings.notify_servicenow_user, token, allowed)
        made.append(Channel(name="servicenow", shown=settings.notify_servicenow, send=send))
    return made


def collect(catalog: Catalog, channel: str, *, least: Level, link: str = "", now: datetime | None = None) -> bool:
    """Keeps one message of all that changed since the last time, if any of it is to be told. Exactly once: with what it is about."""
    at = now or datetime.now(UTC)
    events: list[LevelChange] = []
    with catalog.transaction() as connection:
        while True:
            claim = outbox.claim(connection, f"notify:{channel}", _AT_ONCE)
            outbox.done(connection, claim)
            events += [each for each in claim.events if _is_told(each, least)]
            if len(claim.events) < _AT_ONCE:
                break
        if events:
            notices.add(connection, channel, _document(digest(events, link=link, at=at)), at)
    return bool(events)


def _is_told(change: LevelChange, least: Level) -> bool:
    """What rose to a level that is told of, and what is known anew there."""
    return change.new.rank >= least.rank and (change.old is None or change.new.rank > change.old.rank)


def digest(changes: Sequence[LevelChange], *, link: str, at: datetime) -> Message:
    """One message of many changes: the gravest first, a few of them by name, the rest counted. Of several of one resource the last counts."""
    last = {each.resource: each for each in changes}
    found = sorted(last.values(), key=lambda each: (-each.new.rank, each.resource))
    levels = Counter(str(each.new) for each in found)
    title = ", ".join(f"{counted(number, 'resource')} {level}" for level, number in levels.most_common())
    lines = [
        f"{printable(each.resource)}: {each.new}" + (f", was {each.old}" if each.old else ", new")
        for each in found[:_NAMED]
    ]
    if len(found) > _NAMED:
        lines.append(f"and {len(found) - _NAMED:,} more")
    listed = [
        {"resource": each.resource, "old": each.old and str(each.old), "new": str(each.new)} for each in found[:_NAMED]
    ]
    facts = {"levels": dict(levels), "changes": listed, "more": max(0, len(found) - _NAMED)}
    return Message(
        id="",
        title=f"assay: {title}",
        lines=tuple(lines),
        at=at.isoformat(),
        level=str(found[0].new),
        facts=facts,
        link=link,
    )


def send_due(
    catalog: Catalog, channels: Sequence[Channel], *, now: datetime | None = None, most: int = 100
) -> Counter[str]:
    """Sends what is due, one after the other. Returns how many were `sent`, and `failed`."""
    by_name = {each.name: each for each in channels}
    done: Counter[str] = Counter()
    while sum(done.values()) < most:
        with catalog.transaction() as connection:
            taken = notices.take(connection, now or datetime.now(UTC), list(by_name))
        if taken is None:
            break
        try:
            by_name[taken.channel].send(_message(taken))
        except NotSentError as error:
            with catalog.transaction() as connection:
                notices.failed(connection, taken, str(error), now or datetime.now(UTC), is_final=error.is_final)
            done["failed"] += 1
        except Exception as error:  # noqa: BLE001  # one channel must not end the others; what a library says may quote a secret
            reason = f"unexpected {type(error).__name__}"
            with catalog.transaction() as connection:
                notices.failed(connection, taken, reason, now or datetime.now(UTC), is_final=False)
            done["failed"] += 1
        else:
            with catalog.transaction() as connection:
                notices.sent(connection, taken, now or datetime.now(UTC))
            done["sent"] += 1
    return done


def try_out(catalog: Catalog, channel: Channel, *, by: str, link: str) -> None:
    """Puts a message that says only that it comes through into the queue."""
    now = datetime.now(UTC)
    told = Message(
        id="", title="assay: a message to try this channel", lines=(f"{printable(by)} asked for it; nothing happened.",),
        at=now.isoformat(), level="public", link=link,
    )  # fmt: skip
    with catalog.transaction() as connection:
        notices.add(connection, channel.name, _document(told), now)
        audit.append(connection, actor=by, action="NOTICE_TRIED", details={"channel": channel.name})


def send_again(catalog: Catalog, notice_id: str, *, by: str) -> bool:
    """Has a message that was given up sent once more. False where there is none."""
    with catalog.transaction() as connection:
        is_there = notices.again(connection, notice_id, datetime.now(UTC))
        if is_there:
            audit.append(connection, actor=by, action="NOTICE_SENT_AGAIN", details={"notice": notice_id})
    return is_there


def discard(catalog: Catalog, notice_id: str, *, by: str) -> bool:
    """Takes a message out that was given up: that nobody was told stands in the log. False where there is none."""
    with catalog.transaction() as connection:
        is_there = notices.discard(connection, notice_id)
        if is_there:
            audit.append(connection, actor=by, action="NOTICE_DISCARDED", details={"notice": notice_id})
    return is_there


@dataclass(kw_only=True)
class Notifier:
    """Collects and sends every `every` seconds in a thread of its own, until it is stopped."""

    catalog: Catalog
    channels: Sequence[Channel]
    least: Level
    link: str
    every: float
    problem: str = ""
    _ends: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def start(self) -> None:
        """Begins."""
        self._thread = threading.Thread(target=self._go, name="assay-notify", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Ends after the message that is under way."""
        self._ends.set()
        if self._thread is not None:
            self._thread.join(timeout=30)

    def round(self) -> None:
        """Once. A catalog that cannot be used for now is told of on the page, and tried again."""
        try:
            for each in self.channels:
                collect(self.catalog, each.name, least=self.least, link=self.link)
            send_due(self.catalog, self.channels)
            with self.catalog.transaction() as connection:
                notices.forget(connection, datetime.now(UTC) - _KEPT)
        except AssayError as error:
            self.problem = str(error)
        else:
            self.problem = ""

    def _go(self) -> None:
        while not self._ends.is_set():
            self.round()
            self._ends.wait(self.every)


def _document(message: Message) -> dict[str, Any]:
    told = asdict(message)
    del told["id"]
    return told


def _message(notice: notices.Notice) -> Message:
    given = dict(notice.message)
    return Message(id=notice.id, **{**given, "lines": tuple(given["lines"])})
