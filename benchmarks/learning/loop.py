"""The loop of learning, recorded: `python -m benchmarks.learning.loop [--reviews 200] [--seed 1]`.

Makes the databases of a manufacturer whose words mean other things than elsewhere: `dob` is the date a machine was built, `mrn` a
material request, `pin` a part, `cc` a cost centre, rooms and machines have names of persons, and serial numbers have check
digits. Staff, customers and patients of the works doctor are in the same databases, under the names that are usual. They are
scanned; a reviewer decides questions of the queue, and errs in one of twenty; then `assay learn` trains a model of columns and
proposes changes of the configuration. What is counted is how many columns that were NOT decided are told wrongly, by the scan
before and by the scan after.
"""

from __future__ import annotations

import argparse
import contextlib
import csv
import json
import random
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

ERRS = 0.05
LEARNED = "the learned model"
ROWS = 60
_FIRST = [
    "Alice",
    "Bruno",
    "Clara",
    "David",
    "Elena",
    "Frank",
    "Greta",
    "Hugo",
    "Irene",
    "Jonas",
    "Karin",
    "Louis",
    "Marta",
    "Nils",
    "Olga",
    "Peter",
    "Ruth",
    "Simon",
    "Tina",
    "Victor",
]
_LAST = [
    "Abbott",
    "Becker",
    "Castro",
    "Dietrich",
    "Evans",
    "Fischer",
    "Garcia",
    "Hansen",
    "Iversen",
    "Jensen",
    "Keller",
    "Lopez",
    "Meyer",
    "Novak",
    "Olsen",
    "Peters",
]
_PLACES = ["Elm Street", "Station Road", "Mill Lane", "High Street", "Park Avenue", "Church Road"]
_THINGS = [
    "pump",
    "valve",
    "gasket",
    "bearing",
    "sensor",
    "cable",
    "motor",
    "filter",
    "hose",
    "bracket",
    "relay",
    "coupling",
]

Drawn = random.Random
Values = Callable[[Drawn], str]


class Concept(NamedTuple):
    """What a column holds: the identifier that a reviewer says (`None`: harmless), the names that it goes by, its values."""

    said: str | None
    names: tuple[str, ...]
    value: Values


def _digits(number: int) -> Values:
    return lambda drawing: str(drawing.randrange(10 ** (number - 1), 10**number))


def _luhn(number: int, lead: str) -> Values:
    def made(drawing: Drawn) -> str:
        body = lead + "".join(str(drawing.randrange(10)) for _ in range(number - len(lead) - 1))
        total = sum(
            sum(divmod(int(digit) * 2, 10)) if at % 2 == 0 else int(digit) for at, digit in enumerate(reversed(body))
        )
        return body + str(-total % 10)

    return made


def _date(first: int, last: int) -> Values:
    return lambda drawing: f"{drawing.randint(first, last)}-{drawing.randint(1, 12):02}-{drawing.randint(1, 28):02}"


def _person(drawing: Drawn) -> str:
    return f"{drawing.choice(_FIRST)} {drawing.choice(_LAST)}"


def _email(drawing: Drawn) -> str:
    return f"{drawing.choice(_FIRST)}.{drawing.choice(_LAST)}{drawing.randrange(99)}@example.com".lower()


def _ssn(drawing: Drawn) -> str:
    return f"{drawing.randint(100, 665)}-{drawing.randint(10, 99)}-{drawing.randint(1000, 9999)}"


