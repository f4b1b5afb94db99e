"""What a retrain costs: `python -m benchmarks.learning.retrain [--documents 60000]`.

So many generated documents are put into a catalog as features, as scans do, each with a label of a person, of which one in twenty is
wrong; what is left of them once each content counts once is told. Then a version is trained and
measured as `assay learn train` does, on two cores at most. Seconds are those of the processor, memory is the most that the process
that trains has held; making the documents is not counted.
"""

from __future__ import annotations

import argparse
import multiprocessing
import random
import resource
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from assay.app.config.settings import Settings
from assay.app.learning.modelfolder import ModelFolder
from assay.app.learning.training import trained
from assay.app.learning.versions import Versions
from assay.app.reviews.desk import Desk
from assay.learn.documents import features_of
from assay.learn.kinds import DOCUMENT_TYPE
from assay.store import learning
from assay.store.engine import open_catalog
from assay.store.schema.learning import learn_documents
from assay.store.texts import derived, moment
from benchmarks.learning.generate import Maker

_BATCH = 1_000
_WRONG = 0.05


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--documents", type=int, default=60_000)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        url = str(Path(place) / "c.db")
        open_catalog(url, create=True).close()
        # Processes of their own: what one held is not counted as the other's.
        context = multiprocessing.get_context("spawn")
        for target, arguments in ((fill, (url, given.documents)), (retrain, (url, place))):
            process = context.Process(target=target, args=arguments)
            process.start()
            process.join()
            if process.exitcode:
                raise SystemExit(process.exitcode)


def fill(url: str, number: int) -> None:
    """Puts labelled documents into the catalog."""
    maker = Maker("open", 1)
    kinds = list(maker.layouts)
    drawing = random.Random(1)
    waiting: list[tuple[learning.Seen, str]] = []
    with open_catalog(url) as catalog:
        for at in range(number):
            kind = kinds[at % len(kinds)]
            [(_, text)] = maker.documents(kind, 1)
            features = features_of(f"{text}\n{drawing.random()}\n".encode() * 2)
            if features is not None:
                seen = learning.Seen(f"file:///d/{at % 997}/{at}.txt", features, None)
                # Who labels so many is wrong now and then, which is what makes training long.
                said = drawing.choice(kinds) if drawing.random() < _WRONG else kind
                waiting.append((seen, said))
            if len(waiting) == _BATCH:
                _write(catalog, waiting)
        _write(catalog, waiting)


def _write(catalog: Any, waiting: list[tuple[learning.Seen, str]]) -> None:
    now = datetime.now(UTC)
    with catalog.transaction() as connection:
        learning.see(connection, [seen for seen, _ in waiting], now)
        for seen, kind in waiting:
            # As `assay learn label` writes it, but for the audit.
            connection.execute(
                learn_documents.update()
                .where(learn_documents.c.id == derived("learn", seen.resource))
                .values(label=kind, labelled_by="bench", labelled_at=moment(now))
            )
    waiting.clear()


def retrain(url: str, place: str) -> None:
    """Trains and measures a version."""
    started, begun = time.monotonic(), _seconds()
    with open_catalog(url) as catalog:
        found = trained(
            Desk(catalog=catalog, settings=Settings()),
            Versions(ModelFolder(Path(place) / "models"), b"k" * 32),
            DOCUMENT_TYPE,
        )
    used = _seconds() - begun
    samples: Sequence[object] = [*found.data.kept, *found.data.held]
    print(
        f"{len(samples)} documents: {used:.0f} processor seconds ({time.monotonic() - started:.0f} by the clock), "
        f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MiB; macro-F1 {found.evaluation.macro_f1}"
    )


def _seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main()
