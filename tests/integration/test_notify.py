"""Messages to a webhook, Slack, mail, Jira and ServiceNow that really listen here: what arrives, what is tried again, what is given up."""

from __future__ import annotations

import ipaddress
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import default
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from desks import Office
from fresh import free_port
from unit import records_for_tests as made

from assay.app.config.settings import load_settings
from assay.app.scan.recording import begin
from assay.app.telling.notifying import SECRETS, Notifier, channels_of, collect, send_due
from assay.errors import ConfigError
from assay.model import Level
from assay.model.identity import Grant, Role
from assay.notify import posting
from assay.notify.channels import Channel, signature
from assay.notify.message import NotSentError
from assay.notify.posting import is_allowed, networks_of, post, reached
from assay.store import notices
from assay.store.auditlog import Wanted, newest
from assay.store.engine import Catalog

HERE = networks_of(["127.0.0.0/8", "::1"])


@dataclass
class Listener:
    """A server that keeps what it is sent, and answers `status`."""

    status: int = 200
    got: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    location: str = ""
    url: str = ""


@pytest.fixture
def listener() -> Iterator[Listener]:
    told = Listener()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            told.got.append((self.path, {name.lower(): value for name, value in self.headers.items()}, body))
            self.send_response(told.status)
            if told.location:
                self.send_header("Location", told.location)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    told.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield told
    server.shutdown()
    thread.join()
    server.server_close()


def changed(catalog: Catalog, level: Level = Level.RESTRICTED, number: int = 3, prefix: str = "a") -> None:
    recording = begin(catalog, ["s3://lake"], ruleset="r", actor="tess@desk")
    for each in range(number):
        recording.take(made.classification(resource=f"s3://lake/{prefix}{each}.csv", level=level))
    recording.finish(made.summary())


def ways(text: str, environment: dict[str, str], tmp_path: Any) -> list[Channel]:
    (tmp_path / "assay.toml").write_text(text + '\nnotify_networks = ["127.0.0.0/8", "::1"]\n')
    return channels_of(load_settings(environment={}, folder=tmp_path), environment)


def statuses(catalog: Catalog) -> list[str]:
    with catalog.reading() as connection:
        found = notices.listed(connection, status=("waiting", "working", "done", "dead"), limit=50)
    return [each.status for each in found]


def test_a_webhook_gets_one_signed_digest(office: Office, listener: Listener, tmp_path: Any) -> None:
    (way,) = ways(f'notify_webhook = "{listener.url}/hook?x=1"', {"ASSAY_NOTIFY_SECRET": "s3cret"}, tmp_path)
    (secret,) = ways(f'notify_webhook = "{listener.url}/hook?token=hunter2"', {"ASSAY_NOTIFY_SECRET": "s"}, tmp_path)
    assert secret.shown == f"{listener.url}/…", "the path of a webhook is what lets somebody send there"
    changed(office.catalog)
    changed(office.catalog, Level.INTERNAL, prefix="low")
    assert collect(office.catalog, way.name, least=Level.CONFIDENTIAL, link="http://desk")
    assert not collect(office.catalog, way.name, least=Level.CONFIDENTIAL), "each change is told once"
    assert send_due(office.catalog, [way]) == {"sent": 1}
    assert send_due(office.catalog, [way]) == {}
    ((path, headers, body),) = listener.got
    assert path == "/hook?x=1"
    at = headers["x-assay-timestamp"]
    assert headers["x-assay-signature"] == f"v1={signature('s3cret', at, body)}"
    assert headers["x-assay-signature"] != f"v1={signature('s3cret', at, body + b' ')}"
    assert abs(int(at) - datetime.now(UTC).timestamp()) < 600
    told = json.loads(body)
    assert told["title"] == "assay: 3 resources restricted"
    assert told["id"] == headers["x-assay-id"]
    assert told["lines"][0] == "s3://lake/a0.csv: restricted, new"
    assert told["levels"] == {"restricted": 3}
    assert statuses(office.catalog) == ["done"]


def test_a_flood_is_one_message_and_a_fall_is_none(office: Office, listener: Listener, tmp_path: Any) -> None:
    (way,) = ways(f'notify_webhook = "{listener.url}"', {"ASSAY_NOTIFY_SECRET": "s"}, tmp_path)
    changed(office.catalog, number=60)
    collect(office.catalog, way.name, least=Level.RESTRICTED)
    send_due(office.catalog, [way])
    told = json.loads(listener.got[0][2])
    assert (len(told["lines"]), told["lines"][-1], told["more"]) == (21, "and 40 more", 40)
    changed(office.catalog, Level.PUBLIC, number=60)
    assert not collect(office.catalog, way.name, least=Level.PUBLIC)
    changed(office.catalog, number=1)
    assert collect(office.catalog, way.name, least=Level.RESTRICTED)


