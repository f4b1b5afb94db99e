"""Names of what backups are made with, as what plans them and what makes them have to agree on."""

from __future__ import annotations

from typing import NamedTuple

SCHEME = "backup://"
TAG = "assay:backup"
RESTORE_TEST = "restore_test"
"""The control of what tests restores, in the journal."""
SERVICE = "backup.amazonaws.com"
ROLE_NAME = "assay-backup"
ROLE_POLICIES = tuple(
    f"AWSBackupServiceRolePolicyFor{name}" for name in ("Backup", "Restores", "S3Backup", "S3Restore")
)
"""Policies of AWS's own: S3 is in none of the first two."""


class Place(NamedTuple):
    """What `backup://account/region/name` names: a plan by its name, whose id is not known before it is made."""

    account: str
    region: str
    name: str


def place_of(resource: str) -> Place:
    """
    >>> place_of("backup://123456789012/eu-west-1/assay-internal-weekly-90d")
    Place(account='123456789012', region='eu-west-1', name='assay-internal-weekly-90d')
    """
    account, region, name = resource.removeprefix(SCHEME).split("/", 2)
    return Place(account, region, name)


def policy_arn(partition: str, name: str) -> str:
    """The ARN of one of `ROLE_POLICIES`; those for S3 stand at the root, the others among service roles."""
    path = "" if "S3" in name else "service-role/"
    return f"arn:{partition}:iam::aws:policy/{path}{name}"
