"""Stages of Snowflake as resources of an estate: what lies in them lies in buckets, the estate's own or others'."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from urllib.parse import quote

from assay.app.cloud.discovering import Found
from assay.aws import uris
from assay.errors import ReadError
from assay.model import Asset, Gap
from assay.sources.sql.address import Address
from assay.sources.sql.snowflakestages import Stage, stages

BUCKET, STAGE = "s3:bucket", "snowflake:stage"
# Buckets of China and of governments are named by schemes of their own.
_SCHEME = re.compile(r"^s3(?:china|gov)?://", re.IGNORECASE)
_HERE = "bucket_is_here"
_NAMED = 20
"""How many stages a bucket names; the rest are counted."""


def stages_of(addresses: Sequence[Address]) -> Iterator[Asset | Gap]:
    """The stages of each account, in the order of their names; one that does not answer is a gap of its own. Raises `UsageError`."""
    for address in addresses:
        found: list[Asset] = []
        gap: Gap | None = None
        try:
            found.extend(_asset(stage, address) for stage in stages(address))
        except ReadError as error:
            detail = f"{error.detail}; {len(found):,} stages were listed before" if found else error.detail
            gap = Gap(resource=address.shown.rstrip("/"), reason=error.reason, detail=detail)
        yield from sorted(found, key=lambda each: each.arn)
        if gap is not None:
            yield gap


def related(found: Iterable[Found], *, all_buckets: bool) -> list[Found]:
    """The same, stages with the bucket that they lead to, and buckets with the stages that lead there.

    `all_buckets` says whether every bucket of the accounts was listed: if not, one that is missing may still be theirs.
    """
    every = list(found)
    buckets = {each.name: each.arn for each in every if isinstance(each, Asset) and each.type == BUCKET}
    leading: dict[str, list[str]] = {}
    for each in every:
        if isinstance(each, Asset) and each.type == STAGE:
            leading.setdefault(_bucket_of(each) or "", []).append(each.name)
    return [_with_facts(each, buckets, leading, all_buckets) if isinstance(each, Asset) else each for each in every]


def _with_facts(
    asset: Asset, buckets: Mapping[str, str], leading: Mapping[str, Sequence[str]], all_buckets: bool
) -> Asset:
    facts: dict[str, str] = {}
    if asset.type == BUCKET and leading.get(asset.name):
        names = leading[asset.name]
        more = f" and {len(names) - _NAMED:,} more" if len(names) > _NAMED else ""
        facts["snowflake_stages"] = ", ".join(names[:_NAMED]) + more
    elif asset.type == STAGE and (bucket := _bucket_of(asset)) is not None:
        if bucket in buckets:
            facts = {"bucket": buckets[bucket], _HERE: "yes"}
        else:
            facts[_HERE] = "no" if all_buckets else "unknown"
    return replace(asset, related={**asset.related, **facts}) if facts else asset


def _bucket_of(stage: Asset) -> str | None:
    place = uris.place_of(stage.uris[0]) if stage.uris else None
    return place.name if place is not None else None


def _asset(stage: Stage, address: Address) -> Asset:
    names = (stage.database, stage.schema)
    where = uris.location(_SCHEME.sub("s3://", stage.url)) if _SCHEME.match(stage.url) else None
    facts = {
        "location": stage.url,
        "owner_role": stage.owner,
        "storage_integration": stage.integration,
    }
    return Asset(
        arn=f"{address.uri(*names)}/@{quote(stage.name, safe='')}",
        type=STAGE,
        name=".".join((*names, stage.name)),
        account=address.host,
        region=stage.region,
        engine="snowflake",
        status="external" if stage.is_external else "internal",
        created=stage.created,
        uris=() if where is None else (where,),
        related={name: fact for name, fact in facts.items() if fact},
    )
