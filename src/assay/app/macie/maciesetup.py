"""What Macie is to have: itself, identifiers of ours, where results are kept, filters for what people accepted; and what it has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

from assay.app.macie.maciework import MacieWork, Wanted
from assay.aws.session import Calls, Session
from assay.errors import UsageError
from assay.macie.filters import Suppression, Unsaid, suppressions
from assay.macie.translate import PREFIX, Expressed, Verdict
from assay.model.action import Plan, Refusal
from assay.protectors import macie_export, macie_filters, macie_identifiers, macie_session
from assay.review.overrides import in_effect
from assay.store import reviews

STATUS_COMMAND = "aws macie status"
STATUS_CALLS: Calls = frozenset(
    {"macie2.GetMacieSession", "macie2.GetClassificationExportConfiguration", "macie2.ListCustomDataIdentifiers"}
)
ENABLE_COMMAND = "aws macie enable"
SETUP_COMMAND = "aws macie setup"
SETUP_CALLS: Calls = macie_session.CALLS | macie_identifiers.CALLS
IDENTIFIERS_COMMAND = "aws macie create-identifiers"
EXPORT_COMMAND = "aws macie export-results"
SUPPRESS_COMMAND = "aws macie suppress"
SUPPRESS_CALLS: Calls = macie_filters.CALLS | {"macie2.ListCustomDataIdentifiers"}
ENABLE_CALLS = macie_session.CALLS
IDENTIFIERS_CALLS = macie_identifiers.CALLS
EXPORT_CALLS = macie_export.CALLS
NOT_EXPRESSIBLE = "not expressible"
KEY_AND_POLICY = (
    "Macie writes there only where the bucket's policy lets macie.amazonaws.com put objects and read its location, and the "
    "key's policy lets it use kms:GenerateDataKey and kms:Encrypt, both for this account (aws:SourceAccount) and "
    "arn:{partition}:macie2:{region}:{account}:*; both are to be set by hand, and the key has to be of the bucket's region"
)


@dataclass(frozen=True, kw_only=True)
class Status:
    """What Macie is and has. `session` is `None` where it is not enabled, and then nothing else can be asked."""

    session: Mapping[str, Any] | None
    results: Mapping[str, Any] | None
    ours: tuple[str, ...]
    others: int


def status(session: Session) -> Status:
    """Raises `AwsError`."""
    found = macie_session.MacieSession(session).observe("")
    if found is None:
        return Status(session=None, results=None, ours=(), others=0)
    names = macie_identifiers.MacieIdentifiers(session).names()
    ours = tuple(sorted(name for name in names if name.startswith(PREFIX)))
    results = macie_export.MacieExport(session).observe()
    return Status(session=found, results=results, ours=ours, others=len(names) - len(ours))


def is_enabled(session: Session) -> bool:
    """Whether Macie is there to be asked anything, paused or not. Raises `AwsError`."""
    return macie_session.MacieSession(session).observe("") is not None


def plan_enabling(work: MacieWork, frequency: str | None) -> Plan:
    """Macie, enabled. `frequency` is how often it publishes findings; `None` leaves that as it is."""
    state: dict[str, Any] = {macie_session.STATUS: macie_session.ENABLED}
    thing = macie_session.MacieSession(work.session)
    found = thing.observe("")
    if frequency is not None or found is not None:
        state[macie_session.FREQUENCY] = frequency or (found or {}).get(macie_session.FREQUENCY)
    note = "" if found is not None else (
        "from then on it looks at every bucket's settings, for money, and makes itself a role, AWSServiceRoleForAmazonMacie"
    )  # fmt: skip
    wanted = Wanted(name="", state=state, note=note, changes=True)
    return work.plan(
        ENABLE_COMMAND, macie_session.CONTROL, "session", [wanted], thing.observe, calls=macie_session.CALLS
    )


def plan_identifiers(work: MacieWork, chosen: Sequence[Expressed]) -> Plan:
    """Custom data identifiers for these of ours; what cannot be said at all is refused. Raises `AwsError`."""
    thing = macie_identifiers.MacieIdentifiers(work.session)
    known = thing.names()
    wanted = [
        Wanted(name=part.name, state=part.state | {"description": part.description}, note="" if number else _note(each))
        for each in chosen
        for number, part in enumerate(each.parts)
    ]
    refusals = [
        Refusal(
            resource=work.uri(macie_identifiers.KIND, f"{PREFIX}{each.identifier.name}"),
            control=macie_identifiers.CONTROL,
            reason=NOT_EXPRESSIBLE,
            detail="; ".join(each.reasons),
        )
        for each in chosen
        if each.verdict is Verdict.NOT
    ]
    return work.plan(
        IDENTIFIERS_COMMAND,
        macie_identifiers.CONTROL,
        macie_identifiers.KIND,
        wanted,
        partial(thing.observe, known=known),
        calls=macie_identifiers.CALLS,
        refusals=refusals,
    )


def plan_results(work: MacieWork, *, bucket: str, prefix: str, key: str) -> Plan:
    """Detailed results, kept in a bucket, encrypted with a key. Raises `AwsError`."""
    thing = macie_export.MacieExport(work.session)
    found = thing.observe()
    state = {"bucket": bucket, "key": key, "owner": work.account} | ({"prefix": prefix} if prefix else {})
    note = KEY_AND_POLICY.format(partition=work.session.partition, region=work.session.region, account=work.account)
    wanted = Wanted(name="", state=state, note=note, changes=True, reversible=found is not None)
    return work.plan(
        EXPORT_COMMAND, macie_export.CONTROL, macie_export.KIND, [wanted], thing.observe, calls=macie_export.CALLS
    )


def plan_filters(work: MacieWork) -> tuple[Plan, list[Suppression]]:
    """Filters for what people have accepted, and none for what they no longer do. Raises `AwsError`."""
    thing = macie_filters.MacieFilters(work.session)
    known = thing.names()
    custom = macie_identifiers.MacieIdentifiers(work.session).names()
    with work.catalog.reading() as connection:
        overrides = in_effect(reviews.overrides(connection), datetime.now(UTC).date())
    found: list[Suppression] = []
    refusals: list[Refusal] = []
    for override in overrides:
        ours = [
            name
            for name in custom
            if name == f"{PREFIX}{override.identifier}" or name.startswith(f"{PREFIX}{override.identifier}:")
        ]
        for each in suppressions([override], ours):
            if isinstance(each, Unsaid):
                refusals.append(
                    Refusal(
                        resource=work.uri(macie_filters.KIND, each.about),
                        control=macie_filters.CONTROL,
                        reason=NOT_EXPRESSIBLE,
                        detail=each.why,
                    )
                )
            else:
                found.append(each)
    wanted = [Wanted(name=each.name, state=each.state, note=_until(each)) for each in found]
    names = {each.name for each in found}
    gone = "the exception has ended, or was taken back"
    wanted += [Wanted(name=name, state=None, note=gone) for name in sorted(known) if name not in names]
    plan = work.plan(
        SUPPRESS_COMMAND,
        macie_filters.CONTROL,
        macie_filters.KIND,
        wanted,
        partial(thing.observe, known=known),
        calls=macie_filters.CALLS,
        refusals=refusals,
    )
    return plan, found


def _until(each: Suppression) -> str:
    return f"ends {each.until}, which Macie does not know: run this again then" if each.until else ""


def _note(each: Expressed) -> str:
    held, of = each.found
    left, of_left = each.ignored
    told = f"{each.verdict}: {held} of {of} examples would be found, {left} of {of_left} counter-examples left alone"
    return f"{told}; 'assay aws macie identifiers {each.identifier.name}' says why" if each.reasons else told


def chosen_of(given: Sequence[str], known: Mapping[str, Any]) -> list[str]:
    """Names of identifiers as they are given, in any case. Raises `UsageError` with the nearest one."""
    import difflib  # only errors need it

    found = []
    for name in given:
        if name.upper() not in known:
            close = difflib.get_close_matches(name.upper(), list(known), n=1, cutoff=0.5)
            hint = f"did you mean {close[0]}?" if close else "see 'assay identifiers list'"
            raise UsageError(f"no identifier named '{name}'; {hint}")
        found.append(name.upper())
    return list(dict.fromkeys(found))
