"""What the emulator holds, as far as checks need to know, and what the layer itself remembers."""

from __future__ import annotations

import threading
from typing import Any

from moto.dynamodb.models import dynamodb_backends
from moto.kms.models import kms_backends
from moto.s3.models import s3_backends


class State:
    """What the layer remembers beside the emulator. Empty after a reset. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.clear()

    def clear(self) -> None:
        with self._lock:
            self._enabled: set[tuple[str, str, str]] = set()
            self._denied_keys: set[str] = set()
            self._unsettled: dict[str, list[Any]] = {}
            self._held: dict[tuple[str, ...], dict[str, Any]] = {}
            self._when: dict[Any, list[float]] = {}

    def held(self, *where: str) -> dict[str, Any]:
        """What a service that the emulator has not keeps, by its ids: `held("macie2", account, region, "jobs")`."""
        with self._lock:
            return self._held.setdefault(where, {})

    def enable(self, service: str, account: str, region: str, on: bool = True) -> None:
        """Services that have to be switched on for an account and region: Macie, Security Hub."""
        with self._lock:
            (self._enabled.add if on else self._enabled.discard)((service, account, region))

    def enabled(self, service: str, account: str, region: str) -> bool:
        with self._lock:
            return (service, account, region) in self._enabled

    def deny_key(self, key: str) -> None:
        with self._lock:
            self._denied_keys.add(_last(key))

    def is_denied(self, key: str) -> bool:
        with self._lock:
            return _last(key) in self._denied_keys

    def often(self, what: Any, now: float) -> int:
        """Counts something that happens now, and how often it has within a second."""
        with self._lock:
            found = [when for when in self._when.get(what, ()) if now - when < 1.0]
            self._when[what] = [*found, now]
            return len(found) + 1

    def unsettle(self, table: str, status: str, describes: int) -> None:
        """A table that is not ACTIVE until it was described so often."""
        with self._lock:
            self._unsettled[table] = [status, describes]

    def status_of(self, table: str, *, described: bool = False) -> str:
        with self._lock:
            found = self._unsettled.get(table)
            if found is None:
                return "ACTIVE"
            status: str = found[0]
            if described:
                found[1] -= 1
                if found[1] <= 0:
                    del self._unsettled[table]
            return status


def _last(key: str) -> str:
    return key.rpartition("/")[2]


def bucket(name: str | None) -> Any:
    """The emulator's bucket, whoever owns it; `None` where there is none."""
    owner = s3_backends.bucket_accounts.get(name)
    if owner is None:
        return None
    partition, account = owner
    return s3_backends[account][partition].buckets.get(name)


def bucket_tags(held: Any) -> dict[str, str]:
    return dict(s3_backends[held.account_id][held.partition].tagger.get_tag_dict_for_resource(held.arn))


def put_bucket_tags(held: Any, tags: dict[str, str]) -> None:
    s3_backends[held.account_id][held.partition].put_bucket_tagging(held.name, tags)


def object_in(name: str | None, key: str | None, version: str | None = None) -> Any:
    held = bucket(name)
    if held is None or key is None:
        return None
    return s3_backends[held.account_id][held.partition].get_object(held.name, key, version_id=version)


def kms_key(account: str, region: str, key: str) -> Any:
    """The emulator's key for an id, an ARN, an alias; `None` where there is none."""
    if key.startswith("arn:"):
        _, _, _, region, account, key = key.split(":", 5)
        key = key.removeprefix("key/")
    backend = kms_backends[account][region]
    if key.startswith("alias/"):
        key = backend.get_key_id_from_alias(key) or ""
    return backend.keys.get(key)


def table_tags(account: str, region: str, arn: str) -> dict[str, str]:
    for table in dynamodb_backends[account][region].tables.values():
        if table.table_arn == arn:
            return {tag["Key"]: tag["Value"] for tag in table.tags}
    return {}
