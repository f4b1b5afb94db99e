"""An instance and a volume are looked at."""

from __future__ import annotations

import os

from protecting_for_tests import Guard, make_database, make_key, make_volume
from proving import Stage

from assay.store.engine import open_catalog


def prepare(stage: Stage) -> None:
    """Both are there, and the key."""
    os.environ["ASSAY_CATALOG"] = str(stage.folder / "catalog.db")
    with open_catalog(os.environ["ASSAY_CATALOG"], create=True) as made:
        guard = Guard(aws=stage.aws, catalog=made)
        make_database(guard, None)
        (stage.folder / "volume").write_text(make_volume(guard, None))
    make_key(stage.aws)


def scenario(stage: Stage) -> None:
    """By their ARNs."""
    assert stage.assay("protect", "migration", "arn:aws:rds:eu-west-1:123456789012:db:shop") == 0
    assert stage.assay("protect", "migration", (stage.folder / "volume").read_text()) == 0
