"""Makes the model of columns out of labelled tables: `python -m benchmarks.learning.columns PART… --out FILE`.

PARTs are folders of `benchmarks/columns/build.py`. They are scanned into a catalog of its own without any model, and the stored
sketches are what is learned from. Put FILE in the package's `learn/column_type.model`, and measure another part with
`python -m benchmarks.column_quality`, once with `ASSAY_LEARNED=true` and once with `false`.
"""

from __future__ import annotations

import argparse
from collections import Counter
from pathlib import Path

from assay.learn.columns import features_of_columns
from assay.learn.evaluate import evaluate
from assay.learn.modelfile import ModelCard, write
from assay.learn.split import distinct, fingerprint, hold_out
from assay.learn.train import train
from assay.model.learning import Sample
from benchmarks.learning.labelled import HARMLESS, known_types, labelled


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
    identifiers = known_types()
    return [
        Sample(features=features, label=says, group=table.source)
        for table in labelled(part, hidden=False)
        for features, says in zip(features_of_columns(table.sketches, table.table), table.says, strict=True)
        if says is not None and (says == HARMLESS or says in identifiers)
    ]


if __name__ == "__main__":
    main()
