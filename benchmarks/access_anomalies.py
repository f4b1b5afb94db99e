"""How many attacks does `assay protect anomalies` find in a year of accesses, at one alert for 1,000 principal-days?

    python -m benchmarks.access_anomalies --seeds 201 --write docs/benchmarks.md

The years are those of `benchmarks.access_years`, which knows nothing of the detector; seeds below 100 are for development, those above were
opened once. An attack is found where a day of it has an alert. Beside it stands the plainest detector that there is: by how many standard
deviations the number of a principal's accesses on a day is above its last 84 days, as many of the highest as the budget allows.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from math import log1p
from multiprocessing import get_context
from pathlib import Path
from statistics import fmean, pstdev

from assay.events.accesses import access_of
from assay.model import Level
from assay.protect.anomaly.detector import LEARNING, RANGING, Alert, Detector
from benchmarks.access_years import KINDS, SHAPES, Shape, Year

_START, _END = "<!-- access anomalies -->", "<!-- /access anomalies -->"


@dataclass(kw_only=True)
class Found:
    """What became of one year."""

    shape: str
    seed: int
    events: int = 0
    days: int = 0
    alerts: int = 0
    true_alerts: int = 0
    plain_alerts: int = 0
    found: Counter[str] = field(default_factory=Counter)
    plain: Counter[str] = field(default_factory=Counter)
    all: Counter[str] = field(default_factory=Counter)
    misses: list[str] = field(default_factory=list)
    false: Counter[str] = field(default_factory=Counter)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1])
    parser.add_argument("--write", type=Path)
    parser.add_argument("--processes", type=int, default=1)
    given = parser.parse_args()
    found = []
    asked = [(shape, seed) for seed in given.seeds for shape in SHAPES]
    with ProcessPoolExecutor(given.processes, mp_context=get_context("spawn")) as processes:
        for (shape, seed), each in zip(asked, processes.map(year, *zip(*asked, strict=True)), strict=True):
            found.append(each)
            print(f"{shape.name} {seed}: {sum(found[-1].found.values())} of {sum(found[-1].all.values())}", file=sys.stderr, flush=True)  # fmt: skip
    text = "\n".join(report(found, given.seeds))
    print(text)
    if given.write is not None:
        page = given.write.read_text()
        before, _, rest = page.partition(_START)
        given.write.write_text(f"{before}{_START}\n{text}\n{_END}{rest.partition(_END)[2]}")
    return 0


def year(shape: Shape, seed: int) -> Found:
    """Goes through a year, day by day, as the log tells it."""
    made = Year(shape=shape, seed=seed)
    levels = {place: Level(level) for place, level in made.levels().items()}
    detector, told = Detector(), Found(shape=shape.name, seed=seed)
    alerts: list[Alert] = []
    counts: dict[str, dict[int, int]] = defaultdict(lambda: defaultdict(int))
    for day, records in made.records():
        for record in records:
            access = access_of(record)
            assert access is not None
            told.events += 1
            detector.add(access, levels[access.place])
            counts[access.who][access.day] += 1
        # What a day of local time has, may be the day after in UTC.
        alerts += detector.close(day - 1, 23)
    alerts += detector.close_all()
    assert not detector.late
    told.days, told.alerts = detector.seen, len(alerts)
    named = {(alert.who, alert.day.toordinal()) for alert in alerts}
    budget = int(detector.seen / 1_000)
    plain = {(who, day) for _, who, day in sorted(_plain(counts, detector.first), reverse=True)[:budget]}
    told.plain_alerts = len(plain)
    for attack in made.attacks:
        days = {(attack.who, day) for day in made.happened[attack.who, attack.kind]}
        told.all[attack.kind] += 1
        told.true_alerts += len(days & named)
        told.plain[attack.kind] += bool(days & plain)
        if days & named:
            told.found[attack.kind] += 1
        else:
            told.misses.append(f"{attack.kind}: {attack.who.rpartition('/')[2]} of the {shape.name} ({seed}), {len(days)} days from day {min(days)[1] - detector.first}")  # fmt: skip
    attacked = {(attack.who, day) for attack in made.attacks for day in made.happened[attack.who, attack.kind]}
    told.false.update(alert.reasons[0].name for alert in alerts if (alert.who, alert.day.toordinal()) not in attacked)
    return told


def _plain(counts: dict[str, dict[int, int]], first: int) -> Iterator[tuple[float, str, int]]:
    for who, days in counts.items():
        before: list[float] = []
        for day, count in sorted(days.items()):
            if len(before) >= 10 and day - first >= LEARNING + RANGING:
                recent = before[-84:]
                yield (log1p(count) - fmean(recent)) / max(0.2, pstdev(recent)), who, day
            before.append(log1p(count))


def report(found: list[Found], seeds: list[int]) -> Iterator[str]:
    """The page's table."""
    days, alerts = sum(each.days for each in found), sum(each.alerts for each in found)
    attacks = sum((each.all for each in found), Counter())
    ours, plain = sum((each.found for each in found), Counter()), sum((each.plain for each in found), Counter())
    yield (
        f"{len(found)} organisation-years (seeds {', '.join(map(str, seeds))}): {sum(each.events for each in found):,} accesses, "
        f"{days:,} principal-days, {attacks.total()} attacks. {alerts} alerts, {1000 * alerts / days:.2f} for 1,000 principal-days, "
        f"{sum(each.true_alerts for each in found)} of them on days of attacks."
    )
    yield ""
    yield "| attack | found | plain baseline (z-score of daily counts) |"
    yield "|---|---|---|"
    for kind in KINDS:
        yield f"| {kind} | {ours[kind]} of {attacks[kind]} | {plain[kind]} of {attacks[kind]} |"
    yield f"| all | {ours.total()} of {attacks.total()} ({ours.total() / attacks.total():.2f}) | {plain.total()} of {attacks.total()} ({plain.total() / attacks.total():.2f}) |"
    yield ""
    yield "Missed: " + ("; ".join(miss for each in found for miss in each.misses) or "none") + "."
    false = sum((each.false for each in found), Counter())
    yield ""
    yield (
        "False alerts by their first reason: "
        + ", ".join(f"{name} {count}" for name, count in false.most_common())
        + "."
    )


if __name__ == "__main__":
    sys.exit(main())
