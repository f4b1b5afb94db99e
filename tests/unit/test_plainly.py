"""Plans, unusual access and incidents in plain words."""

from __future__ import annotations

import importlib
import pkgutil
import re
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from assay import protectors
from assay.events.accesses import Who
from assay.model import Level
from assay.model.action import Action, Gate, Plan, Planned, Refusal
from assay.protect.anomaly import deviations
from assay.protect.anomaly.detector import Alert
from assay.protect.anomaly.deviations import Deviation
from assay.protect.points import MANUAL
from assay.protect.protection import LEVEL
from assay.report.plainly.anomalies import MEANINGS, alert_in_words
from assay.report.plainly.incidents import PURPOSES, incident_in_words
from assay.report.plainly.plans import DOES, plan_in_words


def planned(bucket: str, control: str, gate: Gate = Gate.APPLY, because: str = "it is sure", **more: Any) -> Planned:
    action = Action(resource=f"s3://{bucket}", control=control, before={"a": None}, after={"a": "on"}, **more)
    return Planned(action=action, gate=gate, because=because)


def plan(*actions: Planned, refusals: tuple[Refusal, ...] = ()) -> Plan:
    return Plan(
        command="protect", targets=(), actions=actions, refusals=refusals, notes={}, looked_at=7,
        made_at=datetime(2026, 11, 30, tzinfo=UTC), made_by="ada",
    )  # fmt: skip


def alert(*names: str, **more: Any) -> Alert:
    reasons = tuple(Deviation(family="x", name=name, bits=4.0, level=Level.RESTRICTED, told="t") for name in names)
    given: dict[str, Any] = {
        "who": "arn:aws:iam::123456789012:role/etl", "kind": Who.ROLE, "day": date(2026, 3, 2), "score": 12.0,
        "threshold": 6.0, "level": Level.RESTRICTED, "reasons": reasons, "places": (), "usual": "u", "accesses": 9,
        "objects": 9, "bytes_out": 9, "networks": (), "regions": (),
    }  # fmt: skip
    return Alert(**{**given, **more})


class TestPlans:
    def test_what_it_does_by_kind_of_change(self) -> None:
        buckets = ("a", "b", "c", "d", "e")
        told = plan_in_words(
            plan(*(planned(each, "s3_tls_only", found={LEVEL: "restricted"}) for each in buckets),
                 planned("a", "s3_versioning", found={LEVEL: "restricted"}), planned("f", "s3_versioning", found={LEVEL: "internal"}))
        )  # fmt: skip
        assert told[0] == "7 changes of 6 resources; what lies there is restricted in 5, internal in 1."
        assert told[1] == "Requests without TLS are denied: s3://a, s3://b, s3://c and 2 more."
        assert told[2] == "What is overwritten or deleted is kept as an older version: s3://a and s3://f."
        assert "All of it can be taken back." in told

    def test_what_may_stop_and_what_is_for_good(self) -> None:
        told = plan_in_words(
            plan(planned("a", "s3_tls_only", breaks="old clients."), planned("b", "s3_tls_only", breaks="old clients."),
                 planned("c", "evidence_bucket", reversible=False))
        )  # fmt: skip
        assert "May stop working (s3://a and s3://b): old clients." in told
        assert "Cannot be taken back: 1 change, of s3://c." in told
        assert not any("All of it" in each or "Nothing is known" in each for each in told)

    def test_reasons_of_which_there_are_many_are_counted(self) -> None:
        told = plan_in_words(plan(*(planned(f"b{n}", "s3_tls_only", breaks=f"part {n}") for n in range(6))))
        assert sum(each.startswith("May stop") for each in told) == 4
        assert any(each.startswith("2 more things may stop working") for each in told)

    def test_who_decides(self) -> None:
        told = plan_in_words(
            plan(planned("a", "s3_tls_only"), planned("b", "s3_tls_only", Gate.APPLY_AND_WATCH),
                 planned("c", "s3_tls_only", Gate.REVIEW, "in pilot a person decides."), planned("d", "s3_tls_only", Gate.REVIEW, "a key"))
        )  # fmt: skip
        assert "1 change may be made without anybody's approval." in told
        assert "1 change may be made without approval, and is watched afterwards." in told
        assert "2 changes wait until a person approves: in pilot a person decides; a key." in told

    def test_what_is_not_planned(self) -> None:
        refusals = (
            Refusal(resource="s3://a", control="acls_off", reason="not known", detail="denied"),
            Refusal(resource="s3://b", control="object_lock", reason=MANUAL, detail="do it"),
        )
        told = plan_in_words(plan(refusals=refusals))
        assert told[0] == "Nothing has to change: 7 resources looked at."
        assert told[1] == "Not planned, although asked for: acls off of s3://a (not known)."
        assert told[2] == f"For people to do, or left alone: object lock of s3://b ({MANUAL})."

    def test_it_tells_what_a_change_costs(self) -> None:
        cost = {"monthly": "1.00", "is_least": False, "told": "a key", "currency": "USD", "date": "2026-11"}
        assert any(
            each.startswith("It costs about 1.00 USD a month")
            for each in plan_in_words(plan(planned("a", "kms_key", cost=cost)))
        )

    def test_each_protector_has_its_sentence(self) -> None:
        names = {each.name for each in pkgutil.iter_modules(protectors.__path__)}
        controls = {
            value
            for name in names
            for attribute in ("CONTROL", "PLACES")
            if isinstance(value := getattr(importlib.import_module(f"assay.protectors.{name}"), attribute, None), str)
        }
        assert len(controls) > 45
        assert controls == set(DOES)


