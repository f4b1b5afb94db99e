"""What there is of AWS Backup for resources that are to be backed up, each region and each plan looked at once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from assay.aws import backups
from assay.aws.session import Session
from assay.errors import AwsError
from assay.model.backing import RESTORE_TEST, ROLE_NAME, SCHEME
from assay.protect.backups import Wanted, rules_of
from assay.protect.means import BackupsFound, Tested
from assay.protectors import backup_plan, backup_role, backup_vault
from assay.store import journal
from assay.store.engine import Catalog


def backups_found(session: Session, account: str, wanted: Iterable[Wanted]) -> dict[str, BackupsFound]:
    """By region, for these plans. What cannot be seen is told as that, and stops no other."""
    plans = list(dict.fromkeys(wanted))
    if not plans:
        return {}
    role, role_problem = _role(session, account)
    vaults, vault_problems = _vaults(session, plans)
    return {
        region: _region(
            session,
            account,
            region,
            [each for each in plans if each.region == region],
            BackupsFound(role=role, role_problem=role_problem, vaults=vaults, vault_problems=vault_problems),
        )
        for region in sorted({each.region for each in plans})
    }


def _role(session: Session, account: str) -> tuple[dict[str, Any] | None, str]:
    arn = f"arn:{session.partition}:iam::{account}:role/{ROLE_NAME}"
    try:
        return backup_role.observe(session, arn), ""
    except AwsError as error:
        return None, f"the role {ROLE_NAME} could not be seen: {error.detail}"


def _vaults(session: Session, plans: list[Wanted]) -> tuple[dict[tuple[str, str], dict[str, Any]], dict[str, str]]:
    found: dict[tuple[str, str], dict[str, Any]] = {}
    problems: dict[str, str] = {}
    for region in sorted({region for each in plans for region in each.regions}):
        try:
            there = backups.vaults_of(session, region)
        except AwsError as error:
            problems[region] = error.detail
            continue
        for name in sorted({each.vault for each in plans if region in each.regions}):
            is_there = name in there
            found[region, name] = {
                backup_vault.VAULT: backup_vault.THERE if is_there else None,
                backup_vault.KEY: there.get(name),
            }
    return found, problems


def _region(session: Session, account: str, region: str, plans: list[Wanted], shared: BackupsFound) -> BackupsFound:
    try:
        services = backups.services_of(session, region)
        return replace(
            shared,
            opted=services["opted"],
            managed=services["managed"],
            plans={
                each.name: backup_plan.observe(
                    session,
                    f"{SCHEME}{account}/{region}/{each.name}",
                    rules_of(each, session.partition, account) | {backup_plan.SELECTION: None},
                )
                for each in plans
            },
        )
    except AwsError as error:
        return replace(shared, problem=f"AWS Backup in {region} could not be read: {error.detail}")


def tested_of(catalog: Catalog, account: str) -> dict[str, Tested]:
    """The newest restore that was tested and held, by resource."""
    with catalog.reading() as connection:
        found = journal.newest(connection, RESTORE_TEST, account)
    return {resource: Tested(at=at) for resource, at in found.items()}
