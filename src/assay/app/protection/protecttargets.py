"""What `assay protect` is asked to protect, how each is looked at, and where the catalog keeps what is known of it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import NamedTuple

from assay.app.cloud.tagtargets import DATABASES, arn_of, target_of
from assay.app.protection.applying import OTHER_ACCOUNT
from assay.aws import ebssettings
from assay.aws.arn import parse
from assay.aws.session import Session
from assay.errors import AwsError, UsageError
from assay.model import Level
from assay.model.action import Refusal
from assay.model.protection import ResourceState
from assay.observers.backed_up import BackedUp
from assay.observers.dynamodb_table import TableObserver
from assay.observers.ebs_settings import VolumeObserver
from assay.observers.external_access import ExternalAccess
from assay.observers.rds_database import KINDS, DatabaseObserver
from assay.observers.s3_bucket import BucketObserver
from assay.observers.watched import Watched
from assay.protect.judged import Judged, of_many, of_one
from assay.store.classified import classified
from assay.store.engine import Catalog

OBSERVE = "observe"
_LISTS_AT_ONCE = 16
_TABLES, _BUCKETS, _EBS = "dynamodb://", "s3://", ebssettings.SCHEME
_PARTITIONS = ("aws", "aws-cn", "aws-us-gov")
_CALLED = {
    "db": "instances",
    "cluster": "clusters",
    "snapshot": "snapshots",
    "cluster-snapshot": "snapshots of clusters",
}


def resource_of(target: str) -> str:
    """A resource as it was named: `s3://bucket` for a bucket or its ARN, `dynamodb://table` or the table's ARN, `ebs://region` for an
    account's settings for volumes, and ARNs of databases, their snapshots, and volumes. Raises `UsageError`."""
    if not target.startswith((_BUCKETS, "arn:", _TABLES, _EBS)):
        raise UsageError(f"{target}: cannot be protected; give s3://bucket, dynamodb://table, ebs://region or an ARN")
    if target.startswith(_TABLES):
        return target
    if target.startswith(_EBS):
        rest = target.removeprefix(_EBS)
        if not rest or rest.count("/") > 1:
            raise UsageError(f"{target}: names no region; give ebs://region")
        return target
    if _is_ours(target):
        return target
    found = target_of(target)
    if found.bucket is None:
        if found.control != "dynamodb_tags":
            raise UsageError(f"{target}: cannot be protected yet; buckets, tables of DynamoDB, RDS and EBS can")
        return target
    if not found.is_whole:
        raise UsageError(f"{target}: is in a bucket, and buckets are protected as a whole; give s3://{found.bucket}")
    return f"s3://{found.bucket}"


def _is_ours(target: str) -> bool:
    """Whether it is the ARN of something of RDS or EBS that is protected."""
    if not target.startswith("arn:"):
        return False
    try:
        arn = parse(target)
    except ValueError as error:
        raise UsageError(str(error)) from None
    known = {"rds": KINDS, "ec2": ("volume",)}.get(arn.service, ())
    return arn.kind in known and bool(arn.name and arn.region and arn.account)


def whole(target: str, *, partition: str, region: str | None, account: str) -> str:
    """A resource as it is kept: with its region and account. Raises `UsageError` where they are not known."""
    named = resource_of(target)
    if named.startswith(_EBS):
        rest = named.removeprefix(_EBS)
        return named if "/" in rest else f"{_EBS}{account}/{rest}"
    return arn_of(named, partition=partition, region=region, account=account)


def is_meant(resource: str, named: Collection[str]) -> bool:
    """Whether a resource is among those that `resource_of` gave."""
    if resource in named:
        return True
    last = resource.rpartition("/")[2]
    if resource.startswith(_EBS):
        return f"{_EBS}{last}" in named
    return ":dynamodb:" in resource and f"{_TABLES}{last}" in named


def name_of(resource: str) -> str:
    """What policies call it: a name without what it lies in; of an account's settings the region."""
    if resource.startswith("arn:"):
        return parse(resource).name
    return resource.removeprefix(_BUCKETS).rpartition("/")[2]


class Known(NamedTuple):
    """What the catalog knows of all that lies in a resource."""

    judged: Judged | None
    all_public: bool


