"""Sketches of very many tables are packed, and come out again as they went in, in their order."""

from __future__ import annotations

import pickle

from assay.model import AssetRef, ColumnSketch
from assay.scanning.report import TableSketch
from assay.scanning.sketches import BLOCK, Sketches

FILE = AssetRef(kind="file", uri="file:///a.mbox", path="/a.mbox")
TABLE = AssetRef(kind="table", uri="file:///a.db", name=("t",))


def made(count: int) -> Sketches:
    held = Sketches()
    for number in range(count):
        held.append(TableSketch(table=f"t{number}", columns=[ColumnSketch(name="ssn", index=0, hits={"SSN": number})]))
    return held


def test_all_of_them_come_out_in_their_order() -> None:
    for count in (0, 1, BLOCK, BLOCK + 1, 3 * BLOCK + 7):
        held = made(count)
        assert len(held) == count
        assert [(each.table, each.columns[0].hits["SSN"]) for each in held] == [(f"t{n}", n) for n in range(count)]
        assert bool(held) is (count > 0)


def test_those_behind_some() -> None:
    held = made(2 * BLOCK + 5)
    for first in (0, 1, BLOCK - 1, BLOCK, BLOCK + 1, 2 * BLOCK, 2 * BLOCK + 4, 2 * BLOCK + 5):
        assert [each.table for each in held.behind(first)] == [f"t{n}" for n in range(first, 2 * BLOCK + 5)]
    assert held[-1].table == f"t{2 * BLOCK + 4}"
    assert held[0].table == "t0"


def test_what_they_were_read_of_survives_packing_and_the_way_between_processes() -> None:
    held = made(BLOCK + 2)
    held.append(TableSketch(table="own", columns=[], asset=TABLE))
    held.of(FILE)
    back = pickle.loads(pickle.dumps(held))
    assert [each.asset for each in back] == [FILE] * (BLOCK + 2) + [TABLE]


def test_packed_ones_take_a_fraction_of_the_memory() -> None:
    held = made(40 * BLOCK)
    assert len(pickle.dumps(held)) < 40 * BLOCK * 60
