"""Makes the model of columns that nothing tells of: `python -m benchmarks.learning.untold PART… [--keep] [--sketches FILE]`.

PARTs are folders of `benchmarks/columns/build.py`. Their headers are hidden and they are scanned without any learned model; of the columns that
names, values and meanings tell nothing of, boosted trees learn which are sensitive, and of all sensitive ones others learn which type they
are. Each table is learned from as it is, and with some of its columns left out and in another order. It is measured on folds of sources that
trees had not seen: that gives the probability from which on a column is told (the best F1 with at most `MOST_FLAGGED` of harmless columns
flagged), and the temperature. With `--keep` the file is put into the package. `--sketches` keeps what was scanned for the next time.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import pickle
import random
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.model_selection import GroupKFold

import assay
from assay.app.scan.comparing import Side
from assay.detect.cache import read_all
from assay.learn.kinds import UNTOLD
from assay.learn.looks import NAMES, looks
from assay.learn.modelfile import ModelCard
from assay.learn.trees import Trees, write
from assay.learn.untold import SENSITIVE
from assay.tables.defaults import defaults
from assay.tables.judge import TableJudge, named
from benchmarks.column_quality import SAME
from benchmarks.learning.labelled import HARMLESS, Labelled, known_types, labelled

MOST_FLAGGED = 0.01
FEWEST = 6
"""How many columns a type has at least that is told."""
COPIES = 4
STEPS = tuple(at / 20 for at in range(6, 20))
SETTINGS: dict[str, Any] = {
    "max_iter": 300,
    "learning_rate": 0.06,
    "max_leaf_nodes": 8,
    "min_samples_leaf": 20,
    "l2_regularization": 1,
    "max_features": 0.2,
    "random_state": 0,
    "early_stopping": False,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A column: its source, what its label says (`None`: does not count), what is told of it without a model, how much it
    counts, whether it is of a table as it is, and its features."""

    source: str
    says: str | None
    told: str | None
    weight: float
    is_whole: bool
    row: Any


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", type=Path, nargs="+")
    parser.add_argument("--keep", action="store_true")
    parser.add_argument("--sketches", type=Path)
    given = parser.parse_args()
    examples = list(examples_of(tables_of(given.parts, given.sketches), copies=COPIES))
    whole = [item for item in examples if item.is_whole]
    print("columns", len(whole), "of", len({item.source for item in whole}), "sources; no model:", scores(whole, {}))
    asked = [item for item in examples if item.told is None and item.says is not None]
    sums = unseen(asked)
    temperature = calibrated(asked, sums)
    probable = 1 / (1 + np.exp(-sums / temperature))
    sure = threshold(whole, asked, probable)
    types = types_of(examples)
    typed = [item for item in examples if item.says in types]
    print("types", Counter(item.says for item in typed if item.is_whole).most_common())
    right(asked, typed, probable, sure)
    models = {"whether": whether(asked), "what": what(typed)}
    card = ModelCard(
        kind=UNTOLD,
        fingerprint=fingerprint(examples),
        samples=sum(item.is_whole for item in asked),
        metrics={"folds": scores(whole, flagged(asked, probable, sure)), "no model": scores(whole, {})},
        note="shipped",
    )
    data = write(models, {"temperature": temperature, "sure": sure}, card)
    print(len(data), "bytes, SHA-256", hashlib.sha256(data).hexdigest())
    if given.keep:
        Path(assay.__file__).with_name("learn").joinpath(f"{UNTOLD}.model").write_bytes(data)


def tables_of(parts: Sequence[Path], kept: Path | None = None, *, hidden: bool = True) -> list[Labelled]:
    """The tables of all parts, or those that were kept."""
    if kept is not None and kept.exists():
        return pickle.loads(kept.read_bytes())  # what this script wrote itself
    found = [table for part in parts for table in labelled(part, hidden=hidden)]
    if kept is not None:
        kept.write_bytes(pickle.dumps(found))
    return found


