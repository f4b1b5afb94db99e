"""`assay protect migration` over accounts: what is replaced is looked at, planned, made and taken back in the account that it is of, or not at all."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from awsservers import ACCOUNT, REGION, Aws
from calling import Assay
from killing_for_tests import KilledError, Killing, dead, one_by_one
from protecting_for_tests import ask_apart
from test_cli_protect_regions import OTHER, lines, theirs

from assay.protectors import replacing
from assay.store.engine import open_catalog

ROLE = f"arn:aws:iam::{OTHER}:role/see"
SHOP = f"arn:aws:rds:{REGION}:{OTHER}:db:shop"


@pytest.fixture
def killing(monkeypatch: pytest.MonkeyPatch) -> Killing:
    monkeypatch.setattr(replacing, "_PAUSES", (0.0, 0.0, 0.0))
    return one_by_one(monkeypatch)


@pytest.fixture
def estate(killing: Killing, aws: Aws, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Aws:
    """A database of that name, and a key of that alias, in each of two accounts."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ASSAY_CATALOG", "catalog.db")
    monkeypatch.setenv("ASSAY_PROTECTION", ask_apart(tmp_path))
    open_catalog("catalog.db", create=True).close()
    Path("assay.toml").write_text(f'protect_roles = ["{ROLE}"]')
    for rds, kms in ((aws.client("rds"), aws.client("kms")), (theirs(aws, "rds"), theirs(aws, "kms"))):
        rds.create_db_instance(
            DBInstanceIdentifier="shop", Engine="postgres", DBInstanceClass="db.t3.micro", AllocatedStorage=20, MasterUsername="admin",
            MasterUserPassword="not-a-secret", PubliclyAccessible=False, BackupRetentionPeriod=7,
        )  # fmt: skip
        kms.create_alias(
            AliasName="alias/assay-restricted", TargetKeyId=kms.create_key(Description="ours")["KeyMetadata"]["Arn"]
        )
    aws.strict.calls.clear()
    return aws


def names(client: Any) -> list[str]:
    return sorted(each["DBInstanceIdentifier"] for each in client.describe_db_instances()["DBInstances"])


def planned(assay: Assay, *more: str) -> str:
    told = assay("protect", "migration", SHOP, "--format", "jsonl", *(more or ("--plan",)))
    (plan,) = [each for each in lines(told) if each["kind"] == "plan"]
    assert told.code == 0, told.out + told.err
    assert assay("protect", "approve", plan["plan"]).code == 0
    return str(plan["plan"])


def writers(aws: Aws) -> set[str]:
    """The accounts that something of RDS was changed in, but for what tests prepare."""
    return {
        each.request.account
        for name in set(aws.strict.calls.names())
        if name.startswith("rds.") and not name.startswith("rds.Describe")
        for each in aws.strict.calls.made(name)
    }


def test_it_is_replaced_and_taken_back_where_it_is(estate: Aws, assay: Assay) -> None:
    shown = assay("protect", "migration", SHOP, "--format", "jsonl")
    assert (shown.code, [each["stage"] for each in lines(shown)][:2]) == (0, ["for a person", "next"]), shown.err
    plan = planned(assay)
    (key,) = {
        each["after"]["replacement"]
        for each in lines(assay("protect", "migration", SHOP, "--plan", "--format", "jsonl"))
        if "replacement" in each.get("after", {})
    }
    assert f":{OTHER}:key/" in key, "the key is that of the account, whatever is called so elsewhere"
    done = assay("protect", "apply", plan, "--execute", "--format", "jsonl")
    assert {each["outcome"] for each in lines(done) if each["kind"] == "receipt"} == {"applied"}, done.out + done.err
    assert names(theirs(estate, "rds")) == ["shop", "shop-old"]
    assert assay("protect", "verify", plan).code == 0
    assert assay("protect", "rollback", plan, "--execute").code in (0, 3)
    assert names(theirs(estate, "rds")) == ["shop", "shop-new"]
    assert assay("protect", "apply", planned(assay), "--execute").code == 0
    last = planned(assay, "--sign-off")
    assert assay("protect", "apply", last, "--execute").code == 0
    assert (names(theirs(estate, "rds")), names(estate.client("rds"))) == (["shop"], ["shop"])
    assert writers(estate) == {OTHER}


def test_where_nothing_leads_it_is_refused_and_nothing_is_asked(estate: Aws, assay: Assay) -> None:
    plan = planned(assay)
    Path("assay.toml").write_text("")
    estate.strict.calls.clear()
    for more in ((), ("--plan",), ("--sign-off",)):
        done = assay("protect", "migration", SHOP, *more)
        assert (done.code, f"it is of account {OTHER}, and the credentials of {ACCOUNT}: give --role-arn" in done.err) == (2, True), done.err  # fmt: skip
    assert assay("protect", "apply", plan, "--execute").code == 2
    assert {name.partition(".")[0] for name in estate.strict.calls.names()} == {"sts"}
    # With the role itself it is the same as with the setting.
    assert assay("protect", "migration", SHOP, "--role-arn", ROLE).code == 0


def test_a_role_that_cannot_be_assumed_is_told(estate: Aws, assay: Assay) -> None:
    estate.strict.deny("sts.AssumeRole")
    for more in ((), ("--plan",)):
        done = assay("protect", "migration", SHOP, *more)
        assert (done.code, f"{ROLE} cannot be assumed" in done.err, "Traceback" in done.err) == (2, True, False)
    assert not [name for name in estate.strict.calls.names() if name.startswith("rds.")]


def test_killed_at_every_call_it_is_taken_up_where_it_is(estate: Aws, assay: Assay, killing: Killing) -> None:
    plan = planned(assay)
    for verb, left in (("apply", ["shop", "shop-old"]), ("rollback", ["shop", "shop-new"])):
        for _ in range(30):
            died = [_killed(assay, killing, verb, plan, after=after) for after in (False, True)]
            if not any(died):
                break
        else:
            pytest.fail("it never ends")
        assert names(theirs(estate, "rds")) == left
    called = {name for name, _ in killing.at}
    assert called == {
        "rds.CreateDBSnapshot", "rds.CopyDBSnapshot", "rds.RestoreDBInstanceFromDBSnapshot", "rds.ModifyDBInstance",
    }  # fmt: skip
    assert killing.at == {(name, after) for name in called for after in (False, True)}
    snapshots = theirs(estate, "rds").describe_db_snapshots(SnapshotType="manual")["DBSnapshots"]
    assert sorted(each["DBSnapshotIdentifier"] for each in snapshots) == ["shop-before", "shop-encrypted"]
    assert (writers(estate), names(estate.client("rds"))) == ({OTHER}, ["shop"])


def _killed(assay: Assay, killing: Killing, verb: str, plan: str, *, after: bool) -> bool:
    """Whether a run was killed; the next one finds what its process left."""
    with killing.once(after=after):
        try:
            assay("protect", verb, plan, "--execute")
        except KilledError:
            died = True
        else:
            died = False
    with open_catalog("catalog.db") as catalog:
        dead(catalog)
    return died


def test_what_is_signed_off_there_is_told_as_json(estate: Aws, assay: Assay) -> None:
    told = assay("protect", "migration", SHOP, "--sign-off", "--format", "jsonl")
    assert (told.code, json.loads(told.out.splitlines()[0])["reason"]) == (3, "not replaced yet")
