"""The desk in a browser: from an empty folder to fifty questions decided by keyboard alone, and what the next scan makes of it.

`ASSAY_SCREENSHOTS=docs/screenshots` keeps pictures of what was seen.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from calling import Assay
from integration.test_desk_plans import planned

from assay.store import plans
from assay.store.engine import open_catalog

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
AXE = Path(__file__).parent.parent / "data" / "axe" / "axe.min.js"
PASSWORD = "correct horse battery"
QUESTIONS = 62
DECIDED = 50
SHOTS = os.environ.get("ASSAY_SCREENSHOTS")
PICTURES = None if SHOTS is None else Path(SHOTS).absolute()

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium here; tools/install_test_servers.sh installs it"),
]


@pytest.fixture
def desk() -> Iterator[str]:
    """`assay serve` in the current folder; gives the link that it prints."""
    command = [sys.executable, "-m", "assay.cli.__main__", "serve", "--port", "0"]
    with Path("serve.log").open("w") as log:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True)
    assert process.stdout is not None
    late = threading.Timer(400, process.kill)
    late.start()
    try:
        link = None
        while link is None:
            line = process.stdout.readline()
            assert line, Path("serve.log").read_text()
            link = re.search(r"http://\S+/welcome/\S+", line)
        late.cancel()
        yield link.group()
    finally:
        late.cancel()
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=300)  # it waits for its worker, which may just have been begun


@pytest.fixture
def browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        made = play.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--disable-background-networking", "--disable-dev-shm-usage"],
        )
        yield made
        made.close()


ELSEWHERE = """([from, to]) => {
  const all = document.createTreeWalker(document, NodeFilter.SHOW_TEXT);
  while (all.nextNode()) all.currentNode.data = all.currentNode.data.replaceAll(from, to);
}"""


class Seen:
    """A page, with all that its console says."""

    def __init__(self, browser: Any, **options: Any) -> None:
        self.context = browser.new_context(viewport={"width": 1280, "height": 800}, **options)
        self.page = self.context.new_page()
        # The first decision waits until what clears reasons of values is loaded: on a busy machine that takes a while.
        self.page.set_default_timeout(120_000)
        self.said: list[str] = []
        self.bytes: dict[str, int] = {}
        self.page.on("console", lambda message: self.said.append(message.text))
        self.page.on("pageerror", lambda error: self.said.append(str(error)))

    def picture(self, name: str) -> None:
        if PICTURES is not None:
            PICTURES.mkdir(parents=True, exist_ok=True)
            # Where this test happened to run is nobody's affair.
            self.page.evaluate(ELSEWHERE, [str(Path.cwd()), "/srv"])
            self.page.evaluate(ELSEWHERE, [f"file:///{Path.cwd().parts[1]}", "file:///srv"])
            self.page.evaluate(ELSEWHERE, [os.environ.get("ASSAY_CACHE_DIR", "/var/cache/assay"), "/var/cache/assay"])
            self.page.evaluate(ELSEWHERE, [f"@{socket.gethostname()}", "@desk"])
            # Else it puts a style into the page, which the page's policy refuses.
            self.page.screenshot(path=PICTURES / f"{name}.png", caret="initial")

    def check(self) -> None:
        """Nothing that keeps people with disabilities out (WCAG 2.2 AA), as far as a program sees it."""
        self.page.evaluate(AXE.read_text(encoding="utf-8"))
        tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
        found = self.page.evaluate(f"axe.run({{runOnly: {json.dumps(tags)}}})")
        told = [(each["id"], [node["html"][:120] for node in each["nodes"]][:3]) for each in found["violations"]]
        assert told == []
        assert len(found["passes"]) > 10

    def current(self) -> str:
        return str(self.page.locator("#rows a[aria-current=true]").evaluate("link => link.parentElement.dataset.id"))

    def settled(self) -> None:
        """What is chosen is what is shown."""
        self.page.wait_for_selector(f'#question[data-id="{self.current()}"]')

    def left(self, number: int) -> None:
        """So many wait. (The page's policy lets nobody evaluate texts, so it is asked by selectors.)"""
        self.page.wait_for_selector(f"#count-waiting:text-is('{number}')")


def notes(folder: Path) -> None:
    """Files of which each holds something that may be a social security number."""
    for number in range(QUESTIONS):
        place = folder / ("people" if number % 2 else "orders")
        place.mkdir(parents=True, exist_ok=True)
        text = f"order 53690{number:02}99 shipped\nthe second order is 6015531{number:02}\n"
        (place / f"note{number:02}.txt").write_text(text, encoding="utf-8")
    rows = "".join(
        f"{n},{'' if n % 4 == 0 else 300000000 + n * 7919},{'' if n % 3 else f'p{n}@acme.com'}\n" for n in range(60)
    )
    (folder / "people" / "staff.csv").write_text(f"id,tax_no,contact\n{rows}", encoding="utf-8")


RICH = """Application for a place at the nursery

Mother: Ingrid Halvorsen, born 14 March 1988, social security number: 536-90-4399
Reach me at ingrid.halvorsen@halvorsen-family.org or +1 206 555 0173.
Father: Tomas Reyes, SSN 601-55-3142, t.reyes@reyes-and-sons.org
Fees are to be taken from IBAN DE89 3704 0044 0532 0130 00.
"""
"""Of several kinds, which more than one signal speaks for."""


def waiting(assay: Assay) -> int:
    done = assay("review", "list", "--catalog", "catalog.db", "--format", "json", "--limit", "500")
    return len(json.loads(done.out))


def test_fifty_questions_are_decided_by_keyboard_and_the_next_scan_knows(assay: Assay, desk: str, browser: Any) -> None:
    notes(Path("data"))
    assert assay("scan", "data", "--catalog", "catalog.db", "--quiet", "--format", "jsonl").code == 0
    before = waiting(assay)
    assert before >= QUESTIONS

    seen = Seen(browser, color_scheme="light")
    page, keys = seen.page, seen.page.keyboard
    page.goto(desk)
    seen.check()
    page.fill("input[name=name]", "Ada")
    page.fill("input[name=password]", PASSWORD)
    page.fill("input[name=again]", PASSWORD)
    assets: dict[str, int] = {}

    def note(request: Any) -> None:
        if "/static/" in request.url:
            assets[request.url] = request.sizes()["responseBodySize"]

    page.on("requestfinished", note)
    keys.press("Enter")
    page.wait_for_selector(".figure.restricted")
    page.click("nav a[href='/review']")
    page.wait_for_selector("#rows .row")
    assert len(assets) >= 4
    assert sum(assets.values()) < 100_000
    assert page.locator("#count-waiting").inner_text() == str(before)
    seen.check()
    seen.picture("review")

    # Of what was found only redacted forms are shown.
    text = page.content()
    assert "5*******9" in text
    assert not any(f"53690{number:02}99" in text for number in range(QUESTIONS))

    keys.press("?")
    page.wait_for_selector("#help[open]")
    seen.check()
    keys.press("Escape")

    # Only keys from here: j and k, a verdict, a reason, Enter.
    first = seen.current()
    keys.press("j")
    seen.settled()
    assert seen.current() != first
    keys.press("k")
    seen.settled()
    assert seen.current() == first
    keys.press("r")
    keys.type("order numbers, the shop's own")
    seen.check()
    seen.picture("review-reject")
    keys.press("Enter")
    for number in range(1, DECIDED):
        # As quick as keys can be: what is typed before the next question is there is meant for it, not for the last.
        keys.press("r" if number % 5 else "a")
        keys.press("Enter")
        page.wait_for_selector(f"#rows .row:not(.open) >> nth={number}")
    seen.left(before - DECIDED)
    seen.settled()

    # While the next question is not there yet what is typed is kept for it: undo, a comment, a decision with its reason.
    held: list[Any] = []
    slow = re.compile(r"/review/r[0-9a-f]{11}$")
    page.route(slow, lambda route: held.append(route) if route.request.method == "GET" else route.continue_())

    def release() -> None:
        while not held:
            page.wait_for_timeout(10)  # in which what is asked for comes in
        while held:
            held.pop().continue_()

    keys.press("r")
    keys.press("Enter")
    seen.left(before - DECIDED - 1)
    keys.press("u")
    release()
    seen.left(before - DECIDED)
    seen.settled()
    keys.press("j")
    keys.press("m")
    keys.type("is it an order?")
    keys.press("Enter")
    assert not page.locator("#help").evaluate("dialog => dialog.open")
    release()
    page.wait_for_selector("#question .comments :text-is('is it an order?')")
    keys.press("j")
    keys.type("rslow orders?")
    keys.press("Backspace")
    keys.press("Enter")
    release()
    seen.left(before - DECIDED - 1)
    release()
    page.unroute(slow)
    seen.settled()
    keys.press("u")
    seen.left(before - DECIDED)
    assert page.locator("#question .history").inner_text().count("slow orders") == 1
    assert "slow orders?" not in page.locator("#question .history").inner_text()
    seen.settled()

    # The last one is taken back at once, and then by its own form.
    keys.press("u")
    seen.left(before - DECIDED + 1)
    seen.settled()
    keys.press("s")
    keys.type("accepted for now")
    keys.press("Enter")
    seen.left(before - DECIDED)
    assert waiting(assay) == before - DECIDED

    # Many at once.
    page.goto(page.url.partition("/review")[0] + "/review")
    seen.settled()
    keys.press("x")
    keys.press("j")
    seen.settled()
    keys.press("x")
    seen.picture("review-many")
    keys.press("s")
    keys.type("both are orders")
    keys.press("Enter")
    page.wait_for_selector("#notice .notice.right")
    seen.left(before - DECIDED - 2)
    seen.check()

    # What was decided holds in the next scan: none of it is asked again, and what was approved is a finding now.
    done = assay("scan", "data", "--catalog", "catalog.db", "--quiet", "--format", "jsonl", "--full")
    found = [json.loads(line) for line in done.out.splitlines()]
    approved = {each["resource"] for each in found if each["kind"] == "finding" and each["confidence"] == 1}
    assert len(approved) == DECIDED // 5 - 1
    assert waiting(assay) == before - DECIDED - 2
    assert seen.said == []
    seen.context.close()


def test_two_people_at_once_other_pages_and_a_narrow_screen(assay: Assay, desk: str, browser: Any) -> None:
    notes(Path("data"))
    Path("data/people/application.txt").write_text(RICH, encoding="utf-8")
    assay("scan", "data", "--catalog", "catalog.db", "--quiet", "--format", "jsonl")
    ada = Seen(browser, color_scheme="dark")
    ada.page.goto(desk)
    ada.page.fill("input[name=name]", "Ada")
    ada.page.fill("input[name=password]", PASSWORD)
    ada.page.fill("input[name=again]", PASSWORD)
    ada.page.keyboard.press("Enter")
    ada.page.wait_for_selector(".figure")
    base = ada.page.url.rstrip("/")
    ada.page.goto(f"{base}/review")
    ada.settled()
    ada.check()
    ada.picture("review-dark")

    ada.page.goto(f"{base}/people")
    ada.page.fill("form[action='/people'] input[name=name]", "Bob")
    ada.page.select_option("form[action='/people'] select", "steward")
    ada.page.click("form[action='/people'] button")
    link = ada.page.locator("code.secret").inner_text()
    ada.check()
    ada.picture("people")
    for path, name in (("/", "overview"), ("/resources", "resources"), ("/audit", "audit"), ("/account", "account")):
        ada.page.goto(base + path)
        ada.check()
        ada.picture(name)
    ada.page.goto(f"{base}/resources?search=application")
    ada.page.click("#rows a")
    ada.page.wait_for_selector("h1.uri")
    # What speaks for a value adds up on the page.
    ada.page.click("details.sample summary >> nth=0")
    assert ada.page.locator("details[open] .fall tbody tr").count() >= 3
    ada.check()
    ada.picture("resource")
    # What is wider than a narrow screen is moved by keys, too.
    ada.page.set_viewport_size({"width": 360, "height": 800})
    for path in (ada.page.url, f"{base}/", f"{base}/phases", f"{base}/models"):
        ada.page.goto(path)
        ada.check()
        assert ada.page.evaluate("document.documentElement.scrollWidth") <= 360
    ada.page.focus(".wide[tabindex]")
    ada.page.set_viewport_size({"width": 1280, "height": 800})
    # On paper there is what is told, and nothing to press.
    ada.page.emulate_media(media="print")
    assert ada.page.locator(".top").is_hidden()
    assert ada.page.evaluate("getComputedStyle(document.documentElement).backgroundColor") == "rgb(255, 255, 255)"
    ada.page.emulate_media(media="screen")

    bob = Seen(browser, color_scheme="light")
    bob.page.goto(link)
    bob.page.fill("input[name=password]", PASSWORD)
    bob.page.fill("input[name=again]", PASSWORD)
    bob.page.keyboard.press("Enter")
    bob.page.wait_for_selector(".figure")
    bob.page.goto(f"{base}/review")
    bob.settled()

    # Both look at the same question; Ada is quicker, and Bob's words stay where they are.
    ada.page.goto(f"{base}/review")
    ada.settled()
    bob.page.keyboard.press("r")
    bob.page.keyboard.type("these are orders")
    ada.page.keyboard.press("a")
    ada.page.keyboard.press("Enter")
    ada.page.wait_for_selector("#rows .row.approved")
    bob.page.keyboard.press("Enter")
    bob.page.wait_for_selector("#notice [data-conflict]")
    assert "approved by Ada" in bob.page.locator("#notice").inner_text()
    reason = "details[open] input[name=reason]"
    assert bob.page.locator(reason).input_value() == "these are orders"
    bob.check()
    bob.picture("review-conflict")
    bob.page.click("[data-reload]")
    bob.page.wait_for_selector("#question .said.approved")

    # Of what is decided there is no form to reject it: what is typed as its reason is no row of commands (`u` would take it back).
    there = bob.current()
    bob.page.keyboard.press("r")
    bob.page.wait_for_selector("#notice .notice")
    bob.page.keyboard.type("a duplicate, just as before")
    bob.page.keyboard.press("Enter")
    assert bob.page.locator("#notice .notice").count() == 0
    assert bob.current() == there
    assert bob.page.locator("#question .said.approved").count() == 1
    assert bob.page.locator("details.verdict[open]").count() == 0
    # On a list that is scrolled, and on a narrow screen below the question, a notice is seen all the same.
    bob.page.evaluate("document.querySelector('.list').scrollTop = 400")
    for width in (1280, 390):
        bob.page.set_viewport_size({"width": width, "height": 800})
        bob.page.keyboard.press("r")
        bob.page.wait_for_selector("#notice .notice")
        shown = bob.page.locator("#notice .notice").evaluate(
            "each => { const at = each.getBoundingClientRect();"
            " return each.contains(document.elementFromPoint(at.left + 20, at.top + at.height / 2)); }"
        )
        assert shown, width
        bob.check()
        bob.page.keyboard.press("Escape")
    bob.page.set_viewport_size({"width": 1280, "height": 800})

    # The session ends while something is being typed: nothing of it is lost.
    bob.page.keyboard.press("Escape")
    bob.page.keyboard.press("j")
    bob.settled()
    bob.page.keyboard.press("r")
    bob.page.keyboard.type("orders as well")
    other = bob.context.new_page()
    other.goto(f"{base}/account")
    other.click("form[action='/sign-out'] button")
    bob.page.keyboard.press("Enter")
    bob.page.wait_for_selector("#notice .notice.wrong")
    assert bob.page.locator(reason).input_value() == "orders as well"
    other.goto(f"{base}/sign-in")
    other.fill("input[name=name]", "Bob")
    other.fill("input[name=password]", PASSWORD)
    other.keyboard.press("Enter")
    other.wait_for_selector(".figure")
    bob.page.focus(reason)
    bob.page.keyboard.press("Enter")
    # Its token was the old session's; the page asks for the new one and sends it once more.
    bob.page.wait_for_selector("#rows .row.rejected")

    # A server that is away is told as long as it is.
    first = bob.current()
    bob.context.set_offline(True)
    bob.page.locator("#rows .row.open a >> nth=2").click()
    bob.page.wait_for_selector("#notice [data-away]")
    bob.context.set_offline(False)
    bob.page.locator("#rows .row.open a >> nth=3").click()
    bob.settled()
    assert bob.current() != first
    assert bob.page.locator("#notice [data-away]").count() == 0

    bob.page.set_viewport_size({"width": 390, "height": 800})
    bob.check()
    bob.picture("review-narrow")
    # No wider than the screen.
    wide = "[...document.querySelectorAll('*')].filter(e => e.getBoundingClientRect().right > innerWidth + 1)"
    assert bob.page.evaluate(f"{wide}.map(e => `${{e.tagName}}.${{e.className}}`)") == []
    bob.page.locator("#theme button").click()
    assert bob.page.evaluate("document.documentElement.dataset.theme") == "dark"
    bob.check()
    bob.page.reload()
    assert bob.page.evaluate("document.documentElement.dataset.theme") == "dark"

    # And without scripts: a link, a form, a page.
    plain = Seen(browser, java_script_enabled=False)
    plain.page.goto(f"{base}/sign-in")
    plain.page.fill("input[name=name]", "Bob")
    plain.page.fill("input[name=password]", PASSWORD)
    plain.page.click("button")
    plain.page.click("nav a[href='/review']")
    plain.page.click("#rows .row.open a >> nth=3")
    plain.page.click("details[data-verdict=approve] summary")
    plain.page.click("details[data-verdict=approve] button")
    assert "approved" in plain.page.locator("#question header").inner_text()


def test_governance_phases_glossary_and_a_value_that_is_shown(assay: Assay, desk: str, browser: Any) -> None:
    notes(Path("data"))
    Path("data/person.txt").write_text("employee Ada, social security number: 536-90-4399\n", encoding="utf-8")
    assay("scan", "data", "--catalog", "catalog.db", "--quiet", "--format", "jsonl")
    ada = Seen(browser, color_scheme="light")
    page = ada.page
    page.goto(desk)
    page.fill("input[name=name]", "Ada")
    page.fill("input[name=password]", PASSWORD)
    page.fill("input[name=again]", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_selector(".figure")
    base = page.url.rstrip("/")
    # The names of all pages stand in one line.
    assert page.locator(".top nav").evaluate("nav => nav.getBoundingClientRect().height") < 50
    names = (
        *("plans", "incidents", "phases", "governance", "glossary", "owners", "notifications", "governance/history"),
        *("reports", "settings", "audit"),
    )
    for name in names:
        page.goto(f"{base}/{name}")
        ada.check()
        ada.picture(name.replace("/", "-"))

    # A pattern is tried as it is typed, then what the row would do, and then it is kept.
    page.goto(f"{base}/governance/SENSITIVE_PATTERNS/row")
    page.fill("input[name=row]", "own-badge")
    page.fill("input[name=NAME]", "BADGE")
    page.select_option("select[name=CATEGORY]", "CUSTOM")
    page.fill("textarea[name=text]", "badge BDG-12345 of Ada")
    page.locator("#regex").press_sequentially("BDG-[0-9]{5}")
    page.wait_for_selector("#matches .value")
    assert "line 1, column 7" in page.locator("#matches").inner_text()
    ada.check()
    ada.picture("governance-row")
    page.click("form.governed button.primary")
    page.wait_for_selector("form[action='/governance/save']")
    ada.check()
    ada.picture("governance-try")
    page.fill("input[name=reason]", "badges are numbered so")
    page.keyboard.press("Enter")
    page.wait_for_url("**/governance/SENSITIVE_PATTERNS")
    page.goto(f"{base}/governance/history")
    assert "badges are numbered so" in page.content()
    ada.check()

    # A value leaves the page after its time, and is in no copy of it.
    page.goto(f"{base}/resources?search=person.txt")
    page.click("#rows a")
    page.wait_for_selector("h1.uri")
    page.clock.install()
    page.click("details.sample summary")
    page.fill("input[name=reason]", "a complaint")
    page.keyboard.press("Enter")
    page.wait_for_selector("mark")
    assert page.locator("mark").inner_text() == "536-90-4399"
    ada.check()
    ada.picture("reveal")
    page.clock.run_for(31_000)
    page.wait_for_selector("text=It is no longer shown")
    assert "536-90-4399" not in page.content()
    assert "536-90-4399" not in Path("serve.log").read_text()

    # A plan, with what it changes as whoever knows the API reads it.
    rules = [
        {
            "ID": "old",
            "NoncurrentDays": 30,
            "Filter": {"Prefix": "a/long/prefix/of/keys/that/goes/on/for/quite/a/while/"},
        }
    ]
    with open_catalog("catalog.db") as catalog, catalog.transaction() as connection:
        plan_id = plans.keep(connection, planned(after={"Status": "Enabled", "Rules": rules}))
    names = (*names, f"plans/{plan_id}")
    page.goto(f"{base}/{names[-1]}")
    assert '"NoncurrentDays":30' in page.locator("main").inner_text()
    ada.check()
    ada.picture("plan")
    # Pages of administrators are in a menu, which closes where somebody goes on elsewhere.
    page.click(".menu summary")
    assert page.locator(".menu a").all_inner_texts() == ["People", "Notifications", "Audit", "Settings"]
    ada.check()
    page.keyboard.press("Escape")
    page.wait_for_selector(".menu:not([open])")
    page.click(".menu summary")
    page.click("h1")
    page.wait_for_selector(".menu:not([open])")

    page.set_viewport_size({"width": 400, "height": 800})
    wide = "[...document.querySelectorAll('main, header, h1, h2, form, p, section')].filter(e => !e.closest('.wide') && e.getBoundingClientRect().right > innerWidth + 1)"
    # What stands in a wide table is scrolled within it.
    for name in (*names, "governance/SENSITIVITY_WEIGHTS/row?id=rule"):
        page.goto(f"{base}/{name}")
        assert page.evaluate(f"{wide}.map(e => `${{e.tagName}}.${{e.className}}`)") == [], name
        assert page.evaluate("document.scrollingElement.scrollWidth") <= 400, name
    page.locator("#theme button").click()
    ada.check()
    assert ada.said == []
    ada.context.close()