def test_what_fails_is_tried_again_later_and_then_given_up(office: Office, listener: Listener, tmp_path: Any) -> None:
    (way,) = ways(f'notify_webhook = "{listener.url}"', {"ASSAY_NOTIFY_SECRET": "s"}, tmp_path)
    changed(office.catalog)
    now = datetime.now(UTC)
    collect(office.catalog, way.name, least=Level.RESTRICTED, now=now)
    listener.status = 503
    waits = []
    for _ in range(notices.ATTEMPTS):
        assert send_due(office.catalog, [way], now=now) == {"failed": 1}
        assert send_due(office.catalog, [way], now=now) == {}, "not before its time"
        with office.catalog.reading() as connection:
            (notice,) = notices.listed(connection, status=("waiting", "dead"), limit=5)
        waits.append(datetime.fromisoformat(notice.due_at) - now)
        now = datetime.fromisoformat(notice.due_at) + timedelta(seconds=1)
    assert waits[:4] == [timedelta(seconds=each) for each in (30, 60, 120, 240)]
    assert statuses(office.catalog) == ["dead"]
    assert notice.reason == "it answered 503"
    assert send_due(office.catalog, [way], now=now + timedelta(days=9)) == {}
    with office.catalog.reading() as connection:
        (entry,) = newest(connection, Wanted(action="NOTICE_GIVEN_UP"), 5)
    assert entry["details"]["channel"] == "webhook"
    listener.status = 200
    root = office.sign_in("Root", Grant(role=Role.ADMIN))
    office.serving.__dict__["notifier"] = Notifier(
        catalog=office.catalog, channels=[way], least=Level.RESTRICTED, link="", every=60
    )
    page = root.get("/notifications").text
    assert "it answered 503, after 8 tries" in page
    assert f"/notifications/{notice.id}/again" in page
    assert root.post(f"/notifications/{notice.id}/again").status_code == 303
    assert root.post(f"/notifications/{notice.id}/again").status_code == 404
    assert root.post(f"/notifications/{notice.id}/discard").status_code == 404
    assert send_due(office.catalog, [way]) == {"sent": 1}
    assert root.post("/notifications/try", {"channel": "webhook"}).status_code == 303
    assert root.post("/notifications/try", {"channel": "pigeon"}).status_code == 404
    listener.status = 400
    office.serving.notifier.round()
    assert statuses(office.catalog).count("dead") == 1, "what is refused for good is not tried again"
    with office.catalog.reading() as connection:
        (dead,) = notices.listed(connection, status=("dead",), limit=5)
    assert root.post(f"/notifications/{dead.id}/discard").status_code == 303
    with office.catalog.reading() as connection:
        log = [(each["action"], each["actor"], each["details"]) for each in newest(connection, Wanted(), 20)]
    assert [each for each in log if each[0].startswith("NOTICE_") and each[0] != "NOTICE_GIVEN_UP"] == [
        ("NOTICE_SENT_AGAIN", "Root", {"notice": notice.id}),
        ("NOTICE_TRIED", "Root", {"channel": "webhook"}),
        ("NOTICE_DISCARDED", "Root", {"notice": dead.id}),
    ]
    ada = office.sign_in("Ada")
    assert ada.get("/notifications").status_code == 403


def test_one_that_was_taken_is_taken_by_another_only_when_its_time_is_over(office: Office) -> None:
    now = datetime.now(UTC)
    with office.catalog.transaction() as connection:
        notices.add(connection, "x", {"title": "t"}, now)
        first = notices.take(connection, now, ["x"])
        assert first is not None
        assert notices.take(connection, now, ["x"]) is None
        assert notices.take(connection, now + timedelta(minutes=6), ["y"]) is None
        second = notices.take(connection, now + timedelta(minutes=6), ["x"])
        assert second is not None
        notices.sent(connection, first, now)
        assert notices.counts(connection) == {("x", "working"): 1}, "it is the second one's by now"
        notices.sent(connection, second, now)
        assert notices.counts(connection) == {("x", "done"): 1}
        assert notices.forget(connection, now + timedelta(seconds=1)) == 1


