"""`assay` with a validator that raises, its message quoting the value, as careless code does."""

from __future__ import annotations

import sys
from collections.abc import Callable

from assay.cli.__main__ import main
from assay.detect import validators

original = validators.get


def get(name: str) -> Callable[[str], bool]:
    def fail(value: str) -> bool:
        held = value
        raise ArithmeticError(f"cannot digest {held!r}")

    return fail if name == "ssn" else original(name)


if __name__ == "__main__":
    validators.get = get
    sys.exit(main())
