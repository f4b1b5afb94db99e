"""What is left to do is shown."""

from __future__ import annotations

import os

from protecting_for_tests import URI, Guard
from proving import Stage

from assay.app.protection.incidents import listed
from assay.store.engine import open_catalog


def prepare(stage: Stage) -> None:
    """An incident is open."""
    os.environ["ASSAY_CATALOG"] = str(stage.folder / "catalog.db")
    with open_catalog(os.environ["ASSAY_CATALOG"], create=True) as made:
        Guard(aws=stage.aws, catalog=made).make()
    assert stage.assay("protect", "incident", "open", "--resource", URI) == 0


def scenario(stage: Stage) -> None:
    """Of its bucket."""
    with open_catalog(os.environ["ASSAY_CATALOG"]) as made:
        number = listed(made)[0].id
    assert stage.assay("protect", "incident", "recover", number) == 0
