"""Any endpoint that speaks OpenAI's chat protocol: vLLM, Ollama, llama.cpp, gateways, OpenAI itself.

https://platform.openai.com/docs/api-reference/chat/create
"""

from __future__ import annotations

import ipaddress
import json
import re
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from assay.enrichers.messages import ENDLESS, MOST_BYTES, NO_FORM, request, streamed, whole
from assay.errors import ModelError, UsageError
from assay.ports import ModelAnswer, ModelAsked

LATE, UNREACHABLE = "no answer in time", "it cannot be reached"
_CONNECT_SECONDS = 10.0
_OK, _TOO_MANY, _SERVER = 200, 429, 500
_WRONG_KEY = (401, 403)
_SAID = {
    400: "it refused the request (400)",
    404: "it knows no such model or address (404)",
    413: "the request is too long for it (413)",
}
_LONGEST_PAUSE = 60.0
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*", re.IGNORECASE)


class OpenAiCompatible:
    """Asks one model behind one address. Answers are streamed, so that one that does not end is not waited for."""

    name = "openai"

    def __init__(self, url: str, model: str, key: str | None) -> None:
        """Raises `UsageError` for an address that cannot be used, and without httpx."""
        try:
            import httpx  # an extra: only where such a model is asked
        except ModuleNotFoundError:
            raise UsageError(
                "a model is asked with httpx, which is not installed: pip install 'assay[enrich]'"
            ) from None
        self._httpx = httpx
        self._url = checked(url).rstrip("/") + "/chat/completions"
        self._asked = model
        headers = {"Accept": "text/event-stream, application/json", "User-Agent": "assay"}
        if key:
            if not (key.isascii() and key.isprintable()):
                # What the library says of a header quotes it.
                raise UsageError("ASSAY_ENRICH_KEY has a line break, or another character that no key has")
            headers["Authorization"] = f"Bearer {key}"
        # No redirects, and no proxy that would read it: what is sent goes to the address that was named, and nowhere else.
        is_sealed = self._url.startswith("https:")
        self._client = httpx.Client(
            headers=headers, follow_redirects=False, timeout=_CONNECT_SECONDS, trust_env=is_sealed
        )

    @property
    def model(self) -> str:
        return f"{self._asked} at {urlsplit(self._url).netloc.rpartition('@')[2]}"

    def ask(self, asked: ModelAsked, *, most_tokens: int, seconds: float) -> ModelAnswer:
        httpx = self._httpx
        until = time.monotonic() + seconds
        body = request(asked, model=self._asked, most_tokens=most_tokens, stream=True)
        timeout = httpx.Timeout(seconds, connect=min(seconds, _CONNECT_SECONDS))
        try:
            with self._client.stream("POST", self._url, json=body, timeout=timeout) as response:
                if response.status_code != _OK:
                    raise _refusal(response)
                parts = _bytes(response, until)
                if response.headers.get("content-type", "").startswith("text/event-stream"):
                    return streamed(_events(parts), self._asked)
                return whole(_json(b"".join(parts)), self._asked)
        except httpx.TimeoutException:
            raise ModelError(LATE, transient=True) from None
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError):
            # What the library says may hold what was sent.
            raise ModelError(UNREACHABLE, transient=True) from None

    def close(self) -> None:
        """Ends the connections."""
        self._client.close()


def checked(url: str) -> str:
    """The address, if what is sent to it is sealed on its way or stays in a network of one's own. Raises `UsageError`."""
    try:
        parts = urlsplit(url)
    except ValueError:
        raise UsageError("enrich_url must be an address such as https://models.example.com/v1") from None
    host = parts.hostname or ""
    if parts.scheme not in ("http", "https") or not host:
        raise UsageError("enrich_url must be an address such as https://models.example.com/v1")
    if parts.username or parts.password:
        raise UsageError("enrich_url must not hold a password; set ASSAY_ENRICH_KEY")
    if parts.scheme == "http" and not _is_near(host):
        raise UsageError("enrich_url: what is sent to another network goes over https")
    return url


def _is_near(host: str) -> bool:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        # A number is an address, too, and of any network.
        is_name = _NUMBER.fullmatch(host) is None
        return (
            host == "localhost" or ("." not in host and is_name) or host.endswith((".internal", ".local", ".localhost"))
        )
    return address.is_loopback or address.is_private


def _refusal(response: Any) -> ModelError:
    status = response.status_code
    if status == _TOO_MANY or status >= _SERVER:
        said = "it has too much to do (429)" if status == _TOO_MANY else f"it failed ({status})"
        return ModelError(said, transient=True, after=_pause(response.headers.get("retry-after")))
    if status in _WRONG_KEY:
        return ModelError(f"it does not know the key ({status}); set ASSAY_ENRICH_KEY")
    return ModelError(_SAID.get(status, f"it answered with status {status}"))


def _pause(given: str | None) -> float | None:
    try:
        return min(max(0.0, float(given or "")), _LONGEST_PAUSE)
    except ValueError:
        return None


def _bytes(response: Any, until: float) -> Iterator[bytes]:
    size = 0
    for part in response.iter_bytes():
        size += len(part)
        # Each event of a stream brings some bytes, and its names with them.
        if size > 8 * MOST_BYTES:
            raise ModelError(ENDLESS)
        if time.monotonic() > until:
            raise ModelError(LATE, transient=True)
        yield part


def _events(parts: Iterator[bytes]) -> Iterator[str]:
    """What stands behind `data:`, event by event. https://html.spec.whatwg.org/multipage/server-sent-events.html"""
    rest = b""
    data: list[str] = []
    for part in parts:
        *lines, rest = (rest + part).replace(b"\r\n", b"\n").split(b"\n")
        for line in lines:
            if line.startswith(b"data:"):
                data.append(line[5:].removeprefix(b" ").decode("utf-8", "replace"))
            elif not line and data:
                yield "\n".join(data)
                data = []
    if rest.startswith(b"data:"):
        data.append(rest[5:].removeprefix(b" ").decode("utf-8", "replace"))
    if data:
        yield "\n".join(data)


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        raise ModelError(NO_FORM) from None
