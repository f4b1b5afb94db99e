"""Who may reach a bucket: TLS, the public access block, access control lists. Nothing here ever opens anything."""

from __future__ import annotations

from typing import Any

from assay.model.policydocument import statements_of
from assay.model.protection import ResourceState
from assay.protect.bucketpolicy import LONGEST, TLS_SID, Reader, denies_without_tls, readers, size, tls_statement
from assay.protect.external import public as open_to_all
from assay.protect.means import Means
from assay.protect.points import Point, changed, ok, refused, unknown

FLAGS = ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")
ENFORCED = "BucketOwnerEnforced"
NO_ROOM = "no room"
PUBLIC = "its policy is public"
GRANTS = "its access control list lets others in"
TAKEN = "not as it was made"

_GROUPS = "http://acs.amazonaws.com/groups/"
_MOST_NAMED = 5


def tls_only(state: ResourceState, means: Means) -> Point:
    """Denies requests without TLS, beside what the policy says."""
    name, control = state.resource.removeprefix("s3://"), "tls_only"
    policy = state.get("policy")
    if not policy.is_known:
        return unknown(control, policy, "its policy")
    if denies_without_tls(policy.value, name, means.partition):
        return ok(control, "its policy denies requests without TLS")
    there = next((each for each in statements_of(policy.value) if each.get("Sid") == TLS_SID), None)
    if there is not None:
        return refused(
            control, TAKEN, f"its policy has a statement {TLS_SID} that says something else; take it out, or rename it"
        )
    statement = tls_statement(name, means.partition)
    document = policy.value or {"Version": "2012-10-17"}
    longer = size({**document, "Statement": [*statements_of(policy.value), statement]})
    if longer > LONGEST:
        return refused(control, NO_ROOM, f"its policy would have {longer:,} bytes, and there is room for {LONGEST:,}")
    if blocks_policies(state) and is_public(state):
        detail = "S3 takes no policy for it while it is public and public policies are blocked; take out what makes it public"
        return refused(control, PUBLIC, detail)
    return changed(
        control,
        "s3_tls_only",
        {},
        {f"statement {TLS_SID}": statement},
        detail="a statement that denies requests without TLS",
        breaks="whoever asks by plain HTTP",
        sees=("policy",),
    )


def public_access_block(state: ResourceState, means: Means) -> Point:
    """All four flags, and who reaches the bucket by what they close."""
    control, block = "public_access_block", state.get("public_access_block")
    if not block.is_known:
        return unknown(control, block, "its public access block")
    missing = [flag for flag in FLAGS if not (block.value or {}).get(flag)]
    if not missing:
        return ok(control, "all four flags are on")
    losing, unseen = _losing(state, means)
    breaks = "; ".join([*losing, *(f"{what} could not be read: who else is not known" for what in unseen)])
    return changed(
        control,
        "s3_public_access_block",
        dict.fromkeys(missing, None if block.value is None else False),
        dict.fromkeys(missing, True),
        detail="public access is blocked",
        breaks=breaks,
        person="somebody may lose access" if breaks else "",
        sees=("policy", "acl", "website"),
    )


def acls_off(state: ResourceState, means: Means) -> Point:  # noqa: ARG001  # every control has the means
    """The owner owns every object. S3 refuses that while the bucket's own list lets others in."""
    control, ownership, acl = "acls_off", state.get("ownership"), state.get("acl")
    if not ownership.is_known:
        return unknown(control, ownership, "who owns its objects")
    if ownership.value == ENFORCED:
        return ok(control, "access control lists are off")
    if not acl.is_known:
        return unknown(control, acl, "its access control list")
    others = grants(state)
    if others:
        named = _few(others)
        return refused(
            control, GRANTS, f"to {named}; let them in by the bucket's policy, and take that out of the list"
        )
    return changed(
        control,
        "s3_acls_off",
        {"object_ownership": ownership.value},
        {"object_ownership": ENFORCED},
        detail="access control lists are switched off",
        breaks="whoever reads objects by access control lists of single objects, or writes with one",
        person="lists of single objects are not looked at",
        sees=("acl",),
    )


def is_public(state: ResourceState) -> bool:
    """Whether the bucket's policy lets everybody in, as S3 judges it or as its statements say."""
    status = state.get("policy_status")
    if status.is_known and status.value:
        return True
    return any(reader.is_everybody for reader in readers(state.get("policy").value, state.account))


def grants(state: ResourceState) -> list[str]:
    """Whom the bucket's access control list lets in beside its owner."""
    acl = state.get("acl").value or {}
    found = []
    for grant in acl.get("Grants", ()):
        grantee: dict[str, Any] = grant.get("Grantee", {})
        if grantee.get("ID") is not None and grantee.get("ID") == acl.get("Owner"):
            continue
        who = str(grantee.get("URI") or grantee.get("EmailAddress") or grantee.get("ID") or "somebody")
        group = who.rpartition("/")[2] if who.startswith(_GROUPS) else who
        found.append(f"{group} ({grant.get('Permission')})")
    return found


def foreign(state: ResourceState) -> list[Reader]:
    """Whom the policy lets in from other accounts, everybody and CloudFront among them."""
    return [
        reader
        for reader in readers(state.get("policy").value, state.account)
        if reader.is_foreign or reader.is_cloudfront
    ]


def blocks_policies(state: ResourceState) -> bool:
    """Whether S3 refuses a public policy: by the bucket's block or the account's."""
    return any(
        bool((state.get(name).value or {}).get("BlockPublicPolicy"))
        for name in ("public_access_block", "account_block")
    )


def _losing(state: ResourceState, means: Means) -> tuple[list[str], list[str]]:
    """Who reaches the bucket by what the block closes, and what could not be read of that."""
    told: list[str] = []
    unseen: list[str] = []
    policy, acl, website = state.get("policy"), state.get("acl"), state.get("website")
    if not policy.is_known:
        unseen.append("its policy")
    elif is_public(state):
        # A public policy lets in only the account itself and services then, whomever else it names.
        who = [str(reader) for reader in readers(policy.value, means.account) if reader.is_foreign]
        told.append(f"its policy lets in {_few(who) if who else _everybody()}")
    if not acl.is_known:
        unseen.append("its access control list")
    else:
        public = [each for each in grants(state) if each.startswith(("AllUsers", "AuthenticatedUsers"))]
        if public:
            told.append(f"its access control list lets in {_few(public)}")
    if not website.is_known:
        unseen.append("whether it is a website")
    elif website.value is not None:
        told.append("it is a website, which everybody reads")
    told += [f"Access Analyzer finds {each}" for each in open_to_all(state)[:_MOST_NAMED]]
    distributions = state.get("distributions")
    if not distributions.is_known:
        unseen.append("which distributions of CloudFront read it")
    else:
        unsigned = sorted(name for name, signed in (distributions.value or {}).items() if not signed)
        if unsigned:
            told.append(f"CloudFront reads it as everybody does (distribution {_few(unsigned)})")
    return told, unseen


def _everybody() -> str:
    return "everybody"


def _few(names: list[str]) -> str:
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return ", ".join(names[:_MOST_NAMED]) + more
