"""The page that says which identifier covers what other products detect (docs/coverage.md)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

_TABLES = Path(__file__).with_name("coverage.yaml")
_MACIE = Path(__file__).resolve().parent.parent / "src/assay/macie/types.yaml"
_NOT = "no: "
_MACIE_NOTE = (
    "The same table by which Macie's findings are read, of what was known of its pages in 2025; what was added since then "
    "is missing. Names that begin with a line are endings, of any country."
)


@dataclass(frozen=True, kw_only=True)
class Covered:
    """What one of their types is with us: identifiers, or the reason why there is none."""

    theirs: str
    ours: tuple[str, ...] = ()
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class Product:
    """A product's types, where they were read, and what is not complete."""

    title: str
    source: str
    note: str
    rows: tuple[Covered, ...]


def products() -> tuple[Product, ...]:
    """All of them. Raises `ValueError` for a row that names nothing."""
    return (_macie(), *(_product(each) for each in yaml.safe_load(_TABLES.read_text(encoding="utf-8")).values()))


def _product(table: Mapping[str, Any]) -> Product:
    rows = tuple(_row(str(theirs), str(text)) for theirs, text in table["rows"].items())
    return Product(title=table["title"], source=table["source"], note=table["note"], rows=rows)


def _row(theirs: str, text: str) -> Covered:
    if text.startswith(_NOT):
        return Covered(theirs=theirs, reason=text.removeprefix(_NOT))
    ours = tuple(text.split())
    if not ours or not all(name.isupper() for name in ours):
        raise ValueError(f"tools/coverage.yaml: {theirs}: neither identifiers nor 'no: …'")
    return Covered(theirs=theirs, ours=ours)


def _macie() -> Product:
    table = yaml.safe_load(_MACIE.read_text(encoding="utf-8"))
    rows = [Covered(theirs=name, ours=(row["identifier"],)) for name, row in table["types"].items()]
    rows += [Covered(theirs=name, ours=(row["identifier"],)) for name, row in table["endings"].items()]
    rows += [
        Covered(theirs=name, reason=f"findings of it are taken over as {row['category']}, {row['level']}")
        for name, row in table["others"].items()
    ]
    return Product(
        title="Macie's managed data identifiers",
        source="https://docs.aws.amazon.com/macie/latest/user/mdis-reference-quick.html",
        note=_MACIE_NOTE,
        rows=tuple(sorted(rows, key=lambda row: row.theirs)),
    )


def coverage_page() -> str:
    """The page."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield "# Coverage: what other products detect, and what it is here"
    yield ""
    yield "Of each product the names are facts from its public pages; how well it detects them is not said by any of them."
    yield "What a row names is the nearest of ours: a general one where no country's own is needed."
    yield ""
    yield "| list | types | covered | not |"
    yield "|---|---:|---:|---:|"
    for product in products():
        covered = sum(bool(row.ours) for row in product.rows)
        yield f"| {product.title} | {len(product.rows)} | {covered} | {len(product.rows) - covered} |"
    for product in products():
        yield ""
        yield f"## {product.title}"
        yield ""
        yield f"Source: <{product.source}>. {product.note.strip()}"
        yield ""
        yield "| theirs | ours |"
        yield "|---|---|"
        for row in product.rows:
            ours = ", ".join(f"[{name}](identifiers.md#{name.lower()})" for name in row.ours)
            yield f"| {row.theirs} | {ours or 'none: ' + row.reason} |"
