"""Amazon Bedrock, by its Converse API, which is the same for all its models.

https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStream.html
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from assay.aws.access import Access
from assay.aws.client import Client
from assay.aws.failures import failure_of, refusals
from assay.aws.session import Calls
from assay.enrichers.messages import ENDLESS, MOST_BYTES, NO_FORM, REFUSED
from assay.errors import AwsError, ModelError
from assay.ports import ModelAnswer, ModelAsked

CALLS: Calls = frozenset({"bedrock-runtime.ConverseStream"})
_CUT = ("guardrail_intervened", "content_filtered")
_BUSY = ("ModelNotReadyException", "ModelTimeoutException", "InternalServerException", "ServiceUnavailableException")
_FAILED = ("internalServerException", "modelStreamErrorException", "throttlingException", "serviceUnavailableException")
_NO_CHOICE = "toolChoice"


class Bedrock:
    """Asks one model, or inference profile, of the account."""

    name = "bedrock"

    def __init__(self, access: Access, model: str) -> None:
        self._client = Client(access, "bedrock-runtime", CALLS)
        self._asked = model
        # Not every model can be told to call a tool; what one of them said of it holds for the next time.
        self._is_chosen = True

    @property
    def model(self) -> str:
        return self._asked

    def ask(self, asked: ModelAsked, *, most_tokens: int, seconds: float) -> ModelAnswer:
        until = time.monotonic() + seconds
        try:
            try:
                events = self._converse(asked, most_tokens)
            except refusals() as error:
                if not self._is_chosen or not _is_about_choice(error):
                    raise
                self._is_chosen = False
                events = self._converse(asked, most_tokens)
            try:
                return self._heard(events, until)
            finally:
                events.close()
        except AwsError as error:
            raise ModelError(error.reason) from None
        except refusals() as error:
            failure = failure_of(error)
            if failure.code in _FAILED:
                raise ModelError("it failed in the middle of its answer", transient=True) from None
            transient = failure.is_transient or failure.code in _BUSY
            raise ModelError(f"{failure.reason} ({failure.code or 'no answer'})", transient=transient) from None

    def _converse(self, asked: ModelAsked, most_tokens: int) -> Any:
        tool = {
            "name": asked.name,
            "description": "Describes the resource.",
            "inputSchema": {"json": dict(asked.schema)},
        }
        tools: dict[str, Any] = {"tools": [{"toolSpec": tool}]}
        if self._is_chosen:
            tools[_NO_CHOICE] = {"tool": {"name": asked.name}}
        return self._client.get().converse_stream(
            modelId=self._asked,
            system=[{"text": asked.system}],
            messages=[{"role": "user", "content": [{"text": asked.user}]}],
            inferenceConfig={"maxTokens": most_tokens, "temperature": 0.0},
            toolConfig=tools,
        )["stream"]

    def _heard(self, events: Any, until: float) -> ModelAnswer:
        text: list[str] = []
        called: list[str] = []
        size = tokens_in = tokens_out = 0
        tool_at: int | None = None
        for event in events:
            if time.monotonic() > until:
                raise ModelError("no answer in time", transient=True)
            begun = event.get("contentBlockStart", {})
            if tool_at is None and "toolUse" in begun.get("start", {}):
                tool_at = begun.get("contentBlockIndex", 0)
            part = event.get("contentBlockDelta", {})
            delta = part.get("delta", {})
            said = delta.get("text") or ""
            if "toolUse" in delta and part.get("contentBlockIndex", 0) == tool_at:
                called.append(delta["toolUse"].get("input", ""))
                said = called[-1]
            elif said:
                text.append(said)
            size += len(said)
            if size > MOST_BYTES:
                raise ModelError(ENDLESS)
            if event.get("messageStop", {}).get("stopReason") in _CUT:
                raise ModelError(REFUSED)
            usage: Mapping[str, Any] = event.get("metadata", {}).get("usage", {})
            tokens_in = usage.get("inputTokens", tokens_in)
            tokens_out = usage.get("outputTokens", tokens_out)
        answer = "".join(called) or "".join(text)
        if not answer.strip():
            raise ModelError(NO_FORM)
        return ModelAnswer(answer, tokens_in, tokens_out, self._asked)


def _is_about_choice(error: BaseException) -> bool:
    answer: Any = getattr(error, "response", {})
    told = answer.get("Error", {}) if isinstance(answer, dict) else {}
    return told.get("Code") == "ValidationException" and "tool" in str(told.get("Message", "")).lower()
