"""Makes the model of columns out of labelled tables: `python -m benchmarks.learning.columns PART… --out FILE`.

PARTs are folders of `benchmarks/columns/build.py`. They are scanned into a catalog of its own without any model, and the stored
sketches are what is learned from. Put FILE in the package's `learn/column_type.model`, and measure another part with
`python -m benchmarks.column_quality`, once with `ASSAY_LEARNED=true` and once with `false`.
"""

from __future__ import annotations

import argparse
import csv
import os
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

from assay.detect.cache import read_all
from assay.learn.columns import HARMLESS, features_of_columns
from assay.learn.evaluate import evaluate
from assay.learn.modelfile import ModelCard, write
from assay.learn.split import distinct, fingerprint, hold_out
from assay.learn.train import train
from assay.model.learning import Sample
from assay.store.engine import open_catalog
from assay.store.sketches import stored_tables
from benchmarks.column_quality import QUASI

CALLED = {"DIAGNOSIS_TEXT": "DIAGNOSIS", "PROCEDURE_TEXT": "MEDICAL_PROCEDURE"}
"""What labels call otherwise than identifiers are called."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", type=Path, nargs="+")
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    samples, _ = distinct([sample for part in given.parts for sample in samples_of(part)])
    print(len(samples), Counter(sample.label for sample in samples).most_common(8))
    kept, held = hold_out(samples)
    found = evaluate(train(kept), held)
    print(f"held out: accuracy {found.accuracy} macro-F1 {found.macro_f1} ECE {found.ece} of {found.samples}")
    model = train(samples)
    card = ModelCard(kind="column_type", fingerprint=fingerprint(samples), samples=len(samples), note="shipped")
    given.out.write_bytes(write(model, card))
    print(given.out, given.out.stat().st_size)


def samples_of(part: Path) -> list[Sample]:
    """The columns of a part as features, with what the labels say."""
    with (part / "labels.csv").open(encoding="utf-8", newline="") as lines:
        labels = {(row["source"], row["table"], row["column"]): row for row in csv.DictReader(lines)}
    found = []
    identifiers = {item.name for item in read_all((), cache=None, builtin=True, examples=False, broken=[])[0]}
    with tempfile.TemporaryDirectory() as folder:
        url = str(Path(folder) / "c.db")
        assay = [sys.executable, "-m", "assay"]
        env = {**os.environ, "ASSAY_LEARNED": "false"}
        subprocess.run([*assay, "catalog", "init", "--catalog", url], check=True, capture_output=True)
        subprocess.run(
            [*assay, "scan", str(part), "--catalog", url, "--quiet"], check=False, capture_output=True, env=env
        )
        with open_catalog(url) as catalog, catalog.reading() as connection:
            for stored in stored_tables(connection):
                source, file = stored.resource.rsplit("/", 2)[-2:]
                sketches = [sketch for _, sketch in stored.columns if sketch is not None]
                for sketch, features in zip(sketches, features_of_columns(sketches, stored.table), strict=True):
                    row = labels.get((source, file.removesuffix(".csv"), sketch.name))
                    if (
                        row is None
                        or "empty" in row["note"].lower()
                        or "quasi" in row["note"].lower()
                        or row["type"] in QUASI
                    ):
                        continue
                    label = HARMLESS if row["category"] == "NONE" else CALLED.get(row["type"], row["type"])
                    if label != HARMLESS and label not in identifiers:
                        continue
                    found.append(Sample(features=features, label=label, group=source))
    return found


if __name__ == "__main__":
    main()
