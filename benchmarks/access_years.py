"""A year of accesses of organisations, as records of CloudTrail, with attacks in it: seeded, and written without a look at any detector.

People have working days, shifts, holidays, projects, travels and nights on call; jobs have schedules, months' ends and backfills; services
have daily rhythms, deployments and growth; people join, leave and change teams. Much of that is unusual, and none of it is an attack.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from math import exp, log
from typing import Any, NamedTuple

START = date(2025, 1, 1)
DAYS = 365
ACCOUNT = "123456789012"
KINDS = ("mass read", "new region", "odd hour", "privilege step", "slow exfiltration")
_FIRST_ATTACK = 70


class Shape(NamedTuple):
    """An organisation: how many of each, its home region and zone (hours from UTC), and growth a month."""

    name: str
    analysts: int
    shift_workers: int
    engineers: int
    jobs: int
    services: int
    auditors: int
    region: str
    zone: int
    growth: float
    attacks: int


SHAPES = (
    Shape("clinic", 40, 45, 6, 10, 8, 2, "eu-central-1", 1, 0.01, 2),
    Shape("software house", 20, 0, 45, 12, 20, 1, "us-west-2", -8, 0.04, 2),
    Shape("bank", 75, 0, 12, 18, 8, 6, "eu-west-1", 0, 0.015, 2),
)


@dataclass(frozen=True, kw_only=True)
class Place:
    """A bucket: its level, whose it is, and how many objects each of its folders has."""

    name: str
    level: str
    team: int
    folders: tuple[str, ...]
    size: int


@dataclass(frozen=True, kw_only=True)
class Attack:
    """What happened: whose credentials were used, of what kind it was, and on which days (ordinals)."""

    who: str
    kind: str
    days: tuple[int, ...]


@dataclass(kw_only=True)
class Person:
    """Whoever has credentials. `start` and `length` are local hours, `amount` the middle of reads a day as a logarithm."""

    name: str
    arn: str
    role: str
    job: str
    team: int
    start: float
    length: float
    amount: float
    vary: float
    places: list[tuple[Place, float]]
    networks: list[str]
    agents: list[str]
    joined: int
    left: int
    away: list[tuple[int, int]] = field(default_factory=list)
    writes: float = 0.1
    mood: float = 0.0
    on_call_every: int = 0


@dataclass(kw_only=True)
class Year:
    """A seeded year of an organisation. `records` may be gone through once; `attacks` and `places` are known before, and `happened`, the
    days of attacks in UTC by whose credentials and kind, after."""

    shape: Shape
    seed: int

    def __post_init__(self) -> None:
        self._random = random.Random(f"{self.shape.name} {self.seed}")
        self.places = self._make_places()
        self.people = list(self._make_people())
        self.happened: dict[tuple[str, str], set[int]] = {}
        self._plans: dict[tuple[str, int], list[tuple[str, dict[str, Any]]]] = {}
        self._calendar()
        self.attacks = self._make_attacks()
        self._number = 0

    def records(self) -> Iterator[tuple[int, list[dict[str, Any]]]]:
        """Of every day, its ordinal and its records, in no order of time."""
        for number in range(DAYS):
            day = START.toordinal() + number
            found: list[dict[str, Any]] = []
            for person in self.people:
                found += self._day_of(person, number)
            yield day, found

    def levels(self) -> dict[str, str]:
        """The level of each place."""
        return {f"s3://{place.name}": place.level for place in self.places}

    # What there is.

    def _make_places(self) -> list[Place]:
        r = self._random
        teams = max(4, (self.shape.analysts + self.shape.engineers + self.shape.shift_workers) // 10)
        places = []
        for team in range(teams):
            for what, level in (("raw", "restricted"), ("mart", "confidential"), ("work", "internal")):
                folders = tuple(f"f{number}" for number in range(r.randint(3, 12)))
                places.append(
                    Place(name=f"t{team}-{what}", level=level, team=team, folders=folders, size=r.randint(200, 4_000))
                )
        for what, level in (
            ("reference", "internal"),
            ("artifacts", "internal"),
            ("site", "public"),
            ("vault", "restricted"),
        ):
            places.append(Place(name=what, level=level, team=-1, folders=("a", "b", "c"), size=500))
        return places

    def _make_people(self) -> Iterator[Person]:
        shape, r = self.shape, self._random
        for job, count in (
            ("analyst", shape.analysts), ("shift", shape.shift_workers), ("engineer", shape.engineers), ("job", shape.jobs),
            ("service", shape.services), ("auditor", shape.auditors),
        ):  # fmt: skip
            for number in range(count):
                yield self._make(job, number, r)

    def _make(self, job: str, number: int, r: random.Random) -> Person:
        teams = max(place.team for place in self.places) + 1
        team = number % teams
        own = [place for place in self.places if place.team == team]
        shared = [place for place in self.places if place.team == -1 and place.name != "vault"]
        places = [(place, r.uniform(0.3, 3)) for place in own if r.random() < 0.9]
        places += [(place, r.uniform(0.05, 0.5)) for place in shared if r.random() < 0.7]
        if r.random() < 0.3:
            places.append((r.choice(self.places[:-4]), r.uniform(0.05, 0.6)))
        places = places or [(own[0], 1.0)]
        is_person = job in ("analyst", "engineer", "shift", "auditor")
        office = [f"{10 + team % 3}.{20 + self.seed % 9}"]
        networks = [*office, f"{r.randint(60, 95)}.{r.randint(1, 250)}"] if is_person else ["172.31"]
        amount = {"analyst": 3.2, "shift": 3.0, "engineer": 2.7, "job": 4.6, "service": 4.4, "auditor": 3.4}[job]
        if is_person and r.random() < 0.5:
            arn, role = f"arn:aws:iam::{ACCOUNT}:user/{job}{number}", ""
        else:
            arn, role = f"arn:aws:iam::{ACCOUNT}:role/{job}{number}", "role"
        joined = r.randint(20, 300) if is_person and r.random() < 0.12 else 0
        left = r.randint(200, 360) if is_person and r.random() < 0.08 else DAYS
        return Person(
            name=f"{job}{number}",
            arn=arn,
            role=role,
            job=job,
            team=team,
            start=r.choice((2.0, 3.5, 4.0, 22.0)) if job == "job" else r.uniform(7, 10),
            length=r.uniform(1, 3) if job == "job" else r.uniform(7, 9),
            amount=amount + r.gauss(0, 0.5),
            vary=0.15 if job == "job" else 0.2 if job == "service" else r.uniform(0.35, 0.7),
            places=places,
            networks=networks,
            agents=[r.choice(("aws-cli/2.15", "Boto3/1.34", "S3Console/0.4"))] if is_person else [r.choice(("Boto3/1.34", "aws-sdk-java/2.20"))],
            joined=joined,
            left=max(left, joined + 40),
            writes={"job": 0.4, "service": 0.3}.get(job, 0.08),
            on_call_every=r.randint(5, 9) if job == "engineer" else 0,
        )  # fmt: skip

    # What happens, and is no attack.

    def _plan(self, name: str, day: int, what: str, **more: Any) -> None:
        self._plans.setdefault((name, day), []).append((what, more))

    def _calendar(self) -> None:
        r = self._random
        self._holidays = {0, *(r.randint(80, 140) for _ in range(4)), 358, 359, 364}
        for person in self.people:
            if person.job in ("job", "service"):
                self._of_machine(person, r)
            else:
                self._of_person(person, r)
        # A new program is rolled out to all that used another.
        self._rollout = r.randint(90, 300)
        self._rolled = {person.name: self._rollout + r.randint(0, 25) for person in self.people if r.random() < 0.5}

    def _of_person(self, person: Person, r: random.Random) -> None:
        for _ in range(r.randint(2, 4)):
            begins = r.randint(20, 345)
            person.away.append((begins, begins + r.choice((2, 4, 5, 9, 13))))
        for _ in range(r.randint(0, 2)):  # a project with another team's data
            begins, place = r.randint(15, 340), r.choice(self.places[:-1])
            for day in range(begins, min(DAYS, begins + r.randint(3, 40))):
                self._plan(person.name, day, "project", place=place, amount=r.uniform(0.2, 1.2))
        if r.random() < 0.5:  # a journey
            begins, network = r.randint(15, 350), f"{r.randint(96, 220)}.{r.randint(1, 250)}"
            for day in range(begins, begins + r.randint(1, 6)):
                self._plan(person.name, day, "travel", network=network, hours=r.choice((0, 0, -3, 5, 8)))
        for _ in range(r.randint(0, 3)):  # a busy day
            self._plan(person.name, r.randint(10, 364), "busy", factor=r.uniform(2, 5))
        for _ in range(r.randint(0, 3)):  # work in the evening
            self._plan(person.name, r.randint(10, 364), "late", hour=r.uniform(19, 23))
        if person.job == "engineer":
            for _ in range(r.randint(0, 2)):  # something is broken, at night
                self._plan(person.name, r.randint(10, 364), "late", hour=r.uniform(0, 4))
        if person.job == "analyst" and r.random() < 0.08:  # another team for good
            moved, team = r.randint(60, 300), r.choice([place.team for place in self.places[:-4]])
            for day in range(moved, DAYS):
                self._plan(person.name, day, "moved", team=team)
        if person.job == "auditor":
            for quarter in (85, 176, 268, 355):
                for day in range(quarter, quarter + r.randint(3, 7)):
                    for place in r.sample(self.places, 4):
                        self._plan(person.name, day, "project", place=place, amount=r.uniform(0.5, 2))

    def _of_machine(self, person: Person, r: random.Random) -> None:
        if person.job == "job" and r.random() < 0.5:
            person.mood = 1.0  # a job with more to do at the end of a month
        for _ in range(1 if r.random() < 0.25 else 0):  # all is done again
            begins = r.randint(40, 350)
            for day in range(begins, begins + r.randint(1, 3)):
                self._plan(person.name, day, "busy", factor=r.uniform(4, 12))
        for _ in range(r.randint(0, 2)):  # a deployment changes how much it reads
            day, factor = r.randint(20, 350), r.choice((0.6, 0.8, 1.2, 1.4, 1.8))
            for later in range(day, DAYS):
                self._plan(person.name, later, "busy", factor=factor)
        if r.random() < 0.4:  # and what
            day, place = r.randint(20, 350), r.choice(self.places[:-1])
            for later in range(day, DAYS):
                self._plan(person.name, later, "project", place=place, amount=0.3)

    # What is an attack.

    def _make_attacks(self) -> list[Attack]:
        r = self._random
        told = []
        taken: set[str] = set()
        for kind in KINDS:
            for _ in range(self.shape.attacks):
                person = self._victim(kind, taken, r)
                taken.add(person.name)
                length = r.randint(21, 45) if kind == "slow exfiltration" else r.choice((1, 1, 2, 3))
                begins = r.randint(max(_FIRST_ATTACK, person.joined + 60), min(DAYS, person.left) - length - 1)
                days = [
                    day
                    for day in range(begins, begins + length)
                    if kind != "slow exfiltration" or self._works(person, day)
                ]
                for day in days:
                    self._plan(person.name, day, kind)
                told.append(Attack(who=person.arn, kind=kind, days=tuple(START.toordinal() + day for day in days)))
                self._detail(kind, person, r)
        return told

    def _victim(self, kind: str, taken: set[str], r: random.Random) -> Person:
        jobs = {"odd hour": ("analyst", "engineer"), "slow exfiltration": ("analyst", "engineer", "shift")}
        able = jobs.get(kind, ("analyst", "engineer", "shift", "job", "service"))
        while True:
            person = r.choice(self.people)
            sensitive = any(place.level in ("restricted", "confidential") for place, _ in person.places)
            if person.job in able and person.name not in taken and sensitive and person.left - person.joined > 170:
                return person

    def _detail(self, kind: str, person: Person, r: random.Random) -> None:
        """What an attacker keeps to over all of its days."""
        self._details = getattr(self, "_details", {})
        self._details[person.name, kind] = {
            "factor": exp(r.uniform(1.6, 3.4)),
            "share": r.uniform(0.4, 1.2),
            "hour": r.uniform(-1, 4),
            "region": r.choice([name for name in ("ap-southeast-1", "sa-east-1", "us-east-2", "eu-north-1") if name != self.shape.region]),
            "network": f"{r.randint(96, 220)}.{r.randint(1, 250)}",
            "own_network": r.random() < 0.5,
            "some": r.randint(15, 120),
        }  # fmt: skip

    # One day of somebody.

    def _works(self, person: Person, day: int) -> bool:
        weekday = (START + timedelta(days=day)).weekday()
        if person.job in ("job", "service"):
            return True
        if any(begins <= day < ends for begins, ends in person.away):
            return False
        if person.job == "shift":
            return (day * 5 + hash_of(person.name)) % 7 < 5
        return weekday < 5 and day not in self._holidays

    def _day_of(self, person: Person, day: int) -> Iterator[dict[str, Any]]:
        r = self._random
        if not person.joined <= day < person.left:
            return
        plans = self._plans.get((person.name, day), [])
        named = {what for what, _ in plans}
        if person.job in ("job", "service"):
            person_mood = 0.0
        else:
            # Busy weeks come in a row.
            person.mood = person_mood = 0.7 * person.mood + r.gauss(0, 0.2)
        works = self._works(person, day) and (person.job in ("job", "service") or r.random() < 0.93)
        on_call = person.on_call_every and (day // 7 + hash_of(person.name)) % person.on_call_every == 0
        weekend = (START + timedelta(days=day)).weekday() >= 5
        if works or (not works and weekend and r.random() < 0.01):
            yield from self._usual(person, day, plans, person_mood, r)
        if on_call and r.random() < 0.25:
            yield from self._session(person, day, r.uniform(0, 24), 1.0, r.randint(3, 15), person.places, r)
        for kind in KINDS:
            if kind in named:
                for record in self._attacked(person, day, kind, r):
                    # By whose night it is another day in UTC.
                    at = date.fromisoformat(record["eventTime"][:10]).toordinal()
                    self.happened.setdefault((person.arn, kind), set()).add(at)
                    yield record

    def _usual(
        self, person: Person, day: int, plans: list[tuple[str, dict[str, Any]]], mood: float, r: random.Random
    ) -> Iterator[dict[str, Any]]:
        amount = person.amount + mood + r.gauss(0, person.vary) + self.shape.growth * day / 30
        when = START + timedelta(days=day)
        if person.job == "job" and person.mood and (when + timedelta(days=2)).day <= 2:
            amount += 1.2
        if person.job == "analyst" and self.shape.name == "bank" and (when + timedelta(days=4)).day <= 4:
            amount += 0.6
        if person.job == "service" and when.weekday() >= 5:
            amount -= 0.4
        places, network, start = person.places, "", person.start
        if person.job == "shift":
            start = (6.0, 14.0, 22.0)[(day // 7 + hash_of(person.name)) % 3]
        late = None
        for what, more in plans:
            if what == "busy":
                amount += log(more["factor"])
            elif what == "project":
                places = [*places, (more["place"], more["amount"])]
            elif what == "travel":
                network, start = more["network"], start + more["hours"]
            elif what == "late":
                late = more["hour"]
            elif what == "moved":
                places = [(place, 1.0) for place in self.places if place.team == more["team"]]
        count = max(1, int(exp(amount)))
        length = 24.0 if person.job == "service" else person.length
        yield from self._session(person, day, start, length, count, places, r, network=network)
        if late is not None:
            yield from self._session(person, day, late, 1.5, max(2, count // 4), places, r, network=network)

    def _session(
        self, person: Person, day: int, start: float, length: float, count: int, places: list[tuple[Place, float]],
        r: random.Random, *, network: str = "", region: str = "", agent: str = "", fresh: bool = False,
    ) -> Iterator[dict[str, Any]]:  # fmt: skip
        chosen = r.choices([place for place, _ in places], [weight for _, weight in places], k=count)
        where = network or r.choices(person.networks, [4, 1][: len(person.networks)])[0]
        if person.job in ("analyst", "engineer") and not network and r.random() < 0.02:
            where = f"{r.randint(60, 95)}.{r.randint(1, 250)}"  # a café, a telephone
        program = agent or ("assay-notebook/1.0" if day >= self._rolled.get(person.name, DAYS) else person.agents[0])
        for place in chosen:
            hour = start + (length * r.random() if length >= 24 else min(length, max(0.0, r.gauss(0.5, 0.25) * length)))
            write = not fresh and r.random() < person.writes
            action = (
                r.choice(("PutObject", "PutObject", "DeleteObject"))
                if write
                else r.choices(("GetObject", "HeadObject", "ListObjects"), (10, 1, 1))[0]
            )
            folder = (
                place.folders[min(len(place.folders) - 1, int(r.expovariate(0.6)))]
                if not fresh
                else r.choice(place.folders)
            )
            # What is new is read most.
            recent = int(place.size + day * place.size / 400)
            item = r.randrange(recent) if fresh else max(0, recent - 1 - int(r.expovariate(1 / 120)))
            yield self._record(person, day, hour, action, f"{folder}/o{item}", place, where, region, program, r)

    def _attacked(self, person: Person, day: int, kind: str, r: random.Random) -> Iterator[dict[str, Any]]:
        how = self._details[person.name, kind]
        sensitive = [
            (place, weight) for place, weight in person.places if place.level in ("restricted", "confidential")
        ]
        usual = exp(person.amount)
        network = "" if how["own_network"] else how["network"]
        if kind == "mass read":
            yield from self._session(
                person,
                day,
                r.uniform(8, 20),
                r.uniform(1, 6),
                int(usual * how["factor"]),
                sensitive,
                r,
                network=network,
                fresh=True,
            )
        elif kind == "new region":
            yield from self._session(
                person,
                day,
                person.start + r.uniform(0, 8),
                2,
                how["some"],
                sensitive,
                r,
                network=how["network"],
                region=how["region"],
                fresh=True,
            )
        elif kind == "odd hour":
            yield from self._session(
                person, day, how["hour"], 2, max(10, int(usual * how["share"])), sensitive, r, network=network
            )
        elif kind == "slow exfiltration":
            yield from self._session(
                person, day, person.start, person.length, max(4, int(usual * how["share"])), sensitive, r, fresh=True
            )
        else:
            vault = next(place for place in self.places if place.name == "vault")
            other = r.choice(
                [place for place in self.places[:-4] if place.level == "restricted" and place.team != person.team]
            )
            hour = person.start + r.uniform(0, 8)
            for action in r.sample(
                (
                    "PutBucketPolicy",
                    "AttachRolePolicy",
                    "PutUserPolicy",
                    "CreateAccessKey",
                    "PutBucketAcl",
                    "UpdateAssumeRolePolicy",
                ),
                2,
            ):
                yield self._record(
                    person, day, hour, action, "", vault, network or person.networks[0], "", person.agents[0], r
                )
            for _ in range(r.randint(0, 8)):
                yield self._record(
                    person,
                    day,
                    hour,
                    "GetObject",
                    "a/o1",
                    vault,
                    network or person.networks[0],
                    "",
                    person.agents[0],
                    r,
                    denied=True,
                )
            yield from self._session(
                person, day, hour, 2, r.randint(5, 40), [(vault, 1.0), (other, 1.0)], r, network=network, fresh=True
            )

    def _record(
        self, person: Person, day: int, hour: float, action: str, key: str, place: Place, network: str, region: str, agent: str,
        r: random.Random, *, denied: bool = False,
    ) -> dict[str, Any]:  # fmt: skip
        self._number += 1
        # Whoever works past midnight does so on the next day; UTC knows no zones.
        minutes = int((hour - self.shape.zone) * 60)
        when = START + timedelta(days=day + minutes // 1440)
        minutes %= 1440
        identity: dict[str, Any] = {"type": "IAMUser", "arn": person.arn, "accountId": ACCOUNT, "userName": person.name}
        if person.role:
            identity = {
                "type": "AssumedRole",
                "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/{person.name}/s{day}",
                "accountId": ACCOUNT,
                "sessionContext": {"sessionIssuer": {"type": "Role", "arn": person.arn}},
            }
        record = {
            "eventVersion": "1.10",
            "userIdentity": identity,
            "eventTime": f"{when}T{minutes // 60:02}:{minutes % 60:02}:{self._number % 60:02}Z",
            "eventSource": "s3.amazonaws.com",
            "eventName": action,
            "awsRegion": region or self.shape.region,
            "sourceIPAddress": f"{network}.{r.randrange(250)}.{r.randrange(250)}",
            "userAgent": f"[{agent}]",
            "requestParameters": {"bucketName": place.name, "key": key} if key else {"bucketName": place.name},
            "additionalEventData": {"bytesTransferredOut": int(exp(r.gauss(10, 1))) if action == "GetObject" and not denied else 0},
            "eventID": f"{self.seed}-{self._number}",
            "eventCategory": "Data" if key else "Management",
        }  # fmt: skip
        if denied:
            record["errorCode"] = "AccessDenied"
        return record


def hash_of(name: str) -> int:
    """A number of a name, the same in every process."""
    return sum(ord(letter) * (place + 1) for place, letter in enumerate(name))
