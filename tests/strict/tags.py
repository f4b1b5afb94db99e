"""Rules for tags, of each service that has them.

Sources: the tag rules in the services' guides; the pattern of IAM's `Tag`; error codes and messages as S3's list of errors
for tags has them, and as callers of S3 have reported them.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator
from urllib.parse import parse_qsl

from strict import state
from strict.answers import Answer, RefusedError
from strict.recognised import Request
from strict.state import State

_SYMBOLS = frozenset("_.:/=+-@")
_LONGEST_KEY = 128
_LONGEST_VALUE = 256
_MOST = 50
_MOST_OF_OBJECT = 10
_LONGEST_KEY_OF_EC2 = 127

Tags = list[tuple[str, str]]
Check = Callable[[Request, State], None]


def _legal(text: str) -> bool:
    r"""The pattern `[\p{L}\p{Z}\p{N}_.:/=+\-@]*`."""
    return all(character in _SYMBOLS or unicodedata.category(character)[0] in "LZN" for character in text)


def _units(text: str) -> int:
    """S3 counts UTF-16."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _pairs(request: Request, name: str) -> Tags:
    found = request.parameters.get(name) or []
    if isinstance(found, dict):
        return [(key, value or "") for key, value in found.items()]
    lowered = [{name.lower(): value for name, value in tag.items()} for tag in found]
    return [(tag.get("key") or tag.get("tagkey", ""), tag.get("value") or tag.get("tagvalue") or "") for tag in lowered]


def _of_tagging(request: Request) -> Tags:
    tagging = request.parameters.get("Tagging") or {}
    return [(tag.get("Key", ""), tag.get("Value", "")) for tag in tagging.get("TagSet", ())]


# S3


def _s3(tags: Tags) -> None:
    """Tags are looked at one after the other, then counted."""
    seen: set[str] = set()
    for key, value in tags:
        if not 0 < _units(key) <= _LONGEST_KEY or not _legal(key):
            raise RefusedError("InvalidTag", "The TagKey you have provided is invalid", more={"TagKey": key})
        if _units(value) > _LONGEST_VALUE or not _legal(value):
            told = {"TagKey": key, "TagValue": value}
            raise RefusedError("InvalidTag", "The TagValue you have provided is invalid", more=told)
        if key in seen:
            raise RefusedError("InvalidTag", "Cannot provide multiple Tags with the same key", more={"TagKey": key})
        seen.add(key)


def _object(tags: Tags) -> None:
    _s3(tags)
    for key, _ in tags:
        if key.startswith("aws:"):
            raise RefusedError("InvalidTag", "Your TagKey cannot be prefixed with aws:")
    if len(tags) > _MOST_OF_OBJECT:
        raise RefusedError("BadRequest", "Object tags cannot be greater than 10")


def _object_tagging(request: Request, _: State) -> None:
    _object(_of_tagging(request))


def _object_header(request: Request, _: State) -> None:
    pairs = parse_qsl(request.parameters.get("Tagging") or "", keep_blank_values=True)
    if len({key for key, _ in pairs}) < len(pairs):
        message = "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters without tag name duplicates."
        raise RefusedError("InvalidArgument", message)
    _object(pairs)


def _bucket_tagging(request: Request, _: State) -> None:
    tags = _of_tagging(request)
    _s3(tags)
    if len([key for key, _ in tags if not key.startswith("aws:")]) > _MOST:
        raise RefusedError("BadRequest", "Bucket tag count cannot be greater than 50")
    held = state.bucket(request.parameters.get("Bucket"))
    if held is None:
        return
    if getattr(held, "abac", None) == "Enabled":
        _abac(request, _)
    # What AWS itself tagged has to be sent with the rest, as it is; it is not the caller's to add, change or leave out.
    system = {key: value for key, value in state.bucket_tags(held).items() if key.startswith("aws:")}
    sent = {key: value for key, value in tags if key.startswith("aws:")}
    if any(system.get(key) != value for key, value in sent.items()):
        raise RefusedError("InvalidTag", "System tags cannot be added/updated by requester")
    if system.keys() - sent.keys():
        raise RefusedError("InvalidTag", "System Tags cannot be removed by requester")


def _new_bucket(request: Request, _: State) -> None:
    tags = _of_new_bucket(request)
    _s3(tags)
    if any(key.startswith("aws:") for key, _ in tags):
        raise RefusedError("InvalidTag", "System tags cannot be added/updated by requester")
    if len(tags) > _MOST:
        raise RefusedError("BadRequest", "Bucket tag count cannot be greater than 50")


def _of_new_bucket(request: Request) -> Tags:
    configuration = request.parameters.get("CreateBucketConfiguration") or {}
    return [(tag.get("Key", ""), tag.get("Value", "")) for tag in configuration.get("Tags") or ()]


def tagged(request: Request, answer: Answer) -> Answer:
    """The emulator forgets the tags that a bucket is made with."""
    held = state.bucket(request.parameters.get("Bucket"))
    if answer.ok and held is not None and _of_new_bucket(request):
        state.put_bucket_tags(held, dict(_of_new_bucket(request)))
    return answer


def _abac(request: Request, _: State) -> None:
    held = state.bucket(request.parameters.get("Bucket"))
    if getattr(held, "abac", None) == "Enabled":
        message = "Attribute-based access control is enabled for this bucket: use TagResource and UntagResource."
        raise RefusedError("InvalidRequest", message, 400)


