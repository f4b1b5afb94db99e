"""One cache and one fingerprint key for all tests of a run, the compiled rules made once, and nothing of the user's own."""

from __future__ import annotations

import fcntl
import os
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from awsservers import aws, aws_server  # noqa: F401  # fixtures for all tests
from catalogs import catalog, catalog_url, new_database, postgresql  # noqa: F401  # fixtures for all tests
from desks import _redact, office  # noqa: F401  # fixtures for all tests
from functions_for_tests import called  # noqa: F401  # a fixture of tests of functions
from hypothesis import HealthCheck, settings
from mongoservers import _mongo, mongo, scripted  # noqa: F401
from planting import KEY
from readytables import ready_tables  # noqa: F401  # a fixture of all tests
from s3plane import s3_plane, s3_plane_server  # noqa: F401  # fixtures for all tests
from servers import mariadb  # noqa: F401  # fixtures for all tests
from sqltables import empty_shop, maria, postgres, shop  # noqa: F401  # fixtures for all tests
from strictly import queue, s3, table  # noqa: F401  # fixtures for tests of the strict layer

from assay.detect import ruleset
from assay.detect.engine import Detector
from assay.detect.redact import Fingerprinter
from assay.detect.ruleset import RuleSet

# How long an example takes is the machine's affair: no test asserts a time. Each run has the same examples, so that one that fails
# fails because of what was changed; `pytest --hypothesis-profile=anew` looks for others, and is run before what is handed in.
_PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("anew", parent=_PATIENT)
settings.register_profile("assay", parent=_PATIENT, derandomize=True, database=None)
settings.load_profile("assay")
# Programs that made files, with libraries that the tests do without.
collect_ignore_glob = ["data/*"]


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all processes of a parallel run share."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base) / "assay-shared"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def compiled(shared: Path, pytestconfig: pytest.Config) -> Path:
    """Where compiled identifiers are kept from run to run: with what pytest keeps, else with what is temporary. The first
    process compiles them."""
    kept = getattr(pytestconfig, "cache", None)
    rest = Path(tempfile.gettempdir()) / f"assay-tests-{os.getuid()}"
    folder = rest if kept is None else Path(kept.mkdir("assay-identifiers"))
    folder.mkdir(mode=0o700, exist_ok=True)
    with (shared / "rules.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        ruleset.load(cache=folder)
    return folder


@pytest.fixture(autouse=True)
def _variables(_surroundings: None) -> Iterator[None]:
    """What a test leaves of `ASSAY_*` reaches no other: a process that reads settings sets some, and so do cases of permissions."""
    before = {name: value for name, value in os.environ.items() if name.startswith("ASSAY_")}
    yield
    for name in [name for name in os.environ if name.startswith("ASSAY_") and name not in before]:
        del os.environ[name]
    os.environ.update(before)


@pytest.fixture(scope="session", autouse=True)
def _surroundings(shared: Path, compiled: Path) -> Iterator[None]:
    """`ASSAY_*` of this run only; a test may still set its own.

    Scans have no workers unless a test asks for some (`workers`, or `--jobs`): where a server of the tests has threads in
    this process, each worker is an interpreter of its own, which takes longer to start than the whole test.
    """
    with pytest.MonkeyPatch.context() as patch:
        for variable in [name for name in os.environ if name.startswith("ASSAY_")]:
            patch.delenv(variable)
        # Else each process that a test starts compiles all of the program anew.
        patch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)
        patch.setenv("ASSAY_CACHE_DIR", str(compiled))
        patch.setenv("ASSAY_FINGERPRINT_KEY", KEY)
        patch.setenv("ASSAY_JOBS", "1")
        patch.setenv("XDG_CONFIG_HOME", str(shared / "config"))
        # Under `nohup` it is ignored, and so it would be by everything that the tests start.
        signal.signal(signal.SIGHUP, signal.SIG_DFL)
        yield


@pytest.fixture
def workers(monkeypatch: pytest.MonkeyPatch) -> None:
    """As many workers as there are by default."""
    monkeypatch.delenv("ASSAY_JOBS")


@pytest.fixture(scope="session")
def rules(compiled: Path) -> RuleSet:
    """All stable identifiers."""
    return ruleset.load(cache=compiled)


@pytest.fixture(scope="session")
def all_rules(shared: Path, compiled: Path) -> RuleSet:
    """Those in preview too, compiled by the first process that asks."""
    with (shared / "rules.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return ruleset.load(cache=compiled, preview=True)


@pytest.fixture
def detector(rules: RuleSet) -> Detector:
    """A detector of all stable identifiers, with the key of these tests."""
    return Detector(rules, Fingerprinter(KEY.encode()))