def test_slack_jira_and_servicenow_get_what_they_take(office: Office, listener: Listener, tmp_path: Any) -> None:
    text = f'notify_jira = "{listener.url}#DATA"\nnotify_jira_user = "bot"\nnotify_servicenow = "{listener.url}/"\n'
    secrets = {
        "ASSAY_SLACK_URL": f"{listener.url}/services/T0/B0/x",
        "ASSAY_JIRA_TOKEN": "j",
        "ASSAY_SERVICENOW_TOKEN": "n",
    }
    found = ways(text, secrets, tmp_path)
    assert [each.name for each in found] == ["slack", "jira", "servicenow"]
    assert "services" not in repr(found) + "".join(each.shown for each in found)
    recording = begin(office.catalog, ["s3://lake"], ruleset="r", actor="tess@desk")
    recording.take(made.classification(resource="s3://lake/<!channel>&.csv"))
    recording.finish(made.summary())
    for each in found:
        collect(office.catalog, each.name, least=Level.RESTRICTED, link="http://desk")
    assert send_due(office.catalog, found) == {"sent": 3}
    by_path = {path: (headers, json.loads(body)) for path, headers, body in listener.got}
    _, chat = by_path["/services/T0/B0/x"]
    assert chat["text"] == "assay: 1 resource restricted"
    assert "&lt;!channel&gt;&amp;" in chat["blocks"][0]["text"]["text"]
    headers, issue = by_path["/rest/api/2/issue"]
    assert headers["authorization"] == "Basic Ym90Omo="
    assert issue["fields"]["project"] == {"key": "DATA"}
    assert issue["fields"]["summary"] == "assay: 1 resource restricted"
    headers, incident = by_path["/api/now/table/incident"]
    assert headers["authorization"] == "Bearer n"
    assert (incident["urgency"], incident["correlation_display"]) == ("1", "assay")


class Kept:
    """A server of mail that keeps what it is given."""

    def __init__(self) -> None:
        self.got: list[Any] = []
        self.answer = "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802  # its name there
        self.got.append((envelope.mail_from, envelope.rcpt_tos, message_from_bytes(envelope.content, policy=default)))
        return self.answer


def test_mail_arrives_as_mail(office: Office, tmp_path: Any) -> None:
    kept = Kept()
    port = free_port()
    server = Controller(kept, hostname="127.0.0.1", port=port)
    server.start()
    try:
        text = f'notify_mail = ["a@example.org", "b@example.org"]\nnotify_smtp = "smtp://127.0.0.1:{port}"\nnotify_from = "assay@example.org"'
        (way,) = ways(text, {}, tmp_path)
        changed(office.catalog, number=1)
        collect(office.catalog, way.name, least=Level.RESTRICTED, link="http://desk")
        assert send_due(office.catalog, [way]) == {"sent": 1}
        ((sender, receivers, told),) = kept.got
        assert (sender, receivers) == ("assay@example.org", ["a@example.org", "b@example.org"])
        assert told["Subject"] == "assay: 1 resource restricted"
        assert "s3://lake/a0.csv: restricted, new" in told.get_content()
        assert told["Auto-Submitted"] == "auto-generated"
        kept.answer = "451 later"
        changed(office.catalog, number=1, prefix="b")
        collect(office.catalog, way.name, least=Level.RESTRICTED)
        assert send_due(office.catalog, [way]) == {"failed": 1}
        assert sorted(statuses(office.catalog)) == ["done", "waiting"]
        (with_user,) = ways(text.replace("smtp://", "smtp://bot@"), {"ASSAY_SMTP_PASSWORD": "hunter2-pass"}, tmp_path)
        changed(office.catalog, number=1, prefix="c")
        with pytest.raises(NotSentError, match="no TLS"):
            with_user.send(made_message())
    finally:
        server.stop()


def made_message() -> Any:
    from assay.notify.message import Message

    return Message(id="1", title="t", lines=("l",), at="now", level="public")


