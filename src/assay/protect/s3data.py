"""How a bucket's objects are kept: encryption, versions, what is deleted, what is logged and told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from assay.model.protection import ResourceState
from assay.protect.bucketpolicy import delivery_statement
from assay.protect.means import KeyFound, Means, log_bucket
from assay.protect.ownkeys import NO_KEY, key_points, unseen, wanted_key
from assay.protect.points import Point, changed, manual, ok, refused, unknown
from assay.protect.policy import Asked
from assay.protect.s3access import foreign

NOT_SERVED = "others could not read"
NO_LOGS = "no bucket of logs"
KMS = ("aws:kms", "aws:kms:dsse")
UPLOADS, VERSIONS, EXPIRY, TRANSITION = "assay-uploads", "assay-versions", "assay-expiry", "assay-transition"
PURPOSE = "access-logs"
PREFIX = "{bucket}/"

_OF_AWS = ("alias/aws/", ":alias/aws/")
_MOST_RULES = 1_000


def encryption(state: ResourceState, asked: Mapping[str, Asked], means: Means, level: str) -> Point:
    """What new objects are encrypted with. S3 encrypts always: what counts is with which key, and stronger is never undone."""
    control, setting = "encryption", state.get("encryption")
    if not setting.is_known:
        return unknown(control, setting, "its encryption")
    rule = ((setting.value or {}).get("Rules") or [{}])[0]
    default = rule.get("ApplyServerSideEncryptionByDefault", {})
    before = {
        "algorithm": default.get("SSEAlgorithm", "AES256"),
        "key": default.get("KMSMasterKeyID"),
        "bucket_key": bool(rule.get("BucketKeyEnabled")),
    }
    want = asked["encryption"].value
    if state.resource in means.logged_into and want != "sse-s3":
        return ok(
            control, "a bucket of logs is encrypted with S3's own keys, since S3 could not write its logs otherwise"
        )
    if want == "sse-s3":
        return ok(control, f"encrypted with {before['algorithm']}")
    policy = state.get("policy")
    if want == "aws-kms" and "kms_key" not in asked:
        if before["algorithm"] in KMS:
            return ok(control, f"encrypted with {before['algorithm']}")
        if not policy.is_known:
            return unknown(control, policy, "its policy, and so who reads it,")
        others = foreign(state)
        if others:
            named = ", ".join(str(reader) for reader in others[:5])
            detail = f"AWS's own key serves its account alone, and the policy lets in {named}; ask for encryption: customer-key"
            return refused(control, NOT_SERVED, detail)
        after: dict[str, Any] = {"algorithm": "aws:kms", "key": None, "bucket_key": True}
        return _with_copies(_encrypted(control, before, after, "AWS's key for S3 in KMS", others=[]), state)
    return _own_key(control, state, before, means, wanted_key(asked, level))


def _own_key(control: str, state: ResourceState, before: Mapping[str, Any], means: Means, named: str) -> Point:
    key = means.keys.get((state.region, named), KeyFound())
    there = before["key"]
    if before["algorithm"] in KMS and there is not None and not any(part in there for part in _OF_AWS):
        now = means.keys.get((state.region, str(there)), KeyFound(problem="was not looked at", is_unknown=True))
        if now.is_unknown:
            return unseen(control, f"its key {there} {now.problem}")
        if now.arn and now.arn == key.arn:
            if now.problem:
                return refused(control, NO_KEY, f"its key {there} {now.problem}")
            return ok(control, f"encrypted with {now.arn}")
    if key.is_unknown:
        return unseen(control, f"key {named} in {state.region} {key.problem}")
    if key.problem and not key.alias:
        detail = f"key {named} in {state.region} {key.problem}; make it usable, or name another with kms_key"
        return refused(control, NO_KEY, detail)
    policy = state.get("policy")
    if not policy.is_known:
        return unknown(control, policy, "its policy, and so who reads it,")
    after = {"algorithm": "aws:kms", "key": key.arn or key.alias, "bucket_key": True}
    others = [str(reader) for reader in foreign(state)]
    return _with_copies(_encrypted(control, before, after, f"key {named}", others=others, waits=not key.arn), state)


def own_key(state: ResourceState, asked: Mapping[str, Asked], means: Means, level: str) -> list[Point]:
    """The key that the bucket's encryption needs. Without the policy it is not known who reads, and so nothing is made."""
    if state.resource in means.logged_into or not state.get("policy").is_known:
        return []
    return key_points(state, asked, means, level)


