"""Servers on loopback that speak the protocols of language models: OpenAI's chat, Bedrock's ConverseStream, SageMaker's."""

from __future__ import annotations

import binascii
import json
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

ANSWER: dict[str, Any] = {
    "document_type": "contract",
    "summary": "A contract of employment.",
    "business_context": "Kept by the people department.",
    "business_terms": [],
    "data_subjects": ["employees"],
    "retention_years": 6,
    "retention_because": "Kept six years by the company's own rule.",
    "jurisdictions": ["GB"],
    "residency": "",
    "refined": [],
    "described": [],
    "tags": {"Department": "people"},
    "advice": ["restrict_access"],
    "suspected": [],
    "confidence": 0.8,
}


@dataclass
class Reply:
    """What is sent: `parts` one after the other, each after `pause` seconds; without an end it `hangs` instead."""

    parts: list[bytes]
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    pause: float = 0.0
    hangs: bool = False
    cut: bool = False


Script = Callable[[int, dict[str, Any]], Reply]
"""Which reply the request of that number (from 0) gets."""


@dataclass
class Model:
    """A server, and what it was asked."""

    url: str
    asked: list[dict[str, Any]]
    headers: list[dict[str, str]]
    paths: list[str]


@contextmanager
def served(script: Script) -> Iterator[Model]:
    """A server that replies by a script."""
    ended = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None:
            return

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            number = len(model.asked)
            model.asked.append(body)
            model.headers.append({name.lower(): value for name, value in self.headers.items()})
            model.paths.append(self.path)
            reply = script(number, body)
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            try:
                for part in reply.parts:
                    if reply.pause and ended.wait(reply.pause):
                        return
                    self.wfile.write(b"%x\r\n%s\r\n" % (len(part), part))
                    self.wfile.flush()
                if reply.hangs:
                    ended.wait(600)
                if reply.cut:
                    self.close_connection = True
                    return
                self.wfile.write(b"0\r\n\r\n")
            except OSError:
                return  # whoever asked has gone

    class Server(ThreadingHTTPServer):
        def handle_error(self, _request: Any, _client_address: Any) -> None:
            return  # whoever asked has gone

    server = Server(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    model = Model(f"http://127.0.0.1:{server.server_address[1]}", [], [], [])
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield model
    finally:
        ended.set()
        server.shutdown()
        server.server_close()


def chat(arguments: Any, *, as_text: bool = False, finish: str = "stop", refusal: str | None = None) -> Reply:
    """A whole body of OpenAI's protocol."""
    said = arguments if isinstance(arguments, str) else json.dumps(arguments)
    message: dict[str, Any] = {"role": "assistant", "content": said if as_text else None, "refusal": refusal}
    if not as_text and refusal is None:
        call = {"id": "call_1", "type": "function", "function": {"name": "describe_resource", "arguments": said}}
        message["tool_calls"] = [call]
    body = {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "choices": [{"index": 0, "message": message, "finish_reason": finish}],
        "usage": {"prompt_tokens": 900, "completion_tokens": 120, "total_tokens": 1020},
    }
    return Reply([json.dumps(body).encode()], headers={"Content-Type": "application/json"})


def stream(arguments: Any, *, as_text: bool = False, piece: int = 17) -> Reply:
    """The same as a stream of events, the arguments in small pieces, cut anywhere."""
    said = arguments if isinstance(arguments, str) else json.dumps(arguments)
    events: list[Any] = [{"choices": [{"index": 0, "delta": {"role": "assistant", "content": ""}}]}]
    for at in range(0, len(said), piece):
        text = said[at : at + piece]
        call: dict[str, Any] = {"index": 0, "function": {"arguments": text}}
        if at == 0:
            call |= {"id": "call_1", "type": "function"}
            call["function"]["name"] = "describe_resource"
        events.append({"choices": [{"index": 0, "delta": {"content": text} if as_text else {"tool_calls": [call]}}]})
    events.append({"choices": [{"index": 0, "delta": {}, "finish_reason": "tool_calls"}]})
    events.append({"choices": [], "usage": {"prompt_tokens": 700, "completion_tokens": 80, "total_tokens": 780}})
    body = b"".join(b"data: " + json.dumps(event).encode() + b"\n\n" for event in events) + b"data: [DONE]\n\n"
    parts = [body[at : at + 61] for at in range(0, len(body), 61)]
    return Reply(parts, headers={"Content-Type": "text/event-stream; charset=utf-8"})


def failed(status: int, *, code: str = "", **headers: str) -> Reply:
    """An error, as OpenAI's protocol and those of AWS tell it; its message quotes what was sent, as some do."""
    body = {"error": {"message": "You said: Maria Gonzalez", "type": code}, "message": "You said: Maria Gonzalez"}
    told = {"Content-Type": "application/json", **({"x-amzn-ErrorType": code} if code else {}), **headers}
    return Reply([json.dumps(body).encode()], status=status, headers=told)


def event(kind: str, payload: Any, *, exception: bool = False) -> bytes:
    """One message of AWS's event stream encoding.

    https://docs.aws.amazon.com/transcribe/latest/dg/streaming-setting-up.html#streaming-event-stream
    """
    names = {":exception-type" if exception else ":event-type": kind, ":content-type": "application/json"}
    names[":message-type"] = "exception" if exception else "event"
    headers = b"".join(
        struct.pack("!B", len(name)) + name.encode() + b"\x07" + struct.pack("!H", len(value)) + value.encode()
        for name, value in names.items()
    )
    body = json.dumps(payload).encode()
    prelude = struct.pack("!II", 16 + len(headers) + len(body), len(headers))
    message = prelude + struct.pack("!I", binascii.crc32(prelude)) + headers + body
    return message + struct.pack("!I", binascii.crc32(message))


def converse(arguments: Any, *, stop: str = "tool_use", as_text: bool = False) -> Reply:
    """A stream of Bedrock's ConverseStream."""
    said = arguments if isinstance(arguments, str) else json.dumps(arguments)
    events = [event("messageStart", {"role": "assistant"})]
    if not as_text:
        start = {"toolUse": {"toolUseId": "t1", "name": "describe_resource"}}
        events.append(event("contentBlockStart", {"start": start, "contentBlockIndex": 1}))
    for at in range(0, len(said), 40):
        text = said[at : at + 40]
        delta: dict[str, Any] = {"text": text} if as_text else {"toolUse": {"input": text}}
        events.append(event("contentBlockDelta", {"delta": delta, "contentBlockIndex": 0 if as_text else 1}))
    events.append(event("contentBlockStop", {"contentBlockIndex": 1}))
    events.append(event("messageStop", {"stopReason": stop}))
    usage = {"inputTokens": 500, "outputTokens": 60, "totalTokens": 560}
    events.append(event("metadata", {"usage": usage, "metrics": {"latencyMs": 12}}))
    return Reply(events, headers={"Content-Type": "application/vnd.amazon.eventstream"})


def always(reply: Reply) -> Script:
    """The same to whatever is asked."""
    return lambda _number, _body: reply


def waited(until: Callable[[], bool], seconds: float = 120.0) -> bool:
    """Whether something came about in time."""
    end = time.monotonic() + seconds
    while not until():
        if time.monotonic() > end:
            return False
        time.sleep(0.01)
    return True
