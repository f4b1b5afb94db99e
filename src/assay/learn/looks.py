"""What a column looks like beside the others of its table, in numbers: for columns whose names tell nothing.

Everything is counted in sketches and told by records that are stored, so that it can be told again later. No value is in it, and
no name. What is not known of a column is −1.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from assay.model import ColumnRecord, ColumnSketch

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Matrix = NDArray[np.float32]

_SHAPES = (
    "boolean", "integer", "decimal", "timestamp", "date", "time", "uuid", "hex",
    "email", "url", "json", "word", "words", "code", "text", "other",
)  # fmt: skip
_SIGNS = (
    "given_name", "family_name", "full_name", "both_names", "firm", "sex", "date_to_come", "date_recent", "date_ancient",
    "date_of_adult", "login", "clinical", "medicine", "procedure", "street", "icd", "vin",
)  # fmt: skip
_FOUND = ("PERSON_NAME", "PHONE", "USERNAME", "DIAGNOSIS", "ADDRESS", "PASSWORD")
_COUNTED = (
    "rows", "filled", "mean length", "spread of lengths", "longest", "different share", "different", "check digits",
    "any value found", "any value that fills its cell", "alike masks",
    "dated", "decade", "decades", "newest", "oldest", "before 2010",
)  # fmt: skip
OWN = (
    *(f"shape {name}" for name in _SHAPES),
    *(f"sign {name}" for name in _SIGNS),
    *(f"found {name}" for name in _FOUND),
    *_COUNTED,
)
_AT = {name: at for at, name in enumerate(OWN)}

_TYPES = (
    "PERSON_NAME", "EMAIL", "PHONE", "ADDRESS", "DOB", "USERNAME", "DIAGNOSIS", "ICD_CODE", "MEDICATION", "MRN",
    "CREDIT_CARD", "IBAN", "BANK_ACCOUNT", "IP_ADDRESS", "SSN",
)  # fmt: skip
_CATEGORIES = ("PII", "PHI", "FINANCIAL", "SECRETS")
_STRONGEST = (
    "sign sex", "sign given_name", "sign family_name", "sign full_name", "sign clinical", "sign medicine",
    "sign street", "sign login", "sign firm", "sign date_of_adult",
)  # fmt: skip
_NEXT = (
    "mean length", "shape word", "shape words", "shape integer", "shape date", "shape code", "different share", "decade",
    "sign family_name",
)  # fmt: skip
_AROUND = (
    "columns", "place", "told", "share told", "nearest told", "nearest name",
    *(f"told {name}" for name in _CATEGORIES),
    *(f"told {name}" for name in _TYPES),
    *(f"others' {name}" for name in _STRONGEST),
    *(f"{side} {name}" for side in ("before:", "after:") for name in ("told", *_NEXT)),
    "others dated", "newer than the oldest", "newer than the newest", "numbers around", "all different around",
)  # fmt: skip
NAMES = OWN + _AROUND
"""The features, in the order of `looks`."""
_UNKNOWN, _FAR = -1.0, 20.0
_UNIQUE = 0.95
_DECADE = "decade_"
_AUGHTS = 200


def looks(sketches: Sequence[ColumnSketch], records: Sequence[ColumnRecord]) -> Matrix:
    """A row for each column of a table, in order; `records` say what is told of each without any of this."""
    import numpy as np

    own = np.array([_own(sketch) for sketch in sketches], dtype=np.float32).reshape(len(sketches), len(OWN))
    return np.concatenate([own, _around(own, records)], axis=1)


def _own(sketch: ColumnSketch) -> list[float]:
    features, cells = sketch.features, sketch.features.cells
    head = [math.log2(1 + sketch.rows), sketch.filled / max(1, sketch.rows)]
    if not cells:
        return [*[_UNKNOWN] * (len(OWN) - len(_COUNTED)), *head, *[_UNKNOWN] * (len(_COUNTED) - len(head))]
    filled = max(1, sketch.filled)
    mean = features.length / cells
    return [
        *(features.shapes.get(name, 0) / cells for name in _SHAPES),
        *(features.signs.get(name, 0) / cells for name in _SIGNS),
        *(min(1.0, sketch.hits.get(name, 0) / filled) for name in _FOUND),
        *head,
        mean,
        math.sqrt(max(0.0, features.squares / cells - mean * mean)),
        features.longest,
        features.distinct_values / cells,
        math.log2(1 + features.distinct_values),
        max(features.pure.values(), default=0) / cells,
        max(sketch.hits.values(), default=0) / filled,
        max(features.hits.values(), default=0) / cells,
        max(features.alike.values(), default=0) / cells,
        *_dates(features.signs, cells),
    ]


def _dates(signs: dict[str, int], cells: int) -> list[float]:
    decades = {int(name[len(_DECADE) :]): count for name, count in signs.items() if name.startswith(_DECADE) and count}
    total = sum(decades.values())
    if not total:
        return [0.0, *[_UNKNOWN] * 5]
    return [
        total / cells,
        sum(decade * count for decade, count in decades.items()) / total,
        len(decades),
        max(decades),
        min(decades),
        sum(count for decade, count in decades.items() if decade <= _AUGHTS) / total,
    ]


def _around(own: Matrix, records: Sequence[ColumnRecord]) -> Matrix:
    """Of each column what the others are."""
    import numpy as np

    number = len(records)
    each = np.arange(number)
    others = max(1, number - 1)
    told = np.array([record.detected_type is not None for record in records], dtype=bool)
    types = [record.detected_type for record in records]
    categories = [record.dominant_category for record in records]

    def besides(marked: Matrix) -> Matrix:
        rest: Matrix = marked.sum() - marked
        return rest

    def of(kinds: Sequence[str | None], kind: str) -> Matrix:
        return besides(np.array([name == kind for name in kinds], dtype=np.float32))

    beside = besides(told.astype(np.float32))
    decade = own[:, _AT["decade"]]
    dated = decade >= 0
    numbers = (own[:, _AT["shape integer"]] + own[:, _AT["shape decimal"]]).clip(min=0)
    unique = (own[:, _AT["different share"]] > _UNIQUE).astype(np.float32)
    oldest, newest = (
        -_highest_besides(np.where(dated, -decade, -np.inf)),
        _highest_besides(np.where(dated, decade, -np.inf)),
    )
    with_others = dated & np.isfinite(oldest) & np.isfinite(newest)
    columns = [
        np.full(number, math.log2(1 + number)),
        each / others,
        beside,
        beside / others,
        _nearest(np.flatnonzero(told), number),
        _nearest(np.flatnonzero([name == "PERSON_NAME" for name in types]), number),
        *(of(categories, name) for name in _CATEGORIES),
        *(of(types, name) for name in _TYPES),
        *(_highest_besides(own[:, _AT[name]]).clip(min=0) for name in _STRONGEST),
        *(_moved(column, step) for step in (1, -1) for column in (told.astype(np.float32), *_columns(own, _NEXT))),
        besides(dated.astype(np.float32)),
        np.where(with_others, decade - np.where(with_others, oldest, 0), _UNKNOWN),
        np.where(with_others, decade - np.where(with_others, newest, 0), _UNKNOWN),
        besides(numbers) / others,
        besides(unique) / others,
    ]
    return np.array(columns, dtype=np.float32).T


def _columns(own: Matrix, names: Sequence[str]) -> list[Matrix]:
    return [own[:, _AT[name]] for name in names]


def _moved(column: Matrix, step: int) -> Matrix:
    """What the column before (1) or after (-1) has; of the first and the last nothing is known."""
    import numpy as np

    found = np.full(len(column), _UNKNOWN, dtype=np.float32)
    if step > 0:
        found[1:] = column[:-1]
    else:
        found[:-1] = column[1:]
    return found


def _highest_besides(column: Matrix) -> Matrix:
    """Of each the highest of all others; −∞ where there are none."""
    import numpy as np

    if len(column) < 2:
        return np.full(len(column), -np.inf, dtype=np.float32)
    second, first = np.partition(column, -2)[-2:]
    found: Matrix = np.where(column == first, second, first)
    return found


def _nearest(places: NDArray[np.intp], number: int) -> Matrix:
    """How far the nearest of some places is from each, itself left out."""
    import numpy as np

    each = np.arange(number)
    far = np.full(number, _FAR, dtype=np.float32)
    if not len(places):
        return far
    before, after = np.searchsorted(places, each, "left") - 1, np.searchsorted(places, each, "right")
    left = np.where(before >= 0, each - places[before.clip(min=0)], _FAR)
    right = np.where(after < len(places), places[after.clip(max=len(places) - 1)] - each, _FAR)
    found: Matrix = np.minimum(far, np.minimum(left, right))
    return found
