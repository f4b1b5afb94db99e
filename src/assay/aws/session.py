"""Clients of AWS services: one session for one identity, which makes only calls that its command declares."""

from __future__ import annotations

import logging
import os
import re
import threading
from collections.abc import Callable
from functools import cache
from typing import Any

from assay.aws.access import Access
from assay.aws.failures import failure_of, refusals
from assay.aws.times import moment
from assay.errors import AwsError, UsageError

_LOG = logging.getLogger("assay.aws")
_NAME = "assay"
_CONNECT_SECONDS = 10
_READ_SECONDS = 60
_ATTEMPTS = 5
_POOL = 32
_ACCOUNT_LABEL = re.compile(r"^(https?://)\d{12}\.")

Calls = frozenset[str]
"""Operations of services, as botocore names both: `s3.ListObjectsV2`."""


def boto3_or_told() -> Any:
    """The module boto3. Raises `UsageError` that says how to get it."""
    try:
        import boto3  # heavy, and an extra
    except ModuleNotFoundError:
        raise UsageError("AWS is reached with boto3, which is not installed: pip install 'assay[aws]'") from None
    return boto3


class Session:
    """One identity. Clients are made once for each service and region, and may be used by several threads; a forked process
    makes its own, as connections are its parent's.

    `calls` are the operations that may be made; another one raises `AwsError` before anything is sent, so that the
    policy that is printed for a command is all that it needs. Making a session sends nothing. With `adaptive` clients
    send no faster than a service lets them once it throttled one of them; else they only wait before they try again.
    """

    def __init__(self, access: Access, calls: Calls, *, adaptive: bool = False) -> None:
        self.access = access
        self.calls = calls
        self._retries = "adaptive" if adaptive else "standard"
        self._boto3 = boto3_or_told()
        # boto3 alone reads AWS_DEFAULT_REGION; every other tool of AWS reads this one first.
        region = access.region or os.environ.get("AWS_REGION") or None
        try:
            base = self._boto3.session.Session(profile_name=access.profile, region_name=region)
        except refusals() as error:
            raise told(error, "AWS") from None
        base._session.register_component("data_loader", _descriptions(base._session.get_config_variable("data_path")))
        for role_arn, external_id in access.roles:
            base = _assuming(base, _of_role(access, role_arn, external_id), self.calls)
        self._base = base
        self._clients: dict[tuple[str, str | None, int], Any] = {}
        self._lock = threading.Lock()

    @property
    def region(self) -> str | None:
        """The region where nothing else is said."""
        name: str | None = self._base.region_name
        return name

    @property
    def partition(self) -> str:
        """That of its region: `aws`, `aws-cn`, `aws-us-gov`."""
        region = self.region
        return str(self._base.get_partition_for_region(region)) if region else "aws"

    def client(self, service: str, region: str | None = None) -> Any:
        """A client of a service. Raises `AwsError` where none can be made (no region)."""
        key = (service, region or self.region, os.getpid())
        with self._lock:
            if key not in self._clients:
                try:
                    self._clients[key] = _client(self._base, service, key[1], self)
                except refusals() as error:
                    raise told(error, service) from None
                except ValueError:
                    wrong = "the endpoint is no URL; give one like https://host:port"
                    raise AwsError("refused", f"{service}: {wrong}") from None
            return self._clients[key]

    def passes(self, operation: str) -> None:
        """Lets a declared operation pass that is sent without a client, as clients do. Raises `AwsError` for another one."""
        _passes(self.calls, operation)

    def credentials(self) -> Any:
        """`access_key`, `secret_key` and `token` as they are now. Raises one of `refusals`."""
        from botocore.exceptions import NoCredentialsError

        found = self._base.get_credentials()
        if found is None:
            raise NoCredentialsError
        return found.get_frozen_credentials()

    def connections(self, origin: str) -> Any:
        """A pool of connections to `https://host[:port]` as clients have it; `None` where they reach it through a proxy."""
        from botocore.httpsession import create_urllib3_context, get_cert_path
        from botocore.utils import get_environ_proxies
        from urllib3 import PoolManager, Timeout

        if get_environ_proxies(origin):
            return None
        wanted: dict[str, Any] = {"maxsize": _POOL, "timeout": Timeout(connect=_CONNECT_SECONDS, read=_READ_SECONDS)}
        if origin.startswith("https:"):
            trusted = get_cert_path(self._base._session.get_config_variable("ca_bundle") or True)
            wanted |= {"ssl_context": create_urllib3_context(), "cert_reqs": "CERT_REQUIRED", "ca_certs": trusted}
        return PoolManager(**wanted).connection_from_url(origin)

    def account(self) -> str:
        """The number of the account. Needs `sts.GetCallerIdentity`."""
        return str(self.identity()["Account"])

    def identity(self) -> dict[str, str]:
        """`Account`, `Arn` and `UserId` of whoever calls. Raises `AwsError`."""
        try:
            answer = self.client("sts", self.region or "us-east-1").get_caller_identity()
        except refusals() as error:
            raise told(error, "AWS") from None
        return {name: str(answer[name]) for name in ("Account", "Arn", "UserId")}

    def assuming(self, role_arn: str, external_id: str | None = None) -> Session:
        """A session of a role that this one's identity may assume; the role is assumed with its first call."""
        other = Session.__new__(Session)
        other.access = self.access.assuming(role_arn, external_id)
        other.calls, other._boto3, other._retries = self.calls, self._boto3, self._retries
        wanted = _of_role(self.access, role_arn, external_id, self.region)
        other._base = _assuming(self._base, wanted, self.calls)
        other._clients, other._lock = {}, threading.Lock()
        return other

    def regions_of(self, service: str) -> list[str]:
        """Regions of the session's partition where a service is, as the library knows them; nothing is sent."""
        return sorted(self._base.get_available_regions(service, partition_name=self.partition))


