"""Policies: what ships, what a file overrides, and what is wrong with one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.errors import ConfigError
from assay.model import Level
from assay.model.protection import ResourceType
from assay.protect.controls import CONTROLS
from assay.protect.policy import Attested, Entry, Policy, Scope, Subject, asked_of, effective_level
from assay.protect.policyfile import check_frameworks, policy_of, read_policy


def subject(level: Level | None = Level.RESTRICTED, **changes: Any) -> Subject:
    values: dict[str, Any] = {
        "resource": "s3://payroll-2026", "type": ResourceType.S3_BUCKET, "name": "payroll-2026", "account": "123456789012",
        "region": "eu-west-1", "level": level, "tags": {"Team": "hr"}, "frameworks": ("HIPAA",),
    }  # fmt: skip
    return Subject(**{**values, **changes})


def asked(policy: Policy, which: Subject) -> dict[str, Any]:
    return {name: each.value for name, each in asked_of(policy, which).items()}


def written(folder: Path, text: str) -> Path:
    file = folder / "own.yaml"
    file.write_text(text)
    return file


class TestShipped:
    # SPEC section 11, and AWS.md's row for S3.
    EXPECTED = {
        Level.RESTRICTED: {"encryption": "customer-key", "key_rotation": True, "backup": "continuous", "retention_days": 2555,
                           "cross_region": True, "monitoring": "comprehensive", "versioning": True, "object_lock": True,
                           "mfa_delete": True, "data_events": "all", "access_logs": True, "public_access_block": True},
        Level.CONFIDENTIAL: {"encryption": "aws-kms", "key_rotation": True, "backup": "daily", "retention_days": 365,
                             "monitoring": "enhanced", "versioning": True, "access_logs": True, "public_access_block": True},
        Level.INTERNAL: {"encryption": "sse-s3", "key_rotation": False, "backup": "weekly", "retention_days": 90,
                         "monitoring": "standard", "public_access_block": True, "acls_off": True, "tls_only": True},
        Level.PUBLIC: {"encryption": "sse-s3", "key_rotation": False, "backup": "none", "monitoring": "none", "tls_only": True},
        None: {"encryption": "sse-s3", "monitoring": "comprehensive", "retention_days": 2555, "public_access_block": True,
               "frameworks": ["GDPR", "HIPAA", "PCI_DSS"]},
    }  # fmt: skip

    @pytest.mark.parametrize("level", EXPECTED)
    def test_each_level(self, level: Level | None) -> None:
        found = asked(policy_of(), subject(level))
        assert {name: found.get(name) for name in self.EXPECTED[level]} == self.EXPECTED[level]

    # SPEC section 11's table of levels and its defaults by type, where no level is known.
    LEVELS = {
        Level.RESTRICTED: {"monitoring": "comprehensive", "backup": "continuous", "retention_days": 2555, "cross_region": True},
        Level.CONFIDENTIAL: {"monitoring": "enhanced", "backup": "daily", "retention_days": 365, "cross_region": None},
        Level.INTERNAL: {"monitoring": "standard", "backup": "weekly", "retention_days": 90, "cross_region": None},
        Level.UNCLASSIFIED: {"monitoring": "standard", "backup": "weekly", "retention_days": 90, "cross_region": None},
    }  # fmt: skip
    KEYS = {Level.RESTRICTED: ("customer-key", True), Level.CONFIDENTIAL: ("aws-kms", True)}
    UNKNOWN = {
        ResourceType.S3_BUCKET: ("comprehensive", 2555, ["GDPR", "HIPAA", "PCI_DSS"]),
        ResourceType.RDS_INSTANCE: ("enhanced", 2555, ["HIPAA", "SOX", "PCI_DSS"]),
        ResourceType.RDS_CLUSTER: ("enhanced", 2555, ["HIPAA", "SOX", "PCI_DSS"]),
        ResourceType.EBS_VOLUME: ("standard", 365, ["GDPR", "HIPAA"]),
        ResourceType.DYNAMODB_TABLE: ("comprehensive", 2555, ["GDPR", "HIPAA", "PCI_DSS"]),
    }  # fmt: skip

    @pytest.mark.parametrize("kind", UNKNOWN)
    def test_each_level_of_each_type(self, kind: ResourceType) -> None:
        for level, wanted in self.LEVELS.items():
            found = asked(policy_of(), subject(level, type=kind))
            assert {name: found.get(name) for name in wanted} == wanted, (kind, level)
            if level in self.KEYS:
                assert (found["encryption"], found["key_rotation"]) == self.KEYS[level]
        found = asked(policy_of(), subject(None, type=kind))
        assert (found["monitoring"], found["retention_days"], found["frameworks"]) == self.UNKNOWN[kind]
        # What comprehensive monitoring is of buckets and tables has who reads them in it.
        assert found.get("data_events", "none") == ("all" if found["monitoring"] == "comprehensive" else "none")

    def test_what_a_lower_level_does_not_ask_for(self) -> None:
        assert not {"versioning", "cross_region", "object_lock"} & set(asked(policy_of(), subject(Level.INTERNAL)))
        assert not {"public_access_block", "acls_off", "access_logs"} & set(asked(policy_of(), subject(Level.PUBLIC)))

    def test_unclassified_is_protected_as_internal(self) -> None:
        assert asked(policy_of(), subject(Level.UNCLASSIFIED)) == asked(policy_of(), subject(Level.INTERNAL))

    def test_it_names_no_framework_that_there_is_not(self) -> None:
        """Nothing of a catalog's configuration is needed for what ships."""
        check_frameworks(policy_of(), ())
        own = Entry(name="a", where=Scope(frameworks=("SOX",)), controls={}, place="own.yaml:2")
        with pytest.raises(ConfigError, match="there is no framework 'SOX'"):
            check_frameworks(Policy(entries=(own,)), ("GDPR",))


