"""All controls of an account's volumes in a region, and of each volume: what all new ones get is set, what is there is for people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from assay.model.protection import ResourceState, ResourceType
from assay.protect.encrypted import encryption_point
from assay.protect.means import KeyFound, Means
from assay.protect.ownkeys import NO_KEY, key_points, unseen, wanted_key
from assay.protect.points import Point, changed, ok, refused, unknown
from assay.protect.policy import Asked, wants
from assay.protect.runbooks import volume_steps

# The key first: what is encrypted by default is so with the one that is set then.
# Taken back, a snapshot is shared again once that is no longer blocked.
ORDER = ("ebs_default_key", "ebs_default_encryption", "ebs_snapshot_private", "ebs_snapshot_block")
BLOCKED, UNBLOCKED = "block-all-sharing", "unblocked"
MANAGED = "managed elsewhere"
OWN_KEY = "customer-key"
EVERYBODY = "all"
_MOST_NAMED = 5

_Asked = Mapping[str, Asked]


def points_of(state: ResourceState, asked: _Asked, means: Means, level: str) -> Iterator[Point]:
    """How each control that is asked for stands."""
    if state.type is ResourceType.EBS_VOLUME:
        yield from encryption_point(state, asked, means, level, volume_steps)
        return
    if "encryption" in asked:
        yield from _key(state, asked, means, level)
    if wants(asked, "default_encryption"):
        yield _default(state)
    if wants(asked, "private"):
        yield from _private(state)
    if wants(asked, "snapshot_block"):
        yield _block(state)


def _key(state: ResourceState, asked: _Asked, means: Means, level: str) -> Iterator[Point]:
    control, setting = "encryption", state.get("default_key")
    if not setting.is_known:
        yield unknown(control, setting, "which key new volumes are encrypted with")
        return
    now = setting.value
    names_one = "kms_key" in asked
    if not names_one and (now or asked[control].value != OWN_KEY):
        # Any key of one's own serves, unless a policy names one.
        yield ok(control, f"new volumes are encrypted with {now or 'AWS’s key for EBS'} where they are")
        return
    yield from key_points(state, asked, means, level)
    named = wanted_key(asked, level)
    key = means.keys.get((state.region, named), KeyFound())
    where = f"key {named} in {state.region}"
    if key.is_unknown:
        yield unseen(control, f"{where} {key.problem}")
    elif key.problem and not key.alias:
        yield refused(control, NO_KEY, f"{where} {key.problem}; make it usable, or name another with kms_key")
    elif now and now == key.arn:
        yield ok(control, f"new volumes are encrypted with {now} where they are")
    else:
        yield changed(
            control,
            "ebs_default_key",
            {"key": now},
            {"key": key.arn or key.alias},
            detail=f"new volumes are encrypted with key {named}",
            breaks="whoever makes volumes or starts instances without a right to use the key; Auto Scaling and Spot need a grant of it",
            person="Auto Scaling, Spot and others may not have a right to use the key",
            note="volumes that are there keep theirs",
        )


def _default(state: ResourceState) -> Point:
    control, setting = "default_encryption", state.get("default_encryption")
    if not setting.is_known:
        return unknown(control, setting, "whether new volumes are encrypted")
    if setting.value:
        return ok(control, "new volumes are encrypted")
    return changed(
        control,
        "ebs_default_encryption",
        {control: False},
        {control: True},
        detail="new volumes are encrypted",
        breaks="instances of types that take no encrypted volumes, and whoever shares snapshots of new volumes with everybody",
        note="volumes that are there stay as they are",
    )


def _private(state: ResourceState) -> Iterator[Point]:
    """Each snapshot that everybody may use is a change of its own; accounts that are named are told, and stay."""
    control, setting, block = "private", state.get("shared_snapshots"), state.get("snapshot_block")
    if not setting.is_known:
        yield unknown(control, setting, "who may use its snapshots")
        return
    called = {each: each.rpartition("/")[2] for each in setting.value}
    named = {each: [who for who in shared if who != EVERYBODY] for each, shared in setting.value.items()}
    told = [f"{called[each]} with {', '.join(who)}" for each, who in sorted(named.items()) if who]
    more = f" and {len(told) - _MOST_NAMED:,} more" if len(told) > _MOST_NAMED else ""
    rest = (
        f"; shared still: {'; '.join(told[:_MOST_NAMED])}{more}: whether they should is for people to say"
        if told
        else ""
    )
    public = sorted(each for each, shared in setting.value.items() if EVERYBODY in shared)
    if public and block.is_known and block.value["state"] == BLOCKED:
        yield ok(control, f"{len(public):,} snapshots would be everybody's, which is blocked{rest}")
        return
    if not public:
        yield ok(control, f"nobody but who is named may use its snapshots{rest}")
    for each in public:
        others = named[each]
        yield changed(
            control,
            "ebs_snapshot_private",
            {EVERYBODY: True},
            {EVERYBODY: False},
            detail=f"not everybody may make volumes of {called[each]}"
            + (f"; shared still with {', '.join(others)}: whether they should is for people to say" if others else ""),
            breaks="whoever makes volumes of it in another account that is not named, and whoever starts an image that is made of it there",
            person="other accounts may lose it",
            note="what was made of it elsewhere stays there; taken back, everybody may use it again",
            resource=each,
            of=state.resource,
            ids=("EC2.1",),
        )


def _block(state: ResourceState) -> Point:
    control, setting = "snapshot_block", state.get("snapshot_block")
    if not setting.is_known:
        return unknown(control, setting, "whether snapshots may be shared with everybody")
    now = setting.value
    if now["state"] == BLOCKED:
        return ok(control, "no snapshot is shared with everybody")
    if now["managed_by"] != "account":
        detail = f"it is {now['state']} by {now['managed_by']}; it is changed there, and not in the account"
        return refused(control, MANAGED, detail)
    return changed(
        control,
        "ebs_snapshot_block",
        {control: now["state"]},
        {control: BLOCKED},
        detail="no snapshot is shared with everybody, those that are now are no longer",
        breaks="other accounts that use snapshots which are shared with everybody",
        person="other accounts may lose snapshots that are shared with everybody",
        note="taken back, those that were shared with everybody are so again",
    )
