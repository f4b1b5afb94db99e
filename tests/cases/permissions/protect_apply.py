"""Everything is applied to a bucket, a user and a role are quarantined, and all is taken back; evidence is kept, and a database, a cluster and
a volume are replaced, and others, which were replaced before, signed off."""

from __future__ import annotations

import json
from pathlib import Path

from awsservers import ACCOUNT, REGION
from protecting_for_tests import DATABASE, make_principals, planned, unmake_people
from proving import Stage
from replacing_for_tests import attached, cluster, evidence, made, planned_replacement


def prepare(stage: Stage) -> None:
    """The plan for a bucket that has nothing, so that taking back deletes; it tells its events, too. Plans are made here: whoever applies
    them makes none."""
    told = {"plan": planned(stage), "incident": make_principals(stage)}
    volumes = [attached(stage), attached(stage)]
    stage.aws.client("rds").create_db_instance(
        DBInstanceIdentifier="store", Engine="postgres", DBInstanceClass="db.t3.micro", AllocatedStorage=20, MasterUsername="admin",
        MasterUserPassword="not-a-secret", BackupRetentionPeriod=1,
    )  # fmt: skip
    told["evidence"] = evidence(stage, volumes[0])
    store = f"arn:aws:rds:{REGION}:{ACCOUNT}:db:store"
    for name, arn in (("old volume", volumes[1]), ("old database", store), ("old cluster", cluster(stage, "shelf"))):
        made(stage, planned_replacement(stage, arn, "--plan"))
        told[name] = planned_replacement(stage, arn, "--sign-off")
    told["volume"] = planned_replacement(stage, volumes[0], "--plan")
    told["database"] = planned_replacement(stage, DATABASE, "--plan")
    told["cluster"] = planned_replacement(stage, cluster(stage, "rack"), "--plan")
    Path("plans").write_text(json.dumps(told))


def scenario(stage: Stage) -> None:
    """Approved, applied, taken back."""
    told = json.loads(Path("plans").read_text())
    for name in ("plan", "incident"):
        assert stage.assay("protect", "approve", told[name]) == 0
        assert stage.assay("protect", "apply", told[name], "--execute") == 0
        if name == "incident":
            # Whoever goes meanwhile is asked for.
            unmake_people(stage.aws, "eve")
            assert stage.assay("protect", "apply", told[name], "--execute") == 3
        assert stage.assay("protect", "rollback", told[name], "--execute") == 0
    for name in ("evidence", "volume", "database", "cluster", "old volume", "old database", "old cluster"):
        made(stage, told[name])
    assert stage.assay("protect", "rollback", told["volume"], "--execute") == 0
