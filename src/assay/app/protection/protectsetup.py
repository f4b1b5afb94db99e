"""Who plans protection, and who makes it, for an identity and a catalog."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from assay.app.cloud import tagging
from assay.app.cloud.tagnames import scheme_in
from assay.app.config.settings import Settings
from assay.app.permissions import calls_of
from assay.app.protection import protecting
from assay.app.protection.applying import Maker
from assay.app.protection.entering import session_in
from assay.app.protection.policyframeworks import frameworks_of
from assay.app.protection.protecting import Protection
from assay.aws import births, presence
from assay.aws.access import Access
from assay.aws.session import Session
from assay.model import Governance
from assay.protect.costs import read_prices
from assay.protect.policy import Policy
from assay.protect.policyfile import check_frameworks
from assay.store.engine import Catalog


def protection_of(
    catalog: Catalog,
    settings: Settings,
    governance: Governance,
    policy: Policy,
    access: Access,
    on_looked: Callable[[int], None] = lambda _: None,
    *,
    regions: Sequence[str] = (),
    session: Session | None = None,
) -> Protection:
    """Who plans, as what is decided and configured now has it, in the account of a session or of `access`. Raises `AwsError` where AWS cannot be asked at all, `ConfigError` for policies
    of frameworks that there are not."""
    check_frameworks(policy, frameworks_of(governance))
    scheme = scheme_in(settings)
    # Very many are asked for at once: a service that throttles is asked more slowly from then on.
    session = session or Session(access, calls_of("protect plan"), adaptive=True)
    account = session.account()
    return Protection(
        catalog=catalog,
        session=session,
        account=account,
        policy=policy,
        scheme=scheme,
        judge=tagging.judge_of(catalog, governance),
        level_tags=settings.classification_tags,
        leave_alone=settings.leave_alone,
        calls={name: writer.calls for name, writer in protecting.protectors(session, account).items()},
        on_looked=on_looked,
        regions=regions,
        prices=None if settings.protection_prices is None else read_prices(settings.protection_prices),
    )


def maker_of(
    catalog: Catalog, access: Access, command: str, by: str, *, account: str = "", roles: Sequence[str] = ()
) -> Maker:
    """Who makes changes, or looks at them, with the calls of a command alone: in the account of `access`, or in another that one of the roles
    is of. Raises `UsageError` where none is."""
    return maker_in(catalog, session_in(access, command, account, roles), by)


def maker_in(catalog: Catalog, session: Session, by: str) -> Maker:
    """The same in the account of a session."""
    account = session.account()
    return Maker(
        catalog=catalog,
        protectors=protecting.protectors(session, account),
        account=account,
        by=by,
        in_steps=True,
        is_gone=partial(presence.is_gone, session, account),
        born=partial(births.born, session),
    )