class TestOverrides:
    @pytest.mark.parametrize(
        ("where", "holds"),
        [
            ("{}", True), ("{name: payroll-*}", True), ("{name: [sales, payroll-2026]}", True), ("{name: pay}", False),
            ("{region: eu-*}", True), ("{region: us-east-1}", False), ("{account: '123456789012'}", True),
            ("{account: '999999999999'}", False), ("{tag: {Team: hr}}", True), ("{tag: {Team: '*'}}", True),
            ("{tag: {Team: it}}", False), ("{tag: {Owner: '*'}}", False), ("{framework: [HIPAA, SOX]}", True),
            ("{framework: SOX}", False), ("{level: restricted}", True), ("{level: [internal, public]}", False),
            ("{type: s3_bucket, level: restricted, name: pay*}", True), ("{type: s3_bucket, level: internal, name: pay*}", False),
        ],
    )  # fmt: skip
    def test_scopes(self, tmp_path: Path, where: str, holds: bool) -> None:
        policy = policy_of(
            written(tmp_path, f"policies:\n  - {{name: own, where: {where}, set: {{noncurrent_days: 30}}}}\n")
        )
        found = asked_of(policy, subject())["noncurrent_days"]
        assert found.value == (30 if holds else 2555)
        # It says instead of what, and where both stand.
        assert ("own.yaml:2" if holds else "policies.yaml:") in found.entry.place
        if holds:
            assert [value for value, _ in found.instead_of] == [365, 2555]

    def test_the_last_one_wins(self, tmp_path: Path) -> None:
        text = "policies:\n  - {name: a, set: {versioning: false}}\n  - {name: b, set: {versioning: true}}\n"
        assert asked(policy_of(written(tmp_path, text)), subject(Level.INTERNAL))["versioning"] is True

    def test_nothing_in_it_changes_nothing(self, tmp_path: Path) -> None:
        assert policy_of(written(tmp_path, "")).entries == policy_of().entries


