"""Each protocol of language models, spoken by a server: answers whole and in pieces, refusals, errors, silence, no end."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from models_for_tests import ANSWER, Reply, always, chat, converse, event, failed, served, stream

from assay.aws.access import Access
from assay.enrichers.bedrock import Bedrock
from assay.enrichers.messages import MOST_BYTES
from assay.enrichers.openai_compatible import OpenAiCompatible, checked
from assay.enrichers.sagemaker import SageMaker
from assay.errors import ModelError, UsageError
from assay.ports import Enricher, ModelAnswer, ModelAsked

ASKED = ModelAsked("instructions", "FACTS\n{}\nEND", "describe_resource", {"type": "object", "properties": {}})


@pytest.fixture(autouse=True)
def _credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setenv("AWS_REGION", "eu-central-1")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")


def openai(url: str) -> Enricher:
    return OpenAiCompatible(f"{url}/v1", "small-one", "sesame")


def bedrock(url: str) -> Enricher:
    return Bedrock(Access(endpoint_url=url), "amazon.nova-lite-v1:0")


def sagemaker(url: str) -> Enricher:
    return SageMaker(Access(endpoint_url=url), "describer")


def ask(made: Callable[[str], Enricher], reply: Reply, seconds: float = 5.0) -> ModelAnswer:
    with served(always(reply)) as model:
        return made(model.url).ask(ASKED, most_tokens=200, seconds=seconds)


def refused(made: Callable[[str], Enricher], reply: Reply, seconds: float = 5.0) -> ModelError:
    with pytest.raises(ModelError) as caught:
        ask(made, reply, seconds)
    assert "Gonzalez" not in str(caught.value)
    return caught.value


def said(answer: ModelAnswer) -> Any:
    assert isinstance(answer.answer, str)
    return json.loads(answer.answer)


@pytest.mark.parametrize("reply", [stream(ANSWER), chat(ANSWER), stream(ANSWER, as_text=True), stream(ANSWER, piece=1)])
def test_openai_answers_in_pieces_or_as_a_whole(reply: Reply) -> None:
    answer = ask(openai, reply)
    assert said(answer) == ANSWER
    assert answer.tokens_in in (700, 900)
    assert answer.tokens_out in (80, 120)


def test_openai_is_sent_the_schema_as_a_tool_and_the_key_in_a_header() -> None:
    with served(always(chat(ANSWER))) as model:
        openai(model.url).ask(ASKED, most_tokens=200, seconds=5)
    (body,), (headers,) = model.asked, model.headers
    assert model.paths == ["/v1/chat/completions"]
    assert headers["authorization"] == "Bearer sesame"
    assert body["tools"][0]["function"]["parameters"] == ASKED.schema
    assert body["tool_choice"]["function"]["name"] == "describe_resource"
    assert body["max_tokens"] == 200
    assert body["temperature"] == 0


def test_what_stays_in_a_network_of_ones_own_goes_through_no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    with served(always(chat(ANSWER))) as proxy, served(always(chat(ANSWER))) as model:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy.url)
        for name in ("NO_PROXY", "no_proxy"):
            monkeypatch.delenv(name, raising=False)
        assert said(openai(model.url).ask(ASKED, most_tokens=200, seconds=5)) == ANSWER
    assert (len(proxy.asked), len(model.asked)) == (0, 1)


@pytest.mark.parametrize("key", ["hunter2\n", "hunter2\r\nX-Other: 1", "hunter2-€", "hunter2\x00"])
def test_a_key_that_no_request_can_hold_is_refused_and_not_told(key: str) -> None:
    with pytest.raises(UsageError, match="ASSAY_ENRICH_KEY") as raised:
        OpenAiCompatible("http://localhost:9/v1", "small-one", key)
    assert "hunter2" not in str(raised.value)


@pytest.mark.parametrize("host", ["134744072", "0x08080808", "010.8.8.8", "8.8.2056", "[2001:4860::8888]", "[bad"])
def test_an_address_of_another_network_is_one_however_it_is_written(host: str) -> None:
    with pytest.raises(UsageError):
        checked(f"http://{host}/v1")


def test_bedrock_answers_by_calling_the_tool() -> None:
    with served(always(converse(ANSWER))) as model:
        answer = bedrock(model.url).ask(ASKED, most_tokens=200, seconds=5)
    assert said(answer) == ANSWER
    assert (answer.tokens_in, answer.tokens_out) == (500, 60)
    (body,) = model.asked
    assert body["toolConfig"]["toolChoice"] == {"tool": {"name": "describe_resource"}}
    assert body["inferenceConfig"]["maxTokens"] == 200
    assert model.paths == ["/model/amazon.nova-lite-v1%3A0/converse-stream"]


def test_a_model_of_bedrock_that_cannot_be_told_to_call_a_tool_is_asked_without_that() -> None:
    def script(_number: int, body: dict[str, Any]) -> Reply:
        if "toolChoice" in body["toolConfig"]:
            reply = failed(400, code="ValidationException")
            reply.parts = [b'{"message": "This model does not support toolConfig.toolChoice.tool."}']
            return reply
        return converse(ANSWER, as_text=True)

    with served(script) as model:
        made = bedrock(model.url)
        for _ in range(2):
            assert said(made.ask(ASKED, most_tokens=200, seconds=5)) == ANSWER
    assert len(model.asked) == 3, "it is known the second time"


def test_sagemaker_answers_in_the_chat_protocol() -> None:
    with served(always(chat(ANSWER))) as model:
        answer = sagemaker(model.url).ask(ASKED, most_tokens=200, seconds=5)
    assert said(answer) == ANSWER
    assert model.paths == ["/endpoints/describer/invocations"]
    assert "model" not in model.asked[0]


@pytest.mark.parametrize(
    ("made", "reply", "transient"),
    [
        (openai, failed(429, **{"Retry-After": "7"}), True),
        (openai, failed(500), True),
        (openai, failed(503), True),
        (openai, failed(401), False),
        (openai, failed(404), False),
        (openai, failed(400), False),
        (openai, failed(302, Location="http://127.0.0.1:9/elsewhere"), False),
        (bedrock, failed(429, code="ThrottlingException"), True),
        (bedrock, failed(403, code="AccessDeniedException"), False),
        (bedrock, failed(404, code="ResourceNotFoundException"), False),
        (bedrock, failed(408, code="ModelTimeoutException"), True),
        (sagemaker, failed(403, code="AccessDeniedException"), False),
        (sagemaker, failed(424, code="ModelError"), True),
    ],
)
def test_errors_say_whether_it_is_worth_trying_again_and_quote_nothing(
    made: Callable[[str], Enricher], reply: Reply, transient: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("assay.aws.session._ATTEMPTS", 1)
    assert refused(made, reply).transient is transient


def test_openai_says_how_long_to_wait() -> None:
    assert refused(openai, failed(429, **{"Retry-After": "7"})).after == 7.0
    assert refused(openai, failed(429, **{"Retry-After": "9999"})).after == 60.0
    assert refused(openai, failed(429, **{"Retry-After": "soon"})).after is None


@pytest.mark.parametrize(
    ("made", "reply"),
    [
        (openai, chat("", refusal="I will not.")),
        (openai, chat("", as_text=True, finish="content_filter")),
        (bedrock, converse("no", as_text=True, stop="guardrail_intervened")),
        (bedrock, converse("no", as_text=True, stop="content_filtered")),
    ],
)
def test_a_refusal_is_told_as_one(made: Callable[[str], Enricher], reply: Reply) -> None:
    error = refused(made, reply)
    assert error.reason == "it refused"
    assert not error.transient


@pytest.mark.parametrize(
    ("made", "reply"),
    [
        (openai, Reply([b"<html>not found</html>"], headers={"Content-Type": "text/html"})),
        (openai, Reply([b"[]"], headers={"Content-Type": "application/json"})),
        (openai, Reply([b'{"choices": []}'], headers={"Content-Type": "application/json"})),
        (openai, Reply([b'{"choices": [7]}'], headers={"Content-Type": "application/json"})),
        (openai, Reply([b"[" * 100_000], headers={"Content-Type": "application/json"})),
        (openai, Reply([b"data: {broken\n\n"], headers={"Content-Type": "text/event-stream"})),
        (openai, Reply([b"data: [DONE]\n\n"], headers={"Content-Type": "text/event-stream"})),
        (bedrock, converse("", as_text=True, stop="end_turn")),
        (sagemaker, Reply([b"oops"])),
    ],
)
def test_an_answer_without_the_protocols_form_is_none(made: Callable[[str], Enricher], reply: Reply) -> None:
    assert not refused(made, reply).transient


def test_a_stream_that_fails_in_its_middle_is_worth_another_try() -> None:
    sent = b'data: {"choices": [{"delta": {"content": "{"}}]}\n\ndata: {"error": {"message": "Maria Gonzalez"}}\n\n'
    assert refused(openai, Reply([sent], headers={"Content-Type": "text/event-stream"})).transient
    broken = [
        event("messageStart", {"role": "assistant"}),
        event("throttlingException", {"message": "x"}, exception=True),
    ]
    assert refused(bedrock, Reply(broken, headers={"Content-Type": "application/vnd.amazon.eventstream"})).transient


def test_a_connection_that_breaks_is_worth_another_try() -> None:
    reply = Reply([b'data: {"choices": []}\n\n'], headers={"Content-Type": "text/event-stream"}, cut=True)
    assert refused(openai, reply).transient


def test_nobody_waits_longer_than_asked_for_one_that_hangs_or_trickles() -> None:
    began = time.monotonic()
    hanging = Reply([b"data: {}\n\n"], headers={"Content-Type": "text/event-stream"}, hangs=True)
    assert refused(openai, hanging, seconds=0.3).reason == "no answer in time"
    trickling = Reply([b": still here\n\n"] * 12_000, headers={"Content-Type": "text/event-stream"}, pause=0.05)
    assert refused(openai, trickling, seconds=0.3).reason == "no answer in time"
    # Both go on for ten minutes.
    assert time.monotonic() - began < 120


def test_an_answer_without_end_is_not_listened_to() -> None:
    part = b'data: {"choices": [{"index": 0, "delta": {"content": "' + b"a" * 4_000 + b'"}}]}\n\n'
    reply = Reply([part] * (2 + MOST_BYTES // 4_000), headers={"Content-Type": "text/event-stream"})
    assert refused(openai, reply).reason == "its answer has no end"
    assert refused(sagemaker, chat("a" * MOST_BYTES)).reason == "its answer has no end"


def test_nothing_is_sent_in_clear_to_another_network() -> None:
    for good in (
        "https://models.example.com/v1",
        "http://127.0.0.1:11434/v1",
        "http://10.2.3.4/v1",
        "http://vllm:8000/v1",
    ):
        assert checked(good) == good
    for bad in (
        "http://models.example.com/v1",
        "http://8.8.8.8/v1",
        "ftp://x",
        "https://me:secret@example.com/v1",
        "nowhere",
    ):
        with pytest.raises(UsageError) as caught:
            checked(bad)
        assert "secret" not in str(caught.value)


def test_one_that_is_not_there_is_told() -> None:
    with pytest.raises(ModelError) as caught:
        OpenAiCompatible("http://127.0.0.1:1/v1", "m", None).ask(ASKED, most_tokens=10, seconds=2)
    assert caught.value.transient
