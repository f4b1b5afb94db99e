"""The Spark engine: units of splits as tasks of Apache Spark, results in order. Local mode, a standalone cluster, YARN, EMR, Glue.

Each task runs what a worker process of this machine runs (`local.work`), so that findings and records are the same. What is
told comes to the driver as workers send it (`channel`): redacted, never as rows of a data frame.
"""

from __future__ import annotations

import os
import pickle
import re
import signal
import sys
import tempfile
import threading
import warnings
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYetError
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import IO, Any

import zstandard

from assay.engines.channel import message_of, outcomes_of, pack
from assay.engines.local import Job, units_of, work
from assay.engines.outcomes import LostReport, Outcome
from assay.errors import AssayError, UsageError
from assay.model import Gap, Split

_AHEAD = 2
_TASKS_PER_CORE = 4
_TASK_BYTES = 8 * 1024 * 1024
_TASK_SPLITS = 512
# What is told of a column of numbers takes a multiple of it. Results of a wave pass through the memory of the driver's Java, 1 GiB by default.
_WAVE_RESULTS = 64 * 1024 * 1024
_LEVEL = 1
_IDLE_SECONDS = 0.05
_SHOWN = 300
_DIED = "worker died"
_SAYS = re.compile(r"\w(Error|Exception): ")

Unit = list[Split]


@dataclass(frozen=True, slots=True, kw_only=True)
class Where:
    """Which Spark: `master` is its URL (`local[4]`, `spark://host:7077`, `yarn`); by default what `spark-submit` or Spark's own
    configuration names, else this machine. `cores` are how many of this machine are used then."""

    master: str | None = None
    cores: int = 1


def scan(
    splits: Iterable[Split],
    job: Job,
    where: Where,
    *,
    idle: Callable[[], bool] | None = None,
    pause: float | None = None,
) -> Iterator[Outcome]:
    """Outcomes of all splits, in their order; `idle` and `pause` are as for the local engine.

    A task that fails is tried again unit by unit, then split by split; one that fails alone is a gap. Raises `UsageError` where
    Spark is not installed or cannot be reached, and `AssayError` where its executors cannot run this.
    """
    with _context(where) as spark:
        runs = _Runs(spark, pickle.dumps(job, pickle.HIGHEST_PROTOCOL))
        runs.check(job.recipe.make().rules.digest)
        cores = max(1, int(spark.defaultParallelism))
        tasks = _tasks(units_of(splits, whole_tables=job.setup.rows is None))
        pool = ThreadPoolExecutor(_AHEAD, thread_name_prefix="spark")
        begun: deque[tuple[list[list[Unit]], Future[list[bytes]]]] = deque()
        try:
            for wave in _waves(tasks, cores, runs):
                begun.append((wave, pool.submit(runs.run, wave)))
                # How much is told of so many bytes is known after the first.
                if len(begun) > (_AHEAD if runs.told else 0):
                    yield from runs.outcomes(*begun.popleft(), idle, pause)
            while begun:
                yield from runs.outcomes(*begun.popleft(), idle, pause)
        finally:
            for _, future in begun:
                future.cancel()
            with suppress(Exception):  # what was begun ends with it, and nobody waits for its results
                spark.cancelAllJobs()
            pool.shutdown(wait=False, cancel_futures=True)


