"""A vault that backups of a level go to, one for each account and region. With which key it is encrypted is said once, when it is made.

https://docs.aws.amazon.com/aws-backup/latest/devguide/API_CreateBackupVault.html
"""

from __future__ import annotations

from hashlib import sha256
from typing import Any

from assay.aws import backups
from assay.aws.arn import parse
from assay.aws.failures import code_of, refusals
from assay.aws.keys import CALLS as KEYS
from assay.aws.session import Calls, Session
from assay.model.action import Action, State
from assay.protectors.keyed import arn_of_key, check_usable
from assay.protectors.means import Making, MeansProtector

CONTROL = "backup_vault"
READS: Calls = backups.VAULTS
CALLS: Calls = READS | KEYS | {"backup.CreateBackupVault"}
VAULT, KEY = "vault", "key"
THERE, OF_AWS = "there", "AWS's"
_ALREADY = "AlreadyExistsException"


def protector(session: Session, account: str) -> MeansProtector:  # noqa: ARG001  # the ARN names the account
    """Makes vaults of the account."""
    return MeansProtector(session, _MAKING)


def observe(session: Session, vault: str) -> dict[str, Any]:
    """Whether a vault is there, and the ARN of its key. Raises `AwsError`."""
    arn = parse(vault)
    found = backups.vaults_of(session, arn.region)
    if arn.name not in found:
        return {VAULT: None, KEY: None}
    return {VAULT: THERE, KEY: found[arn.name]}


def _observe(session: Session, action: Action) -> State:
    """The key as the action names it: by its alias, or as AWS's, whichever that is."""
    now = observe(session, action.resource)
    wanted = action.after[KEY]
    if now[VAULT] is None or now[KEY] == wanted:
        return now
    if wanted == OF_AWS:
        return {**now, KEY: OF_AWS}
    return {**now, KEY: wanted} if arn_of_key(session, wanted) == now[KEY] else now


def _make(session: Session, action: Action, now: State) -> None:  # noqa: ARG001  # as every one has it
    arn, key = parse(action.resource), action.after[KEY]
    encrypted = {}
    if key != OF_AWS:
        found = str(arn_of_key(session, key))
        check_usable(session, found)
        encrypted = {"EncryptionKeyArn": found}
    token = sha256(f"{action.resource} {action.id}".encode()).hexdigest()[:32]
    try:
        session.client("backup", arn.region).create_backup_vault(
            BackupVaultName=arn.name, CreatorRequestId=token, **encrypted
        )
    except refusals() as error:
        if code_of(error) != _ALREADY:
            raise


_MAKING = Making(
    called="the vault",
    service="AWS Backup",
    calls=CALLS,
    observe=_observe,
    make=_make,
    final="a vault is not deleted: it holds backups",
)