# What detection takes for something else, or is not sure of, because of how this firm speaks.
OWN = {
    "build date": Concept(None, ("dob", "machine_dob", "dob_unit"), _date(1998, 2024)),
    "material request": Concept(None, ("mrn", "mrn_no", "open_mrn"), _digits(8)),
    "part": Concept(None, ("pin", "part_pin", "pin_old"), _digits(4)),
    "cost centre": Concept(None, ("cc", "cc_no", "cc_number"), _digits(6)),
    "room": Concept(None, ("room", "room_name", "meeting_room"), lambda d: d.choice(_FIRST)),
    "machine": Concept(None, ("machine_name", "press_name", "robot_name"), _person),
    "asset tag": Concept(None, ("asset_tag", "tag_no", "asset_tag_old"), _luhn(16, "4")),
    "firmware": Concept(
        None, ("firmware", "fw_version", "plc_firmware"), lambda d: ".".join(str(d.randint(1, 60)) for _ in range(4))
    ),
    "new product": Concept(None, ("npi", "npi_no", "npi_stage_no"), _digits(10)),
    "shift sequence": Concept(None, ("ssn", "ssn_line", "press_ssn"), _digits(9)),
    "supplier line": Concept(None, ("phone_line", "phone_slot", "line_phone"), _digits(3)),
    "account of costs": Concept(None, ("account_no", "gl_account_no", "account_number"), _digits(6)),
    "box": Concept(None, ("mailbox", "email_box", "mail_queue"), lambda d: f"q{d.randint(1, 40)}@plant.local"),
    "tool address": Concept(
        None, ("address", "tool_address", "rack_address"), lambda d: f"R{d.randint(1, 9)}-{d.randint(10, 99)}"
    ),
}
# What is personal, as anywhere.
USUAL = {
    "name": Concept("PERSON_NAME", ("full_name", "contact_name", "employee_name"), _person),
    "email": Concept("EMAIL", ("email", "email_address", "contact_email"), _email),
    "ssn": Concept("SSN", ("social_security_number", "employee_ssn", "ssn_number"), _ssn),
    "born": Concept("DOB", ("date_of_birth", "birth_date", "employee_dob"), _date(1950, 2004)),
    "card": Concept("CREDIT_CARD", ("card_number", "credit_card_number"), _luhn(16, "4")),
    "phone": Concept(
        "PHONE", ("phone", "phone_number", "mobile_phone"), lambda d: f"+1 212 555 {d.randrange(1000, 9999)}"
    ),
    "street": Concept(
        "ADDRESS", ("street_address", "home_address"), lambda d: f"{d.randint(1, 200)} {d.choice(_PLACES)}"
    ),
}
# What nobody takes for anything.
PLAIN = {
    "quantity": Concept(None, ("quantity", "qty", "stock"), lambda d: str(d.randint(1, 500))),
    "thing": Concept(None, ("item", "spare_part", "component"), lambda d: d.choice(_THINGS)),
    "state": Concept(None, ("status", "state"), lambda d: d.choice(("open", "done", "waiting"))),
    "price": Concept(None, ("unit_price", "price"), lambda d: f"{d.uniform(1, 900):.2f}"),
    "made": Concept(None, ("created_at", "updated_at"), _date(2019, 2025)),
}
_SUBJECTS = [
    "press",
    "robot",
    "line",
    "tool",
    "stock",
    "order",
    "repair",
    "plan",
    "audit",
    "energy",
    "paint",
    "weld",
    "pack",
    "ship",
    "gauge",
]
_PEOPLE = ["staff", "customers", "visitors", "drivers", "applicants", "members"]


def build(
    into: Path, *, tables: int, seed: int, own: Sequence[str] = tuple(OWN)
) -> dict[tuple[str, str, str], str | None]:
    """Databases in a folder; returns what each column really holds, by file, table and column. `own` are words of this firm."""
    drawing = random.Random(seed)
    truth: dict[tuple[str, str, str], str | None] = {}
    for number in range(tables):
        of_people = number % 4 == 0
        file = f"plant{number % 6}.db"
        name = f"{drawing.choice(_PEOPLE if of_people else _SUBJECTS)}_{number}"
        concepts = drawing.sample(
            list(USUAL.values() if of_people else (OWN[each] for each in own)), min(4, 4 if of_people else len(own))
        )
        concepts += drawing.sample(list(PLAIN.values()), 2)
        columns: dict[str, Concept] = {}
        for concept in concepts:
            columns.setdefault(drawing.choice(concept.names), concept)
        with contextlib.closing(sqlite3.connect(into / file)) as database:
            database.execute(f"create table {name} (id integer, {', '.join(f'{column} text' for column in columns)})")
            rows = [(at, *(each.value(drawing) for each in columns.values())) for at in range(ROWS)]
            database.executemany(f"insert into {name} values ({', '.join('?' * (len(columns) + 1))})", rows)
            database.commit()
        truth.update({(file, name, column): concept.said for column, concept in columns.items()})
    return truth


class Outcome(NamedTuple):
    """What was counted: columns that were not decided, how many of them were told wrongly before and after, what was done."""

    columns: int
    before: int
    after: int
    steps: list[str]
    advice: str
    by_step: dict[str, tuple[int, int]]

    @property
    def less(self) -> float:
        """By which share the errors became fewer."""
        return 1 - self.after / self.before if self.before else 0.0