class _Runs:
    """Runs tasks of one scan. `read` and `told` are how many bytes were read, and how many came back, by what has ended."""

    def __init__(self, spark: Any, job: bytes) -> None:
        self._spark = spark
        self._job = job
        self.read = self.told = 0

    def check(self, digest: str) -> None:
        """Has one task say whether executors have the rules of that digest. Raises `AssayError`."""
        if self._probe() != digest:
            raise AssayError(
                "Spark's executors have another assay, or other identifiers, than this one; install the same on all of them"
            )

    def _probe(self) -> str:
        job = self._job
        try:
            (told,) = self._spark.parallelize([0], 1).mapPartitions(lambda _: _ready(job)).collect()
        except Exception as error:  # noqa: BLE001  # Spark wraps whatever an executor said, and what py4j said of it
            text = str(error)
            if "No module named" in text or "PYTHON_VERSION_MISMATCH" in text or "different version" in text:
                hint = (
                    "install it there, with the same Python (the variable PYSPARK_PYTHON names it), or send them an "
                    "environment with spark.archives"
                )
                raise AssayError(f"Spark's executors cannot import assay; {hint}") from None
            if "SparkContext has been shutdown" in text:
                raise UsageError(f"Spark gave up; is there a master at {self._spark.master}?") from None
            raise AssayError(f"Spark's executors run no task: {_reason(text)}") from None
        if isinstance(told, tuple):
            raise AssayError(f"Spark's executors cannot make a detector: {told[0]}")
        return str(told)

    def run(self, wave: Sequence[Sequence[Unit]]) -> list[bytes]:
        """Messages of all tasks of a wave, in order, each after the length of its task's. Raises whatever Spark raises."""
        job = self._job
        told: list[bytes] = (
            self._spark.parallelize(list(wave), len(wave)).mapPartitions(lambda tasks: _work(job, tasks)).collect()
        )
        return told

    def outcomes(
        self,
        wave: Sequence[Sequence[Unit]],
        future: Future[list[bytes]],
        idle: Callable[[], bool] | None,
        pause: float | None,
    ) -> Iterator[Outcome]:
        """Outcomes of a wave that was begun."""
        yield from _waited(future, idle, pause)
        if future.exception() is None:
            told = future.result()
            self.read += sum(map(_size, wave))
            self.told += sum(map(len, told))
            yield from _told(told)
            return
        for task in wave:
            for unit in task:
                yield from self._apart([unit])

    def _apart(self, units: list[Unit]) -> Iterator[Outcome]:
        """What failed among others, alone."""
        try:
            told = self.run([units])
        except Exception:  # noqa: BLE001  # whatever Spark makes of it; there may be anything in what a program said that ran there
            if self._is_gone():
                raise AssayError(
                    "Spark ended while it worked; give its driver more memory (spark.driver.memory)"
                ) from None
            splits = [split for unit in units for split in unit]
            if len(splits) > 1:
                for split in splits:
                    yield from self._apart([[split]])
            else:
                yield _lost(splits[0])
            return
        yield from _told(told)

    def _is_gone(self) -> bool:
        try:
            return bool(self._spark._jsc.sc().isStopped())
        except Exception:  # noqa: BLE001  # nobody answers
            return True


def _told(messages: Iterable[bytes]) -> Iterator[Outcome]:
    decompress = zstandard.ZstdDecompressor().decompress
    for message in messages:
        yield from outcomes_of(message_of(decompress(message)))


def _waited(future: Future[Any], idle: Callable[[], bool] | None, pause: float | None) -> Iterator[Outcome]:
    """Waits, and does what can be done meanwhile; an empty outcome after each `pause`."""
    more = idle is not None
    waited = 0.0
    while True:
        patience = _IDLE_SECONDS if more or pause is not None else None
        try:
            future.exception(timeout=patience)
        except NotYetError:
            if idle is not None and more:
                more = idle()
            waited += _IDLE_SECONDS
            if pause is not None and waited >= pause:
                waited = 0.0
                yield b""
        else:
            return


def _tasks(units: Iterable[Unit]) -> Iterator[list[Unit]]:
    """Units together, so that a task takes longer than to hand it over."""
    task: list[Unit] = []
    size = count = 0
    for unit in units:
        weight = _size([unit])
        if task and (size + weight > _TASK_BYTES or count + len(unit) > _TASK_SPLITS):
            yield task
            task, size, count = [], 0, 0
        task.append(unit)
        size += weight
        count += len(unit)
    if task:
        yield task


def _size(task: Iterable[Unit]) -> int:
    return sum(_weight(split) for unit in task for split in unit)


def _weight(split: Split) -> int:
    """About how many bytes it takes as long as: nobody knows how large a table is before it is read."""
    if split.asset.size is None or split.asset.is_table:
        return _TASK_BYTES
    return (split.asset.size if split.end is None else split.end) - split.start


def _waves(tasks: Iterable[list[Unit]], cores: int, runs: _Runs) -> Iterator[list[list[Unit]]]:
    """Tasks that are begun together, as many as have room for what is told of them; at first few, so that something is told soon."""
    wave: list[list[Unit]] = []
    size = 0
    for task in tasks:
        wave.append(task)
        size += _size(task)
        most = cores * _TASKS_PER_CORE if runs.told else cores
        if len(wave) >= most or size * runs.told > _WAVE_RESULTS * runs.read:
            yield wave
            wave, size = [], 0
    if wave:
        yield wave


def _lost(split: Split) -> LostReport:
    detail = "its task of Spark failed each time; give executors more memory, or leave the file out with --exclude"
    gap = Gap(resource=split.asset.uri, reason=_DIED, detail=detail)
    return LostReport(
        resource=split.asset.uri,
        part=split.part,
        parts=split.parts,
        bytes_total=split.asset.size or 0,
        gaps=[gap],
    )


def _reason(text: str) -> str:
    """What Spark says of a probe, in which nothing was read, in one line."""
    lines = [line.strip() for line in text.split("\tat ", maxsplit=1)[0].splitlines()]
    told = [line for line in lines if not line.endswith("(most recent call last):") and _SAYS.search(line)]
    return (told[-1] if told else lines[-1] if lines else "it says nothing").lstrip(": ")[:_SHOWN]


