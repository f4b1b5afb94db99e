"""What a model could add to columns whose headers tell nothing: `python -m benchmarks.learning.hidden_columns PART… [--test PART]`.

PARTs are folders of `benchmarks/columns/build.py`. Their headers are hidden, and they are scanned into a catalog of its own without any model.
Of the columns that the scan holds for harmless, gradient-boosted trees learn which are sensitive: by what was counted of their values
(shapes, signs, lengths, how many differ), by traits of the values that scans do not count, and by the other columns of the table. It is
measured on folds of sources that a model had not seen, with each group of features left out, and on `--test`.
"""

from __future__ import annotations

import argparse
import csv
import itertools
import math
import os
import re
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.model_selection import GroupKFold

from assay.detect.shapes import mask_of
from assay.model import ColumnRecord, ColumnSketch
from assay.store.engine import open_catalog
from assay.store.sketches import stored_tables
from benchmarks.column_quality import QUASI, without_headers

SHAPES = [
    "boolean",
    "integer",
    "decimal",
    "timestamp",
    "date",
    "time",
    "uuid",
    "hex",
    "email",
    "url",
    "json",
    "word",
    "words",
    "code",
    "text",
    "other",
]
SIGNS = [
    "given_name",
    "family_name",
    "full_name",
    "both_names",
    "firm",
    "sex",
    "date_to_come",
    "date_recent",
    "date_ancient",
    "date_of_adult",
    "login",
    "clinical",
    "medicine",
    "procedure",
    "street",
    "icd",
    "vin",
]
TYPES = [
    "PERSON_NAME",
    "EMAIL",
    "PHONE",
    "ADDRESS",
    "DOB",
    "USERNAME",
    "DIAGNOSIS",
    "ICD_CODE",
    "MEDICATION",
    "MRN",
    "CREDIT_CARD",
    "IBAN",
    "BANK_ACCOUNT",
    "IP_ADDRESS",
    "SSN",
]
BESIDE = [
    "sg_sex",
    "sg_given_name",
    "sg_family_name",
    "sg_full_name",
    "sg_clinical",
    "sg_medicine",
    "sg_street",
    "sg_login",
    "sg_firm",
    "sg_date_of_adult",
]
NEXT = ("len", "sh_word", "sh_words", "sh_integer", "sh_date", "sh_code", "dist", "decade", "sg_family_name")
STEPS = (0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
_LOOKED_AT, _ROWS, _FAR = 64, 256, 20
_VOWELS = frozenset("aeiouyäöüéèáíóúàêôâ")
_YEAR = re.compile(r"(?<!\d)(1[89]\d\d|20[0-4]\d)(?!\d)")
_CODE = re.compile(r"[A-Z]{1,3}[ -]?\d{3,12}")

Numbers = dict[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A column: its source, what a scan told of it (`None`: harmless), whether it is sensitive (`None`: does not count), and
    three groups of features."""

    source: str
    told: str | None
    sensitive: bool | None
    counted: Numbers
    traits: Numbers
    context: Numbers


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", type=Path, nargs="+")
    parser.add_argument("--test", type=Path)
    given = parser.parse_args()
    learned = [example for part in given.parts for example in examples_of(part)]
    test = list(examples_of(given.test)) if given.test is not None else []
    print("no model", scores(learned, {}))
    asked = [item for item in learned if item.sensitive is not None and item.told is None]
    for groups in (("counted", "traits", "context"), ("counted", "context"), ("counted", "traits")):
        print(" + ".join(groups))
        rows, targets = matrix(asked, groups), np.array([bool(item.sensitive) for item in asked])
        unseen = np.zeros(len(asked))
        for rest, held in GroupKFold(5).split(rows, targets, [item.source for item in asked]):
            unseen[held] = fitted(rows[rest], targets[rest]).predict_proba(rows[held])[:, 1]
        table(learned, asked, unseen)
        if test:
            print("  test; no model", scores(test, {}))
            names = names_of(asked, groups)
            table(test, test, fitted(rows, targets).predict_proba(matrix(test, groups, names))[:, 1])


def fitted(rows: Any, targets: Any) -> HistGradientBoostingClassifier:
    """Trees of these columns."""
    model = HistGradientBoostingClassifier(
        max_iter=100,
        learning_rate=0.06,
        max_leaf_nodes=8,
        min_samples_leaf=8,
        l2_regularization=5,
        max_features=0.3,
        random_state=0,
    )
    # What none of these columns has would stop the library.
    return model.fit(np.where(np.isnan(rows).all(axis=0), 0.0, rows), targets)


def table(every: Sequence[Example], asked: Sequence[Example], shares: Sequence[float]) -> None:
    """Prints what comes of reporting from each probability on."""
    for step in STEPS:
        flagged = {id(item): share >= step for item, share in zip(asked, shares, strict=True)}
        print(f"  from {step}", scores(every, flagged))


def scores(examples: Sequence[Example], flagged: Mapping[int, bool]) -> str:
    """Sensitive or not, of the columns that count."""
    found = false = sensitive = harmless = 0
    for item in examples:
        if item.sensitive is None:
            continue
        told = item.told is not None or flagged.get(id(item), False)
        sensitive, harmless = sensitive + item.sensitive, harmless + (not item.sensitive)
        found, false = found + (told and item.sensitive), false + (told and not item.sensitive)
    f1 = 2 * found / max(1, found + false + sensitive)
    return f"{found} of {sensitive} found, {false} of {harmless} harmless flagged ({false / max(1, harmless):.1%}), F1 {f1:.3f}"


def names_of(examples: Sequence[Example], groups: Sequence[str]) -> list[str]:
    """The features of these groups, in order."""
    return sorted({name for item in examples for group in groups for name in getattr(item, group)})


def matrix(examples: Sequence[Example], groups: Sequence[str], names: Sequence[str] = ()) -> Any:
    """A row for each column; what is not known of one is no number."""
    names = names or names_of(examples, groups)
    merged = [{name: value for group in groups for name, value in getattr(item, group).items()} for item in examples]
    return np.array([[each.get(name, np.nan) for name in names] for each in merged], float)


def examples_of(part: Path) -> Iterator[Example]:
    """Every column of a part, its header hidden."""
    with (part / "labels.csv").open(encoding="utf-8", newline="") as lines:
        labels = {(row["source"], row["table"], row["column"]): row for row in csv.DictReader(lines)}
    with tempfile.TemporaryDirectory() as folder:
        hidden, url = Path(folder) / "hidden", str(Path(folder) / "c.db")
        hidden.mkdir()
        names = without_headers(part, hidden)
        assay = [sys.executable, "-m", "assay"]
        env = {**os.environ, "ASSAY_LEARNED": "false"}
        subprocess.run([*assay, "catalog", "init", "--catalog", url], check=True, capture_output=True)
        command = [*assay, "scan", str(hidden), "--catalog", url, "--quiet"]
        subprocess.run(command, check=False, capture_output=True, env=env)
        with open_catalog(url) as catalog, catalog.reading() as connection:
            for stored in stored_tables(connection):
                source, file = stored.resource.rsplit("/", 2)[-2:]
                columns = [(record, sketch) for record, sketch in stored.columns if sketch is not None]
                values = _values(hidden / source / file)
                counted = [counted_of(sketch) for _, sketch in columns]
                traits = [traits_of(values.get(record.column, [])) for record, _ in columns]
                around = context_of([record for record, _ in columns], counted, traits)
                for at, (record, _) in enumerate(columns):
                    row = labels.get(names[source, file.removesuffix(".csv"), record.column])
                    yield Example(
                        source=source,
                        told=record.detected_type,
                        sensitive=_is_sensitive(row),
                        counted=counted[at],
                        traits=traits[at],
                        context=around[at],
                    )


def _values(file: Path) -> dict[str, list[str]]:
    with file.open(encoding="utf-8", newline="") as lines:
        header, *rows = csv.reader(lines)
    return {
        name: [value for row in rows[:_ROWS] if at < len(row) and (value := row[at].strip())]
        for at, name in enumerate(header)
    }


def _is_sensitive(row: Mapping[str, str] | None) -> bool | None:
    if row is None or row["type"] in QUASI or row["type"].endswith("_ORG"):
        return None
    note = row["note"].lower()
    return None if "empty" in note or "quasi" in note else row["category"] != "NONE"


def counted_of(sketch: ColumnSketch) -> Numbers:
    """What a sketch tells."""
    features, cells = sketch.features, sketch.features.cells
    found: Numbers = {"rows": math.log2(1 + sketch.rows), "filled": sketch.filled / max(1, sketch.rows)}
    if not cells:
        return found
    found |= {f"sh_{name}": features.shapes.get(name, 0) / cells for name in SHAPES}
    found |= {f"sg_{name}": features.signs.get(name, 0) / cells for name in SIGNS}
    decades = {int(name[7:]): count for name, count in features.signs.items() if name.startswith("decade_")}
    if total := sum(decades.values()):
        found["decade"] = sum(decade * count for decade, count in decades.items()) / total
        found |= {"decades": len(decades), "newest": max(decades), "oldest": min(decades)}
        found["before_2010"] = sum(count for decade, count in decades.items() if decade <= 200) / total
    mean = features.length / cells
    found["len"], found["longest"] = mean, features.longest
    found["len_spread"] = math.sqrt(max(0.0, features.squares / cells - mean * mean))
    found["dist"], found["different"] = features.distinct_values / cells, math.log2(1 + features.distinct_values)
    found["pure"] = max(features.pure.values(), default=0) / cells
    found["hits"] = max(sketch.hits.values(), default=0) / max(1, sketch.filled)
    found["whole"] = max(features.hits.values(), default=0) / cells
    found["alike"] = max(features.alike.values(), default=0) / cells
    for name in ("PERSON_NAME", "PHONE", "USERNAME", "DIAGNOSIS", "ADDRESS", "PASSWORD"):
        found[f"hit_{name}"] = min(1.0, sketch.hits.get(name, 0) / max(1, sketch.filled))
    return found


def traits_of(values: Sequence[str]) -> Numbers:
    """What values look like beyond that: classes of characters, masks, order, ranges of numbers and years, entropy."""
    counts = Counter(values)
    some = list(counts)[:_LOOKED_AT]
    if not some:
        return {}
    together, number = "".join(some), len(some)
    size = len(together)
    masks = Counter(map(mask_of, some))
    letters = [char for char in together.lower() if char.isalpha()]
    digits = [sum(map(str.isdigit, value)) for value in some]

    def share(which: Iterator[bool]) -> float:
        return sum(which) / number

    found: Numbers = {
        "modal": masks.most_common(1)[0][1] / number,
        "masks": len(masks) / number,
        "one_length": Counter(map(len, some)).most_common(1)[0][1] / number,
        "digit": sum(map(str.isdigit, together)) / size,
        "upper": sum(map(str.isupper, together)) / size,
        "lower": sum(map(str.islower, together)) / size,
        "space": together.count(" ") / size,
        "foreign": sum(char > "\x7f" for char in together) / size,
        "vowels": sum(char in _VOWELS for char in letters) / len(letters) if letters else -1.0,
        "digits": float(np.mean(digits)),
        "digits_spread": float(np.std(digits)),
        "zero_first": share(len(value) > 1 and value[0] == "0" and value[1].isdigit() for value in some),
        "capital_first": share(value[0].isupper() for value in some),
        "capitals": share(value.isupper() for value in some),
        "titled": share(all(word[0].isupper() for word in value.split()) for value in some),
        "words": float(np.mean([len(value.split()) for value in some])),
        "prefix": _alike_from_start(min(some), max(some)) if number > 2 else 0,
        "ordered": share(low < high for low, high in itertools.pairwise(some)),
        "commonest": counts.most_common(1)[0][1] / len(values),
        "entropy": _entropy(together),
        "entropy_first": _entropy([value[0] for value in some]),
        "entropy_last": _entropy([value[-1] for value in some]),
        "code": share(_CODE.fullmatch(value) is not None for value in some),
    }
    found |= {f"has {sign}": share(sign in value for value in some) for sign in "@._-/+"}
    numbers = [float(value) for value in some if re.fullmatch(r"-?\d{1,15}(?:\.\d+)?", value)]
    found["numbers"] = len(numbers) / number
    if len(numbers) > 2:
        array = np.array(numbers)
        steps = np.diff(array)
        found |= {
            "least": math.copysign(math.log10(1 + abs(array.min())), array.min()),
            "most": math.copysign(math.log10(1 + abs(array.max())), array.max()),
            "spread": math.log10(1 + array.std()),
            "rising": float((steps > 0).mean()),
            "counting": float((steps == 1).mean()),
            "round": float((array % 10 == 0).mean()),
        }
    years = [int(match[1]) for value in some if (match := _YEAR.search(value))]
    found["years"] = len(years) / number
    if len(years) > 2:
        low, middle, high = np.percentile(years, (10, 50, 90))
        found |= {"year_low": low, "year_mid": middle, "year_high": high, "year_spread": float(np.std(years))}
    return found


def _alike_from_start(first: str, last: str) -> int:
    return next((at for at, (one, other) in enumerate(zip(first, last, strict=False)) if one != other), len(first))


def _entropy(items: Sequence[str]) -> float:
    return -sum(count / len(items) * math.log2(count / len(items)) for count in Counter(items).values())


def context_of(records: Sequence[ColumnRecord], counted: Sequence[Numbers], traits: Sequence[Numbers]) -> list[Numbers]:
    """Of each column what the others of its table are."""
    number = len(records)
    looks = [{**each, **more} for each, more in zip(counted, traits, strict=True)]
    found = []
    for at in range(number):
        others = [place for place in range(number) if place != at]
        told = [place for place in others if records[place].detected_type is not None]
        types = Counter(records[place].detected_type for place in told)
        categories = Counter(records[place].dominant_category for place in told)
        named = [place for place in told if records[place].detected_type == "PERSON_NAME"]
        mine: Numbers = {
            "columns": math.log2(1 + number),
            "place": at / max(1, number - 1),
            "told": len(told),
            "told_share": len(told) / max(1, number - 1),
            "near": min((abs(at - place) for place in told), default=_FAR),
            "near_name": min((abs(at - place) for place in named), default=_FAR),
        }
        mine |= {f"of_{name}": categories[name] for name in ("PII", "PHI", "FINANCIAL", "SECRETS")}
        mine |= {f"type_{name}": types[name] for name in TYPES}
        mine |= {f"most_{name}": max((looks[place].get(name, 0.0) for place in others), default=0.0) for name in BESIDE}
        for step, side in ((-1, "before"), (1, "after")):
            if 0 <= at + step < number:
                beside = looks[at + step]
                mine[f"{side}_told"] = float(records[at + step].detected_type is not None)
                mine |= {f"{side}_{name}": beside[name] for name in NEXT if name in beside}
        decades = [looks[place]["decade"] for place in others if "decade" in looks[place]]
        mine["dated"] = len(decades)
        if decades and "decade" in looks[at]:
            mine["older_by"], mine["newer_by"] = looks[at]["decade"] - min(decades), looks[at]["decade"] - max(decades)
        if others:
            mine["numeric"] = float(
                np.mean([looks[place].get("sh_integer", 0) + looks[place].get("sh_decimal", 0) for place in others])
            )
            mine["unique"] = float(np.mean([looks[place].get("dist", 0) > 0.95 for place in others]))
        found.append(mine)
    return found


if __name__ == "__main__":
    main()
