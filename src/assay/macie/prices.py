"""What a job may cost: Macie's own count of what it can classify, times its list price (`prices.yaml`, or one's own)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from assay.detect.yamlmarks import load_shipped
from assay.errors import ConfigError

GIGABYTE = 2**30


@dataclass(frozen=True, slots=True, kw_only=True)
class Prices:
    """A price list: `tiers` are (up to so many GB in a month, each); the last is open. The first `free` GB cost nothing."""

    source: str
    region: str
    date: str
    currency: str
    free: Decimal
    tiers: tuple[tuple[Decimal | None, Decimal], ...]

    def cost(self, size: int) -> Decimal:
        """Of so many bytes, as if nothing else was looked at in the month."""
        left = max(Decimal(0), Decimal(size) / GIGABYTE - self.free)
        total, below = Decimal(0), Decimal(0)
        for up_to, each in self.tiers:
            part = left if up_to is None else min(left, up_to - below)
            total += part * each
            left -= part
            below = below if up_to is None else up_to
        return total.quantize(Decimal("0.01"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """What a bucket holds, as Macie counts it. `compressed` bytes become more when they are opened. `unknown` says why Macie
    could not count it."""

    bucket: str
    objects: int
    size: int
    compressed: int = 0
    unknown: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """What one run over everything may cost. It is the most where `at_most` says that the job looks at less, and the least
    where `at_least` says what was not counted."""

    buckets: int
    objects: int
    size: int
    cost: Decimal
    at_most: tuple[str, ...] = ()
    at_least: tuple[str, ...] = ()


def estimate(
    holdings: Sequence[Holding],
    prices: Prices,
    *,
    sampling: int,
    missing: Sequence[str] = (),
    narrowed: Sequence[str] = (),
) -> Estimate:
    """The estimate for `sampling` percent of all objects. `missing` are buckets that Macie does not know, `narrowed` what else
    makes a job look at less, in words."""
    size = sum(each.size for each in holdings) * sampling // 100
    least = [f"{each.bucket}: {each.unknown}" for each in holdings if each.unknown]
    least += [f"{bucket}: Macie does not know it" for bucket in missing]
    packed = sum(each.compressed for each in holdings)
    if packed:
        least.append(f"{packed:,} bytes are compressed, and are paid for as they are when they are opened")
    return Estimate(
        buckets=len(holdings),
        objects=sum(each.objects for each in holdings) * sampling // 100,
        size=size,
        cost=prices.cost(size),
        at_most=tuple(narrowed),
        at_least=tuple(least),
    )


def shipped_prices() -> Prices:
    """The price list that comes with assay."""
    return _prices(load_shipped(Path(__file__).with_name("prices.yaml")), "prices.yaml")


def read_prices(file: Path) -> Prices:
    """A price list of one's own, in the form of the shipped one. Raises `ConfigError`."""
    import yaml

    try:
        return _prices(yaml.safe_load(file.read_text(encoding="utf-8")), str(file))
    except (OSError, UnicodeDecodeError, yaml.YAMLError):
        raise ConfigError(f"{file}: cannot be read as YAML; it has to be like docs/aws.md shows price lists") from None


def _prices(told: Any, where: str) -> Prices:
    try:
        tiers = tuple(
            (None if each.get("up_to") is None else Decimal(str(each["up_to"])), Decimal(str(each["each"])))
            for each in told["tiers"]
        )
        found = Prices(
            source=str(told["source"]),
            region=str(told["region"]),
            date=str(told["date"]),
            currency=str(told["currency"]),
            free=Decimal(str(told.get("free", 0))),
            tiers=tiers,
        )
    except (KeyError, TypeError, AttributeError, ArithmeticError):
        raise ConfigError(f"{where}: needs source, region, date, currency and tiers, each with 'each' and all but the last "
                          "with 'up_to'") from None  # fmt: skip
    bounds = [up_to for up_to, _ in tiers[:-1]]
    is_rising = all(bound is not None for bound in bounds) and bounds == sorted(
        set(bounds), key=lambda bound: bound or 0
    )
    if not tiers or tiers[-1][0] is not None or not is_rising or any(each < 0 for _, each in tiers) or found.free < 0:
        raise ConfigError(f"{where}: tiers have to rise, the last without 'up_to', and no price below zero")
    return found
