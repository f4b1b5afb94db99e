"""Unusual access in plain words: what was seen, what it may mean, what may be behind it that does no harm, and what to look at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from assay.events.accesses import Who
from assay.model import Level
from assay.protect.anomaly.detector import Alert
from assay.report.plainly.plans import some

_MOST = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """Of one kind of difference: what was done, as it stands behind "it"; what does so without harm; what to look at."""

    did: str
    harmless: str
    look: str


_READ = "a backup, a migration or a report that is new"
_WHERE = "a journey, a new office or another way into the network"
_ASK_WORK = "ask whoever works with it whether that amount was wanted"
_ASK_PLACE = "ask whether its owner was there at that time, and rotate its credentials if not"
_ASK_TASK = "ask who gave it that task, and whether it needs the right for it"
_ASK_TIME = "ask whether somebody worked at that time, or a job was moved"
MEANINGS: Mapping[str, Meaning] = {
    "sensitive": Meaning(did="read more sensitive objects than usual", harmless=_READ, look=_ASK_WORK),
    "fresh": Meaning(did="read many sensitive objects that it had never read", harmless=_READ, look=_ASK_WORK),
    "objects": Meaning(did="read more objects than usual", harmless=_READ, look=_ASK_WORK),
    "bytes": Meaning(did="read more data than usual", harmless=_READ, look=_ASK_WORK),
    "deletes": Meaning(
        did="deleted more than usual",
        harmless="old data that is cleared away",
        look="look whether what is gone has older versions or backups",
    ),
    "region": Meaning(did="worked in a region that is new to it", harmless=_WHERE, look=_ASK_PLACE),
    "network": Meaning(did="came from a network that is new to it", harmless=_WHERE, look=_ASK_PLACE),
    "program": Meaning(did="used a program that is new to it", harmless="a new version of its tools", look=_ASK_PLACE),
    "operation": Meaning(did="made calls that it had never made", harmless="a change of what it does", look=_ASK_TASK),
    "place": Meaning(
        did="was at places that it had never been at", harmless="other work that it was given", look=_ASK_TASK
    ),
    "breadth": Meaning(
        did="went through many places that it had never been at", harmless="an inventory or a search", look=_ASK_TASK
    ),
    "weekend": Meaning(did="was active on a weekend", harmless="work that could not wait", look=_ASK_TIME),
    "hour": Meaning(
        did="was active at hours that it seldom has", harmless="night work, or a job that was moved", look=_ASK_TIME
    ),
    "denied": Meaning(
        did="was denied more often than usual",
        harmless="a policy that was changed, or a mistake in a program",
        look="look what it tried to reach, and whether it tried other ways afterwards",
    ),
    "cold": Meaning(
        did="read what nobody had read for long",
        harmless="an archive that is moved, or an audit",
        look=_ASK_WORK,
    ),
    "rising sensitive": Meaning(
        did="has read more sensitive objects from week to week", harmless="work that grows", look=_ASK_WORK
    ),
    "rising fresh": Meaning(
        did="has read more sensitive objects that were new to it from week to week",
        harmless="work that grows",
        look=_ASK_WORK,
    ),
    "rising objects": Meaning(
        did="has read more objects from week to week", harmless="work that grows", look=_ASK_WORK
    ),
}
"""By the names of differences, of which alerts and incidents tell."""

_KINDS = {
    Who.USER: "The user",
    Who.ROLE: "The role",
    Who.ROOT: "The root user",
    Who.FEDERATED: "The federated user",
    Who.ACCOUNT: "Another account,",
    Who.SERVICE: "The service",
    Who.ANONYMOUS: "Somebody without a name,",
}


def alert_in_words(alert: Alert) -> tuple[str, ...]:
    """Sentences on one alert. Nothing is added to what the alert tells but what it commonly means."""
    did = _each(each.name for each in alert.reasons)
    kind = _KINDS.get(alert.kind, "The principal")
    touched = f", and touched what is {alert.level}" if alert.level is not Level.UNCLASSIFIED else ""
    what = some([each.did for each in did]) if did else "did what is unusual for it"
    beyond = alert.score / alert.threshold if alert.threshold > 0 else 0.0
    strength = "far beyond" if beyond >= 2 else "clearly beyond" if beyond >= 1.25 else "just beyond"
    return (
        f"{kind} {alert.who} {what} on {alert.day:%A}, {alert.day.day} {alert.day:%B %Y}{touched}.",
        f"That is {strength} what is told of; its own habits and those of others are what it was compared with.",
        *_advice(did),
    )


def unusual_in_words(what: str) -> tuple[str, ...]:
    """Of an incident that an alert opened, by the names of differences in what it is called."""
    did = _each(name.strip() for name in what.partition(":")[2].split(","))
    if not did:
        return ()
    return (f"Whoever it is about {some([each.did for each in did])}.", *_advice(did))


def _each(names: Iterator[str]) -> list[Meaning]:
    found = [MEANINGS[name] for name in dict.fromkeys(names) if name in MEANINGS]
    return found[:_MOST]


def _advice(did: Sequence[Meaning]) -> Iterator[str]:
    if did:
        yield f"It may be harmless: {some([each.harmless for each in did])}."
        yield f"To find out: {'; '.join(dict.fromkeys(each.look for each in did))}."
