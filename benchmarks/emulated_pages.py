"""An S3 whose keys are counted, not kept: pages of a bucket of any size, made as they are asked for.

`python -m benchmarks.emulated_pages PATTERN KEYS BYTES` prints its URL and answers until it is ended. It knows
ListObjectsV2 (prefix, delimiter, continuation) and GetObject, and counts both: GET /-/counts.
"""

from __future__ import annotations

import bisect
import json
import sys
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, quote, unquote, urlsplit

PATTERNS: dict[str, Callable[[int], str]] = {
    "flat": lambda number: f"exports/k{number:08}.txt",
    "folders": lambda number: f"t{number // 250_000:03}/d{number // 2_500:05}/k{number:08}.txt",
    "small folders": lambda number: f"d{number // 3:08}/k{number:08}.txt",
}
_ETAG = '"9dd4e461268c8034f5c8564e155c67a6"'
_LINE = b"A line of text in which there is nothing that anybody would have to protect.\n"
_LAST = "\U0010ffff"


class Emulated:
    """A bucket of `keys` objects of `size` bytes, in the order of their keys."""

    def __init__(self, pattern: str, keys: int, size: int) -> None:
        self._key = PATTERNS[pattern]
        self._keys = range(keys)
        self._size = size
        self.body = (_LINE * (size // len(_LINE) + 1))[:size]
        self.counts = {"lists": 0, "gets": 0}

    def page(self, prefix: str, delimiter: str, token: str, most: int) -> str:
        """A page of the list, as XML. The token is the number of the next key."""
        end = bisect.bisect_left(self._keys, prefix + _LAST, key=self._key)
        at = int(token) if token else bisect.bisect_left(self._keys, prefix, key=self._key)
        told: list[str] = []
        while at < end and len(told) < most:
            key = self._key(at)
            folder, found, _ = key[len(prefix) :].partition(delimiter) if delimiter else ("", "", "")
            if found:
                whole = prefix + folder + delimiter
                told.append(f"<CommonPrefixes><Prefix>{quote(whole)}</Prefix></CommonPrefixes>")
                at = bisect.bisect_left(self._keys, whole + _LAST, key=self._key)
                continue
            told.append(
                f"<Contents><Key>{quote(key)}</Key><LastModified>2026-01-01T00:00:00.000Z</LastModified><ETag>{_ETAG}"
                f"</ETag><Size>{self._size}</Size><StorageClass>STANDARD</StorageClass></Contents>"
            )
            at += 1
        more = at < end
        following = f"<NextContinuationToken>{at}</NextContinuationToken>" if more else ""
        return (
            '<?xml version="1.0" encoding="UTF-8"?><ListBucketResult><EncodingType>url</EncodingType>'
            f"<IsTruncated>{str(more).lower()}</IsTruncated>{following}{''.join(told)}</ListBucketResult>"
        )


def serve(bucket: Emulated) -> None:
    """Answers until the process ends."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
            if parts.path == "/-/counts":
                self._answer(json.dumps(bucket.counts).encode())
            elif asked.get("list-type") == "2":
                bucket.counts["lists"] += 1
                most = int(asked.get("max-keys", "1000"))
                page = bucket.page(
                    unquote(asked.get("prefix", "")),
                    asked.get("delimiter", ""),
                    asked.get("continuation-token", ""),
                    most,
                )
                self._answer(page.encode())
            else:
                bucket.counts["gets"] += 1
                self._answer(bucket.body)

        def _answer(self, body: bytes) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("ETag", _ETAG)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    print(f"http://127.0.0.1:{server.server_port}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    serve(Emulated(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
