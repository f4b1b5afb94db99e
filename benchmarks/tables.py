"""Columns a second from a local database, memory, and a second run: `python -m benchmarks.tables [--tables 500]`.

The database is SQLite, 20 columns and 1,000 rows a table, a fifth of the tables with names, addresses, numbers and SSNs;
200 rows of each are sampled, names are judged by their meaning, too. Times are of whole commands, the best of three.
"""

from __future__ import annotations

import argparse
import os
import random
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

_COLUMNS, _ROWS = 20, 1_000
_WORDS = [
    "order",
    "item",
    "status",
    "total",
    "amount",
    "price",
    "city",
    "country",
    "region",
    "note",
    "comment",
    "flag",
    "code",
    "type",
    "created",
    "updated",
    "version",
    "rank",
    "score",
    "level",
    "source",
    "channel",
    "device",
    "browser",
    "campaign",
    "batch",
    "lot",
    "shelf",
    "bin",
    "weight",
    "width",
    "height",
    "depth",
    "color",
    "size",
    "material",
]
_GIVEN = ["Ada", "Jo", "Maria", "Peter", "Liam", "Noah", "Emma", "Olga", "Ivan", "Lea"]
_FAMILY = ["Park", "Smith", "Lopez", "Novak", "Rossi", "Weber", "Kim"]
_PERSONAL = {3: "customer_name", 5: "contact_email", 7: "phone_no", 9: "ssn"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tables", type=int, default=500)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        database = Path(folder, "shop.db")
        _fill(database, given.tables)
        columns = given.tables * _COLUMNS
        out = str(Path(folder, "out.jsonl"))
        scan = [f"sqlite:///{database}", "--format", "jsonl", "--output", out, "--quiet"]
        plain = min(_seconds(["scan", *scan, "--no-catalog"]) for _ in range(given.rounds))
        one = min(_seconds(["scan", *scan, "--no-catalog", "--jobs", "1"]) for _ in range(given.rounds))
        print(f"{columns:,} columns: {plain:.1f} s ({columns / plain:,.0f} a second), one job {one:.1f} s")
        firsts, seconds = [], []
        for number in range(given.rounds):
            catalog = str(Path(folder, f"catalog{number}.db"))
            _seconds(["catalog", "init", "--catalog", catalog])
            firsts.append(_seconds(["scan", *scan, "--catalog", catalog]))
            seconds.append(_seconds(["scan", *scan, "--catalog", catalog]))
        first, second = min(firsts), min(seconds)
        print(f"with a catalog: {first:.1f} s, unchanged {second:.2f} s ({first / second:.0f} times as fast)")
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
        print(f"largest process: {peak} MB")


def _seconds(arguments: list[str]) -> float:
    began = time.perf_counter()
    done = subprocess.run([sys.executable, "-m", "assay", *arguments], capture_output=True, check=False, env=os.environ)
    if done.returncode:
        raise SystemExit(done.stderr.decode())
    return time.perf_counter() - began


def _fill(database: Path, tables: int) -> None:
    dice = random.Random(7)
    connection = sqlite3.connect(database)
    plain = [*_plain(dice)] * 2
    personal = _personal(dice)
    for table in range(tables):
        names, makers = [], []
        for column in range(_COLUMNS):
            name = f"{_WORDS[(table * 7 + column) % len(_WORDS)]}_{_WORDS[(table + column * 3) % len(_WORDS)]}_{column}"
            maker = plain[column]
            if table % 5 == 0 and column in _PERSONAL:
                name, maker = _PERSONAL[column], personal[column]
            names.append(name)
            makers.append(maker)
        called = f"t_{table}_{_WORDS[table % len(_WORDS)]}"
        connection.execute(f"CREATE TABLE {called} ({', '.join(names)})")
        rows = ([maker(row) for maker in makers] for row in range(_ROWS))
        connection.executemany(f"INSERT INTO {called} VALUES ({', '.join('?' * _COLUMNS)})", rows)
    connection.commit()
    connection.close()


def _plain(dice: random.Random) -> list[Callable[[int], object]]:
    return [
        lambda row: row,
        lambda _: dice.randrange(10**6),
        lambda _: round(dice.random() * 1000, 2),
        lambda _: dice.choice(("open", "closed", "new", "hold")),
        lambda _: f"20{dice.randrange(10, 25)}-{dice.randrange(1, 13):02}-{dice.randrange(1, 29):02}",
        lambda _: " ".join(dice.choices(_WORDS, k=6)),
        lambda _: f"{dice.choice('ABC')}{dice.randrange(1000, 9999)}",
        lambda _: (
            f"{dice.getrandbits(32):08x}-{dice.getrandbits(16):04x}-4{dice.getrandbits(12):03x}-a{dice.getrandbits(12):03x}-{dice.getrandbits(48):012x}"
        ),
        lambda _: dice.randrange(2),
        lambda _: dice.randrange(10**9),
    ]


def _personal(dice: random.Random) -> dict[int, Callable[[int], object]]:
    return {
        3: lambda _: f"{dice.choice(_GIVEN)} {dice.choice(_FAMILY)}",
        5: lambda _: f"{dice.choice(_GIVEN)}{dice.randrange(999)}@posteo.de".lower(),
        7: lambda _: f"({dice.randrange(201, 989)}) {dice.randrange(201, 989)}-{dice.randrange(1000, 9999)}",
        9: lambda _: f"{dice.randrange(100, 665):03}-{dice.randrange(1, 99):02}-{dice.randrange(1, 9999):04}",
    }


if __name__ == "__main__":
    main()