def judge_of() -> TableJudge:
    """What judges columns in scans by default, without a learned model."""
    identifiers = read_all((), cache=None, builtin=True, examples=False, broken=[])[0]
    return Side.of(defaults(identifiers), identifiers).judge


def examples_of(tables: Iterable[Labelled], *, copies: int) -> Iterator[Example]:
    """The columns of tables as they are, and of so many copies of each in which some columns are left out and the others moved."""
    judge = judge_of()
    for table in tables:
        drawing = random.Random(f"{table.source} {table.table}")
        every = range(len(table.sketches))
        orders = [list(every)]
        orders += [
            drawing.sample(every, drawing.randint(max(2, len(every) // 3), len(every)))
            for _ in range(copies if len(every) > 2 else 0)
        ]
        for number, order in enumerate(orders):
            sketches = [replace(table.sketches[at], index=place) for place, at in enumerate(order)]
            records, _ = judge.records(
                sketches,
                resource="",
                table=table.table,
                meanings=judge.meanings(named(sketches), table.table),
            )
            rows = looks(sketches, records)
            for place, at in enumerate(order):
                if not sketches[place].filled or sketches[place].fields or sketches[place].test_values:
                    continue
                yield Example(
                    source=table.source,
                    says=table.says[at],
                    told=records[place].detected_type,
                    weight=1 / len(orders),
                    is_whole=number == 0,
                    row=rows[place],
                )


def matrix(examples: Sequence[Example]) -> Any:
    return np.array([item.row for item in examples], dtype=np.float32).reshape(len(examples), len(NAMES))


def whether(examples: Sequence[Example]) -> Trees:
    """Which are sensitive."""
    return fitted(examples, [item.says != HARMLESS for item in examples], [SENSITIVE])


def what(examples: Sequence[Example]) -> Trees:
    """Which type they are."""
    return fitted(examples, [str(item.says) for item in examples], None, max_iter=80)


def types_of(examples: Sequence[Example]) -> frozenset[str]:
    """Those that are told: identifiers with enough columns."""
    counts = Counter(item.says for item in examples if item.is_whole)
    return frozenset(name for name in known_types() if counts[name] >= FEWEST)


def fitted(examples: Sequence[Example], targets: Sequence[Any], labels: list[str] | None, **others: Any) -> Trees:
    """Trees of these columns, as arrays."""
    model = HistGradientBoostingClassifier(**{**SETTINGS, **others})
    model.fit(matrix(examples), np.array(targets), sample_weight=[item.weight for item in examples])
    start = np.atleast_1d(model._baseline_prediction.ravel()).astype(np.float32)
    parts: dict[str, list[Any]] = {name: [] for name in ("feature", "limit", "left", "right", "value", "roots", "of")}
    for each in model._predictors:
        for label, tree in enumerate(each):
            _add(parts, tree.nodes, label)
    kinds = {"limit": np.float32, "value": np.float32}
    return Trees(
        names=NAMES,
        labels=tuple(labels or map(str, model.classes_)),
        start=start,
        **{name: np.array(values, dtype=kinds.get(name, np.int32)) for name, values in parts.items()},
    )


def _add(parts: dict[str, list[Any]], nodes: Any, label: int) -> None:
    """A tree, whose nodes get the mean of the leaves below them."""
    first = len(parts["feature"])
    means = [0.0] * len(nodes)
    # Children come after their parents.
    for at in reversed(range(len(nodes))):
        node = nodes[at]
        if node["is_leaf"]:
            means[at] = float(node["value"])
        else:
            left, right = int(node["left"]), int(node["right"])
            counts = float(nodes[left]["count"]), float(nodes[right]["count"])
            means[at] = (means[left] * counts[0] + means[right] * counts[1]) / sum(counts)
    for at, node in enumerate(nodes):
        leaf = bool(node["is_leaf"])
        parts["feature"].append(0 if leaf else int(node["feature_idx"]))
        parts["limit"].append(0.0 if leaf else float(node["num_threshold"]))
        parts["left"].append(first + (at if leaf else int(node["left"])))
        parts["right"].append(first + (at if leaf else int(node["right"])))
        parts["value"].append(means[at])
    parts["roots"].append(first)
    parts["of"].append(label)


def unseen(asked: Sequence[Example]) -> Any:
    """What trees say of each that had not seen its source."""
    sums = np.zeros(len(asked))
    groups = [item.source for item in asked]
    for rest, held in GroupKFold(5).split(groups, groups=groups):
        sums[held] = whether([asked[at] for at in rest]).sums(matrix([asked[at] for at in held]))[:, 0]
    return sums


def calibrated(asked: Sequence[Example], sums: Any) -> float:
    """The temperature under which what was said is least surprising."""
    true = np.array([item.says != HARMLESS for item in asked])
    weight = np.array([item.weight for item in asked])

    def surprise(temperature: float) -> float:
        shares = np.clip(1 / (1 + np.exp(-sums / temperature)), 1e-6, 1 - 1e-6)
        return float(-(weight * np.where(true, np.log(shares), np.log(1 - shares))).sum())

    return min((at / 50 for at in range(20, 151)), key=surprise)


def threshold(whole: Sequence[Example], asked: Sequence[Example], probable: Any) -> float:
    """From which probability on a column is told."""
    best, found = -1.0, 1.0
    for step in STEPS:
        told = scores(whole, flagged(asked, probable, step))
        print(f"  from {step:.2f}", told)
        if told["harmless_flagged"] <= MOST_FLAGGED and told["f1"] > best:
            best, found = told["f1"], step
    return found


def flagged(asked: Sequence[Example], probable: Any, sure: float) -> dict[int, bool]:
    return {id(item): bool(share >= sure) for item, share in zip(asked, probable, strict=True) if item.is_whole}


def scores(examples: Iterable[Example], told: Mapping[int, bool]) -> dict[str, float]:
    """Sensitive or not, of the columns that count."""
    counts: Counter[str] = Counter()
    for item in examples:
        if item.says is None:
            continue
        is_told = item.told is not None or told.get(id(item), False)
        counts["sensitive" if item.says != HARMLESS else "harmless"] += 1
        counts["found" if item.says != HARMLESS else "false"] += is_told
    f1 = 2 * counts["found"] / max(1, counts["found"] + counts["false"] + counts["sensitive"])
    return {
        "found": counts["found"],
        "sensitive": counts["sensitive"],
        "false": counts["false"],
        "harmless": counts["harmless"],
        "harmless_flagged": round(counts["false"] / max(1, counts["harmless"]), 4),
        "f1": round(f1, 4),
    }


def right(asked: Sequence[Example], typed: Sequence[Example], probable: Any, sure: float) -> None:
    """Prints how often the type of what is told is right, of sources that trees had not seen."""
    groups = [item.source for item in typed]
    chosen = {id(item) for item, share in zip(asked, probable, strict=True) if share >= sure and item.is_whole}
    hits: Counter[str] = Counter()
    for rest, held in GroupKFold(5).split(groups, groups=groups):
        model = what([typed[at] for at in rest])
        told = model.sums(matrix([typed[at] for at in held])).argmax(axis=1)
        for at, place in zip(held, told, strict=True):
            item, said = typed[at], model.labels[place]
            if item.is_whole:
                same = said in SAME.get(str(item.says), {item.says})
                hits["all"] += 1
                hits["all right"] += same
                if id(item) in chosen:
                    hits["told"] += 1
                    hits["told right"] += same
    print("type of sensitive columns:", dict(hits))


def fingerprint(examples: Sequence[Example]) -> str:
    """Of what was learned from."""
    digest = hashlib.sha256()
    for item in examples:
        digest.update(json.dumps([item.source, item.says, item.told]).encode())
        digest.update(np.round(item.row, 4).tobytes())
    return digest.hexdigest()[:16]


if __name__ == "__main__":
    main()
