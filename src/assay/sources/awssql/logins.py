"""How a database of AWS is entered: by a token of IAM, by a secret, by credentials that Redshift makes.

Nothing of it is kept: each new connection asks again, so that what ends after minutes, or was rotated, is never used.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from assay.aws.access import Access
from assay.aws.arn import parse
from assay.aws.failures import refusals
from assay.aws.session import Session
from assay.errors import AwsError, ReadError
from assay.sources.awssql.calls import RDS, REDSHIFT, SECRET, SERVERLESS
from assay.sources.awssql.failures import NO_LOGIN, of_secret, refused
from assay.sources.sql.login import Credentials

# The keys of a secret that RDS keeps itself, and of those that are rotated by a function.
# https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_secret_json_structure.html
_USER, _PASSWORD, _DATABASE = "username", "password", "dbname"
_REDSHIFT_SECONDS = 900


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A login by IAM. The token is signed here, holds for 15 minutes, and is for this host, port and user alone.

    https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.IAMDBAuth.html
    """

    access: Access
    region: str
    host: str
    port: int
    user: str

    @property
    def hint(self) -> str:
        return (
            "the database's user has to log in by IAM (PostgreSQL: GRANT rds_iam, MySQL: IDENTIFIED WITH "
            "AWSAuthenticationPlugin), and the identity needs rds-db:connect as that user"
        )

    def credentials(self) -> Credentials:
        try:
            client = Session(self.access, RDS).client("rds", self.region)
            token = client.generate_db_auth_token(
                DBHostname=self.host, Port=self.port, DBUsername=self.user, Region=self.region
            )
        except refusals() as error:
            raise _gap(error, "rds-db:connect") from None
        except AwsError as error:
            raise ReadError(error.reason, error.detail) from None
        return Credentials(user=self.user, password=str(token))


@dataclass(frozen=True, slots=True, kw_only=True)
class Secret:
    """A login by what Secrets Manager keeps."""

    access: Access
    arn: str

    @property
    def hint(self) -> str:
        return "the secret may be another database's, or the password was changed beside it"

    def credentials(self) -> Credentials:
        """Raises `ReadError` also for a secret that holds something else; what it holds is never told."""
        try:
            client = Session(self.access, SECRET).client("secretsmanager", parse(self.arn).region)
            answer = client.get_secret_value(SecretId=self.arn)
        except refusals() as error:
            raise of_secret(error) from None
        except AwsError as error:
            raise ReadError(error.reason, error.detail) from None
        return _of_secret(answer.get("SecretString"))


@dataclass(frozen=True, slots=True, kw_only=True)
class RedshiftUser:
    """A user of a provisioned cluster, let in for 15 minutes; none is made where there is none of that name."""

    access: Access
    region: str
    cluster: str
    user: str
    database: str

    @property
    def hint(self) -> str:
        return "the cluster needs a user of that name"

    def credentials(self) -> Credentials:
        try:
            client = Session(self.access, REDSHIFT).client("redshift", self.region)
            answer = client.get_cluster_credentials(
                DbUser=self.user,
                DbName=self.database,
                ClusterIdentifier=self.cluster,
                DurationSeconds=_REDSHIFT_SECONDS,
                AutoCreate=False,
            )
        except refusals() as error:
            raise _gap(error, "redshift:GetClusterCredentials on the user and the database") from None
        except AwsError as error:
            raise ReadError(error.reason, error.detail) from None
        return Credentials(user=str(answer["DbUser"]), password=str(answer["DbPassword"]))


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerlessUser:
    """The identity itself as a user of a workgroup, which Redshift makes of it."""

    access: Access
    region: str
    workgroup: str
    database: str

    @property
    def hint(self) -> str:
        return "GRANT USAGE and SELECT to the user that Redshift makes of the identity"

    def credentials(self) -> Credentials:
        try:
            client = Session(self.access, SERVERLESS).client("redshift-serverless", self.region)
            answer = client.get_credentials(
                workgroupName=self.workgroup, dbName=self.database, durationSeconds=_REDSHIFT_SECONDS
            )
        except refusals() as error:
            raise _gap(error, "redshift-serverless:GetCredentials on the workgroup") from None
        except AwsError as error:
            raise ReadError(error.reason, error.detail) from None
        return Credentials(user=str(answer["dbUser"]), password=str(answer["dbPassword"]))


def _gap(error: Exception, actions: str) -> ReadError:
    try:
        return refused(error, "login", actions)
    except AwsError as hopeless:
        return ReadError(hopeless.reason, hopeless.detail)


def _of_secret(text: Any) -> Credentials:
    try:
        held = json.loads(text) if isinstance(text, str) else None
    except ValueError:
        held = None
    if not isinstance(held, dict):
        raise ReadError(NO_LOGIN, 'the secret holds no JSON object; write {"username": …, "password": …}')
    user, password, database = (held.get(key) for key in (_USER, _PASSWORD, _DATABASE))
    if not isinstance(user, str) or not isinstance(password, str) or not user or not password:
        raise ReadError(NO_LOGIN, f"the secret's JSON has no text {_USER!r} and {_PASSWORD!r}, which a login needs")
    return Credentials(user=user, password=password, database=database if isinstance(database, str) else "")
