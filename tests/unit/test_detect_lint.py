"""Doubts about identifiers: each kind is told, and good patterns have none."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import pytest

from assay.detect.cache import read_all
from assay.detect.lint import doubts
from assay.model import Identifier


@cache
def known() -> dict[str, Identifier]:
    return {identifier.name: identifier for identifier in read_all((), cache=None, builtin=True)[0]}


def kinds(find: str) -> set[str]:
    token = known()["NPM_TOKEN"]
    changed = replace(token, name="OWN", patterns=(replace(token.patterns[0], find=find, regex=find, validators=()),))
    return {doubt.kind for doubt in doubts([changed])}


@pytest.mark.parametrize(
    ("find", "kind"),
    [
        (r"\bacme_[a-z0-9]{8}", None),
        (r"acme.*key", "slow"),
        (r"acme[^;]{0,900}key", "slow"),
        (r"[0-9]{8}[a-f]{2}", "unanchored"),
        (r"\b", "unanchored"),
        (r"[a-z]{4}", "over-broad"),
        (r"https://[a-z.]{4}", "over-broad"),
    ],
)
def test_patterns(find: str, kind: str | None) -> None:
    assert kinds(find) == set() if kind is None else kind in kinds(find)


def test_what_finds_the_same_is_told() -> None:
    token = known()["NPM_TOKEN"]
    found = list(doubts([replace(token, name="OWN", path="own", finds=token.finds[:1])], [token]))
    assert [(doubt.identifier, doubt.kind) for doubt in found] == [("OWN", "overlapping")]
    assert "NPM_TOKEN" in found[0].problem


def test_no_credential_of_ours_is_over_broad() -> None:
    """A pattern without an anchor makes every scan slow: the mistake is easily made, and seldom seen."""
    ours = [each for each in known().values() if each.category == "SECRETS"]
    wrong = {(doubt.identifier, doubt.kind) for doubt in doubts(ours) if doubt.kind in ("over-broad", "unanchored")}
    assert {name for name, kind in wrong if kind == "over-broad"} == set()
    assert {name for name, _ in wrong} <= UNANCHORED


UNANCHORED = frozenset(("ASANA_TOKEN", "AZURE_CLIENT_SECRET", "DISCORD_TOKEN", "MAILGUN_KEY"))
"""Those whose shape has no three characters in a row, and is rare all the same."""