@pytest.mark.parametrize(
    ("address", "is_open"),
    [
        ("93.184.216.34", True),
        ("2606:2800:220:1::1", True),
        ("169.254.169.254", False),
        ("fe80::1", False),
        ("fd00:ec2::254", False),
        ("127.0.0.1", False),
        ("::1", False),
        ("::ffff:169.254.169.254", False),
        ("2002:a9fe:a9fe::1", False),
        ("10.0.0.1", False),
        ("192.168.1.1", False),
        ("100.100.100.200", False),
        ("0.0.0.0", False),
        ("224.0.0.1", False),
        ("168.63.129.16", False),
        ("::ffff:168.63.129.16", False),
        ("192.0.0.192", False),
        ("192.0.0.8", False),
        ("192.88.99.1", False),
        ("fec0::1", False),
        ("64:ff9b::a9fe:a9fe", False),
        ("::169.254.169.254", False),
        ("255.255.255.255", False),
    ],
)
def test_messages_go_to_no_inner_address(address: str, is_open: bool) -> None:
    assert is_allowed(ipaddress.ip_address(address), ()) is is_open
    assert is_allowed(ipaddress.ip_address("10.1.2.3"), networks_of(["10.1.0.0/16"]))
    assert not is_allowed(ipaddress.ip_address("10.2.2.3"), networks_of(["10.1.0.0/16"]))


def test_a_name_of_an_inner_address_and_a_redirect_to_one_are_refused(listener: Listener) -> None:
    for host in ("localhost", "127.0.0.1", "[::1]".strip("[]"), "0x7f.1", "2130706433"):
        with pytest.raises(NotSentError) as raised:
            reached(host, 80, ())
        assert "inner network" in str(raised.value) or "not known" in str(raised.value)
    with pytest.raises(NotSentError, match="inner network") as refused:
        post(listener.url, b"{}", {})
    assert refused.value.is_final
    assert listener.got == []
    listener.status, listener.location = 302, "http://169.254.169.254/latest/meta-data/"
    with pytest.raises(NotSentError, match="it answered 302") as moved:
        post(listener.url, b"{}", {}, allowed=HERE)
    assert moved.value.is_final


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('notify_webhook = "http://hooks.example.org"', "would be read on its way"),
        ('notify_webhook = "https://user:pass@hooks.example.org"', "without a password"),
        ('notify_webhook = "file:///etc/passwd"', "must be an address"),
        ('notify_webhook = "https://hooks.example.org/bücher"', "without a password"),
        ('notify_webhook = "https://hooks.example.org/x?ü"', "without a password"),
        ('notify_mail = ["nobody"]', "addresses of mail"),
        ('notify_smtp = "mail.example.org"', "no server of mail"),
        ('notify_smtp = "smtp://u:p@mail.example.org"', "no server of mail"),
        ('notify_jira = "https://acme.atlassian.net"', "the key of a project"),
        ('notify_networks = ["inside"]', "a network is written"),
        ("notify_every = 1", "from 10 to 86,400"),
    ],
)
def test_settings_that_cannot_be_used_are_refused_where_they_stand(text: str, said: str, tmp_path: Any) -> None:
    (tmp_path / "assay.toml").write_text(text)
    with pytest.raises(ConfigError, match="assay.toml:1") as raised:
        load_settings(environment={}, folder=tmp_path)
    assert said in str(raised.value)


@pytest.mark.parametrize(
    "text",
    [
        'notify_webhook = "https://h.example"',
        'notify_mail = ["a@b.c"]',
        'notify_jira = "https://j.example#A"',
        'notify_servicenow = "https://s.example"',
    ],
)
def test_a_channel_without_its_secret_is_said(text: str, tmp_path: Any) -> None:
    with pytest.raises(ConfigError, match="needs"):
        ways(text, {}, tmp_path)


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("webhook", 'notify_webhook = "https://h.example"'),
        ("jira", 'notify_jira = "https://j.example#A"'),
        ("servicenow", 'notify_servicenow = "https://s.example"'),
        ("mail", 'notify_mail = ["a@b.c"]\nnotify_smtp = "smtps://u@m.example"'),
    ],
)
def test_a_secret_with_a_line_break_is_refused_and_not_told(kind: str, text: str, tmp_path: Any) -> None:
    with pytest.raises(ConfigError, match="line break") as raised:
        ways(text, {SECRETS[kind]: "hunter2-token\n"}, tmp_path)
    assert SECRETS[kind] in str(raised.value)
    assert "hunter2" not in str(raised.value)


@pytest.mark.parametrize("token", ["hunter2\r\nX-Other: 1", "hunter2\n", "hunter2-€"])
def test_what_no_request_can_hold_is_not_sent_and_not_told(listener: Listener, token: str) -> None:
    with pytest.raises(NotSentError) as raised:
        post(listener.url, b"{}", {"Authorization": f"Bearer {token}"}, allowed=HERE)
    assert raised.value.is_final
    assert "hunter2" not in str(raised.value)
    assert raised.value.__cause__ is None
    assert listener.got == []