def _encrypted(
    control: str,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    what: str,
    *,
    others: list[str],
    waits: bool = False,
) -> Point:
    who = f"; also {', '.join(others[:5])}, whom the policy lets in" if others else ""
    return changed(
        control,
        "s3_encryption",
        before,
        after,
        detail=what,
        breaks=f"whoever writes or reads new objects without a right to use the key in KMS{who}",
        person="those who read it need the key" if others else "its key has to be made first" if waits else "",
        sees=("policy",),
        note="objects that are there stay as they are encrypted"
        + (
            f", with {before['key']}: keep that key usable, or copy them over themselves (a job of S3 Batch Operations)"
            if before.get("key")
            else ""
        ),
    )


def _with_copies(point: Point, state: ResourceState) -> Point:
    """What becomes of copies in other buckets: a rule leaves out what is encrypted with a key in KMS unless it says otherwise, and its role has to
    use both keys. https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-config-for-kms-objects.html"""
    setting = state.get("replication")
    if not setting.is_known:
        told = f"whom it is replicated to could not be read: {setting.detail}"
        return replace(
            point, breaks=f"{point.breaks}; {told}", person=point.person or "its replication could not be read"
        )
    role = (setting.value or {}).get("Role")
    copies = [
        _copy(rule, role)
        for rule in (setting.value or {}).get("Rules", ())
        if rule.get("Status", "Enabled") == "Enabled"
    ]
    if not copies:
        return point
    told = "; ".join(dict.fromkeys(copies))
    return replace(
        point, breaks=f"{point.breaks}; {told}", person=point.person or "copies in other buckets may be left out"
    )


def _copy(rule: Mapping[str, Any], role: Any) -> str:
    to = str((rule.get("Destination") or {}).get("Bucket") or "another bucket")
    selected = (rule.get("SourceSelectionCriteria") or {}).get("SseKmsEncryptedObjects") or {}
    if selected.get("Status") == "Enabled":
        return f"its replication to {to}, where {role} may not use the key"
    return f"its replication to {to}, which leaves out what is encrypted with a key in KMS"


def versioning(state: ResourceState) -> Point:
    """Versions of objects are kept."""
    control, setting = "versioning", state.get("versioning")
    if not setting.is_known:
        return unknown(control, setting, "its versioning")
    status, mfa = (setting.value or {}).get("Status"), (setting.value or {}).get("MFADelete")
    if status == "Enabled":
        return ok(control, "versions are kept")
    if mfa == "Enabled":
        return refused(control, "needs a second factor", "only the root user changes it, with a second factor")
    return changed(
        control,
        "s3_versioning",
        {"versioning": "not enabled"},
        {"versioning": "Enabled"},
        detail="versions of objects are kept",
        note="every version is stored and paid for; it takes 15 minutes to hold everywhere; taken back, it is suspended: "
        "versions that were kept by then stay",
    )


