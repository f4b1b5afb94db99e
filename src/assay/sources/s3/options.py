"""How buckets are reached and listed."""

from __future__ import annotations

from dataclasses import dataclass, field

from assay.aws.access import Access


@dataclass(frozen=True, slots=True, kw_only=True)
class S3Options:
    """Options of a scan of buckets; it is picklable and holds no secret.

    `versions` lists all versions of objects. `request_payer` accepts that who asks pays. `owner` is the number of the
    account that buckets must belong to. `inventory` is the manifest of an inventory, whose list takes the place of the
    bucket's: a path or an `s3://` URI.
    """

    access: Access = field(default_factory=Access)
    versions: bool = False
    request_payer: bool = False
    owner: str | None = None
    inventory: str | None = None
