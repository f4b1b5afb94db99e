"""The chat protocol that OpenAI began and many servers speak: what is sent, and what an answer says.

https://platform.openai.com/docs/api-reference/chat
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from assay.errors import ModelError
from assay.ports import ModelAnswer, ModelAsked

MOST_BYTES = 262_144
"""Of an answer, thoughts and all. What goes on for longer is not listened to."""
REFUSED, ENDLESS, NO_FORM = "it refused", "its answer has no end", "its answer has not the protocol's form"
_CUT = ("content_filter",)


def request(asked: ModelAsked, *, model: str | None, most_tokens: int, stream: bool) -> dict[str, Any]:
    """The body of a request; without a `model` where the address says which."""
    tool = {"name": asked.name, "description": "Describes the resource.", "parameters": dict(asked.schema)}
    body: dict[str, Any] = {
        "messages": [{"role": "system", "content": asked.system}, {"role": "user", "content": asked.user}],
        "tools": [{"type": "function", "function": tool}],
        "tool_choice": {"type": "function", "function": {"name": asked.name}},
        "temperature": 0,
        "max_tokens": most_tokens,
    }
    if model is not None:
        body["model"] = model
    if stream:
        body |= {"stream": True, "stream_options": {"include_usage": True}}
    return body


def whole(document: Any, model: str) -> ModelAnswer:
    """What a body says that came as a whole. Raises `ModelError`."""
    if not isinstance(document, Mapping):
        raise ModelError(NO_FORM)
    choices = document.get("choices")
    if not isinstance(choices, list) or not choices or not isinstance(choices[0], Mapping):
        raise ModelError(NO_FORM)
    message = choices[0].get("message")
    if not isinstance(message, Mapping):
        raise ModelError(NO_FORM)
    heard = _Heard(model)
    heard.take(message, calls=message.get("tool_calls"))
    heard.ended(choices[0].get("finish_reason"))
    heard.used(document.get("usage"))
    return heard.answer()


def streamed(events: Iterable[str], model: str) -> ModelAnswer:
    """What the events of a stream say together; each is what stands behind `data:`. Raises `ModelError`."""
    heard = _Heard(model)
    for event in events:
        if event == "[DONE]":
            break
        try:
            document = json.loads(event)
        except (ValueError, RecursionError):
            raise ModelError(NO_FORM) from None
        if not isinstance(document, Mapping):
            raise ModelError(NO_FORM)
        if "error" in document:
            raise ModelError("it failed in the middle of its answer", transient=True)
        heard.used(document.get("usage"))
        for choice in document.get("choices") or ():
            if isinstance(choice, Mapping):
                delta = choice.get("delta")
                if isinstance(delta, Mapping):
                    heard.take(delta, calls=delta.get("tool_calls"))
                heard.ended(choice.get("finish_reason"))
    return heard.answer()


class _Heard:
    """What was heard so far."""

    def __init__(self, model: str) -> None:
        self._model = model
        self._text: list[str] = []
        self._called: list[str] = []
        self._size = 0
        self._tokens = [0, 0]
        self._refused = False

    def take(self, message: Mapping[str, Any], *, calls: Any) -> None:
        if isinstance(message.get("refusal"), str) and message["refusal"]:
            self._refused = True
        if isinstance(message.get("content"), str):
            self._add(self._text, message["content"])
        for call in calls if isinstance(calls, list) else ():
            function = call.get("function") if isinstance(call, Mapping) else None
            # Of several calls the first one is heard.
            if isinstance(function, Mapping) and call.get("index", 0) == 0:
                given = function.get("arguments")
                self._add(self._called, given if isinstance(given, str) else json.dumps(given))

    def ended(self, reason: Any) -> None:
        if reason in _CUT:
            self._refused = True

    def used(self, usage: Any) -> None:
        if isinstance(usage, Mapping):
            for at, name in enumerate(("prompt_tokens", "completion_tokens")):
                number = usage.get(name)
                if isinstance(number, int) and not isinstance(number, bool) and number >= 0:
                    self._tokens[at] = number

    def answer(self) -> ModelAnswer:
        said = "".join(self._called) or "".join(self._text)
        if self._refused:
            raise ModelError(REFUSED)
        if not said.strip():
            raise ModelError("it said nothing")
        return ModelAnswer(said, self._tokens[0], self._tokens[1], self._model)

    def _add(self, parts: list[str], text: str) -> None:
        self._size += len(text)
        if self._size > MOST_BYTES:
            raise ModelError(ENDLESS)
        parts.append(text)
