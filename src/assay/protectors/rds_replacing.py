"""What the replacement of an instance and that of a cluster of RDS have in common: what is made for SHOP is called SHOP-before,
SHOP-encrypted, SHOP-new, and SHOP itself SHOP-old once it was replaced. The original is the one that is not encrypted, or with another key.

https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Overview.Encryption.html
https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Overview.Encryption.html
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from assay.aws.arn import parse
from assay.aws.failures import NOT_FOUND
from assay.aws.rdssettings import CHANGEABLE, database_of, is_cluster, pending_of, snapshot_of, status_of
from assay.aws.session import Session
from assay.errors import ActionError, AwsError
from assay.model.action import CHANGED, Action, State
from assay.model.replacement import KEY, ORIGINAL, REPLACEMENT, RETIRED, SNAPSHOT, STEP, SWITCH, TAG, is_encrypted
from assay.protectors.replacing import NOT_READY, settled
from assay.protectors.replacing import Step as Making

BEFORE, ENCRYPTED, NEW, OLD = "-before", "-encrypted", "-new", "-old"
AS_BEFORE = "as those of the original"
_FAILED = (
    "failed",
    "incompatible-restore",
    "incompatible-parameters",
    "incompatible-network",
    "inaccessible-encryption-credentials",
)
_NAMES = {"": "serving", NEW: "in the making", OLD: "kept"}

Call = Callable[..., None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Calls:
    """The calls that differ. Each is given a client, a name, and what else there is to say: `snapshot` the snapshot's name and its tags,
    `rename` the new name, `delete` what is told of it, `delete_snapshot` nothing."""

    snapshot: Call
    rename: Call
    delete: Call
    delete_snapshot: Call


def client(session: Session, action: Action) -> Any:
    """RDS of the region that the resource is in."""
    return session.client("rds", parse(action.resource).region)


def name_of(action: Action) -> str:
    """The name of what is replaced."""
    return parse(action.resource).name


def marked(action: Action, step: str) -> list[dict[str, str]]:
    """The tags of what a step makes."""
    return [{"Key": TAG, "Value": name_of(action)}, {"Key": STEP, "Value": step}]


def kept_tags(tags: Any) -> list[dict[str, str]]:
    """The tags that a replacement gets of its original: those of AWS cannot be given, and those of a replacement are its own."""
    return [each for each in tags or () if not str(each["Key"]).lower().startswith(("aws:", TAG))]


def given(**parameters: Any) -> dict[str, Any]:
    """Parameters that have a value."""
    return {name: value for name, value in parameters.items() if value is not None}


def database(session: Session, resource: str, end: str = "") -> Mapping[str, Any] | None:
    """What has the name of `resource` with `end`, once nothing is being done to it; `None` where there is none. Raises `AwsError`."""
    arn = parse(resource)
    found = _there(database_of, session, str(arn._replace(resource=f"{arn.kind}:{arn.name}{end}")))
    if found is not None:
        settled(status_of(found), CHANGEABLE, _FAILED, f"{arn.name}{end}")
    return found


def snapshot(session: Session, resource: str, end: str) -> Mapping[str, Any] | None:
    """The same of a snapshot."""
    arn = parse(resource)
    kind = "cluster-snapshot" if is_cluster(arn) else "snapshot"
    found = _there(snapshot_of, session, str(arn._replace(resource=f"{kind}:{arn.name}{end}")))
    if found is not None:
        settled(found.get("Status"), ("available",), _FAILED, f"{arn.name}{end}")
    return found


def _there(look: Callable[[Session, str], Mapping[str, Any]], session: Session, arn: str) -> Mapping[str, Any] | None:
    try:
        return look(session, arn)
    except AwsError as error:
        if error.reason == NOT_FOUND:
            return None
        raise


def check_original(session: Session, action: Action) -> None:
    """It is there, and not encrypted so."""
    found = database(session, action.resource)
    if found is None or is_encrypted(found, action.found.get(KEY)):
        raise ActionError(CHANGED, "it is not there, or encrypted by now; plan it again")


def with_key(key: Any, encrypted: Any) -> str:
    """How something is encrypted, as states tell it."""
    return f"encrypted with {key}" if encrypted else "not encrypted"


def key_of(action: Action) -> str:
    """The key that a step is to encrypt with."""
    return next(str(value) for value in action.after.values()).removeprefix("encrypted with ")


def replacement(session: Session, action: Action) -> Mapping[str, Any] | None:
    """By its first name, or by that of the original once it has that."""
    found = database(session, action.resource, NEW)
    if found is None:
        serving = database(session, action.resource)
        found = serving if serving is not None and is_encrypted(serving, action.found.get(KEY)) else None
    return found


def see_replacement(session: Session, action: Action) -> State:
    """Whether it is there, and with which key."""
    found = replacement(session, action)
    return {REPLACEMENT: None if found is None else with_key(found.get("KmsKeyId"), found.get("StorageEncrypted"))}


def original_and_replacement(session: Session, action: Action) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """Both, by the names that they have now. Raises `AwsError` where one is not there."""
    new = replacement(session, action)
    old = database(session, action.resource, OLD) or database(session, action.resource)
    if old is None or new is None:
        raise AwsError(NOT_FOUND, "RDS: the original or its replacement is not there")
    return old, new


def own_group(name: Any) -> str | None:
    """A group that somebody made; the usual one of an engine is given by RDS itself."""
    return None if not name or str(name).startswith("default") else str(name)


def group_of(described: Mapping[str, Any], key: str, name: str) -> str | None:
    """The first group of a kind that an instance has and somebody made."""
    return next((group for each in described.get(key) or () if (group := own_group(each[name]))), None)


def scaling(described: Mapping[str, Any]) -> dict[str, Any] | None:
    """The capacity of a cluster without servers, as it is told to RDS."""
    found = described.get("ServerlessV2ScalingConfiguration") or {}
    return {
        name: found[name] for name in ("MinCapacity", "MaxCapacity", "SecondsUntilAutoPause") if name in found
    } or None


def switched(serving: str, making: str, kept: str) -> str:
    """Which of the three names is whose."""
    return f"serving: {serving}; in the making: {making}; kept: {kept}"


UNSWITCHED, SWITCHED = switched(ORIGINAL, REPLACEMENT, "none"), switched(REPLACEMENT, "none", ORIGINAL)
SIGNED_OFF = switched(REPLACEMENT, "none", "none")
_HALF = switched("none", REPLACEMENT, ORIGINAL)


def names_of(session: Session, resource: str, key: str | None) -> str:
    """Which of the three names of a resource is whose; a replacement is encrypted with the key, where one is said."""
    told = {}
    for end in _NAMES:
        found = database(session, resource, end)
        told[end] = "none" if found is None else (REPLACEMENT if is_encrypted(found, key) else ORIGINAL)
    return switched(told[""], told[NEW], told[OLD])


def nothing_waits(session: Session, resource: str) -> None:
    """Raises `ActionError` where others left something for the maintenance window: a new name makes that, too."""
    for end in _NAMES:
        found = database(session, resource, end)
        pending = [] if found is None else pending_of(found)
        if pending:
            detail = f"{', '.join(pending)} of others would be changed at once, too; plan it again after the maintenance window"
            raise ActionError(CHANGED, detail)


def switch_step(of: Callable[[Action], str], rename: Call) -> Making:
    """The names change: `of` says of an action whose, as an ARN. The original's goes first, since its name has to be free."""

    def see(session: Session, action: Action) -> State:
        return {name: names_of(session, of(action), action.found.get(KEY)) for name in action.after}

    def change(session: Session, action: Action, end: str, to: str) -> None:
        """Waits for it: a name is free once what had it has its new one. Does nothing where it was done."""
        name = parse(of(action)).name
        if database(session, of(action), end) is not None:
            rename(client(session, action), f"{name}{end}", f"{name}{to}")

    def move(session: Session, action: Action, at: str, away: str, back: str) -> None:
        if names_of(session, of(action), action.found.get(KEY)) == at:
            change(session, action, "", away)
            _renamed(session, of(action), away)
        change(session, action, back, "")

    return Making(
        see=see,
        make=lambda session, action: move(session, action, UNSWITCHED, OLD, NEW),
        check=lambda session, action: nothing_waits(session, of(action)),
        back=lambda session, action: move(session, action, SWITCHED, NEW, OLD),
        between=lambda state, _: _HALF in state.values(),
    )


