"""What an action may cost each month, by list prices (`prices.yaml`): an estimate, and unknown where the size is not known.

Backups of tables are whole copies, each as large as the table; those of databases, volumes and buckets hold what changed, so that their
size is the least.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from assay.detect.yamlmarks import YamlError, load_shipped, load_with_marks
from assay.errors import ConfigError
from assay.model.protection import ResourceState, ResourceType
from assay.protect.points import Point

SHIPPED = Path(__file__).parent / "prices.yaml"
SIZE = "size_bytes"
_GIGABYTE = 2**30
_BACKUP = {
    ResourceType.S3_BUCKET: "backup_s3_gb_month",
    ResourceType.DYNAMODB_TABLE: "backup_dynamodb_gb_month",
    ResourceType.RDS_INSTANCE: "backup_rds_gb_month",
    ResourceType.RDS_CLUSTER: "backup_rds_gb_month",
    ResourceType.EBS_VOLUME: "backup_ebs_gb_month",
}
_PRICE = {
    "kms_key": "kms_key_month",
    "s3_encryption": "kms_10k_requests",
    "dynamodb_encryption": "kms_10k_requests",
    "ebs_default_key": "kms_10k_requests",
    "s3_versioning": "s3_gb_month",
    "dynamodb_recovery": "dynamodb_recovery_gb_month",
    "s3_logging": "s3_gb_month",
    "rds_log_exports": "logs_gb",
    "rds_backups": "backup_rds_gb_month",
    "data_events": "data_events_100k",
    "cloudtrail_trail": "s3_gb_month",
    "alarms": "alarm_month",
    "s3_request_metrics": "metric_month",
    "dynamodb_insights": "insights_rule_month",
}
"""By which price what a protector adds is told; that of backups depends on what is backed up."""
_NOT_SEEN = "that price was found on no page"
_RUNS = {"assay-hourly": 24, "assay-daily": 1, "assay-weekly": 1 / 7}
_REQUEST_METRICS = 16
_WHOLE = frozenset({ResourceType.DYNAMODB_TABLE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Prices:
    """A price list: what each thing costs, where and when that was so. `seen` has the page on which each was found; `None` where all of it is
    somebody's own."""

    source: str
    region: str
    date: str
    currency: str
    each: Mapping[str, Decimal]
    seen: Mapping[str, str] | None = None

    def is_confirmed(self, name: str) -> bool:
        """Whether a page says so, or who gave the list."""
        return not name or self.seen is None or name in self.seen


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What an action adds each month: `monthly` is `None` where that is not known, 0 where it costs nothing. `is_least` says that it may be
    more. `told` is a sentence, `price` the name of the price that it is by."""

    monthly: Decimal | None
    told: str
    is_least: bool = False
    price: str = ""

    def as_json(self, prices: Prices) -> dict[str, Any]:
        """As it stands in an action."""
        is_confirmed = prices.is_confirmed(self.price)
        return {
            "currency": prices.currency,
            "date": prices.date,
            "monthly": None if self.monthly is None else str(self.monthly),
            "is_least": self.is_least,
            "is_confirmed": is_confirmed,
            "told": self.told if is_confirmed else f"{self.told}; {_NOT_SEEN}",
        }


NOTHING = Cost(monthly=Decimal(0), told="")


@cache
def shipped_prices() -> Prices:
    """The list that ships."""
    return _prices(load_shipped(SHIPPED), SHIPPED.name)


def read_prices(file: Path) -> Prices:
    """Somebody's own list. Raises `ConfigError`."""
    try:
        document, _ = load_with_marks(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigError(f"{file}: no such file; name a list of prices") from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{file}: cannot be read ({type(error).__name__})") from None
    except YamlError as error:
        raise ConfigError(f"{file}:{error.line}: {error}") from None
    return _prices(document, str(file))


def _prices(document: Any, where: str) -> Prices:
    known = {"source", "region", "date", "currency", "prices"}
    if (
        not isinstance(document, dict)
        or set(document) - {"seen"} != known
        or not isinstance(document["prices"], dict)
        or not isinstance(document.get("seen", {}), dict)
    ):
        raise ConfigError(f"{where}: a list of prices has {', '.join(sorted(known))}, and may have seen")
    given = document["prices"]
    wanted = set(load_shipped(SHIPPED)["prices"])
    if set(given) != wanted:
        other = sorted(set(given) ^ wanted)
        raise ConfigError(
            f"{where}: prices must be exactly those that ship; {', '.join(map(str, other))} is missing or unknown"
        )
    each: dict[str, Decimal] = {}
    for name, value in given.items():
        if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
            raise ConfigError(f"{where}: {name} must be a number that is not negative")
        each[name] = Decimal(str(value))
    told = {name: str(document[name]) for name in ("source", "region", "date", "currency")}
    return Prices(each=each, seen=_seen(document.get("seen"), wanted, where), **told)


def _seen(given: Mapping[Any, Any] | None, wanted: set[str], where: str) -> dict[str, str] | None:
    if given is None:
        return None
    for name, value in given.items():
        if name not in wanted:
            raise ConfigError(f"{where}: seen: {name} is none of the prices")
        if not isinstance(value, dict) or set(value) != {"page", "day"}:
            raise ConfigError(f"{where}: seen: {name} must have a page, and on which day somebody looked")
    return {str(name): f"{value['page']} ({value['day']})" for name, value in given.items()}


def cost_of(point: Point, state: ResourceState, prices: Prices, plans: Mapping[str, Mapping[str, Any]]) -> Cost:
    """What a change adds. `plans` are the rules of plans of AWS Backup by name, those that are going to be made among them."""
    cost = _cost(point, state, prices, plans)
    price = _BACKUP.get(state.type, "") if point.protector == "backup_join" else _PRICE.get(point.protector, "")
    return cost if cost is NOTHING else replace(cost, price=price)


def _cost(point: Point, state: ResourceState, prices: Prices, plans: Mapping[str, Mapping[str, Any]]) -> Cost:
    size = state.settings.get(SIZE)
    gigabytes = None if size is None or not size.is_known or size.value is None else Decimal(size.value) / _GIGABYTE
    each = prices.each
    match point.protector:
        case "kms_key":
            return _known(each["kms_key_month"], "a key; its first two rotations add as much each")
        case "s3_encryption" | "dynamodb_encryption" | "ebs_default_key":
            return _unknown(f"requests of keys, {each['kms_10k_requests']} for 10,000: how many is not known")
        case "s3_versioning":
            return _unknown(f"replaced versions, {each['s3_gb_month']} for each GB: how much is replaced is not known")
        case "dynamodb_recovery":
            return _sized(each["dynamodb_recovery_gb_month"], gigabytes, "recovery to any moment")
        case "s3_logging":
            return _unknown(f"logs, {each['s3_gb_month']} for each GB: how much is asked is not known")
        case "rds_log_exports":
            return _unknown(f"logs, {each['logs_gb']} for each GB: how many there are is not known")
        case "rds_backups":
            return _unknown(f"backups beyond the size of what is there, {each['backup_rds_gb_month']} for each GB")
        case "data_events":
            return _unknown(f"events, {each['data_events_100k']} for 100,000: how many there are is not known")
        case "cloudtrail_trail":
            return _unknown(f"logs, {each['s3_gb_month']} for each GB: how many there are is not known")
        case "alarms":
            return _known(each["alarm_month"], "an alarm")
        case "s3_request_metrics":
            return _known(each["metric_month"] * _REQUEST_METRICS, f"{_REQUEST_METRICS} metrics")
        case "dynamodb_insights":
            return _unknown(f"rules, {each['insights_rule_month']} each, and events: how many there are is not known")
        case "s3_events":
            return _unknown("events of EventBridge are free, and what is done with them is not: that is not known")
        case "backup_join":
            return _backed_up(point, state, prices, plans, gigabytes)
    return NOTHING


def _backed_up(
    point: Point,
    state: ResourceState,
    prices: Prices,
    plans: Mapping[str, Mapping[str, Any]],
    gigabytes: Decimal | None,
) -> Cost:
    (name,) = point.after.values()
    rules = [rule for key, rule in plans.get(str(name), {}).items() if key.startswith("rule ") and rule]
    price = prices.each[_BACKUP[state.type]]
    if gigabytes is None or not rules:
        return _unknown(f"backups, {price} for each GB: how large it is is not known")
    if state.type not in _WHOLE:
        copies = sum(1 + len(rule.get("CopyActions", ())) for rule in rules[-1:])
        cost = _sized(price * copies, gigabytes, "one whole copy; what changes is added")
        return Cost(monthly=cost.monthly, told=cost.told, is_least=True)
    kept: Decimal = Decimal(0)
    for rule in rules:
        days = rule.get("Lifecycle", {}).get("DeleteAfterDays")
        if days is None:
            return _unknown(f"copies that are kept for ever, {price} for each GB")
        points = Decimal(str(_RUNS.get(rule["RuleName"], 1))) * days
        kept += points * (1 + len(rule.get("CopyActions", ())))
    told = f"{kept:,.0f} whole copies of {gigabytes:,.1f} GB, once all of their time is full"
    return _known(price * kept * gigabytes, told)


def _sized(price: Decimal, gigabytes: Decimal | None, what: str) -> Cost:
    if gigabytes is None:
        return _unknown(f"{what}, {price} for each GB: how large it is is not known")
    return _known(price * gigabytes, f"{what}: {gigabytes:,.1f} GB at {price}")


def _known(monthly: Decimal, told: str) -> Cost:
    return Cost(monthly=monthly.quantize(Decimal("0.01")), told=told)


def _unknown(told: str) -> Cost:
    return Cost(monthly=None, told=told)


def total_of(costs: list[Mapping[str, Any]]) -> tuple[Decimal, int]:
    """What is known of several together, and of how many it is not known."""
    known = [Decimal(each["monthly"]) for each in costs if each and each["monthly"] is not None]
    return sum(known, Decimal(0)), sum(bool(each) and each["monthly"] is None for each in costs)