def lifecycle(state: ResourceState, asked: Mapping[str, Asked]) -> list[Point]:
    """Rules that delete, in one action, since one call writes all of them."""
    setting = state.get("lifecycle")
    wanted = {name: int(asked[name].value) for name in _RULES if name in asked}
    held = "legal_hold" in asked and bool(asked["legal_hold"].value)
    if not setting.is_known:
        return [unknown(name, setting, "its lifecycle rules") for name, days in wanted.items() if days]
    rules: list[dict[str, Any]] = (setting.value or {}).get("Rules", [])
    points: list[Point] = []
    new: dict[str, Any] = {}
    if held:
        points += _held(rules)
        for name in _DELETING:
            wanted.pop(name, None)
    for name, days in wanted.items():
        if not days:
            continue
        problem = _problem(name, days, asked)
        if problem:
            points.append(refused(name, "not as asked", problem))
            continue
        part, key, own = _RULES[name]
        point = _standing(name, days, rules, part, key, own)
        if point is not None:
            points.append(point)
            continue
        what: Any = {key: days}
        if name == "transition_days":
            what = [{**what, "StorageClass": _class(asked)}]
        new[f"rule {own}"] = {"ID": own, "Status": "Enabled", "Filter": {"Prefix": ""}, part: what}
    if not new:
        return points
    if len(rules) + len(new) > _MOST_RULES:
        return [*points, refused("noncurrent_days", "no room", f"it has {len(rules):,} lifecycle rules already")]
    there = {f"rule {rule.get('ID')}": rule for rule in rules}
    names = [name for name in wanted if f"rule {_RULES[name][2]}" in new]
    action = changed(
        names[0],
        "s3_lifecycle",
        there,
        new,
        detail=" and ".join(_TOLD[name].format(wanted[name], _class(asked)) for name in names),
        breaks="; ".join(_ENDS[name].format(wanted[name], _class(asked)) for name in names if name in _ENDS),
        person="what a rule deletes cannot be brought back",
        note="taken back, the rules are gone; what they deleted is not brought back, and what they moved not moved back",
    )
    return [*points, action]


_RULES = {
    "abort_uploads_days": ("AbortIncompleteMultipartUpload", "DaysAfterInitiation", UPLOADS),
    "noncurrent_days": ("NoncurrentVersionExpiration", "NoncurrentDays", VERSIONS),
    "expire_days": ("Expiration", "Days", EXPIRY),
    "transition_days": ("Transitions", "Days", TRANSITION),
}
_DELETING = ("noncurrent_days", "expire_days")
_LATER = ("STANDARD_IA", "ONEZONE_IA")
_LATER_DAYS = 30
"""Objects that go there are paid for from their 30th day on, and S3 takes no sooner rule."""
_ENDS = {
    "expire_days": "whoever reads objects older than {0} days: they are deleted, for good where no versions are kept",
    "transition_days": "whoever reads objects older than {0} days: from {1} they are paid for, and those of GLACIER and DEEP_ARCHIVE wait for hours",
}
_TOLD = {
    "abort_uploads_days": "parts of unfinished uploads are deleted after {} days",
    "noncurrent_days": "replaced versions are deleted after {} days",
    "expire_days": "objects are deleted after {} days",
    "transition_days": "objects move to {1} after {0} days",
}


def _class(asked: Mapping[str, Asked]) -> str:
    return str(asked["transition_class"].value) if "transition_class" in asked else _LATER[0]


def _problem(name: str, days: int, asked: Mapping[str, Asked]) -> str:
    """Why a rule is not written: what deletes sooner than something is to be kept, and what S3 takes no rule for."""
    if name == "expire_days":
        kept = int(asked["retention_days"].value) if "retention_days" in asked else 0
        if days < kept:
            return f"objects would be deleted after {days} days, and are to be kept {kept}; ask for fewer retention_days, or more expire_days"
        moved = int(asked["transition_days"].value) if "transition_days" in asked else 0
        if moved and days <= moved:
            return f"objects would be deleted after {days} days, and moved after {moved}: nothing would be left to move"
    if name == "transition_days" and _class(asked) in _LATER and days < _LATER_DAYS:
        return f"S3 moves nothing to {_class(asked)} before its {_LATER_DAYS}th day"
    return ""