class TestAlerts:
    def test_what_was_done_and_what_it_may_be(self) -> None:
        told = alert_in_words(alert("sensitive", "network", "fresh", "hour"))
        assert told[0] == (
            "The role arn:aws:iam::123456789012:role/etl read more sensitive objects than usual, came from a network that is new "
            "to it and read many sensitive objects that it had never read on Monday, 2 March 2026, and touched what is restricted."
        )
        assert told[1].startswith("That is far beyond")
        assert told[2].startswith("It may be harmless: a backup, a migration or a report that is new")
        assert told[2].count("a backup") == 1
        assert told[3].startswith("To find out: ask whoever works with it")

    @pytest.mark.parametrize(("score", "said"), [(6.1, "just beyond"), (8.0, "clearly beyond"), (12.0, "far beyond")])
    def test_how_strong(self, score: float, said: str) -> None:
        assert said in alert_in_words(alert("hour", score=score))[1]

    def test_an_alert_without_reasons_or_level(self) -> None:
        told = alert_in_words(alert(level=Level.UNCLASSIFIED, kind=Who.ANONYMOUS, threshold=0.0))
        assert told[0].startswith("Somebody without a name, arn")
        assert "did what is unusual for it on Monday" in told[0]
        assert "touched" not in told[0]
        assert len(told) == 2

    def test_each_difference_has_its_words(self) -> None:
        source = Path(deviations.__file__).read_text(encoding="utf-8")
        literal = set(re.findall(r'\bname="([a-z ]+)"', source))
        named = {what for _, what in deviations._NEW.values()} | set(deviations._AMOUNTS)
        rising = {f"rising {measure}" for measure in ("sensitive", "fresh", "objects")}
        assert literal
        assert literal | named | rising == set(MEANINGS)


class TestIncidents:
    DETAILS: dict[str, Any] = {
        "source": "guardduty", "what": "Exfiltration:S3/AnomalousBehavior", "severity": "high", "buckets": ["s3://lake"],
        "principals": ["arn:aws:iam::1:user/mo"], "resources": [],
    }  # fmt: skip

    def test_a_finding(self) -> None:
        told = incident_in_words(self.DETAILS, plan(planned("lake", "s3_versioning", Gate.REVIEW)))
        assert told[0] == "Data may be taken away (Exfiltration:S3/AnomalousBehavior)."
        assert told[1] == "It is about arn:aws:iam::1:user/mo and s3://lake."
        assert told[2] == "It should be looked at now: its severity is high."
        assert "What is overwritten or deleted is kept as an older version: s3://lake." in told

    def test_an_anomaly_has_the_words_of_its_alert(self) -> None:
        details = {**self.DETAILS, "source": "anomaly", "what": "unusual access: hour, network, made up"}
        told = incident_in_words(details, None)
        assert told[0] == (
            "Whoever it is about was active at hours that it seldom has and came from a network that is new to it."
        )
        assert told[-1] == "Nothing has to be changed."
        assert incident_in_words({**details, "what": "unusual access: "}, None)[0].startswith("It is about")

    def test_what_nobody_knows_is_said_so(self) -> None:
        told = incident_in_words({**self.DETAILS, "what": "Odd:S3/X", "severity": "none"}, None)
        assert told[0] == "It is of a kind that is not described here (Odd:S3/X)."
        assert not any("severity" in each for each in told)
        assert (
            incident_in_words({**self.DETAILS, "source": "person", "what": "lost"}, None)[0] == "A person told of it."
        )
        assert "SensitiveData" in PURPOSES

    def test_older_incidents_have_no_resources(self) -> None:
        details = {name: value for name, value in self.DETAILS.items() if name != "resources"}
        assert incident_in_words(details, None)[1] == "It is about arn:aws:iam::1:user/mo and s3://lake."


def test_a_control_of_another_version_is_named() -> None:
    assert "S3 other thing: s3://a." in plan_in_words(plan(replace(planned("a", "s3_other_thing"))))