# What executors run.


@lru_cache(maxsize=2)
def _job_of(job: bytes) -> Job:
    """The job, unpickled once in a process, whose detector is made once."""
    made: Job = pickle.loads(job)  # noqa: S301  # from our own driver
    return made


def _ready(job: bytes) -> Iterator[str | tuple[str]]:
    """The digest of an executor's rules; in a tuple, why it cannot make a detector."""
    try:
        yield _job_of(job).recipe.make().rules.digest
    except AssayError as error:
        yield (str(error),)


def _work(job: bytes, tasks: Iterable[Sequence[Unit]]) -> Iterator[bytes]:
    """Messages of what comes of the units of a task."""
    made = _job_of(job)
    detector = made.recipe.make()
    compress = zstandard.ZstdCompressor(level=_LEVEL).compress
    for task in tasks:
        for number, unit in enumerate(task):
            for outcomes in work(unit, detector, made):
                yield compress(b"".join(pack(number, outcomes).pieces))


# Reaching Spark.


@contextmanager
def _context(where: Where) -> Iterator[Any]:
    """A context of Spark: the one that is there, else one of our own that ends with the scan. Raises `UsageError`."""
    try:
        with _quiet():
            from pyspark import SparkConf, SparkContext
    except ImportError:
        raise UsageError("--engine spark needs Apache Spark: pip install 'assay[spark]'") from None
    active = SparkContext._active_spark_context
    if active is not None:
        if where.master not in {None, active.master}:
            raise UsageError(f"--master {where.master}: Spark runs already, as {active.master}; leave it out")
        yield active
        return
    with tempfile.TemporaryFile() as said, _signals(), _quiet():
        started = _start(SparkConf, SparkContext, where, said)
    try:
        yield started
    finally:
        with suppress(Exception):  # a driver that is gone is stopped
            started.stop()


@contextmanager
def _quiet() -> Iterator[None]:
    """Without what Spark thinks of versions of libraries that are not used here; it looks at them when it is loaded, and when it fails."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _start(conf_type: Any, context_type: Any, where: Where, said: IO[bytes]) -> Any:
    conf = conf_type()
    if where.master is not None:
        conf.setMaster(where.master)
    conf.setIfMissing("spark.master", f"local[{where.cores}]")
    conf.setIfMissing("spark.app.name", "assay scan")
    for name, value in {
        # Spark starts Python with `-m`: a module in the current folder, which may be what is scanned, is never run all the same.
        "spark.executorEnv.PYTHONSAFEPATH": "1",
        **({"spark.executorEnv.PYTHONPATH": _modules()} if conf.get("spark.master").startswith("local") else {}),
        # Splits, results and the key of fingerprints lie on no disk in clear.
        "spark.io.encryption.enabled": "true",
        "spark.log.level": "FATAL",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        **({} if os.environ.get("PYSPARK_PYTHON") else {"spark.pyspark.python": sys.executable}),
    }.items():
        conf.setIfMissing(name, value)
    gateway = None
    try:
        if "PYSPARK_GATEWAY_PORT" not in os.environ and context_type._gateway is None:
            from pyspark import java_gateway

            launch: Any = java_gateway.launch_gateway  # it has no types
            # What Java says there is for those who look after Spark; what counts of it is told in one line.
            gateway = launch(conf, {"stderr": said.fileno()})
        return context_type(conf=conf, gateway=gateway)
    except Exception as error:  # noqa: BLE001  # no Java, no such master, a bad configuration: Spark has no common error
        raise UsageError(_not_started(where, str(error), said)) from None


def _modules() -> str:
    """Where Python finds modules here, without the current folder."""
    return os.pathsep.join(str(Path(entry).resolve()) for entry in sys.path if entry)


def _not_started(where: Where, text: str, said: IO[bytes]) -> str:
    said.seek(0)
    lines = [line.strip() for line in said.read().decode("utf-8", "replace").splitlines()] + text.splitlines()
    told = [line for line in lines if line.startswith(("JAVA_HOME", "java.", "org.apache.spark.SparkException", "Exception in thread"))
            or "UnsupportedClassVersionError" in line or "Could not parse Master URL" in line or "command not found" in line]  # fmt: skip
    why = told[0].lstrip(": ")[:_SHOWN] if told else "is Java 17 or newer there (the variable JAVA_HOME)?"
    named = f"--master {where.master}: " if where.master else ""
    return f"{named}Spark could not be started: {why}"


@contextmanager
def _signals() -> Iterator[None]:
    """Spark's Python takes Ctrl-C for itself; here it stays with who started the scan."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.getsignal(signal.SIGINT)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
