"""What changes cost, as far as that is known, and what a policy finds too dear."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from assay.errors import ConfigError
from assay.model.protection import ResourceState, ResourceType, Setting
from assay.protect import backups, ceilings
from assay.protect.ceilings import within
from assay.protect.costs import _BACKUP, _PRICE, SHIPPED, cost_of, read_prices, shipped_prices
from assay.protect.means import BackupsFound, Means
from assay.protect.points import Point, Verdict, changed, ok
from assay.protect.policy import Asked, Entry, Scope
from assay.report.planpage.money import costs, together

GIGABYTE = 2**30
PRICES = shipped_prices()
TAG = "assay:backup"


def state(kind: ResourceType = ResourceType.DYNAMODB_TABLE, size: int | None = 10 * GIGABYTE) -> ResourceState:
    settings = {} if size is None else {"size_bytes": Setting(value=size)}
    return ResourceState(resource="it", type=kind, account="1", region="eu-west-1", settings=settings)


def asked(**controls: Any) -> dict[str, Asked]:
    entry = Entry(name="own", where=Scope(), controls=controls, place="own:1")
    return {name: Asked(value, entry) for name, value in controls.items()}


def joined(frequency: str, days: int, kind: ResourceType = ResourceType.DYNAMODB_TABLE) -> tuple[Point, Any]:
    wanted = backups.Wanted(level="internal", frequency=frequency, days=days, region="eu-west-1", own_key=False)
    plans = {wanted.name: backups.rules_of(wanted, "aws", "1")}
    return changed("backup", "backup_join", {TAG: None}, {TAG: wanted.name}), plans


@pytest.mark.parametrize(
    ("frequency", "days", "copies"),
    # Hourly ones are kept 35 days, and one a day for as long as is asked for.
    [("daily", 365, 365), ("hourly", 2555, 35 * 24 + 2555), ("hourly", 7, 7 * 24)],
)
def test_backups_of_tables_are_whole_copies(frequency: str, days: int, copies: int) -> None:
    point, plans = joined(frequency, days)
    cost = cost_of(point, state(), PRICES, plans)
    assert cost.monthly == (Decimal(copies * 10) * PRICES.each["backup_dynamodb_gb_month"]).quantize(Decimal("0.01"))
    assert not cost.is_least


def test_those_of_others_are_the_least() -> None:
    point, plans = joined("daily", 365)
    cost = cost_of(point, state(ResourceType.EBS_VOLUME), PRICES, plans)
    assert (cost.monthly, cost.is_least) == (Decimal("0.50"), True)


@pytest.mark.parametrize("size", [None])
def test_what_is_not_known_is_not_nothing(size: int | None) -> None:
    point, plans = joined("daily", 365)
    cost = cost_of(point, state(size=size), PRICES, plans)
    assert (cost.monthly, "is not known" in cost.told) == (None, True)
    recovery = changed("point_in_time_recovery", "dynamodb_recovery", {"on": False}, {"on": True})
    assert cost_of(recovery, state(size=size), PRICES, {}).monthly is None
    assert cost_of(recovery, state(), PRICES, {}).monthly == Decimal("2.00")


def test_what_is_kept_for_ever_has_no_end() -> None:
    point, plans = joined("daily", 0)
    assert cost_of(point, state(), PRICES, plans).monthly is None


class TestCeiling:
    def points(self) -> tuple[list[Point], Means]:
        point, plans = joined("daily", 365)
        vault = changed("backup", "backup_vault", {"vault": None}, {"vault": "there"}, resource="vault")
        free = changed("deletion_protection", "dynamodb_deletion_protection", {"on": False}, {"on": True})
        (name,) = plans
        found = BackupsFound(plans={name: plans[name]})
        return [vault, point, free, ok("x", "y")], Means(partition="aws", account="1", backups={"eu-west-1": found})

    def test_what_is_dearer_is_refused_with_all_that_it_needs(self) -> None:
        points, means = self.points()
        kept = within(points, state(), asked(cost_ceiling=100), means)
        assert [(each.verdict, each.control) for each in kept] == [
            (Verdict.REFUSED, "backup"), (Verdict.CHANGE, "deletion_protection"), (Verdict.OK, "x"),
        ]  # fmt: skip
        assert kept[0].reason == ceilings.TOO_DEAR
        assert "365.00 USD a month, and cost_ceiling is 100" in kept[0].detail

    def test_what_is_not_stays(self) -> None:
        points, means = self.points()
        kept = within(points, state(), asked(cost_ceiling=365.5), means)
        assert [each.verdict for each in kept] == [Verdict.CHANGE] * 3 + [Verdict.OK]

    def test_what_is_not_known_waits_for_a_person(self) -> None:
        points, means = self.points()
        kept = within(points, state(size=None), asked(cost_ceiling=0), means)
        assert "not known" in kept[1].person
        assert within(points, state(size=None), {}, means)[1].person == ""


def test_totals_say_what_they_leave_out() -> None:
    known = {"monthly": "1.00", "is_least": False, "told": "a key", "currency": "USD", "date": "2025-06-01"}
    unknown = {**known, "monthly": None}
    assert together([known, {}, unknown]) == (
        "at least 1.00 USD a month, and 1 of which it is not known (an estimate, by list prices of 2025-06-01)"
    )
    assert together([known]).startswith("about 1.00 USD")
    assert together([{}]) == ""
    assert costs(unknown) == "unknown (a key)"


@pytest.mark.parametrize(
    ("edit", "told"),
    [
        (("kms_key_month: 1.00", "kms_key_month: -1"), "kms_key_month must be a number"),
        (("kms_key_month", "kms_key"), "kms_key, kms_key_month is missing or unknown"),
        (("currency: USD", "money: USD"), "a list of prices has"),
        (("prices:\n", "prices: [\n"), "prices.yaml:"),
        (("  kms_key_month: {page", "  kms_key: {page"), "seen: kms_key is none of the prices"),
        (('{page: "https://aws.amazon.com/kms/pricing/", day: 2026-11-30}', "yes"), "kms_key_month must have a page"),
    ],
)
def test_a_list_that_is_wrong_is_used_in_no_part(tmp_path: Path, edit: tuple[str, str], told: str) -> None:
    file = tmp_path / "prices.yaml"
    file.write_text(SHIPPED.read_text().replace(*edit))
    with pytest.raises(ConfigError, match=told):
        read_prices(file)


def test_ones_own_list(tmp_path: Path) -> None:
    file = tmp_path / "prices.yaml"
    file.write_text(SHIPPED.read_text().replace("kms_key_month: 1.00", "kms_key_month: 3").replace("USD", "EUR"))
    key = changed("encryption", "kms_key", {"key": None}, {"key": "there"})
    cost = cost_of(key, state(), read_prices(file), {})
    assert (cost.monthly, cost.as_json(read_prices(file))["currency"]) == (Decimal("3.00"), "EUR")
    with pytest.raises(ConfigError, match="no such file"):
        read_prices(tmp_path / "none.yaml")


def test_a_price_that_was_found_on_no_page_is_told_as_that(tmp_path: Path) -> None:
    point, plans = joined("daily", 365, ResourceType.EBS_VOLUME)
    of_volume = cost_of(point, state(ResourceType.EBS_VOLUME), PRICES, plans).as_json(PRICES)
    assert (of_volume["is_confirmed"], "found on no page" in of_volume["told"]) == (False, True)
    of_table = cost_of(joined("daily", 365)[0], state(), PRICES, plans).as_json(PRICES)
    assert (of_table["is_confirmed"], "found on no page" in of_table["told"]) == (True, False)
    assert "1 by prices that were found on no page" in together([of_volume, of_table])
    # Whose list it is says so himself.
    file = tmp_path / "prices.yaml"
    file.write_text(SHIPPED.read_text().partition("seen:\n")[0])
    own = read_prices(file)
    assert cost_of(point, state(ResourceType.EBS_VOLUME), own, plans).as_json(own)["is_confirmed"]


def test_each_price_is_used_and_each_page_is_one() -> None:
    used = {*_PRICE.values(), *_BACKUP.values()}
    assert used == set(PRICES.each)
    assert PRICES.seen is not None
    assert set(PRICES.each) - set(PRICES.seen) == {"backup_s3_gb_month", "backup_ebs_gb_month"}
    assert all(page.startswith("https://") for page in PRICES.seen.values())