def _renamed(session: Session, resource: str, end: str) -> None:
    for seconds in (0.0, 0.2, 1.0, *(5.0,) * 60):
        time.sleep(seconds)
        try:
            if database(session, resource, end) is not None:
                return
        except AwsError as error:
            if error.reason == NOT_READY:
                raise
    raise AwsError("not settled", f"RDS: {parse(resource).name} has not its new name yet; apply the plan again")


def steps(calls: Calls) -> dict[str, Making]:
    """The steps that are alike: a snapshot, the names, and what is deleted in the end."""

    def see_snapshot(session: Session, action: Action) -> State:
        name = name_of(action)
        found = snapshot(session, action.resource, BEFORE)
        if found is None:
            return {SNAPSHOT: None}
        of = str(found.get("DBInstanceIdentifier") or found.get("DBClusterIdentifier"))
        return {SNAPSHOT: f"{name}{BEFORE}" if of == name else f"{name}{BEFORE}, of {of}"}

    def make_snapshot(session: Session, action: Action) -> None:
        name = name_of(action)
        calls.snapshot(client(session, action), name, f"{name}{BEFORE}", marked(action, SNAPSHOT))

    def see_retired(session: Session, action: Action) -> State:
        return {name: _retired(session, action, name) for name in action.after}

    def retire(session: Session, action: Action) -> None:
        ((named, _),) = action.after.items()
        name = named.removeprefix(f"{RETIRED} ")
        if name.endswith(OLD):
            calls.delete(client(session, action), name, database(session, action.resource, OLD) or {})
        else:
            calls.delete_snapshot(client(session, action), name)

    return {
        SNAPSHOT: Making(see=see_snapshot, make=make_snapshot, check=check_original),
        SWITCH: switch_step(lambda action: action.resource, calls.rename),
        RETIRED: Making(see=see_retired, make=retire, check=check_retired),
    }


def _retired(session: Session, action: Action, name: str) -> str | None:
    kind = next(kind for kind in (OLD, BEFORE, ENCRYPTED) if name.endswith(f"{name_of(action)}{kind}"))
    found = database(session, action.resource, OLD) if kind == OLD else snapshot(session, action.resource, kind)
    return None if found is None else "there"


def check_retired(session: Session, action: Action) -> None:
    """Only once the replacement serves, and what is kept is the original."""
    if names_of(session, action.resource, action.found.get(KEY)) not in (SWITCHED, SIGNED_OFF):
        raise ActionError(NOT_READY, "the replacement does not serve under its name: nothing is deleted")
    kept = database(session, action.resource, OLD)
    if kept is not None and kept.get("DeletionProtection"):
        raise ActionError(NOT_READY, "its deletion protection is on; whoever owns it switches that off first")
