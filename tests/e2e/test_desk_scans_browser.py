"""From an empty folder to a decision that changes the next scan, in a browser alone: nothing is typed into a shell but `assay serve`.

`ASSAY_SCREENSHOTS=docs/screenshots` keeps pictures of what was seen.
"""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from calling import Assay
from e2e.test_desk_browser import CHROMIUM, PASSWORD, PICTURES, Seen, browser, desk, notes, waiting  # noqa: F401

SEEMLY = Path("/srv/data")
"""Where pictures are made, so that they show a path as a team has it."""

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium here; tools/install_test_servers.sh installs it"),
]


@pytest.fixture
def root(assay: Assay, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder that may be scanned."""
    assert assay
    folder = Path("data").absolute()
    if PICTURES is not None and not SEEMLY.exists():
        folder = SEEMLY
    folder.mkdir(parents=True)
    notes(folder)
    (folder / "people" / "archive.zip").write_bytes(b"PK\x03\x04" + b"x" * 100)
    monkeypatch.setenv("ASSAY_SCAN_ROOTS", str(folder))
    yield folder
    shutil.rmtree(folder)


def test_scan_decide_and_scan_again(assay: Assay, root: Path, desk: str, browser: Any) -> None:  # noqa: F811  # fixtures
    seen = Seen(browser, color_scheme="light")
    page, keys = seen.page, seen.page.keyboard
    page.goto(desk)
    page.fill("input[name=name]", "Ada")
    page.fill("input[name=password]", PASSWORD)
    page.fill("input[name=again]", PASSWORD)
    keys.press("Enter")
    page.wait_for_selector(".empty")
    seen.check()
    seen.picture("overview-empty")
    page.click("nav a[href='/scans']")
    page.wait_for_selector(".scan-form")
    seen.check()

    # What may not be scanned is said where it was typed, and what was typed stays.
    page.fill("input[name=below]", "../../etc")
    page.click(".scan-form button.primary")
    page.wait_for_selector("#notice .notice.wrong")
    assert page.locator("input[name=below]").input_value() == "../../etc"
    seen.check()
    page.fill("input[name=below]", "")
    page.click(".scan-form button.primary")
    page.wait_for_selector("#scan")
    seen.check()
    seen.picture("scan-waiting")
    # The page is told by the server how far it is, and shows what it became without being asked for anew.
    page.wait_for_selector("#scan .scan-working", timeout=120_000)
    page.wait_for_selector("#scan .scan-done", timeout=240_000)
    assert "archive.zip" in page.locator("#scan").inner_text()
    assert page.locator("#scan progress").count() == 0
    seen.check()
    seen.picture("scan")
    before = waiting(assay)
    assert before > 20

    # One question is rejected and one approved, by keyboard.
    page.click("nav a[href='/review']")
    page.wait_for_selector("#rows .row")
    seen.left(before)
    seen.settled()
    # Keys count once the scripts are there.
    page.wait_for_load_state("load")
    seen.check()
    for number, (key, reason) in enumerate((("r", "order numbers, the shop's own"), ("a", "a number of a person"))):
        keys.press(key)
        keys.type(reason)
        keys.press("Enter")
        page.wait_for_selector(f"#rows .row:not(.open) >> nth={number}")
        seen.left(before - number - 1)
        seen.settled()

    # The next scan knows: neither is asked again, and the approved one is a finding that nothing is surer than.
    page.click("nav a[href='/scans']")
    page.click(".scan-form button.primary")
    page.wait_for_selector("#scan .scan-done", timeout=240_000)
    assert "not changed" in page.locator("#scan").inner_text()
    assert waiting(assay) == before - 2
    page.click("nav a[href='/scans']")
    page.wait_for_selector("tbody tr >> nth=1")
    assert page.locator(".scan-done").count() == 2
    seen.check()
    seen.picture("scans")
    page.goto(page.url.partition("/scans")[0] + "/review?show=decided")
    page.wait_for_selector("#rows .row.approved")
    name = str(page.locator("#rows .row.approved").inner_text())
    note = next(part for part in name.replace("/", " ").split() if part.startswith("note"))
    page.goto(page.url.partition("/review")[0] + f"/resources?search={note}")
    page.wait_for_selector("#rows tr")
    assert "1.00" in page.locator("#rows").inner_text()

    page.set_viewport_size({"width": 390, "height": 800})
    page.goto(page.url.partition("/resources")[0] + "/scans")
    seen.check()
    wide = "[...document.querySelectorAll('*')].filter(e => e.getBoundingClientRect().right > innerWidth + 1 && !e.closest('.wide'))"
    assert page.evaluate(f"{wide}.map(e => `${{e.tagName}}.${{e.className}}`)") == []
    # What a code is called depends on the version of Python.
    told = [said.partition(" (")[0] for said in seen.said]
    assert told in ([], ["Failed to load resource: the server responded with a status of 422"])
    seen.context.close()


def _served(port: int) -> subprocess.Popen[bytes]:
    """A server at that port, without a worker: what is asked for waits."""
    command = [sys.executable, "-m", "assay.cli.__main__", "serve", "--port", str(port), "--no-worker"]
    with Path("serve-again.log").open("a") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    late = time.monotonic() + 120
    while True:
        with suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}/health"):
            return process
        assert process.poll() is None, Path("serve-again.log").read_text()
        assert time.monotonic() < late
        time.sleep(0.1)


def test_a_server_that_is_away_is_told_and_heard_again(assay: Assay, root: Path, browser: Any) -> None:  # noqa: F811  # fixtures
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    origin = f"http://127.0.0.1:{port}"
    server = _served(port)
    try:
        link = re.search(r"http://\S+/welcome/\S+", Path("serve-again.log").read_text())
        assert link is not None
        seen = Seen(browser, color_scheme="light")
        page, keys = seen.page, seen.page.keyboard
        page.goto(link.group())
        page.fill("input[name=name]", "Ada")
        page.fill("input[name=password]", PASSWORD)
        page.fill("input[name=again]", PASSWORD)
        keys.press("Enter")
        page.click("nav a[href='/scans']")
        page.click(".scan-form button.primary")
        page.wait_for_selector("#scan .scan-waiting")
        address = page.url
        assert page.locator("#unheard").is_hidden()

        # Killed, so that it says nothing more: the page says so, and asks again by itself.
        server.kill()
        server.wait()
        page.wait_for_selector("#unheard", state="visible")
        seen.check()
        server = _served(port)
        page.wait_for_selector("#unheard", state="hidden")

        # What is done elsewhere meanwhile is shown here, without anything being asked for anew.
        other = seen.context.new_page()
        other.goto(address)
        other.click("button:text-is('End it')")
        other.wait_for_selector("#scan .scan-cancelled")
        page.wait_for_selector("#scan .scan-cancelled")

        # A session that is over is told, too; another one that begins elsewhere is gone on with.
        page.goto(f"{origin}/scans")
        page.click(".scan-form button.primary")
        page.wait_for_selector("#scan .scan-waiting")
        other.goto(f"{origin}/account")
        other.click("button:text-is('Sign out')")
        other.wait_for_selector("input[name=password]")
        # An open stream is looked at again after minutes; one that breaks, at once.
        server.kill()
        server.wait()
        server = _served(port)
        page.wait_for_selector("#unheard", state="visible")
        other.fill("input[name=name]", "Ada")
        other.fill("input[name=password]", PASSWORD)
        other.keyboard.press("Enter")
        other.wait_for_selector("header.top")
        page.wait_for_selector("#unheard", state="hidden")
        seen.context.close()
    finally:
        server.terminate()
        server.communicate(timeout=90)
