"""From `put_object` to the object carrying its tags: how long, with a worker that runs and nothing that goes wrong?

    python -m benchmarks.worker_delay --objects 1200 --rate 20 --write docs/benchmarks.md

Objects are put into a bucket of the emulator at a steady rate, which tells a queue; a worker of the command line takes the events
off it, classifies and tags. The clock of an object starts before `put_object` is called, and ends when the emulator has answered
the call that wrote its tags; both are read on this machine. At the end all tags are read, and have to be there. The emulator is a
process of its own, whose share of the processor counts against the delay.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import unquote

BAR_SECONDS = 2.0
BUCKET = "intake"
_BEFORE = 20
"""Objects that are put first, and not counted: the worker has loaded all it needs by then."""
_PATIENCE_SECONDS = 120.0
_START, _END = "<!-- worker delay -->", "<!-- /worker delay -->"
_TAGGED = re.compile(rf"/{BUCKET}/(?P<key>[^?]+)")


def main() -> int:
    given = _arguments()
    if given.emulator is not None:
        _serve(given.emulator)
        return 0
    with tempfile.TemporaryDirectory() as folder:
        told = _measured(given, Path(folder))
    for name, value in told.items():
        print(f"{name:>24}: {value}")
    good = told["tagged"] == told["objects"] and told["p99, s"] < BAR_SECONDS
    print(f"p99 below {BAR_SECONDS:g} s" if good else "NOT AS IT SHOULD BE")
    if given.write is not None:
        _write(given.write, told)
    return 0 if good else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--objects", type=int, default=1_200)
    parser.add_argument("--rate", type=float, default=20.0, help="objects a second")
    parser.add_argument("--concurrency", type=int, default=4)
    parser.add_argument("--catalog", default="sqlite", help="sqlite, or the URL of an empty PostgreSQL database")
    parser.add_argument("--write", type=Path, metavar="FILE", help="keep the figures in this Markdown file")
    parser.add_argument("--emulator", type=Path, metavar="LOG", help=argparse.SUPPRESS)
    return parser.parse_args()


def _measured(given: argparse.Namespace, folder: Path) -> dict[str, Any]:
    from assay.store.engine import open_catalog

    log = folder / "tagged.log"
    where = str(folder / "catalog.db") if given.catalog == "sqlite" else given.catalog
    with _emulator(log) as (url, emulator):
        os.environ.update(
            AWS_ENDPOINT_URL=url,
            AWS_ACCESS_KEY_ID="AKIAIOSFODNN7EXAMPLE",
            AWS_SECRET_ACCESS_KEY="wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
            AWS_REGION="eu-west-1",
            AWS_EC2_METADATA_DISABLED="true",
        )
        open_catalog(where, create=True).close()
        subprocess.run(
            [*_ASSAY, "phase", "set", "**", "automated", "--force", "--reason", "a benchmark", "--catalog", where],
            check=True,
        )
        s3, queue = _prepared(url)
        command = [*_ASSAY, "worker", "--queue", queue, "--catalog", where, "--concurrency", str(given.concurrency)]
        with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as worker:
            try:
                _until_ready(worker)
                _put(s3, [f"before/{at}.csv" for at in range(_BEFORE)], given.rate)
                _wait(log, _BEFORE)
                keys = [f"in/{at}.csv" for at in range(given.objects)]
                spent = [_spent(worker.pid), _spent(emulator)]
                put = _put(s3, keys, given.rate)
                _wait(log, _BEFORE + given.objects)
                spent = [_spent(worker.pid) - spent[0], _spent(emulator) - spent[1]]
            finally:
                worker.send_signal(signal.SIGTERM)
                worker.wait(timeout=60)
        there = sum(bool(s3.get_object_tagging(Bucket=BUCKET, Key=key)["TagSet"]) for key in keys)
    ends = _tagged(log)
    delays = sorted(ends[key] - put[key] for key in keys if key in ends)
    return {
        "objects": given.objects,
        "tagged": there,
        "objects a second": given.rate,
        "concurrency": given.concurrency,
        "catalog": "SQLite" if given.catalog == "sqlite" else "PostgreSQL",
        "load before": round(os.getloadavg()[2], 1),
        "worker, processor ms an object": round(1000 * spent[0] / given.objects, 1),
        "emulator, processor ms an object": round(1000 * spent[1] / given.objects, 1),
        "median, s": _at(delays, 0.5),
        "p95, s": _at(delays, 0.95),
        "p99, s": _at(delays, 0.99),
        "longest, s": _at(delays, 1.0),
    }


_ASSAY = (sys.executable, "-m", "assay")


def _spent(pid: int) -> float:
    """Seconds of the processor that a process has used (proc(5): fields 14 and 15 of its state, in ticks)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _at(delays: Sequence[float], share: float) -> float:
    """The delay that this share of all keep below; without bound where there is none."""
    return round(delays[min(len(delays) - 1, int(share * len(delays)))], 3) if delays else float("inf")


