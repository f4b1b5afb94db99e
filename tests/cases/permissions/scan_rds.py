"""A database is looked for by its name, and a secret is asked for."""

from __future__ import annotations

import json

from proving import Stage


def scenario(stage: Stage) -> None:
    """None of them is reached: they are found, and nobody listens."""
    rds = stage.aws.client("rds")
    rds.create_db_instance(
        DBInstanceIdentifier="shop", Engine="postgres", DBInstanceClass="db.t3.micro", AllocatedStorage=20,
        MasterUsername="admin", MasterUserPassword="planted-master-1", EnableIAMDatabaseAuthentication=True,
    )  # fmt: skip
    held = json.dumps({"username": "u", "password": "planted-p4ss"})
    secret = stage.aws.client("secretsmanager").create_secret(Name="shop", SecretString=held)["ARN"]
    assert stage.assay("scan", f"rds://shop?secret={secret}&tunnel=127.0.0.1:1", "--jobs", "1") == 3
