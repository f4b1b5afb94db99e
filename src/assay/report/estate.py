"""An estate as JSON Lines and as flat rows. The form is published in `docs/schema/assay.schema.json`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import orjson

from assay.model import EstateAsset, EstateSummary, Gap, Skip

EstateResult = EstateAsset | Gap | Skip | EstateSummary

KINDS: dict[str, type] = {
    "kind": str,
    "state": str,
    "because": str,
    "type": str,
    "name": str,
    "account": str,
    "region": str,
    "resource": str,
    "arn": str,
    "engine": str,
    "status": str,
    "created": str,
    "size_bytes": int,
    "capacity_bytes": int,
    "items": int,
    "encrypted": bool,
    "public": bool,
    "owners": str,
    "labels": str,
    "held_by": str,
    "related": str,
    "scanned_at": str,
    "scanned_resources": int,
    "level": str,
    "reason": str,
    "detail": str,
}
"""The columns of a row with their types."""


_OBJECTS = ("owners", "labels", "related")


def is_told(line: Mapping[str, Any]) -> bool:
    """Whether what a line of an asset tells is of the kinds that `document` gives it."""
    if line["kind"] != "asset":
        return True
    kinds: dict[str, type] = KINDS | dict.fromkeys(_OBJECTS, dict)
    return all(value is None or key not in kinds or type(value) is kinds[key] for key, value in line.items())


def encode(result: EstateResult) -> bytes:
    """A result as one JSON line, line feed included."""
    return orjson.dumps(document(result), option=orjson.OPT_APPEND_NEWLINE)


def document(result: EstateResult) -> dict[str, Any]:
    """A result as an object whose first key is `kind`."""
    if isinstance(result, EstateAsset):
        return {"kind": "asset", "resource": result.uri, **_asset(result)}
    if isinstance(result, EstateSummary):
        return _summary(result)
    kind = "gap" if isinstance(result, Gap) else "skip"
    return {"kind": kind, "resource": result.resource, "reason": result.reason, "detail": result.detail}


def row(result: EstateResult) -> dict[str, Any]:
    """A result as a row: the columns of `KINDS` that it has. Objects are JSON texts; a summary has totals in `detail`."""
    if isinstance(result, EstateSummary):
        totals = {key: value for key, value in _summary(result).items() if key not in ("kind", "command")}
        return {"kind": "summary", "detail": _text(totals)}
    return {key: _text(value) if isinstance(value, dict) else value for key, value in document(result).items()}


def _asset(result: EstateAsset) -> dict[str, Any]:
    asset, scans = result.asset, result.scans
    return {
        "arn": None if asset is None else asset.arn,
        "type": None if asset is None else asset.type,
        "name": None if asset is None else asset.name,
        "account": None if asset is None else asset.account,
        "region": None if asset is None else asset.region,
        "engine": None if asset is None else asset.engine,
        "status": None if asset is None else asset.status,
        "created": None if asset is None else _time(asset.created),
        "size_bytes": None if asset is None else asset.size_bytes,
        "capacity_bytes": None if asset is None else asset.capacity_bytes,
        "items": None if asset is None else asset.items,
        "encrypted": None if asset is None else asset.encrypted,
        "public": None if asset is None else asset.public,
        "owners": _object(result.owners),
        "labels": _object(result.labels),
        "held_by": None if asset is None else asset.held_by,
        "related": {} if asset is None else dict(asset.related),
        "state": None if result.state is None else result.state.value,
        "because": result.because,
        "scanned_at": None if scans is None else _time(scans.last_at),
        "scanned_resources": None if scans is None else scans.resources,
        "level": None if scans is None or scans.level is None else scans.level.value,
    }


def _summary(summary: EstateSummary) -> dict[str, Any]:
    return {
        "kind": "summary",
        "command": summary.command,
        "accounts": list(summary.accounts),
        "regions": list(summary.regions),
        "services": list(summary.services),
        "assets": summary.assets,
        "shown": summary.shown,
        "by_type": dict(summary.by_type),
        "by_state": dict(summary.by_state),
        "gaps": summary.gaps,
        "skips": summary.skips,
        "seconds": round(summary.seconds, 3),
        "interrupted": summary.interrupted,
    }


def _object(tags: Mapping[str, str] | None) -> dict[str, str] | None:
    return None if tags is None else dict(tags)


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _text(value: Mapping[str, Any]) -> str:
    return orjson.dumps(value).decode()
