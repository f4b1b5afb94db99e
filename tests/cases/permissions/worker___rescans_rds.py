"""A database that an event is about is found as its cluster, and a secret is asked for."""

from __future__ import annotations

import json
import os
from unittest import mock

from awsservers import ACCOUNT
from proving import Stage

from assay.store import tasks
from assay.store.engine import open_catalog


def scenario(stage: Stage) -> None:
    """Nobody listens behind what is found."""
    rds = stage.aws.client("rds")
    rds.create_db_instance(
        DBInstanceIdentifier="shop", Engine="postgres", DBInstanceClass="db.t3.micro", AllocatedStorage=20,
        MasterUsername="admin", MasterUserPassword="planted-master-1",
    )  # fmt: skip
    held = json.dumps({"username": "u", "password": "planted-p4ss"})
    secret = stage.aws.client("secretsmanager").create_secret(Name="shop", SecretString=held)["ARN"]
    catalog = str(stage.folder / "catalog.db")
    with open_catalog(catalog, create=True) as made, made.transaction() as connection:
        arn = f"arn:aws:rds:eu-west-1:{ACCOUNT}:db:shop"
        tasks.ask(connection, tasks.Kind.RESCAN, arn, because="a test", region="eu-west-1")
    arguments = ("worker", "--rescans", "--catalog", catalog, "--until-empty", "--no-tags", "--attempts", "1")
    logins = f"rds://nobody@elsewhere rds://*?secret={secret}&tunnel=127.0.0.1:1"
    with mock.patch.dict(os.environ, {"ASSAY_DATABASE_LOGINS": logins}):
        assert stage.assay(*arguments) == 3
