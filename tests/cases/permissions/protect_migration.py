"""An instance, a cluster and a volume are looked at, and their replacement is planned."""

from __future__ import annotations

import os

from protecting_for_tests import CLUSTER, Guard, make_cluster, make_database, make_key, make_volume
from proving import Stage

from assay.app.permissions import calls_of
from assay.app.protection import replacing
from assay.app.protection.migrating import arn_of
from assay.aws.access import Access
from assay.aws.session import Session
from assay.store.engine import open_catalog

DATABASE = "arn:aws:rds:eu-west-1:123456789012:db:shop"


def prepare(stage: Stage) -> None:
    """Both are there, and the key; the volume is at an instance."""
    os.environ["ASSAY_CATALOG"] = str(stage.folder / "catalog.db")
    with open_catalog(os.environ["ASSAY_CATALOG"], create=True) as made:
        guard = Guard(aws=stage.aws, catalog=made)
        make_database(guard, None)
        make_cluster(guard, None)
        (stage.folder / "volume").write_text(make_volume(guard, None))
    make_key(stage.aws)
    ec2 = stage.aws.client("ec2")
    instance = ec2.run_instances(ImageId="ami-0123456789abcdef0", MinCount=1, MaxCount=1)["Instances"][0]["InstanceId"]
    volume = (stage.folder / "volume").read_text().rpartition("/")[2]
    ec2.attach_volume(VolumeId=volume, InstanceId=instance, Device="/dev/sdf")


def scenario(stage: Stage) -> None:
    """By their ARNs; planning what a plan of protection is made of is `protect plan`."""
    volume = (stage.folder / "volume").read_text()
    assert stage.assay("protect", "migration", DATABASE) == 0
    assert stage.assay("protect", "migration", CLUSTER) == 0
    assert stage.assay("protect", "migration", volume) == 0

    session = Session(Access(), calls_of("protect migration"))
    for resource in (DATABASE, CLUSTER, volume):
        arn = arn_of(resource, "123456789012")
        kind = replacing._KINDS[arn.service, arn.kind]
        assert list(kind.steps(session, arn, "alias/assay-restricted"))
        assert list(kind.retired(session, arn, "alias/assay-restricted"))
