"""A scan whose workers die of files called poison, in a process of its own: `dying_workers.py FOLDER CACHE SIGNAL BATCH`.

Workers are copies of this process, so that they die as it is told here. `once` in a name: dies of it the first time only.
`midway`: dies after findings of it were handed over. Prints one JSON object.
"""

from __future__ import annotations

import hashlib
import json
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from assay.detect.engine import Detector
from assay.engines import local, pool
from assay.engines.local import DetectorRecipe, Job, scan
from assay.engines.outcomes import SoFar
from assay.engines.process import may_fork
from assay.engines.shelf import Shelved
from assay.model import Split
from assay.ports import Blocks
from assay.scanning import cut
from assay.scanning.report import Piece, SplitReport
from assay.scanning.split import Ahead, ScanSetup
from assay.sources.file import FileSource


def main(folder: str, cache: str, number: str, batch: str) -> None:
    how = signal.Signals(int(number))
    original = local.scan_split

    def scan_split(
        split: Split, detector: Detector, setup: ScanSetup, ahead: Ahead | None = None
    ) -> Iterator[Piece | SplitReport]:
        name = os.path.basename(split.asset.path or "")
        seen = Path(cache, name + ".seen")
        if "poison" in name and not ("once" in name and seen.exists()) and "midway" not in name:
            seen.touch()
            os.kill(os.getpid(), how)
        for number, part in enumerate(original(split, detector, setup, ahead)):
            yield part
            if "midway" in name and number == 1:
                os.kill(os.getpid(), how)

    local.scan_split = scan_split
    local._BATCH_FILES = int(batch)
    local._FLUSH = 1
    local._BATCH_BYTES = int(os.environ.get("BATCH_BYTES") or local._BATCH_BYTES)
    if os.environ.get("HELD"):
        pool._HELD = int(os.environ["HELD"])
    job = Job(recipe=DetectorRecipe(key=b"key", cache=Path(cache)), setup=ScanSetup(), render=True)
    job.recipe.make()
    out: dict[str, Any] = {"forks": may_fork(), "resources": [], "gaps": [], "found": [], "so_far": {}, "shelved": 0}
    digest = hashlib.sha256()
    splits = (
        split for asset in FileSource(target=folder).assets() for split in cut.splits_of(asset)
    )  # only files lie there
    for item in scan(splits, job, jobs=2):
        if isinstance(item, SplitReport):
            out["resources"].append(item.resource)
            out["gaps"] += [(gap.resource, gap.reason, gap.detail) for gap in item.gaps]
        elif isinstance(item, SoFar):
            before = out["so_far"].get(item.resource, 0)
            out["so_far"][item.resource] = before + sum(number for number, _ in item.counts.values())
        elif isinstance(item, bytes | Blocks):
            out["shelved"] += isinstance(item, Shelved)
            lines = b"".join(item) if isinstance(item, Blocks) else item
            digest.update(lines)
            out["found"] += [json.loads(line)["resource"] for line in lines.splitlines()]
    out["digest"] = digest.hexdigest()
    print(json.dumps(out))


if __name__ == "__main__":
    main(*sys.argv[1:])