class TestWrong:
    @pytest.mark.parametrize(
        ("text", "line", "said"),
        [
            ("policys: []\n", 1, "unknown key 'policys'; did you mean 'policies'?"),
            ("policies:\n  - name: a\n    set:\n      versionning: true\n", 4, "no control 'versionning'; did you mean 'versioning'?"),
            ("policies:\n  - name: a\n    set:\n      versioning: maybe\n", 4, "versioning must be true or false"),
            ("policies:\n  - name: a\n    set:\n      encryption: aes\n", 4, "encryption must be one of sse-s3, aws-owned, aws-kms, customer-key"),
            ("policies:\n  - name: a\n    set: {noncurrent_days: -1}\n", 3, "whole number of days"),
            ("policies:\n  - name: a\n    set: {noncurrent_days: true}\n", 3, "whole number of days"),
            ("policies:\n  - name: a\n    where: {levl: restricted}\n    set: {versioning: true}\n", 3, "did you mean 'level'?"),
            ("policies:\n  - name: a\n    where:\n      level: restrictd\n    set: {versioning: true}\n", 4, "did you mean 'restricted'?"),
            ("policies:\n  - name: a\n    where: {type: s3_buckets}\n    set: {versioning: true}\n", 3, "did you mean 's3_bucket'?"),
            ("policies:\n  - name: a\n    where: {account: 123456789012}\n    set: {versioning: true}\n", 3, "put quotes around a number"),
            ("policies:\n  - name: a\n    where: {account: '1234'}\n    set: {versioning: true}\n", 3, "must be 12 digits"),
            ("policies:\n  - name: a\n    where: {tag: hr}\n    set: {versioning: true}\n", 3, "tag must map keys to values"),
            ("policies:\n  - name: a\n", 2, "set must map controls"),
            ("policies:\n  - set: {versioning: true}\n", 2, "name must be a text"),
            ("policies: {a: b}\n", 1, "policies must be a list"),
            ("policies:\n  - name: a\n    set: {versioning: true}\n  - name: a\n    set: {versioning: true}\n", 4, "is that of"),
            ("attested_public:\n  - resource: s3://a\n    by: Ada\n", 2, "reason must be a text"),
            ("- a\n", 1, "must map policies and attested_public to lists"),
            ("policies: [\n", 2, ""),
            ("a: 1\na: 2\n", 2, ""),
        ],
    )  # fmt: skip
    def test_it_is_told_with_file_and_line(self, tmp_path: Path, text: str, line: int, said: str) -> None:
        file = written(tmp_path, text)
        with pytest.raises(ConfigError) as caught:
            read_policy(file)
        assert f"{file}:{line}: " in str(caught.value)
        assert said in str(caught.value)

    def test_everything_that_is_wrong_is_told_at_once(self, tmp_path: Path) -> None:
        text = "policies:\n  - name: a\n    set: {versionin: true}\n  - name: b\n    set: {encryption: 7}\n"
        with pytest.raises(ConfigError) as caught:
            read_policy(written(tmp_path, text))
        assert len(str(caught.value).splitlines()) == 2

    def test_a_file_that_is_not_there(self, tmp_path: Path) -> None:
        with pytest.raises(ConfigError, match="no such file"):
            read_policy(tmp_path / "none.yaml")

    @given(
        st.recursive(
            st.none()
            | st.booleans()
            | st.integers()
            | st.text(max_size=8)
            | st.sampled_from([*CONTROLS, "policies", "set"]),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(
                    st.sampled_from(["policies", "name", "where", "set", "tag", "level", *CONTROLS]), inner, max_size=3
                )
            ),
            max_leaves=12,
        )
    )
    def test_whatever_is_written_is_read_or_told(self, tmp_path_factory: pytest.TempPathFactory, document: Any) -> None:
        import yaml

        file = tmp_path_factory.getbasetemp() / "any.yaml"
        file.write_text(yaml.safe_dump(document))
        try:
            read_policy(file)
        except ConfigError as error:
            told = str(error)
        else:
            told = str(file)
        assert str(file) in told


class TestLevels:
    ADA = Attested(resource="s3://a", by="Ada", reason="the site", place="own.yaml:2")

    @pytest.mark.parametrize(
        ("known", "tags", "attested", "all_public", "level"),
        [
            (Level.INTERNAL, [], None, False, Level.INTERNAL),
            (Level.INTERNAL, [Level.RESTRICTED], None, False, Level.RESTRICTED),
            (Level.RESTRICTED, [Level.PUBLIC], None, False, Level.RESTRICTED),
            (None, [], None, False, None),
            (None, [], ADA, False, None),
            (None, [Level.PUBLIC], ADA, False, Level.UNCLASSIFIED),
            (Level.UNCLASSIFIED, [], None, True, Level.UNCLASSIFIED),
            (Level.UNCLASSIFIED, [Level.PUBLIC], None, True, Level.UNCLASSIFIED),
            (Level.UNCLASSIFIED, [], ADA, True, Level.PUBLIC),
            (Level.UNCLASSIFIED, [Level.PUBLIC], ADA, True, Level.PUBLIC),
            (Level.UNCLASSIFIED, [], ADA, False, Level.UNCLASSIFIED),
            (Level.UNCLASSIFIED, [Level.CONFIDENTIAL], ADA, True, Level.CONFIDENTIAL),
            (Level.INTERNAL, [], ADA, False, Level.INTERNAL),
        ],
    )
    def test_the_higher_counts_and_public_is_attested(
        self, known: Level | None, tags: list[Level], attested: Attested | None, all_public: bool, level: Level | None
    ) -> None:
        told = [("Classification", str(each), each) for each in tags]
        assert effective_level(known, told, attested=attested, all_public=all_public).level is level
