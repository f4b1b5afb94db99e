"""Make the generated tables from the schema files, always the same for a seed."""

from __future__ import annotations

import random
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from faker import Faker
from foreign import Table
from labels import Mark, parse_mark
from values import GENERATORS, Row

_TEST_VALUES = ("test", "TEST", "n/a", "N/A", "unknown", "-", "xxx", "NULL", "none")


@dataclass(frozen=True, kw_only=True)
class Column:
    """A column of a schema file: header, label, generator with arguments, and dirt."""

    header: str
    mark: Mark
    generator: str
    arguments: tuple[str, ...]
    dirt: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Schema:
    """A table of a schema file."""

    source: str
    table: str
    rows: int
    locale: str
    columns: tuple[Column, ...]


@dataclass(frozen=True, kw_only=True)
class Kit:
    """What a part generates values with: functions by name, and what a table's rows start from.

    `start` takes the locale of the schema, the number that seeds the table and its random numbers.
    """

    generators: dict[str, Callable[..., str]]
    start: Callable[[str, int, random.Random], Callable[[int], Any]]


def _faker_rows(locale: str, number: int, rng: random.Random) -> Callable[[int], Row]:
    fake = Faker(locale)
    fake.seed_instance(number)
    return lambda at: Row(at, rng, fake)


FAKER = Kit(generators=GENERATORS, start=_faker_rows)


def read_schemas(paths: list[Path], kit: Kit = FAKER) -> list[Schema]:
    """Read schema files: `## source/table rows locale`, then one line for each column.

    A column line is `header | TYPE # note | generator arguments | dirt`.
    Raises ValueError for a line that is not of this form or names no known generator.
    """
    schemas: list[Schema] = []
    for path in paths:
        for block in path.read_text("utf-8").split("\n## ")[1:]:
            head, *lines = [line for line in block.splitlines() if line.strip()]
            name, rows, locale = head.split()
            source, _, table = name.partition("/")
            columns = tuple(_column(line, path, kit) for line in lines)
            schema = Schema(source=source, table=table, rows=int(rows), locale=locale, columns=columns)
            schemas.append(schema)
    return schemas


def _column(line: str, path: Path, kit: Kit) -> Column:
    parts = [part.strip() for part in line.split("|")]
    if len(parts) not in {3, 4} or not parts[2]:
        raise ValueError(f"{path.name}: not a column line: {line}")
    generator, *arguments = parts[2].split(" ")
    if generator not in kit.generators:
        raise ValueError(f"{path.name}: unknown generator {generator} in: {line}")
    return Column(
        header=parts[0],
        mark=parse_mark(parts[1] or "NONE"),
        generator=generator,
        arguments=tuple(arguments),
        dirt=tuple(parts[3].split()) if len(parts) == 4 else (),
    )


def build(schema: Schema, seed: int, kit: Kit = FAKER) -> Table:
    """Make the rows of a table; the same seed gives the same text."""
    number = zlib.crc32(f"{seed}/{schema.source}/{schema.table}".encode())
    rng = random.Random(number)
    start = kit.start(schema.locale, number, rng)
    lines: list[tuple[str, ...]] = []
    for at in range(schema.rows):
        row = start(at)
        lines.append(tuple(_cell(column, row, kit) for column in schema.columns))
    header = tuple(column.header for column in schema.columns)
    return Table(source=schema.source, name=schema.table, header=header, rows=tuple(lines))


def _cell(column: Column, row: Any, kit: Kit) -> str:
    value = kit.generators[column.generator](row, *column.arguments)
    for dirt in column.dirt:
        value = _soil(value, dirt, row.rng)
    return value


def _soil(value: str, dirt: str, rng: random.Random) -> str:
    kind, _, argument = dirt.partition("=")
    match kind:
        case "null":
            return "" if rng.random() * 100 < float(argument) else value
        case "default":
            return argument.replace("_", " ") if rng.random() < 0.1 else value
        case "space":
            return f" {value}  " if rng.random() < 0.15 else value
        case "pad":
            return value.ljust(int(argument))
        case "cut":
            return value[: int(argument)]
        case "case":
            return rng.choice((value.upper(), value.lower(), value))
        case "upper":
            return value.upper()
        case "plain":
            stripped = "".join(c for c in value if c.isalnum())
            return stripped if rng.random() < float(argument or 0.4) else value
        case "digits":
            return "".join(c for c in value if c.isdigit())
        case "group":
            return " ".join(value[i : i + 4] for i in range(0, len(value), 4))
        case "mask":
            return "*" * max(0, len(value) - 4) + value[-4:]
        case "test":
            return rng.choice(_TEST_VALUES) if rng.random() < 0.04 else value
        case "quote":
            return f'"{value}"' if rng.random() < 0.1 else value
        case "wrong":
            at = rng.randrange(len(value)) if value else 0
            return (
                f"{value[:at]}{rng.randrange(10)}{value[at + 1 :]}" if rng.random() * 100 < float(argument) else value
            )
        case "prefix":
            return argument.replace("_", " ") + value
    raise ValueError(f"unknown dirt {dirt}")
