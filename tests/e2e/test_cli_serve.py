"""`assay serve` from the command line: what it refuses before anybody could come."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from contextlib import closing
from pathlib import Path

import pytest
from calling import Assay

from assay.store import scans
from assay.store.engine import open_catalog


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--host", "0.0.0.0"], "--public-url https://"),
        (["--host", "0.0.0.0", "--public-url", "http://desk.example.org"], "--public-url https://"),
        (["--host", "0.0.0.0", "--public-url", "http://localhost.example.org"], "--public-url https://"),
        (["--public-url", "desk.example.org"], "without a path"),
        (["--public-url", "https://user@desk.example.org"], "without a path"),
        (["--public-url", "https://desk.example.org/below"], "without a path"),
        (["--host", "no.such.host.invalid", "--public-url", "https://desk.example.org"], "cannot be listened on"),
        (["--port", "70000"], "70000"),
        (["--catalog", "nowhere/catalog.db"], "there is no folder"),
    ],
)
def test_what_cannot_be_served_is_said(assay: Assay, options: list[str], says: str) -> None:
    done = assay("serve", *options)
    assert done.code == 2
    assert says in done.err
    assert "Traceback" not in done.err


def test_a_port_that_is_taken_is_said(assay: Assay) -> None:
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        done = assay("serve", "--port", str(taken.getsockname()[1]))
    assert done.code == 2
    assert "choose another --port" in done.err


def test_it_serves_until_it_is_asked_to_end(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "assay.cli.__main__", "serve", "--port", "0"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    late = threading.Timer(400, process.kill)
    late.start()
    try:
        assert process.stdout is not None
        assert (
            process.stdout.readline()
            == f"There was no catalog: {Path('catalog.db').absolute()} was made, and is empty.\n"
        )
        told = process.stdout.readline()
        origin = re.search(r"(http://127\.0\.0\.1:\d+)/$", told.strip())
        assert origin is not None, told
        for path in ("/health", "/ready"):
            with urllib.request.urlopen(origin.group(1) + path) as answer:
                assert answer.read() == b"ok\n"
        assert Path("catalog.db").stat().st_mode & 0o777 == 0o600
        process.send_signal(signal.SIGTERM)
        _, log = process.communicate(timeout=300)
    finally:
        late.cancel()
        process.kill()
    assert process.returncode in (0, -signal.SIGTERM)
    lines = [json.loads(line) for line in log.splitlines()]
    assert [line["route"] for line in lines] == ["/health", "/ready"]


def test_a_container_that_its_machine_alone_reaches_is_served_without_tls(tmp_path: Path) -> None:
    """Within it listens to all addresses, and people come by a port of their own machine: under that name, and no other."""
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url = f"http://localhost:{port}"
    command = [sys.executable, "-m", "assay.cli.__main__", "serve", "--no-worker", "--host", "0.0.0.0"]
    command += ["--port", str(port), "--public-url", url]
    process = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    late = threading.Timer(400, process.kill)
    late.start()
    try:
        assert process.stdout is not None
        told = [process.stdout.readline() for _ in range(4)]
        assert f"{url}/welcome/" in told[-1]
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/sign-in") as answer:
            assert answer.status == 200
        named = urllib.request.Request(f"http://127.0.0.1:{port}/sign-in", headers={"Host": f"10.1.2.3:{port}"})
        with pytest.raises(urllib.error.HTTPError, match="421"):
            urllib.request.urlopen(named)
    finally:
        late.cancel()
        process.kill()
        process.communicate()


def test_the_worker_beside_it_writes_into_the_same_log(tmp_path: Path) -> None:
    (tmp_path / "hr").mkdir()
    (tmp_path / "hr" / "a.txt").write_text("SSN 512-44-7100\n")
    with open_catalog(str(tmp_path / "catalog.db"), create=True) as catalog:
        with catalog.transaction() as connection:
            asked = scans.ask(connection, [str(tmp_path / "hr")], covers=[], options={}, by="Ada", user_id="u").id
        command = [sys.executable, "-m", "assay.cli.__main__", "serve", "--port", "0"]
        with (tmp_path / "log").open("wb") as log:
            process = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=log)
        try:
            until = time.monotonic() + 300
            while time.monotonic() < until:
                with catalog.reading() as connection:
                    found = scans.one(connection, asked)
                if found is not None and found.is_over:
                    break
                time.sleep(0.1)
            process.send_signal(signal.SIGTERM)
            process.wait(300)
        finally:
            process.kill()
    lines = [json.loads(line) for line in (tmp_path / "log").read_text().splitlines()]
    assert [line["told"] for line in lines if line["message"] == "worker"] == [
        f"scan {asked}: begun",
        f"scan {asked}: done",
    ]


def test_several_servers_answer_and_end_together(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "assay.cli.__main__", "serve", "--port", "0", "--no-worker", "--workers", "2"]
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=log, text=True)
    children: list[int] = []
    try:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("There was no catalog: ")
        origin = re.search(r"(http://127\.0\.0\.1:\d+)/$", process.stdout.readline().strip())
        assert origin is not None
        until = time.monotonic() + 300
        while not children and time.monotonic() < until:
            told = subprocess.run(["pgrep", "-P", str(process.pid)], capture_output=True, text=True, check=False)
            children = [int(each) for each in told.stdout.split()]
            time.sleep(0.05)
        assert len(children) == 1
        for _ in range(20):
            with urllib.request.urlopen(origin.group(1) + "/health") as answer:
                assert answer.read() == b"ok\n"
        since = time.monotonic()
        told = [_sign_in(origin.group(1)) for _ in range(10)]
        # The other one knows how often it was tried here.
        os.kill(process.pid, signal.SIGSTOP)
        while told[-1] != 429 and len(told) < 29:
            told.append(_sign_in(origin.group(1)))
        os.kill(process.pid, signal.SIGCONT)
        # One more may try each fifteen seconds that this takes. Did each count for itself, this one would let twenty through.
        assert 20 <= told.count(403) <= 20 + (time.monotonic() - since) / 15
        assert told == [403] * (len(told) - 1) + [429]
        process.send_signal(signal.SIGTERM)
        process.wait(300)
    finally:
        process.kill()
    with pytest.raises(ProcessLookupError):
        os.kill(children[0], 0)
    lines = [json.loads(line) for line in (tmp_path / "log").read_text().splitlines()]
    assert [line["route"] for line in lines if line["message"] == "request"] == ["/health"] * 20 + ["/sign-in"] * len(
        told
    )


def _sign_in(origin: str) -> int:
    asked = urllib.request.Request(f"{origin}/sign-in", b"name=nobody&password=x", {"origin": origin})
    try:
        with urllib.request.urlopen(asked, timeout=120) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code