def record(
    folder: Path,
    *,
    tables: int,
    reviews: int,
    seed: int,
    run: Callable[..., str],
    own: Sequence[str] = tuple(OWN),
    rounds: int = 2,
) -> Outcome:
    """The whole loop in a folder. `run` is a command of assay, and returns what it prints."""
    truth = build(folder, tables=tables, seed=seed, own=own)
    drawing = random.Random(seed)
    run("catalog", "init")
    run("scan", ".")
    told = _told(folder)
    decided: set[tuple[str, str, str]] = set()
    counts: dict[str, tuple[int, int]] = {}
    for half in [reviews // rounds] * rounds:
        # What a model asks that has learned of the first half is in the second.
        run("learn", "ask", "--limit", str(half))
        decided |= _decide(folder, truth, half, drawing, run)
        advice = _trained(run)
        run("scan", ".")
        now = _wrong(_told(folder), truth, decided)
        counts[f"{len(decided)} reviews and a model of columns"] = _wrong(told, truth, decided), now
    proposed = json.loads(run("learn", "tune", "--output", "rows.yaml", "--format", "json"))
    if proposed["steps"]:
        run("governance", "try", "--file", "rows.yaml")
        run("governance", "import", "rows.yaml", "--reason", "from reviews")
    run("scan", ".")
    after = _told(folder)
    return Outcome(
        columns=len(truth.keys() - decided),
        before=_wrong(told, truth, decided),
        after=_wrong(after, truth, decided),
        steps=[f"{step['table']}: {step['why']}" for step in proposed["steps"]],
        advice=advice,
        by_step=counts,
    )


def _trained(run: Callable[..., str]) -> str:
    """Trains a model of columns, and has it used if it is better."""
    measured = json.loads(run("learn", "train", "column_type", "--format", "json"))
    if measured["better"]:
        run("learn", "promote", measured["version"])
    return str(measured["advice"])


def _decide(
    folder: Path, truth: dict[tuple[str, str, str], str | None], number: int, drawing: Drawn, run: Callable[..., str]
) -> set[tuple[str, str, str]]:
    """Decides so many questions, those that are asked for learning first, as somebody would who knows the firm and errs now and
    then. Returns what was decided."""
    run("review", "export", "-o", "queue.csv")
    with (folder / "queue.csv").open(encoding="utf-8-sig", newline="") as lines:
        rows = list(csv.DictReader(lines))
    asked = [row for row in rows if row["column"]]
    asked.sort(key=lambda row: LEARNED not in row["why"] and "spot check" not in row["why"])
    decided = set()
    for row in asked[:number]:
        key = Path(row["resource"]).name, row["table"], row["column"]
        said = truth.get(key)
        if drawing.random() < ERRS:
            said = drawing.choice([None, "PERSON_NAME", "EMAIL", "SSN"])
        row["reason"] = "I know this column"
        row["decision"] = "reject" if said is None else "approve" if said == row["identifier"] else "reclassify"
        if row["decision"] == "reclassify":
            row["new_identifier"] = said or ""
        decided.add(key)
    with (folder / "decided.csv").open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, list(rows[0]) if rows else [])
        writer.writeheader()
        writer.writerows(asked[:number])
    run("review", "import", "decided.csv")
    return decided


def _told(folder: Path) -> dict[tuple[str, str, str], str | None]:
    """What the catalog says of each column now."""
    asked = (
        "select r.uri, t.name, c.record from columns c join tables t on t.id = c.table_id "
        "join resources r on r.id = t.resource_id"
    )
    with contextlib.closing(sqlite3.connect(folder / "c.db")) as catalog:
        records = [(uri, table, json.loads(record)) for uri, table, record in catalog.execute(asked)]
    return {(Path(uri).name, table, each["column"]): each["detected_type"] for uri, table, each in records}


def _wrong(
    told: dict[tuple[str, str, str], str | None],
    truth: dict[tuple[str, str, str], str | None],
    decided: set[tuple[str, str, str]],
) -> int:
    return sum(told.get(key) != said for key, said in truth.items() if key not in decided)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--reviews", type=int, default=200)
    parser.add_argument("--tables", type=int, default=160)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        (folder / "assay.toml").write_text(SETTINGS, encoding="utf-8")

        def run(*words: str) -> str:
            done = subprocess.run(
                [sys.executable, "-m", "assay", *words], cwd=folder, capture_output=True, text=True, check=False
            )
            if done.returncode not in (0, 1):
                raise SystemExit(f"{' '.join(words)}: {done.stderr}")
            return done.stdout

        found = record(folder, tables=given.tables, reviews=given.reviews, seed=given.seed, run=run)
    print(f"{found.columns} columns were not decided; told wrongly before: {found.before}")
    for name, (before, now) in found.by_step.items():
        print(f"  {name}: {now} of the others wrong (before: {before})")
    print(f"after the proposal: {found.after}, {found.less:.0%} fewer")
    print("\n".join(["the model:", f"  {found.advice}", "the proposal:", *(f"  {step}" for step in found.steps)]))


SETTINGS = 'catalog = "c.db"\nmodels = "models"\nexclude = ["c.db*", "models", "*.toml", "*.yaml"]\n'


if __name__ == "__main__":
    main()
