"""A database is looked for by its name, and a secret is asked for, before its rows are compared."""

from __future__ import annotations

import json

import pytest
from proving import Stage

from assay.app.protection.databasecontents import compare
from assay.aws.access import Access
from assay.errors import AwsError


def scenario(stage: Stage) -> None:
    """Nobody listens behind what is found."""
    stage.aws.client("rds").create_db_instance(
        DBInstanceIdentifier="shop", Engine="postgres", DBInstanceClass="db.t3.micro", AllocatedStorage=20,
        MasterUsername="admin", MasterUserPassword="planted-master-1",
    )  # fmt: skip
    held = json.dumps({"username": "u", "password": "planted-p4ss", "dbname": "shop"})
    secret = stage.aws.client("secretsmanager").create_secret(Name="shop", SecretString=held)["ARN"]
    with pytest.raises(AwsError, match="was not compared"):
        compare([f"rds://shop?secret={secret}"], "shop", Access())