def test_a_mistake_in_one_channel_does_not_end_the_others(office: Office, listener: Listener, tmp_path: Any) -> None:
    def breaks(_: Any) -> None:
        raise ValueError("hunter2 in what it says")

    (good,) = ways(f'notify_webhook = "{listener.url}"', {"ASSAY_NOTIFY_SECRET": "s"}, tmp_path)
    bad = Channel(name="bad", shown="nowhere", send=breaks)
    changed(office.catalog)
    for way in (bad, good):
        collect(office.catalog, way.name, least=Level.RESTRICTED)
    now = datetime.now(UTC)
    assert send_due(office.catalog, [bad, good], now=now) == {"failed": 1, "sent": 1}
    for _ in range(notices.ATTEMPTS):
        now += timedelta(hours=2)
        send_due(office.catalog, [bad, good], now=now)
    with office.catalog.reading() as connection:
        (dead,) = notices.listed(connection, status=("dead",), limit=5)
    assert (dead.channel, dead.reason) == ("bad", "unexpected ValueError")


@contextmanager
def dripping(first: bytes) -> Iterator[int]:
    """A server that says something, and then a byte now and then for as long as it is listened to."""
    ends = threading.Event()
    listening = socket.create_server(("127.0.0.1", 0))

    def drip() -> None:
        with listening.accept()[0] as came, suppress(OSError):
            came.sendall(first)
            while not ends.wait(0.02):
                came.sendall(b"x")

    thread = threading.Thread(target=drip)
    thread.start()
    try:
        yield listening.getsockname()[1]
    finally:
        ends.set()
        thread.join()
        listening.close()


@pytest.mark.parametrize("first", [b"HTTP/1.1 200 ", b"HTTP/1.1 200 OK\r\nX-", b"HTTP/1.1 200 OK\r\n\r\n"])
def test_nobody_is_listened_to_for_long(first: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(posting, "LONGEST", 0.3)
    with dripping(first) as port, pytest.raises(NotSentError):
        post(f"http://127.0.0.1:{port}/", b"{}", {}, allowed=HERE)


def test_nor_is_a_server_of_mail(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    monkeypatch.setattr(posting, "LONGEST", 0.3)
    with dripping(b"220-") as port:
        (way,) = ways(f'notify_mail = ["a@example.org"]\nnotify_smtp = "smtp://127.0.0.1:{port}"', {}, tmp_path)
        with pytest.raises(NotSentError):
            way.send(made_message())


def test_mail_goes_to_the_address_that_was_checked(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    """A name may mean something else a moment later."""
    asked: list[str] = []
    real = socket.getaddrinfo

    def twice(host: str, *rest: Any, **more: Any) -> Any:
        if host != "mail.example.org":
            return real(host, *rest, **more)
        asked.append(host)
        return real("127.0.0.1" if len(asked) == 1 else "127.0.0.2", *rest, **more)

    monkeypatch.setattr(socket, "getaddrinfo", twice)
    (tmp_path / "assay.toml").write_text('notify_mail = ["a@b.org"]\nnotify_smtp = "smtp://mail.example.org:9"\n')
    connected: list[Any] = []

    def connect(address: Any, *_: Any, **__: Any) -> Any:
        connected.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "create_connection", connect)
    for scheme in ("smtp", "smtps"):
        asked.clear()
        text = f'notify_mail = ["a@b.org"]\nnotify_smtp = "{scheme}://mail.example.org:9"'
        with pytest.raises(NotSentError, match="cannot be reached"):
            ways(text, {}, tmp_path)[0].send(made_message())
        assert asked == ["mail.example.org"]
    assert connected == [("127.0.0.1", 9)] * 2


def test_the_thread_tells_of_what_changes_while_it_runs(office: Office) -> None:
    came = threading.Event()
    way = Channel(name="own", shown="here", send=lambda _: came.set())
    notifier = Notifier(catalog=office.catalog, channels=[way], least=Level.RESTRICTED, link="", every=0.05)
    notifier.start()
    assert not came.is_set()
    changed(office.catalog)
    assert came.wait(timeout=60)
    notifier.stop()
    assert notifier.problem == ""
    changed(office.catalog, prefix="later")
    assert statuses(office.catalog) == ["done"]
