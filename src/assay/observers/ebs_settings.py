"""What an account has set for volumes and snapshots of a region, and volumes, as protection looks at them."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from assay.aws import ebssettings
from assay.aws.arn import Arn, parse
from assay.aws.failures import refusals
from assay.aws.keys import CALLS as KEYS
from assay.aws.keys import key_of
from assay.aws.paging import items
from assay.aws.session import Calls, Session, told
from assay.model.protection import ResourceState, ResourceType, Setting
from assay.observers.look import as_tags
from assay.observers.reading import read

CALLS: Calls = (
    ebssettings.DEFAULT | ebssettings.KEY | ebssettings.BLOCK | ebssettings.SNAPSHOTS | ebssettings.VOLUME | KEYS
)
_PAGE = {"PageSize": 500}


class VolumeObserver:
    """Reads volumes of the account, and its settings for them. Tags with `keys` (in small letters) say how sensitive volumes are."""

    def __init__(self, session: Session, account: str, keys: Collection[str] = ()) -> None:
        self._session = session
        self._account = account
        self._keys = keys

    def settings_name(self, region: str | None) -> str:
        """The URI of the account's settings in a region."""
        return f"{ebssettings.SCHEME}{self._account}/{region}"

    def names(self, region: str | None) -> Iterator[str]:
        """The ARNs of all volumes of a region. Raises `AwsError`."""
        try:
            client = self._session.client("ec2", region)
            for volume in items(client, "describe_volumes", "Volumes", PaginationConfig=_PAGE):
                yield str(
                    Arn(self._session.partition, "ec2", str(region), self._account, f"volume/{volume['VolumeId']}")
                )
        except refusals() as error:
            raise told(error, "EC2") from None

    def observe(self, resource: str) -> ResourceState:
        """All settings of a volume, or of the account. Raises `AwsError` where a volume is not to be seen."""
        if resource.startswith(ebssettings.SCHEME):
            region = ebssettings.place_of(resource).region
            settings = {
                "default_encryption": read(lambda: ebssettings.is_encrypting(self._session, region)),
                "default_key": read(lambda: ebssettings.default_key(self._session, region)),
                "snapshot_block": read(lambda: ebssettings.snapshot_block(self._session, region)),
                "shared_snapshots": read(lambda: ebssettings.shared_snapshots(self._session, self._account, region)),
                "tags": Setting(value={}),
                "volume_labels": read(lambda: self._labels(region)),
            }
            kind = ResourceType.EBS_ACCOUNT
        else:
            region, settings, kind = parse(resource).region, self._volume(resource), ResourceType.EBS_VOLUME
        return ResourceState(resource=resource, type=kind, account=self._account, region=region, settings=settings)

    def _labels(self, region: str | None) -> list[list[str]]:
        """What tags of volumes of a region say of how sensitive they are, each key and value once."""
        found: set[tuple[str, str]] = set()
        try:
            client = self._session.client("ec2", region)
            for volume in items(client, "describe_volumes", "Volumes", PaginationConfig=_PAGE):
                tags = as_tags(volume.get("Tags"))
                found |= {(key, value) for key, value in tags.items() if key.casefold() in self._keys}
        except refusals() as error:
            raise told(error, "EC2") from None
        return [list(each) for each in sorted(found)]

    def _volume(self, resource: str) -> dict[str, Setting]:
        volume = ebssettings.volume_of(self._session, resource)
        key = volume.get("KmsKeyId")
        attached = [each for each in volume.get("Attachments") or () if each.get("InstanceId")]

        def encryption() -> dict[str, str | None]:
            if not volume.get("Encrypted"):
                return {"encryption": "none", "key": None}
            if not key or key_of(self._session, str(key), parse(resource).region).is_aws:
                return {"encryption": "aws-kms", "key": None}
            return {"encryption": "customer-key", "key": str(key)}

        return {
            "status": Setting(value=str(volume.get("State") or "unknown")),
            "size_bytes": Setting(value=None if volume.get("Size") is None else int(volume["Size"]) * 2**30),
            "zone": Setting(value=volume.get("AvailabilityZone")),
            "volume_type": Setting(value=volume.get("VolumeType")),
            "iops": Setting(value=volume.get("Iops")),
            "throughput": Setting(value=volume.get("Throughput")),
            "attached": Setting(
                value=[{"instance": str(each["InstanceId"]), "device": each.get("Device")} for each in attached]
            ),
            "encryption": read(encryption),
            "tags": Setting(value=dict(as_tags(volume.get("Tags")))),
        }