def _prepared(url: str) -> tuple[Any, str]:
    """A bucket that tells a queue of what is put into it."""
    import boto3
    from botocore.config import Config

    s3 = boto3.client("s3", region_name="eu-west-1", endpoint_url=url, config=Config(s3={"addressing_style": "path"}))
    sqs = boto3.client("sqs", region_name="eu-west-1", endpoint_url=url)
    s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    queue = sqs.create_queue(QueueName="events")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    told = {"QueueArn": arn, "Events": ["s3:ObjectCreated:*"]}
    s3.put_bucket_notification_configuration(Bucket=BUCKET, NotificationConfiguration={"QueueConfigurations": [told]})
    return s3, queue


def _until_ready(worker: subprocess.Popen[str]) -> None:
    """Waits until the worker says that it works; what it says later is not kept."""
    assert worker.stderr is not None
    for line in worker.stderr:
        if "working on" in line:
            break
    Thread(target=worker.stderr.read, daemon=True).start()


def _put(s3: Any, keys: Sequence[str], rate: float) -> dict[str, float]:
    """Puts objects at a rate, whatever becomes of them. Returns when each was begun."""
    began: dict[str, float] = {}
    start = time.monotonic()
    for at, key in enumerate(keys):
        time.sleep(max(0.0, start + at / rate - time.monotonic()))
        rows = "".join(
            f"Person {at}-{row},{536 - row}-{10 + at % 80:02}-{1000 + (at * 7 + row) % 8999}\n" for row in range(20)
        )
        began[key] = time.time()
        s3.put_object(Bucket=BUCKET, Key=key, Body=f"name,ssn\n{rows}".encode())
    return began


def _wait(log: Path, number: int) -> None:
    ends = time.monotonic() + _PATIENCE_SECONDS
    while len(_tagged(log)) < number and time.monotonic() < ends:
        time.sleep(0.2)


def _tagged(log: Path) -> dict[str, float]:
    """When each key was tagged first."""
    found: dict[str, float] = {}
    for line in log.read_text().splitlines():
        at, _, key = line.partition(" ")
        found.setdefault(json.loads(key), float(at))
    return found


@contextlib.contextmanager
def _emulator(log: Path) -> Iterator[tuple[str, int]]:
    """The emulator as a process of its own, which notes when tags were written: its URL and process."""
    log.touch()
    command = [sys.executable, "-m", "benchmarks.worker_delay", "--emulator", str(log)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip(), process.pid
        finally:
            process.kill()


def _serve(log: Path) -> None:
    """Serves the emulator, and tells its URL."""
    from moto.moto_server.werkzeug_app import MotoRequestHandler
    from moto.server import DomainDispatcherApplication, create_backend_app
    from werkzeug.serving import make_server

    application = DomainDispatcherApplication(create_backend_app)
    notes = log.open("a", buffering=1)

    def noting(environ: dict[str, Any], start_response: Any) -> Any:
        answer = list(application(environ, start_response))
        found = _TAGGED.match(environ.get("PATH_INFO", ""))
        if environ["REQUEST_METHOD"] == "PUT" and environ.get("QUERY_STRING", "").startswith("tagging") and found:
            notes.write(f"{time.time()} {json.dumps(unquote(found['key']))}\n")
        return answer

    class Quiet(MotoRequestHandler):
        """Tells no request."""

        def log_request(self, *_: object) -> None: ...

    server = make_server("127.0.0.1", 0, noting, threaded=True, request_handler=Quiet)
    print(f"http://127.0.0.1:{server.server_port}", flush=True)
    server.serve_forever()


def _write(file: Path, told: dict[str, Any]) -> None:
    """Puts the figures into the file, in place of those that are there."""
    rows = "\n".join(f"| {name} | {value} |" for name, value in told.items())
    part = f"{_START}\n| from `put_object` to its tags | |\n|---|---:|\n{rows}\n{_END}"
    text = file.read_text(encoding="utf-8")
    if _START in text:
        before, _, rest = text.partition(_START)
        text = before + part + rest.partition(_END)[2]
    else:
        text = f"{text.rstrip()}\n\n## Real time\n\n`python -m benchmarks.worker_delay`\n\n{part}\n"
    file.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
