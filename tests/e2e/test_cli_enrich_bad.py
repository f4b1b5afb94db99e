"""What a language model may do wrong, by the command line and each provider's protocol: a clear outcome, rules, and a record."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from calling import Assay
from models_for_tests import ANSWER, Reply, always, chat, converse, event, failed, served, stream

from assay.enrichers.messages import MOST_BYTES

NAME = "Gonzalez"
_LONG = '{"summary": "' + "a" * (MOST_BYTES + 1)
_WRONG: list[tuple[str, Any]] = [
    ("prose", "It is a contract of employment, I think."),
    ("wrong fields", {"kind": "contract", "level": "public"}),
    ("wrong types", {**ANSWER, "confidence": "very", "retention_years": [6]}),
    ("a list", [ANSWER]),
    ("cut in the middle", json.dumps(ANSWER)[:70]),
    ("deeply nested", "[" * 100_000),
    ("no number", json.dumps(ANSWER).replace("0.8", "NaN")),
]
_EVENTS = {"Content-Type": "text/event-stream"}
_AWS_EVENTS = {"Content-Type": "application/vnd.amazon.eventstream"}
_EACH: dict[str, dict[str, Reply]] = {
    "openai": {
        **{name: stream(answer) for name, answer in _WRONG},
        "prose without a tool": stream("It is a contract.", as_text=True),
        "endless": stream(_LONG, piece=9_000),
        "refusal": chat("", refusal=f"I will not describe {NAME}."),
        "429": failed(429, **{"Retry-After": "0"}),
        "500": failed(500),
        "hangs": Reply([b"data: {}\n\n"], headers=_EVENTS, hangs=True),
        "trickles": Reply([b": still here\n\n"] * 400, headers=_EVENTS, pause=0.05),
        "breaks off": Reply([b'data: {"choices": []}\n\n'], headers=_EVENTS, cut=True),
        "an error in the stream": Reply([b'data: {"error": {"message": "Gonzalez"}}\n\n'], headers=_EVENTS),
    },
    "bedrock": {
        **{name: converse(answer) for name, answer in _WRONG},
        "prose without a tool": converse("It is a contract.", as_text=True, stop="end_turn"),
        "refusal": converse("no", as_text=True, stop="guardrail_intervened"),
        "429": failed(429, code="ThrottlingException"),
        "500": failed(500, code="InternalServerException"),
        "hangs": Reply([event("messageStart", {"role": "assistant"})], headers=_AWS_EVENTS, hangs=True),
        "an error in the stream": Reply(
            [event("messageStart", {}), event("modelStreamErrorException", {"message": NAME}, exception=True)],
            headers=_AWS_EVENTS,
        ),
        "no event stream": Reply([b"oops" * 9], headers=_AWS_EVENTS),
    },
    "sagemaker": {
        **{name: chat(answer) for name, answer in _WRONG},
        "endless": chat(_LONG),
        "refusal": chat("", refusal=f"I will not describe {NAME}."),
        "429": failed(429, code="ThrottlingException"),
        "500": failed(500, code="InternalFailure"),
        "container failed": failed(424, code="ModelError"),
        "hangs": Reply([b"{"], headers={"Content-Type": "application/json"}, hangs=True),
        "no JSON": Reply([b"oops"]),
    },
}


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, assay: Assay) -> Path:
    """A catalog with one contract."""
    monkeypatch.setattr("assay.app.enriching.asking._PAUSES", (0.0, 0.0))
    monkeypatch.setattr("assay.app.enriching.asking._GRACE", 0.5)
    monkeypatch.setattr("assay.aws.session._ATTEMPTS", 1)
    for name, value in {
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_REGION": "eu-central-1",
        "ASSAY_CATALOG": str(tmp_path / "catalog.db"),
        "ASSAY_ENRICH_SECONDS": "1",
        "ASSAY_ENRICH_MODEL": "small-one",
        "ASSAY_ENRICH_KEY": "sesame",
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "contract.txt").write_text(
        f"CONTRACT OF EMPLOYMENT\nBetween the employer and Maria {NAME}, SSN 536-90-4399.\n"
    )
    assert assay("catalog", "init").code == 0
    assert assay("scan", "contract.txt", "--format", "jsonl").code == 0
    return tmp_path


@pytest.mark.parametrize("provider", list(_EACH))
def test_rules_stand_in_and_it_is_recorded(
    assay: Assay, place: Path, monkeypatch: pytest.MonkeyPatch, provider: str
) -> None:
    before = _level(place / "catalog.db")
    for number, (wrong, reply) in enumerate(_EACH[provider].items(), 1):
        with served(always(reply)) as model:
            where = ["--endpoint-url", model.url]
            if provider == "openai":
                where = []
                monkeypatch.setenv("ASSAY_ENRICH_URL", f"{model.url}/v1")
            done = assay("enrich", "contract.txt", "--provider", provider, "--again", "--format", "jsonl", *where)
            asked = len(model.asked)
        assert "Traceback" not in done.err, wrong
        assert done.code == 3, (wrong, done.err)
        (row,) = [json.loads(line) for line in done.out.splitlines()]
        assert (row["source"], row["description"]["document_type"]) == ("rules", "contract"), wrong
        assert row["problems"], f"{wrong}: it says why"
        assert 1 <= row["used"]["requests"] == asked <= 6, wrong
        assert NAME not in done.out + done.err, wrong
        # A record of it, and nothing else is another than before.
        logged = assay("audit", "log", "--action", "ENRICHED", "--format", "jsonl").out.splitlines()
        assert len(logged) == number, wrong
        assert json.loads(logged[-1])["details"]["source"] == "rules"
        assert _level(place / "catalog.db") == before, wrong
    assert assay("audit", "verify").code == 0
    assert NAME.encode() not in (place / "catalog.db").read_bytes()


def _level(catalog: Path) -> list[Any]:
    with sqlite3.connect(catalog) as connection:
        return connection.execute("select level, record from classifications").fetchall()