def known_of(catalog: Catalog, resource: str, hosts: Sequence[str] = ()) -> Known:
    """What is known of a resource by what it holds; of a database by the addresses at which it is reached, of an account's settings
    for volumes by its volumes."""
    exact, below = [resource], [f"{resource}/"]
    if ":dynamodb:" in resource:
        by_name = f"{_TABLES}{parse(resource).name}"
        exact, below = [resource, by_name], [f"{by_name}/"]
    elif resource.startswith(_EBS):
        account, region = ebssettings.place_of(resource)
        below = [f"arn:{partition}:ec2:{region}:{account}:volume/" for partition in _PARTITIONS]
    elif hosts:
        below += [f"{scheme}://{host.lower()}{end}" for host in hosts for scheme in DATABASES for end in (":", "/")]
    with catalog.reading() as connection:
        parts = [of_one(each.classification, each.at) for each in classified(connection, exact, below)]
    return Known(of_many(parts), bool(parts) and all(part.level is Level.PUBLIC for part in parts))


class Looking:
    """Looks at resources of `account`, which is that of the session; tags with `keys` say how sensitive something is."""

    def __init__(self, session: Session, account: str, keys: Collection[str] = ()) -> None:
        self._session = session
        self._account = account
        self._buckets = BucketObserver(session, account)
        self._tables = TableObserver(session, account)
        self._databases = DatabaseObserver(session, account)
        self._volumes = VolumeObserver(session, account, keys)
        self._backed_up = BackedUp(session)
        self._watched = Watched(session, account)
        self._external = ExternalAccess(session)

    def all(self, regions: Sequence[str] = ()) -> list[str | Refusal]:
        """Everything that there is in some regions, one after the other (else in the session's); a list that is refused stands for what
        would be on it. Regions are asked at once. Raises `AwsError` where all lists are refused."""
        lists = [("buckets", self._buckets.names)]
        ends: list[str] = []
        for region in regions or (self._session.region,):
            kinds: dict[str, Callable[[], Iterator[str]]] = {
                "tables of DynamoDB": partial(self._tables.names, region),
                **{f"{_CALLED[kind]} of RDS": partial(self._databases.names, kind, region) for kind in KINDS},
                "volumes of EBS": partial(self._volumes.names, region),
            }
            lists += [(f"{called} in {region}", names) for called, names in kinds.items()]
            ends.append(self._volumes.settings_name(region))
        with ThreadPoolExecutor(_LISTS_AT_ONCE) as threads:
            told = list(threads.map(_listed, lists))
        failed = [error for _, error in told if error is not None]
        if len(failed) == len(lists):
            raise failed[0]
        found: list[str | Refusal] = []
        for (called, _), (names, error) in zip(lists, told, strict=True):
            found += names
            if error is not None:
                found.append(Refusal(resource=called, control=OBSERVE, reason=error.reason, detail=error.detail))
        return [*found, *ends]

    def before(self, resources: Sequence[str | Refusal]) -> None:
        """What holds for all buckets is asked for once, before many threads do."""
        if any(isinstance(each, str) and each.startswith(_BUCKETS) for each in resources):
            self._buckets.shared()

    def at(self, resource: str | Refusal) -> ResourceState | Refusal:
        """A resource as it is, or why it cannot be seen."""
        if isinstance(resource, Refusal):
            return resource
        try:
            return self._external.beside(self._watched.beside(self._backed_up.beside(self._observed(resource))))
        except AwsError as error:
            return Refusal(resource=resource, control=OBSERVE, reason=error.reason, detail=error.detail)

    def _observed(self, resource: str) -> ResourceState:
        if resource.startswith(_BUCKETS):
            return self._buckets.observe(resource)
        is_settings = resource.startswith(_EBS)
        owner = ebssettings.place_of(resource).account if is_settings else parse(resource).account
        if owner != self._account:
            detail = f"it is of account {owner}, and the credentials of {self._account}"
            raise AwsError(OTHER_ACCOUNT, detail)
        if is_settings:
            return self._volumes.observe(resource)
        service = parse(resource).service
        if service == "dynamodb":
            return self._tables.observe(resource)
        return self._databases.observe(resource) if service == "rds" else self._volumes.observe(resource)


def _listed(asked: tuple[str, Callable[[], Iterator[str]]]) -> tuple[list[str], AwsError | None]:
    """What a list names, as far as it came, and why it did not come to its end."""
    found: list[str] = []
    try:
        for each in asked[1]():
            found.append(each)  # noqa: PERF402  # what came before it was refused is kept
    except AwsError as error:
        return found, error
    return found, None
