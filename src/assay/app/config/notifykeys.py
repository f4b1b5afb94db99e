"""The settings of who is told, and how. Secrets stand in the environment."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from assay.app.config.keys import Key, Whole, WrongError, as_it_is, split, texts


def _checked(value: Any, check: Callable[[Any], object]) -> None:
    from assay.errors import UsageError

    try:
        check(value)
    except UsageError as error:
        raise WrongError(str(error)) from None


def _text(value: Any, _base: Path) -> str:
    if not isinstance(value, str) or not value.strip() or not value.isprintable():
        raise WrongError("must be a text in quotes")
    return value


def _url(value: Any, base: Path) -> str:
    from assay.notify.posting import check_url  # only where one is written

    text = _text(value, base)
    _checked(text, check_url)
    return text


def _tracker(value: Any, base: Path) -> str:
    text = _text(value, base)
    url, hash_, project = text.rpartition("#")
    if not hash_ or not project.isalnum():
        raise WrongError("must be an address and the key of a project: https://acme.atlassian.net#DATA")
    _url(url, base)
    return text


def _server(value: Any, base: Path) -> str:
    from assay.notify.channels import mail  # only where one is written

    text = _text(value, base)
    _checked(text, lambda given: mail(given, "", "", (), ()))
    return text


def _networks(value: Any, base: Path) -> tuple[str, ...]:
    from assay.notify.posting import networks_of  # only where some are written

    found = texts(value, base)
    _checked(found, networks_of)
    return found


def _addresses(value: Any, base: Path) -> tuple[str, ...]:
    found = texts(value, base)
    if any("@" not in each or not each.isprintable() or any(char in each for char in ",;<> ") for each in found):
        raise WrongError("must be a list of addresses of mail")
    return found


_SECONDS = Whole(least=10, most=86_400, of="seconds")


def notify_keys(level: Callable[[Any, Path], Any]) -> tuple[Key, ...]:
    """The settings; `level` reads a level."""
    return (
        _key("notify_webhook", "URL", "Where changed levels are told as signed JSON; ASSAY_NOTIFY_SECRET signs.", "not set", _url),
        _key("notify_mail", "list of addresses", "Who is told by mail.", "[]", _addresses, split),
        _key("notify_smtp", "URL", "The server of mail: smtp://host:25, smtps://user@host; ASSAY_SMTP_PASSWORD has the password.",
             "not set", _server),
        _key("notify_from", "text", "Whom mail is from.", "assay@localhost", _text),
        _key("notify_jira", "URL#PROJECT", "Where tickets of Jira are made; ASSAY_JIRA_TOKEN has the token.", "not set", _tracker),
        _key("notify_jira_user", "text", "Whose the token of Jira is; without one it is a personal access token.", "not set", _text),
        _key("notify_servicenow", "URL", "Where incidents of ServiceNow are made; ASSAY_SERVICENOW_TOKEN has the token or password.",
             "not set", _url),
        _key("notify_servicenow_user", "text", "Whose the password of ServiceNow is; without one it is a token.", "not set", _text),
        _key("notify_level", "level", "Told is what rises to this level or above it, and what is new there.", "restricted", level),
        _key("notify_every", "whole number of seconds", "What changes within so long is one message.", "300", _SECONDS.parse, _SECONDS.from_text),
        _key("notify_networks", "list of networks", "Inner networks that messages may go to, e.g. 10.1.0.0/16; otherwise they go to none.",
             "[]", _networks, str.split),
    )  # fmt: skip


def _key(
    name: str,
    kind: str,
    told: str,
    default: str,
    parse: Callable[[Any, Path], Any],
    from_text: Callable[[str], Any] = as_it_is,
) -> Key:
    return Key(name=name, kind=kind, help=told, default=default, parse=parse, from_text=from_text)
