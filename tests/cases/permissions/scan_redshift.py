"""A cluster and a workgroup are looked for by their names, and let somebody in; a secret is asked for."""

from __future__ import annotations

import json

from proving import Stage


def scenario(stage: Stage) -> None:
    """Neither is reached: they are found, and nobody listens."""
    held = json.dumps({"username": "u", "password": "planted-p4ss"})
    secret = stage.aws.client("secretsmanager").create_secret(Name="dwh", SecretString=held)["ARN"]
    stage.aws.client("redshift").create_cluster(
        ClusterIdentifier="dwh", NodeType="ra3.large", MasterUsername="admin", MasterUserPassword="Planted-master-1"
    )
    assert stage.assay("scan", "redshift://u@dwh?tunnel=127.0.0.1:1", "--jobs", "1") == 3
    workgroup = {"workgroupName": "lab", "status": "AVAILABLE", "endpoint": {"address": "lab.example", "port": 5439}}
    stage.aws.strict.answer("redshift-serverless.GetWorkgroup", {"workgroup": workgroup})
    stage.aws.strict.answer("redshift-serverless.GetCredentials", {"dbUser": "u", "dbPassword": "planted-p4ss"})
    assert stage.assay("scan", "redshift://u@lab?tunnel=127.0.0.1:1", "--jobs", "1") == 3
    assert stage.assay("scan", f"redshift://dwh?secret={secret}&tunnel=127.0.0.1:1", "--jobs", "1") == 3