def put_tags(request: Request, _: State) -> Answer | None:
    """The emulator refuses `aws:` keys that have to be sent, and loses values that are empty."""
    held = state.bucket(request.parameters.get("Bucket"))
    if held is None:
        return None
    state.put_bucket_tags(held, dict(_of_tagging(request)))
    return Answer(204, [], b"")


def without_tags(request: Request, _: State) -> Answer | None:
    """An empty set takes an object's tags away; the emulator fails on it."""
    found = state.object_in(*(request.parameters.get(name) for name in ("Bucket", "Key", "VersionId")))
    if found is None or _of_tagging(request):
        return None
    held = state.bucket(request.parameters["Bucket"])
    state.s3_backends[held.account_id][held.partition].tagger.delete_all_tags_for_resource(found.arn)
    return Answer(200, [], b"")


# Other services


def _checked(
    tags: Tags,
    code: str,
    *,
    legal: bool = True,
    longest: int = _LONGEST_KEY,
    reserved: tuple[str, ...] = ("aws:",),
    too_many: str | None = None,
) -> None:
    seen: set[str] = set()
    for key, value in tags:
        if key.lower().startswith(reserved):
            raise RefusedError(code, f"Tag keys that start with {' or '.join(reserved)} are reserved for system use")
        if not 0 < len(key) <= longest:
            raise RefusedError(code, f"Tag keys have a length of 1 to {longest}")
        if len(value) > _LONGEST_VALUE:
            raise RefusedError(code, f"Tag values have a length of at most {_LONGEST_VALUE}")
        if legal and not (_legal(key) and _legal(value)):
            raise RefusedError(code, "Tags may only contain unicode letters, digits, white space and _ . / = + - : @")
        if key in seen:
            raise RefusedError(code, f"Duplicate tag key '{key}' specified.")
        seen.add(key)
    if len(seen) > _MOST:
        raise RefusedError(too_many or code, f"A resource has at most {_MOST} tags")


def _s3control(request: Request, _: State) -> None:
    tags = _pairs(request, "Tags")
    _s3(tags)
    if any(key.startswith("aws:") for key, _ in tags):
        raise RefusedError("InvalidTag", "System tags cannot be added/updated by requester")
    held = state.bucket(str(request.parameters.get("ResourceArn", "")).rpartition(":")[2])
    together = dict(tags) if held is None else state.bucket_tags(held) | dict(tags)
    if len([key for key in together if not key.startswith("aws:")]) > _MOST:
        raise RefusedError("TooManyTagsException", "The number of tags exceeds the limit of 50")


def _dynamodb(request: Request, _: State) -> None:
    tags = _pairs(request, "Tags")
    _checked(tags, "ValidationException")
    arn = request.parameters.get("ResourceArn")
    if arn and len(state.table_tags(request.account, request.region, arn).keys() | dict(tags).keys()) > _MOST:
        raise RefusedError("ValidationException", "One or more parameter values were invalid: Too many tags")


def _rds(request: Request, _: State) -> None:
    _checked(_pairs(request, "Tags"), "InvalidParameterValue", reserved=("aws:", "rds:"))


def _ec2(request: Request, _: State) -> None:
    """EC2 lets every character pass."""
    _checked(
        _pairs(request, "Tags"),
        "InvalidParameterValue",
        legal=False,
        longest=_LONGEST_KEY_OF_EC2,
        too_many="TagLimitExceeded",
    )


def _ec2_specified(request: Request, _: State) -> None:
    for of_type in request.parameters.get("TagSpecifications") or ():
        tags = [(tag.get("Key", ""), tag.get("Value", "")) for tag in of_type.get("Tags") or ()]
        _checked(tags, "InvalidParameterValue", legal=False, longest=_LONGEST_KEY_OF_EC2, too_many="TagLimitExceeded")


def _in(name: str, code: str, *, legal: bool = True) -> Check:
    def check(request: Request, _: State) -> None:
        _checked(_pairs(request, name), code, legal=legal)

    return check


def _created(service: str, operations: str) -> Iterator[str]:
    return (f"{service}.{operation}" for operation in operations.split())


CHECKS = {
    "s3.PutObjectTagging": _object_tagging,
    "s3.PutBucketTagging": _bucket_tagging,
    "s3.DeleteBucketTagging": _abac,
    "s3.CreateBucket": _new_bucket,
    **dict.fromkeys(_created("s3", "PutObject CopyObject CreateMultipartUpload"), _object_header),
    "s3control.TagResource": _s3control,
    **dict.fromkeys(_created("dynamodb", "TagResource CreateTable"), _dynamodb),
    **dict.fromkeys(
        _created("rds", "AddTagsToResource CreateDBInstance CreateDBCluster CreateDBSnapshot CopyDBSnapshot"), _rds
    ),
    "ec2.CreateTags": _ec2,
    **dict.fromkeys(_created("ec2", "CreateVolume CreateSnapshot RunInstances CopySnapshot"), _ec2_specified),
    "resourcegroupstaggingapi.TagResources": _in("Tags", "InvalidParameterException"),
    "kinesis.AddTagsToStream": _in("Tags", "InvalidArgumentException"),
    "kms.TagResource": _in("Tags", "TagException"),
    "glue.TagResource": _in("TagsToAdd", "InvalidInputException", legal=False),
    "sns.TagResource": _in("Tags", "InvalidParameter"),
    "sqs.TagQueue": _in("Tags", "InvalidParameterValue", legal=False),
    "redshift.CreateTags": _in("Tags", "InvalidTagFault"),
}
INSTEAD = {"s3.PutBucketTagging": put_tags, "s3.PutObjectTagging": without_tags}
