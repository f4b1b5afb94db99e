"""What an account has set for volumes is observed, planned for, protected and taken back; what volumes are is told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from awsservers import ACCOUNT, REGION, Aws
from protecting_for_tests import (
    VOLUMES,
    Guard,
    action,
    controls,
    make_key,
    make_volume,
    refused,
    set_state,
    share_snapshot,
)  # fmt: skip
from tagging_for_tests import known, outcomes

from assay.errors import UsageError
from assay.model import Level
from assay.model.action import Gate, Outcome
from assay.store.engine import open_catalog

OF_VOLUMES = ["ebs_default_key", "ebs_default_encryption", "ebs_snapshot_block"]


@pytest.fixture
def guard(aws: Aws, tmp_path: Path) -> Any:
    with open_catalog(f"sqlite:///{tmp_path / 'catalog.db'}", create=True) as catalog:
        yield Guard(aws=aws, catalog=catalog)


def settings(guard: Guard) -> dict[str, Any]:
    read = guard.observe(VOLUMES).settings
    return {name: setting.value for name, setting in read.items() if name not in {"tags", "volume_labels"}}


def test_everything_is_made_once_and_taken_back(guard: Guard) -> None:
    make_volume(guard)
    key = make_key(guard.aws)
    before = settings(guard)
    assert before["default_key"] is None
    plan = guard.plan(f"ebs://{REGION}")
    assert (controls(plan), refused(plan)) == (OF_VOLUMES, {})
    assert [each.action.control_ids for each in plan.actions] == [(), ("EC2.7", "CIS 2.2.1"), ("EC2.1",)]
    # The key and the block may cut others off.
    assert [each.gate is Gate.REVIEW for each in plan.actions] == [True, False, True]
    assert outcomes(guard.apply(plan)) == [Outcome.APPLIED] * 3
    assert settings(guard) == {
        "default_encryption": True,
        "default_key": key,
        "snapshot_block": {"state": "block-all-sharing", "managed_by": "account"},
        "shared_snapshots": {},
    }
    assert controls(guard.plan(VOLUMES)) == []
    assert outcomes(guard.undo(plan)) == [Outcome.UNDONE] * 3
    assert settings(guard) == before


def test_new_volumes_are_encrypted_at_every_level_with_the_key_that_is_set(guard: Guard) -> None:
    plan = guard.plan(VOLUMES)
    assert (controls(plan), plan.actions[0].gate) == (["ebs_default_encryption"], Gate.REVIEW)
    make_volume(guard, Level.INTERNAL)
    plan = guard.plan(VOLUMES)
    assert (controls(plan), plan.actions[0].gate) == (["ebs_default_encryption"], Gate.APPLY)
    guard.apply(plan)
    # The key that is there is encrypted with, before volumes are encrypted at all.
    calls = [name for name in guard.aws.strict.calls.names() if name.startswith("ec2.Enable")]
    assert calls == ["ec2.EnableEbsEncryptionByDefault"]


def test_the_key_of_the_level_is_made_and_set_before_volumes_are_encrypted(guard: Guard) -> None:
    make_volume(guard)
    plan = guard.plan(VOLUMES)
    assert controls(plan) == ["kms_key", *OF_VOLUMES]
    assert set(outcomes(guard.apply(plan))) == {Outcome.APPLIED}
    made = [name for name in guard.aws.strict.calls.names() if name.startswith(("ec2.Modify", "ec2.Enable"))]
    assert made == [
        "ec2.ModifyEbsDefaultKmsKeyId", "ec2.EnableEbsEncryptionByDefault", "ec2.EnableSnapshotBlockPublicAccess",
    ]  # fmt: skip
    assert settings(guard)["default_key"].startswith(f"arn:aws:kms:{REGION}:{ACCOUNT}:key/")


def test_a_key_that_goes_between_plan_and_apply_is_not_set(guard: Guard) -> None:
    make_volume(guard)
    key = make_key(guard.aws)
    plan = guard.plan(VOLUMES)
    set_state(key, "PendingDeletion")
    receipts = guard.apply(plan)
    # EC2 itself would have taken it, and every new volume would have failed.
    assert receipts[0].outcome is Outcome.REFUSED
    assert settings(guard)["default_key"] is None


def test_a_key_of_ones_own_stays_unless_another_is_named(guard: Guard, tmp_path: Path) -> None:
    make_volume(guard)
    kms = guard.aws.client("kms")
    theirs = kms.create_key()["KeyMetadata"]["Arn"]
    guard.aws.client("ec2").modify_ebs_default_kms_key_id(KmsKeyId=theirs)
    assert controls(guard.plan(VOLUMES)) == OF_VOLUMES[1:]
    other = kms.create_key()["KeyMetadata"]["Arn"]
    guard.own_policy(tmp_path, f'policies: [{{name: own, where: {{type: ebs_account}}, set: {{kms_key: "{other}"}}}}]')
    plan = guard.plan(VOLUMES)
    assert dict(action(plan, "ebs_default_key").after) == {"key": other}
    guard.apply(plan)
    guard.undo(plan)
    assert settings(guard)["default_key"] == theirs


PRIVATE = "ebs_snapshot_private"
OTHERS = "999999999999"


class TestSharing:
    def test_everybody_loses_a_snapshot_and_who_is_named_keeps_it(self, guard: Guard) -> None:
        volume = make_volume(guard)
        make_key(guard.aws)
        public = share_snapshot(guard, volume, groups=["all"], users=[OTHERS])
        share_snapshot(guard, volume)
        before = settings(guard)
        assert before["shared_snapshots"] == {public: [OTHERS, "all"]}
        plan = guard.plan(VOLUMES)
        (planned,) = [each for each in plan.actions if each.action.control == PRIVATE]
        assert (planned.action.resource, planned.action.control_ids) == (public, ("EC2.1",))
        assert (planned.gate, "other accounts may lose it" in planned.because) == (Gate.REVIEW, True)
        assert f"shared still with {OTHERS}" in planned.action.note
        assert set(outcomes(guard.apply(plan))) == {Outcome.APPLIED}
        assert settings(guard)["shared_snapshots"] == {public: [OTHERS]}
        assert controls(guard.plan(VOLUMES)) == []
        # While sharing is blocked EC2 shares none: what blocks it is taken back first.
        assert set(outcomes(guard.undo(plan))) == {Outcome.UNDONE}
        assert settings(guard) == before

    def test_at_internal_too_where_nothing_else_blocks_it(self, guard: Guard) -> None:
        public = share_snapshot(guard, make_volume(guard, Level.INTERNAL), groups=["all"])
        plan = guard.plan(VOLUMES)
        assert controls(plan) == ["ebs_default_encryption", PRIVATE]
        assert [each.action.resource for each in plan.actions][1] == public

    def test_those_that_are_blocked_already_stay_as_they_are(self, guard: Guard) -> None:
        share_snapshot(guard, make_volume(guard, Level.INTERNAL), groups=["all"])
        guard.aws.client("ec2").enable_snapshot_block_public_access(State="block-all-sharing")
        assert controls(guard.plan(VOLUMES)) == ["ebs_default_encryption"]

    def test_snapshots_on_every_page(self, guard: Guard) -> None:
        volume = make_volume(guard, Level.INTERNAL)
        made = [share_snapshot(guard, volume, groups=["all"]) for _ in range(3)]
        guard.aws.strict.pages(1)
        found = [each.action.resource for each in guard.plan(VOLUMES).actions if each.action.control == PRIVATE]
        assert found == sorted(made)

    @pytest.mark.parametrize("call", ["ec2.DescribeSnapshots", "ec2.DescribeSnapshotAttribute"])
    def test_what_cannot_be_read_is_unknown(self, guard: Guard, call: str) -> None:
        share_snapshot(guard, make_volume(guard, Level.INTERNAL), groups=["all"])
        guard.aws.strict.deny(call)
        plan = guard.plan(VOLUMES)
        assert "who may use its snapshots could not be read" in refused(plan, "access denied")["private"]
        assert controls(plan) == ["ebs_default_encryption"]

    def test_one_that_goes_meanwhile_is_nobody_s(self, guard: Guard) -> None:
        share_snapshot(guard, make_volume(guard, Level.INTERNAL), groups=["all"])
        guard.aws.strict.fail("ec2.DescribeSnapshotAttribute", "InvalidSnapshot.NotFound", times=1)
        assert settings(guard)["shared_snapshots"] == {}

    def test_accounts_alone_are_told_and_stay(self, guard: Guard) -> None:
        shared = share_snapshot(guard, make_volume(guard, Level.INTERNAL), users=[OTHERS])
        (assessed,) = guard.protection.assessed([VOLUMES])
        (point,) = [each for each in assessed.points if each.control == "private"]
        assert f"{shared.rpartition('/')[2]} with {OTHERS}" in point.detail
        assert PRIVATE not in controls(guard.plan(VOLUMES))

    def test_what_was_blocked_in_part_is_so_again(self, guard: Guard) -> None:
        make_volume(guard)
        make_key(guard.aws)
        guard.aws.client("ec2").enable_snapshot_block_public_access(State="block-new-sharing")
        plan = guard.plan(VOLUMES)
        assert dict(action(plan, "ebs_snapshot_block").before) == {"snapshot_block": "block-new-sharing"}
        guard.apply(plan)
        guard.undo(plan)
        assert settings(guard)["snapshot_block"]["state"] == "block-new-sharing"

    def test_what_an_organisation_says_is_not_changed(self, guard: Guard) -> None:
        make_volume(guard)
        make_key(guard.aws)
        guard.aws.strict.declared()
        plan = guard.plan(VOLUMES)
        assert "declarative-policy" in refused(plan, "managed elsewhere")["snapshot_block"]
        assert controls(plan) == OF_VOLUMES[:2]


@pytest.mark.parametrize(
    ("call", "missing", "control"),
    [
        ("ec2.GetEbsEncryptionByDefault", "ebs_default_encryption", "default_encryption"),
        ("ec2.GetEbsDefaultKmsKeyId", "ebs_default_key", "encryption"),
        ("ec2.GetSnapshotBlockPublicAccessState", "ebs_snapshot_block", "snapshot_block"),
    ],
)
def test_what_may_not_be_read_is_unknown_and_stops_nothing(
    guard: Guard,
    call: str,
    missing: str,
    control: str,
) -> None:
    make_volume(guard)
    make_key(guard.aws)
    guard.aws.strict.deny(call)
    plan = guard.plan(VOLUMES)
    assert controls(plan) == [each for each in OF_VOLUMES if each != missing]
    assert set(refused(plan)) == {control}


class TestVolumes:
    def test_one_that_is_not_encrypted_is_told_what_to_do_with(self, guard: Guard) -> None:
        ec2 = guard.aws.client("ec2")
        volume = make_volume(guard, VolumeType="gp3", Iops=4000)
        instance = ec2.run_instances(ImageId="ami-0123456789abcdef0", MinCount=1, MaxCount=1)["Instances"][0][
            "InstanceId"
        ]
        ec2.attach_volume(VolumeId=volume.rpartition("/")[2], InstanceId=instance, Device="/dev/sdf")
        plan = guard.plan(volume)
        assert (plan.actions, refused(plan)) == ((), {})
        told = {each.control: each.detail for each in plan.refusals}
        head, *steps = told["encryption"].split("\n")
        assert "by a plan of its own: assay protect migration" in head
        assert f"stop {instance}" in steps[0]
        assert "copy-snapshot --encrypted --kms-key-id alias/assay-restricted" in steps[2]
        assert f"--availability-zone {REGION}a --volume-type gp3 --iops 4000" in steps[3]
        assert f"from {instance} as /dev/sdf" in steps[4]
        # None of which is done.
        assert not [name for name in guard.aws.strict.calls.names() if "Snapshot" in name]

    def test_one_that_is_encrypted_is_as_wanted(self, guard: Guard) -> None:
        volume = make_volume(guard, Encrypted=True, KmsKeyId=make_key(guard.aws))
        assert "encryption" not in {each.control for each in guard.plan(volume).refusals}
        lower = make_volume(guard, Level.CONFIDENTIAL)
        (told,) = [each.detail for each in guard.plan(lower).refusals if each.control == "encryption"]
        assert "--kms-key-id alias/aws/ebs" in told

    def test_all_of_them_on_all_pages_and_one_that_is_gone(self, guard: Guard) -> None:
        volumes = {make_volume(guard, None) for _ in range(3)}
        guard.aws.strict.pages(1)
        assert volumes < set(guard.protection.resources(()))
        gone = f"arn:aws:ec2:{REGION}:{ACCOUNT}:volume/vol-0123456789abcdef0"
        (refusal,) = guard.plan(gone).refusals
        assert refusal.reason == "not found"


def test_settings_of_others_and_of_no_region(guard: Guard) -> None:
    (refusal,) = guard.plan(f"ebs://999999999999/{REGION}").refusals
    assert refusal.reason == "of another account"
    with pytest.raises(UsageError, match="names no region"):
        guard.plan("ebs://")


def test_the_settings_for_volumes_have_the_highest_level_that_tags_of_volumes_say(guard: Guard) -> None:
    def tagged(level: str) -> dict[str, Any]:
        return {
            "TagSpecifications": [{"ResourceType": "volume", "Tags": [{"Key": "dataclassification", "Value": level}]}]
        }

    for level in ("internal", "restricted", "confidential"):
        make_volume(guard, None, **tagged(level))
    plan = guard.plan(VOLUMES)
    assert controls(plan) == ["kms_key", *OF_VOLUMES]
    assert "its tag dataclassification=restricted says so" in plan.notes[VOLUMES]
    # What cannot be seen is unknown, and a person decides.
    guard.know({f"arn:aws:ec2:{REGION}:{ACCOUNT}:volume/vol-1": known(Level.INTERNAL)})
    guard.aws.strict.deny("ec2.DescribeVolumes")
    plan = guard.plan(VOLUMES)
    assert (controls(plan), {each.gate for each in plan.actions}) == (["ebs_default_encryption"], {Gate.REVIEW})