def _standing(name: str, days: int, rules: list[dict[str, Any]], part: str, key: str, own: str) -> Point | None:
    """How a rule stands, `None` where it has to be written. Rules of others stay as they are, whatever they say."""
    found = [rule for rule in rules if rule.get("Status") == "Enabled" and part in rule]
    others = [rule for rule in found if rule.get("ID") != own]
    sooner = [] if part == "Transitions" else [rule for rule in others if int(rule[part].get(key, 0)) < days]
    if name == "noncurrent_days" and sooner:
        told = ", ".join(f"{rule.get('ID')} after {rule[part].get(key)} days" for rule in sooner[:5])
        return manual(
            name, f"replaced versions are to be kept {days} days, and its own rules delete some sooner: {told}"
        )
    whole = [rule for rule in found if _of_everything(rule)]
    if name == "transition_days":
        mine = next((rule for rule in whole if rule.get("ID") == own), None)
        moves = [int(each.get("Days", 0)) for rule in whole for each in rule[part]]
        is_so = (
            days in [int(each.get("Days", -1)) for each in mine[part]]
            if mine is not None
            else any(one <= days for one in moves)
        )
        return ok(name, f"objects move after {min(moves)} days") if is_so else None
    if name == "expire_days":
        whole = [rule for rule in whole if rule.get("ID") == own or int(rule[part].get(key, days + 1)) <= days]
    if any(int(rule[part].get(key, 0)) == days if rule.get("ID") == own else True for rule in whole):
        return ok(name, _TOLD[name].format(whole[0][part].get(key)))
    return None


def _held(rules: list[dict[str, Any]]) -> list[Point]:
    deleting = [
        str(rule.get("ID"))
        for rule in rules
        if rule.get("Status") == "Enabled" and ("Expiration" in rule or "NoncurrentVersionExpiration" in rule)
    ]
    if not deleting:
        return [ok("legal_hold", "no rule deletes objects")]
    return [manual("legal_hold", f"it is held, and its rules delete objects: {', '.join(deleting[:5])}; disable them")]


def _of_everything(rule: Mapping[str, Any]) -> bool:
    given = rule.get("Filter", {"Prefix": rule.get("Prefix", "")})
    return given in ({}, {"Prefix": ""})


def access_logs(state: ResourceState, asked: Mapping[str, Asked], means: Means) -> list[Point]:
    """Who asked what is logged; the bucket for that is made first where it is assay's own and not there."""
    control, setting = "access_logs", state.get("logging")
    name = state.resource.removeprefix("s3://")
    if not setting.is_known:
        return [unknown(control, setting, "its access logs")]
    target = (setting.value or {}).get("TargetBucket")
    if target == name:
        return [manual(control, "it is logged into itself, which never ends; name another bucket for its logs")]
    if target:
        return [ok(control, f"logged into {target}")]
    if state.resource in means.logged_into:
        return [ok(control, "it is a bucket of logs, which has none of its own")]
    own = asked.get("log_bucket")
    found = means.logs.get((state.region, "" if own is None else str(own.value)))
    if found is None or found.state is None or found.problem:
        why = found.problem if found is not None and found.problem else "could not be seen"
        bucket = found.resource if found is not None else log_bucket(state.account, state.region)
        return [refused(control, NO_LOGS, f"{bucket}: {why}")]
    points = []
    if not found.is_own:
        wanted = log_bucket_state(found.resource, state.region, means)
        if dict(found.state) != wanted:
            made = changed(
                control,
                "s3_log_bucket",
                found.state,
                wanted,
                detail="the bucket that access logs go to",
                reversible=False,
                note="a bucket of logs is not deleted when this is taken back",
                resource=found.resource,
            )
            points.append(made)
    to = f"{found.resource}/{PREFIX.format(bucket=name)}"
    return [
        *points,
        changed(
            control,
            "s3_logging",
            {},
            {"logs_to": to},
            detail=f"logged into {found.resource}",
            note="logs are stored and paid for",
        ),
    ]


def log_bucket_state(resource: str, region: str, means: Means) -> dict[str, Any]:
    """What assay's own bucket of logs has to be."""
    bucket = resource.removeprefix("s3://")
    return {
        "region": region,
        "statement AssayLogDelivery": delivery_statement(bucket, means.partition, means.account),
        "tag assay:purpose": PURPOSE,
    }


def event_notifications(state: ResourceState) -> Point:
    """Changes are told to EventBridge, beside whatever else is told."""
    control, setting = "event_notifications", state.get("notifications")
    if not setting.is_known:
        return unknown(control, setting, "whom it tells its events")
    if "EventBridgeConfiguration" in (setting.value or {}):
        return ok(control, "it tells EventBridge")
    return changed(
        control, "s3_events", {}, {"eventbridge": True}, detail="EventBridge is told of changes",
    )  # fmt: skip
