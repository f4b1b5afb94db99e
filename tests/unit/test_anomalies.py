"""Unusual access: what records of CloudTrail tell, what is usual for a principal, and what is not."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date
from math import expm1
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.events.accesses import Access, Verb, Who, access_of, verb_of
from assay.model import Level
from assay.protect.anomaly import habits
from assay.protect.anomaly.detector import GRACE, Alert, Detector, detector_of
from assay.protect.anomaly.tally import OTHER, Distinct, Tally, hashed, tally_of

START = date(2026, 1, 5).toordinal()
ROLE = "arn:aws:iam::123456789012:role/reader"
LEVELS = {"s3://lake": Level.RESTRICTED, "s3://site": Level.PUBLIC}


def record(**more: Any) -> dict[str, Any]:
    told: dict[str, Any] = {
        "userIdentity": {"type": "IAMUser", "arn": "arn:aws:iam::123456789012:user/ada", "accountId": "123456789012"},
        "eventTime": "2026-11-29T23:10:05Z",
        "eventName": "GetObject",
        "awsRegion": "eu-west-1",
        "sourceIPAddress": "203.0.113.9",
        "userAgent": "[aws-cli/2.15.0 Python/3.11]",
        "requestParameters": {"bucketName": "lake", "key": "a/b.csv"},
        "additionalEventData": {"bytesTransferredOut": 1234.0},
        "eventID": "e1",
    }
    return {**told, **more}


class TestRecords:
    def test_an_access(self) -> None:
        found = access_of(record())
        assert found is not None
        assert (found.who, found.kind, found.hour) == ("arn:aws:iam::123456789012:user/ada", Who.USER, 23)
        assert (found.place, found.item, found.bytes_out) == ("s3://lake", "a/b.csv", 1234)
        assert (found.network, found.agent, found.was_denied) == ("203.0.0.0/16", "aws-cli", False)

    @pytest.mark.parametrize(
        ("identity", "who", "kind"),
        [
            ({"type": "AssumedRole", "arn": "arn:aws:sts::1:assumed-role/reader/mo", "accountId": "1",
              "sessionContext": {"sessionIssuer": {"arn": ROLE}}}, ROLE, Who.ROLE),
            ({"type": "AssumedRole", "arn": "arn:aws:sts::1:assumed-role/reader/mo"}, "arn:aws:sts::1:assumed-role/reader", Who.ROLE),
            ({"type": "AWSService", "invokedBy": "cloudtrail.amazonaws.com"}, "cloudtrail.amazonaws.com", Who.SERVICE),
            ({"type": "Root", "arn": "arn:aws:iam::1:root"}, "arn:aws:iam::1:root", Who.ROOT),
            ({"type": "AWSAccount", "accountId": "999999999999", "principalId": "AROAX:s"}, "999999999999", Who.ACCOUNT),
            ({"type": "AWSAccount", "accountId": "ANONYMOUS_PRINCIPAL"}, "everybody", Who.ANONYMOUS),
            ({"type": "WebIdentityUser", "principalId": "accounts.google.com:x"}, "accounts.google.com:x", Who.FEDERATED),
        ],
    )  # fmt: skip
    def test_who(self, identity: dict[str, Any], who: str, kind: Who) -> None:
        found = access_of(record(userIdentity=identity))
        assert found is not None
        assert (found.who, found.kind) == (who, kind)

    def test_in_whose_name_a_service_asks(self) -> None:
        identity = {**record()["userIdentity"], "invokedBy": "athena.amazonaws.com"}
        found = access_of(record(userIdentity=identity, sourceIPAddress="athena.amazonaws.com"))
        assert found is not None
        assert (found.network, found.kind) == ("athena.amazonaws.com", Who.USER)

    @pytest.mark.parametrize(
        ("parameters", "resources", "place"),
        [
            ({"tableName": "orders"}, [], "dynamodb://orders"),
            ({"tableName": "arn:aws:dynamodb:eu-west-1:1:table/orders"}, [], "dynamodb://orders"),
            (None, [{"ARN": "arn:aws:s3:::lake/x"}], "s3://lake"),
            (None, [{"ARN": "arn:aws:dynamodb:eu-west-1:1:table/orders/index/by"}], "dynamodb://orders"),
            (None, "?", ""),
        ],
    )
    def test_of_what(self, parameters: Any, resources: Any, place: str) -> None:
        found = access_of(record(requestParameters=parameters, resources=resources))
        assert found is not None
        assert found.place == place

    @given(st.dictionaries(st.sampled_from(list(record())), st.none() | st.integers() | st.text() | st.dictionaries(
        st.sampled_from(["type", "arn", "bucketName", "sessionContext", "accountId"]), st.text() | st.none())))  # fmt: skip
    def test_nothing_that_a_field_may_be_raises(self, changed: dict[str, Any]) -> None:
        found = access_of(record(**changed))
        assert found is None or found.who

    def test_verbs(self) -> None:
        told = {name: verb_of(name) for name in ("PutObjectAcl", "PutObject", "HeadObject", "DeleteItem", "Invoke")}
        assert list(told.values()) == [Verb.CONTROL, Verb.WRITE, Verb.LIST, Verb.DELETE, Verb.OTHER]


class TestTallies:
    @given(st.sets(st.integers(0, 2**64 - 1), max_size=600))
    def test_how_many_different_ones(self, hashes: set[int]) -> None:
        forwards, backwards = Distinct(), Distinct()
        for each in sorted(hashes):
            forwards.add(each)
        for each in sorted(hashes, reverse=True):
            backwards.add(each)
        assert forwards.hashes() == backwards.hashes() == sorted(hashes)[:256]
        if len(hashes) < 256:
            assert forwards.count == len(hashes)

    def test_an_estimate(self) -> None:
        many = Distinct()
        for number in range(20_000):
            many.add(hashed(str(number)))
            many.add(hashed(str(number)))
        assert 17_000 < many.count < 23_000

    def test_memory_is_bounded_and_kept_as_json(self) -> None:
        tally = Tally(kind=Who.ROLE)
        for number in range(2_000):
            tally.add(access(0, 9, item=f"{number}/x", place=f"s3://b{number}", network=f"n{number}"), Level.RESTRICTED)
        assert (len(tally.places), tally.places[OTHER], len(tally.units)) == (257, 2_000 - 256, 256)
        again = tally_of(orjson.loads(orjson.dumps(tally.as_json())))
        assert again.as_json() == tally.as_json()
        assert again.sensitive.count == tally.sensitive.count > 1_700


def access(
    day: int, hour: int, *, who: str = ROLE, item: str = "a/1", place: str = "s3://lake", network: str = "10.0.0.0/16",
    region: str = "eu-west-1", action: str = "GetObject",
) -> Access:  # fmt: skip
    return Access(
        who=who, kind=Who.ROLE, day=START + day, hour=hour, region=region, network=network, agent="boto3", action=action,
        verb=verb_of(action), place=place, item=item, bytes_out=1000, was_denied=False, event="",
    )  # fmt: skip


def usual(days: range, seed: int = 1) -> Iterator[Access]:
    """Twelve roles that work on weekdays."""
    r = random.Random(seed)
    for day in days:
        for number in range(12):
            if (START + day - 1) % 7 < 5:
                for _ in range(r.randint(6, 14)):
                    yield access(
                        day, r.randint(8, 16), who=f"{ROLE}{number}", item=f"f{r.randint(1, 4)}/{r.randint(1, 60)}"
                    )


def judged(accesses: list[Access], *, cut: int = 0) -> tuple[list[Alert], Detector]:
    """Alerts on accesses; with `cut` the detector is kept and read again after so many."""
    detector = Detector()
    alerts: list[Alert] = []
    for number, each in enumerate(accesses):
        if cut and number % cut == 0:
            detector = detector_of(orjson.loads(orjson.dumps(detector.as_json())))
        alerts += detector.close(each.day, each.hour)
        detector.add(each, LEVELS[each.place])
    return [*alerts, *detector.close_all()], detector


DAY = 85
"""A weekday."""


class TestDays:
    @pytest.mark.parametrize(
        ("attack", "reason"),
        [
            ([access(DAY, 11, who=f"{ROLE}3", item=f"all/{n}") for n in range(400)], "objects"),
            ([access(DAY, 11, who=f"{ROLE}3", item=f"f1/{n}", region="sa-east-1", network="198.51.0.0/16") for n in range(20)], "region"),
            ([access(DAY, 1, who=f"{ROLE}3", item=f"f1/{n}") for n in range(30)], "hour"),
            ([access(DAY, 11, who=f"{ROLE}3", item="", action=name) for name in ("PutBucketPolicy", "AttachRolePolicy")], "operation"),
        ],
    )  # fmt: skip
    def test_an_attack_is_told_with_its_reason(self, attack: list[Access], reason: str) -> None:
        found, _ = judged(sorted([*usual(range(DAY + 3)), *attack], key=lambda each: (each.day, each.hour)))
        (alert,) = [alert for alert in found if alert.day.toordinal() == START + DAY]
        assert alert.who == f"{ROLE}3"
        assert reason in {each.name for each in alert.reasons[:3]}
        assert (alert.level, alert.places[0][:2]) == (Level.RESTRICTED, ("s3://lake", Level.RESTRICTED))
        assert "active days since" in alert.usual

    def test_a_slow_flight_is_told_by_what_nobody_else_reads(self) -> None:
        # As many objects a day as always, from the same place, at the same hours: but old ones.
        slow = [
            access(DAY + day, 8 + n % 8, who=f"{ROLE}3", item=f"f{1 + n % 4}/{1000 + 10 * day + n}")
            for day in range(25)
            if (START + DAY + day - 1) % 7 < 5
            for n in range(10)
        ]
        others = [each for each in usual(range(DAY + 25)) if each.who != f"{ROLE}3" or each.day < START + DAY]
        found, _ = judged(sorted([*others, *slow], key=lambda each: (each.day, each.hour)))
        told = [alert for alert in found if alert.who == f"{ROLE}3" and alert.day.toordinal() >= START + DAY]
        assert "cold" in {each.name for alert in told for each in alert.reasons[:1]}
        assert "nobody had read for 90 days" in told[0].reasons[0].told

    def test_a_journey_is_less_odd_than_a_second_working_day(self) -> None:
        def bits(*more: Access) -> float:
            detector = Detector(budget=1000)
            accesses = [each for each in usual(range(DAY + 1)) if each.who != f"{ROLE}3" or each.day < START + DAY]
            for each in sorted([*accesses, *more], key=lambda each: each.day):
                list(detector.close(each.day, GRACE))
                detector.add(each, Level.RESTRICTED)
            detector.scores = {0: 1e9}
            (alert,) = [alert for alert in detector.close_all() if alert.who == f"{ROLE}3"]
            return max(each.bits for each in alert.reasons if each.name == "hour")

        night = [access(DAY, 1 + n % 2, who=f"{ROLE}3", item=f"f1/{n}") for n in range(12)]
        day = [access(DAY, 8 + n % 8, who=f"{ROLE}3", item=f"f1/{n}") for n in range(12)]
        elsewhere = [each._replace(network="198.51.0.0/16") for each in night]
        few = [*day, *night[:2]]
        assert bits(*day, *night) > bits(*elsewhere)
        assert bits(*day, *night) > bits(*few)

    def test_a_night_goes_on_after_midnight(self) -> None:
        def read(*more: Access) -> float:
            detector = Detector()
            for each in sorted([*usual(range(DAY)), *more], key=lambda each: each.day):
                list(detector.close(each.day, GRACE))
                detector.add(each, Level.RESTRICTED)
            list(detector.close_all())
            return detector.profiles[f"{ROLE}3"].of("odd")[-1]

        before = [access(DAY, 23, who=f"{ROLE}3", item=f"f1/{n}") for n in range(5)]
        after = [access(DAY + 1, 0, who=f"{ROLE}3", item=f"f2/{n}") for n in range(6)]
        assert (round(expm1(read(*after))), round(expm1(read(*before, *after)))) == (6, 11)

    def test_what_is_warm_is_remembered_in_bounded_memory(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(habits, "_MOST_ITEMS", 1_000)
        found = habits.Habits()
        for day in range(200):
            tally = Tally(kind=Who.ROLE)
            for number in range(100):
                tally.add(access(day, 9, item=f"{day}/{number}"), Level.RESTRICTED)
            assert found.temperature(tally, day)[1] == found.temperature(tally, day)[0]
            found.warm_up(tally, day)
            assert len(found.warm) <= 1_000
            # Of what it watches it knows all.
            assert found.temperature(tally, day + 1)[1] == 0
            assert found.temperature(tally, day + habits.COLD)[1] == found.temperature(tally, day + habits.COLD)[0]
        assert found.limit < 1 << 64
        assert min(found.warm.values()) > 0

    def test_what_touches_nothing_sensitive_counts_less(self) -> None:
        def score(place: str) -> float:
            attack = [access(DAY, 1, who=f"{ROLE}3", item=f"f1/{n}", place=place) for n in range(30)]
            detector = Detector(budget=1000)
            accesses = [each._replace(place=place) for each in usual(range(DAY))]
            for each in sorted([*accesses, *attack], key=lambda each: each.day):
                list(detector.close(each.day, GRACE))
                detector.add(each, LEVELS[place])
            detector.scores = {0: 1e9}
            return max((alert.score for alert in detector.close_all() if alert.who == f"{ROLE}3"), default=0.0)

        assert score("s3://lake") > score("s3://site")

    def test_quiet_days_are_quiet(self) -> None:
        found, detector = judged(list(usual(range(150))))
        assert len(found) <= 0.004 * detector.seen

    def test_read_in_parts_it_is_the_same(self) -> None:
        attack = [access(DAY, 2, who=f"{ROLE}3", item=f"all/{n}") for n in range(200)]
        accesses = sorted([*usual(range(DAY + 2)), *attack], key=lambda each: (each.day, each.hour))
        whole, first = judged(accesses)
        parts, second = judged(accesses, cut=977)
        assert whole == parts != []
        assert orjson.dumps(first.as_json()) == orjson.dumps(second.as_json())

    def test_the_order_within_a_day_does_not_matter(self) -> None:
        accesses = list(usual(range(60)))
        shuffled = sorted(accesses, key=lambda each: (each.day, hashed(f"{each}")))
        detectors = [Detector(), Detector()]
        for detector, given_ in zip(detectors, (accesses, shuffled), strict=True):
            for each in given_:
                list(detector.close(each.day, GRACE))
                detector.add(each, Level.RESTRICTED)
        assert detectors[0].as_json() == detectors[1].as_json()

    def test_a_day_is_open_until_its_logs_have_come(self) -> None:
        detector = Detector()
        detector.add(access(0, 23), Level.RESTRICTED)
        list(detector.close(START + 1, GRACE - 1))
        detector.add(access(0, 23), Level.RESTRICTED)
        assert (detector.seen, detector.late) == (0, 0)
        list(detector.close(START + 1, GRACE))
        detector.add(access(0, 23), Level.RESTRICTED)
        assert (detector.seen, detector.late) == (1, 1)

    def test_services_are_counted_only(self) -> None:
        detector = Detector()
        detector.add(access(0, 1)._replace(kind=Who.SERVICE, who="s3.amazonaws.com"), Level.RESTRICTED)
        list(detector.close_all())
        assert (detector.of_services, detector.seen, detector.profiles) == (1, 0, {})

    def test_nothing_that_is_kept_holds_a_key(self) -> None:
        _, detector = judged([access(day, 9, item="jane.doe@example.org/ssn-123.csv") for day in range(20)])
        kept = orjson.dumps(detector.as_json())
        assert b"jane" not in kept
        assert b"s3://lake" in kept
