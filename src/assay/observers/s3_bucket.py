"""A bucket with all its settings, as protection looks at it. One that cannot be read is unknown, and stops no other."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from assay.aws import s3settings
from assay.aws.failures import NOT_FOUND, code_of, failure_of, refusals
from assay.aws.paging import items
from assay.aws.session import Calls, Session
from assay.errors import AwsError
from assay.model.protection import ResourceState, ResourceType, Setting

ACCOUNT_BLOCK: Calls = frozenset({"s3control.GetPublicAccessBlock"})
DISTRIBUTIONS: Calls = frozenset({"cloudfront.ListDistributions"})
CALLS: Calls = s3settings.ALL_CALLS | ACCOUNT_BLOCK | DISTRIBUTIONS | {"s3.ListBuckets"}

_THREADS = 8
_NOT_SET = "NoSuchPublicAccessBlockConfiguration"
_ANYWHERE = "us-east-1"
FINGERPRINTED = ("policy", "acl", "website", "ownership")


class BucketObserver:
    """Reads buckets of the account. What holds for all of them is asked for once."""

    def __init__(self, session: Session, account: str) -> None:
        self._session = session
        self._account = account
        self._shared: dict[str, Setting] | None = None

    def names(self) -> Iterator[str]:
        """The URIs of all buckets of the account. Raises `AwsError`."""
        try:
            for bucket in items(self._session.client("s3"), "list_buckets", "Buckets"):
                yield f"s3://{bucket['Name']}"
        except refusals() as error:
            failure = failure_of(error)
            raise AwsError(failure.reason, f"S3: {failure.detail}") from None

    def observe(self, resource: str) -> ResourceState:
        """All settings of a bucket. Raises `AwsError` where the bucket itself is not to be seen."""
        region = s3settings.region_of(self._session, resource, self._account)
        names = list(s3settings.READS)
        with ThreadPoolExecutor(_THREADS) as threads:
            read = threads.map(lambda name: s3settings.setting_of(self._session, resource, self._account, name), names)
            settings = dict(zip(names, read, strict=True))
        gone = next((setting for setting in settings.values() if setting.reason == NOT_FOUND), None)
        if gone is not None:
            raise AwsError(NOT_FOUND, f"{resource}: {gone.detail}")
        shared = self.shared()
        block, distributions = shared["account_block"], shared["distributions"]
        settings["account_block"] = block
        settings["distributions"] = _reading(distributions, resource)
        return ResourceState(
            resource=resource,
            type=ResourceType.S3_BUCKET,
            account=self._account,
            region=region,
            settings=settings,
            fingerprints={name: s3settings.fingerprint_of(name, settings[name]) for name in FINGERPRINTED},
        )

    def shared(self) -> dict[str, Setting]:
        """The account's own block of public access, and which distributions of CloudFront read which buckets."""
        if self._shared is None:
            self._shared = {"account_block": self._account_block(), "distributions": self._distributions()}
        return self._shared

    def _account_block(self) -> Setting:
        try:
            answer = self._session.client("s3control").get_public_access_block(AccountId=self._account)
        except refusals() as error:
            if code_of(error) == _NOT_SET:
                return Setting()
            failure = failure_of(error)
            return Setting(reason=failure.reason, detail=failure.detail)
        return Setting(value=answer["PublicAccessBlockConfiguration"])

    def _distributions(self) -> Setting:
        """Origins by distribution: their host names, and whether CloudFront signs what it asks of them."""
        found: dict[str, list[list[Any]]] = {}
        try:
            client = self._session.client("cloudfront", _ANYWHERE)
            # The list stands within another member, which paginators of the library know and `items` does not.
            for page in client.get_paginator("list_distributions").paginate():
                for each in page.get("DistributionList", {}).get("Items", ()):
                    found[str(each["Id"])] = [
                        [origin["DomainName"].lower(), _signs(origin)] for origin in each["Origins"]["Items"]
                    ]
        except refusals() as error:
            failure = failure_of(error)
            return Setting(reason=failure.reason, detail=failure.detail)
        return Setting(value=found)


def _signs(origin: dict[str, Any]) -> bool:
    by_identity = origin.get("S3OriginConfig", {}).get("OriginAccessIdentity")
    return bool(origin.get("OriginAccessControlId") or by_identity)


def _reading(distributions: Setting, resource: str) -> Setting:
    """The distributions that have this bucket as an origin: id → whether what they ask is signed."""
    if not distributions.is_known:
        return distributions
    start = f"{resource.removeprefix('s3://')}.s3"
    told = {
        name: all(signed for host, signed in origins if host.startswith(start))
        for name, origins in distributions.value.items()
        if any(host.startswith((f"{start}.", f"{start}-")) for host, _ in origins)
    }
    return Setting(value=told)
