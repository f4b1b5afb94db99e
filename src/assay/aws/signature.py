"""Signature Version 4 of a request without a body: https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache

ALGORITHM = "AWS4-HMAC-SHA256"
EMPTY = hashlib.sha256(b"").hexdigest()
"""The digest of no body."""


def moment_of(now: datetime) -> str:
    """A time in UTC as `X-Amz-Date` has it."""
    return now.strftime("%Y%m%dT%H%M%SZ")


def authorization(
    *, path: str, query: str, headers: Mapping[str, str], access_key: str, secret_key: str, region: str, service: str
) -> str:
    """What stands in `Authorization` of a GET. All `headers` are signed: names in small letters, among them `host`,
    `x-amz-date` and `x-amz-content-sha256`. `path` is as it is sent, `query` its parameters in order."""
    at = headers["x-amz-date"]
    names = sorted(headers)
    signed = ";".join(names)
    told = "".join([f"{name}:{' '.join(headers[name].split())}\n" for name in names])
    request = f"GET\n{path}\n{query}\n{told}\n{signed}\n{headers['x-amz-content-sha256']}"
    scope = f"{at[:8]}/{region}/{service}/aws4_request"
    text = f"{ALGORITHM}\n{at}\n{scope}\n{hashlib.sha256(request.encode()).hexdigest()}"
    key = _key(secret_key, at[:8], region, service)
    signature = hmac.digest(key, text.encode(), "sha256").hex()
    return f"{ALGORITHM} Credential={access_key}/{scope}, SignedHeaders={signed}, Signature={signature}"


@lru_cache(maxsize=8)
def _key(secret_key: str, day: str, region: str, service: str) -> bytes:
    key = f"AWS4{secret_key}".encode()
    for part in (day, region, service, "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    return key