@cache
def _descriptions(folders: str | None) -> Any:
    """What describes services to the library, read once for all sessions of a process: it takes tenths of a second for each.

    `folders` are those of a user's own descriptions.
    """
    from botocore.loaders import create_loader

    return create_loader(folders)


def told(error: Exception, what: str) -> AwsError:
    """An error of the AWS library (`refusals`) as one of ours."""
    failure = failure_of(error)
    return AwsError(failure.reason, f"{what}: {failure.detail}")


def _client(base: Any, service: str, region: str | None, of: Session) -> Any:
    from botocore.config import Config

    endpoint = of.access.endpoint_url
    own = endpoint or os.environ.get("AWS_ENDPOINT_URL") or os.environ.get(f"AWS_ENDPOINT_URL_{service.upper()}")
    config = Config(
        connect_timeout=_CONNECT_SECONDS,
        read_timeout=_READ_SECONDS,
        retries={"mode": of._retries, "total_max_attempts": _ATTEMPTS},
        max_pool_connections=_POOL,
        user_agent_extra=_NAME,
        # Buckets are no host names at an endpoint of one's own.
        s3={"addressing_style": "path"} if own else {},
    )
    # botocore has no other way in; each session of it has a factory of its own.
    base._session.get_component("response_parser_factory").set_parser_defaults(timestamp_parser=moment)
    client = base.client(service, region_name=region, endpoint_url=endpoint, config=config)
    client.meta.events.register_first("provide-client-params.*", _only(of.calls, service))
    if own and service == "s3control":
        client.meta.events.register("before-sign.s3-control", without_account_label)
    return client


def without_account_label(request: Any, **_: Any) -> None:
    """Takes off the account that calls of S3 Control have before the host's name: an endpoint of one's own has one name."""
    request.url = _ACCOUNT_LABEL.sub(r"\1", request.url)


def _only(calls: Calls, service: str) -> Callable[..., None]:
    """Lets declared operations pass, and logs each; content is not logged."""

    def check(model: Any, **_: Any) -> None:
        _passes(calls, f"{service}.{model.name}")

    return check


def _passes(calls: Calls, name: str) -> None:
    if name not in calls:
        raise AwsError("undeclared", f"{name} is not among the calls that this command declares: please report this")
    _LOG.debug("call", extra={"operation": name})


def _of_role(access: Access, role_arn: str, external_id: str | None, region: str | None = None) -> Access:
    return Access(
        role_arn=role_arn, external_id=external_id, region=region or access.region, endpoint_url=access.endpoint_url
    )


def _assuming(base: Any, access: Access, calls: Calls) -> Any:
    """A boto3 session whose credentials are those of a role, renewed before they expire."""
    import boto3
    import botocore.session
    from botocore.credentials import AssumeRoleCredentialFetcher, DeferredRefreshableCredentials

    assert access.role_arn is not None
    source = base.get_credentials()
    if source is None:
        raise AwsError("no credentials", f"{access.role_arn}: there are no credentials to assume it with; set AWS_PROFILE or "
                       "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or give --profile")  # fmt: skip
    arguments = {"RoleSessionName": _NAME}
    if access.external_id is not None:
        arguments["ExternalId"] = access.external_id

    def create(service: str, **given: Any) -> Any:
        given.pop("config", None)
        client = base.client(service, endpoint_url=access.endpoint_url, **given)
        client.meta.events.register_first("provide-client-params.*", _only(calls | {"sts.AssumeRole"}, service))
        return client

    fetcher = AssumeRoleCredentialFetcher(
        client_creator=create, source_credentials=source, role_arn=access.role_arn, extra_args=arguments
    )
    inner = botocore.session.Session()
    # Descriptions of services are tens of megabytes, and the same for every account.
    inner.register_component("data_loader", base._session.get_component("data_loader"))
    inner._credentials = DeferredRefreshableCredentials(  # botocore has no other way in
        method="assume-role", refresh_using=fetcher.fetch_credentials
    )
    inner.set_config_variable("region", access.region or base.region_name)
    return boto3.session.Session(botocore_session=inner)
