"""What AWS refuses, in a few reasons: many error codes are no exceptions of their own, so that codes are compared."""

from __future__ import annotations

import socket
from typing import Any, NamedTuple

ACCESS_DENIED = "access denied"
KEY_DENIED = "key denied"
NOT_FOUND = "not found"
THROTTLED = "throttled"
EXPIRED = "credentials expired"
NO_CREDENTIALS = "no credentials"
REGION_DISABLED = "region disabled"
UNREACHABLE = "unreachable"
CLOCK = "clock skewed"
REFUSED = "refused"

_REASONS = {
    ACCESS_DENIED: "AccessDenied AccessDeniedException AllAccessDisabled UnauthorizedOperation AuthorizationError "
    "AuthorizationErrorException UnauthorizedException AccountProblem 403 Forbidden",
    KEY_DENIED: "KMS.AccessDeniedException KMSAccessDeniedException KMS.DisabledException KMS.KMSInvalidStateException "
    "KMS.NotFoundException KMSAccessDeniedFault KmsAccessDenied KMSDisabledException KMSInvalidStateException "
    "KMSNotFoundException DecryptionFailure KMSKeyNotAccessibleFault",
    NOT_FOUND: "404 NotFound NoSuchKey NoSuchBucket NoSuchVersion ResourceNotFoundException EntityNotFoundException "
    "DBInstanceNotFound DBInstanceNotFoundFault DBClusterNotFoundFault DBSnapshotNotFound DBSnapshotNotFoundFault "
    "DBClusterSnapshotNotFoundFault InvalidVolume.NotFound InvalidSnapshot.NotFound NotFoundException "
    "NoSuchEntity TrailNotFoundException AWS.SimpleQueueService.NonExistentQueue QueueDoesNotExist ClusterNotFound",
    THROTTLED: "Throttling ThrottlingException ThrottledException RequestThrottled RequestThrottledException SlowDown "
    "TooManyRequestsException RequestLimitExceeded ProvisionedThroughputExceededException BandwidthLimitExceeded "
    "LimitExceededException EC2ThrottledException PriorRequestNotComplete TransactionInProgressException 503",
    EXPIRED: "ExpiredToken ExpiredTokenException RequestExpired TokenRefreshRequired",
    NO_CREDENTIALS: "InvalidAccessKeyId InvalidClientTokenId UnrecognizedClientException SignatureDoesNotMatch "
    "MissingAuthenticationToken AuthFailure InvalidToken IncompleteSignature InvalidSignatureException",
    CLOCK: "RequestTimeTooSkewed RequestInTheFuture RequestTimeTooSkewedException",
    REGION_DISABLED: "OptInRequired RegionDisabledException IllegalLocationConstraintException",
}
_KEY_ACTIONS = ("kms:Decrypt", "kms:GenerateDataKey", "kms:DescribeKey", "kms:CreateGrant")
_OF_KEYS = ("KMS key access denied", "Access to KMS is not allowed")
_DEEPEST = 8
_BY_CODE = {code: reason for reason, codes in _REASONS.items() for code in codes.split()}
_HELP = {
    # AWS answers in the same way where an account has not enabled a region.
    NO_CREDENTIALS: "set AWS_PROFILE or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or give --profile or --role-arn; "
    "where other regions answer, this region is not enabled for the account",
    CLOCK: "the clock of this machine is minutes away from that of AWS: set it; the call did nothing",
    EXPIRED: "sign in again, and go on with the same command",
    UNREACHABLE: "check the network, the region and --endpoint-url",
}
_OF_CLOCKS = frozenset({"RequestTimeTooSkewed", "InvalidSignatureException", "SignatureDoesNotMatch", "RequestExpired"})
_CLOCK = "look whether this machine's clock is right: AWS refuses what is signed more than minutes off"
TRANSIENT = frozenset({THROTTLED, UNREACHABLE})
"""Reasons that may well be gone when the same is tried again."""


class Failure(NamedTuple):
    """Why a call failed: one of the reasons above, the service's own code, and a sentence that holds no content."""

    reason: str
    code: str
    detail: str

    @property
    def is_transient(self) -> bool:
        return self.reason in TRANSIENT

    @property
    def is_hopeless(self) -> bool:
        """Whether nothing at all can be done with these credentials, here and now."""
        return self.reason in (NO_CREDENTIALS, EXPIRED, CLOCK, UNREACHABLE) or self.code == "NoRegionError"


def code_of(error: BaseException) -> str:
    """The service's error code (`NoSuchTagSet`), empty for what is no answer of a service."""
    response: Any = getattr(error, "response", None)
    if not isinstance(response, dict):
        return ""
    found = response.get("Error")
    return str(found.get("Code", "")) if isinstance(found, dict) else ""


def reason_of(code: str) -> str:
    """The reason that a service's code stands for; empty for a code that stands for none of them."""
    return _BY_CODE.get(code, "")


def refusals() -> tuple[type[Exception], ...]:
    """What the AWS library raises: for an `except` clause, so that the library loads with the first call, not before."""
    try:
        from boto3.exceptions import Boto3Error
        from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError
        from botocore.parsers import ResponseParserError
    except ModuleNotFoundError:
        return ()  # what is missing is told by whoever needs it first

    return (ClientError, BotoCoreError, HTTPClientError, ResponseParserError, Boto3Error)


def failure_of(error: BaseException) -> Failure:
    """Why a call failed, of one of `refusals`.

    A message of the service is left out: it may quote what was sent, a key with a person's name in it for one.
    """
    code = code_of(error)
    if code:
        operation = getattr(error, "operation_name", "") or "a call"
        reason = _BY_CODE.get(code) or (KEY_DENIED if code.startswith("KMS.") else REFUSED)
        if reason == ACCESS_DENIED and _names_a_key(error):
            reason = KEY_DENIED
        sentence = _sentence(f"{operation}: {code}", reason)
        return Failure(reason, code, f"{sentence}; {_CLOCK}" if code in _OF_CLOCKS else sentence)
    kind = type(error).__name__
    if "Credential" in kind or kind in ("ProfileNotFound", "TokenRetrievalError", "SSOTokenLoadError"):
        expired = kind in ("TokenRetrievalError", "UnauthorizedSSOTokenError")
        reason = EXPIRED if expired else NO_CREDENTIALS
        return Failure(reason, kind, _sentence(kind, reason))
    if kind == "NoRegionError":
        return Failure(REFUSED, kind, "no region is set; give --region or set AWS_REGION")
    return Failure(UNREACHABLE, kind, _sentence(kind, UNREACHABLE))


def has_no_host(error: BaseException) -> bool:
    """Whether there is no host of the name that was asked, as name servers say, not only nobody who answers."""
    seen: BaseException | None = error
    for _ in range(_DEEPEST):
        if isinstance(seen, socket.gaierror):
            # Where name servers themselves are out of reach, it is EAI_AGAIN.
            return seen.errno == socket.EAI_NONAME
        inner = getattr(seen, "kwargs", {}).get("error") if seen is not None else None
        seen = inner or getattr(seen, "__cause__", None) or getattr(seen, "__context__", None)
    return False


def _names_a_key(error: BaseException) -> bool:
    """Whether what was denied is an action on a key: services that use it say so with codes of their own denials.

    The text stays here. https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
    """
    response: Any = getattr(error, "response", {})
    message = str(response.get("Error", {}).get("Message", ""))
    return any(f"perform: {action}" in message for action in _KEY_ACTIONS) or message.startswith(_OF_KEYS)


def _sentence(what: str, reason: str) -> str:
    return f"{what}; {_HELP[reason]}" if reason in _HELP else what
