"""Workflows of Step Functions, run by the emulator's interpreter through every branch; their tasks call the function's handler."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from awsservers import REGION, Aws
from machines_for_tests import Machine
from protecting_for_tests import URI, Guard, make_key
from tagging_for_tests import classify, known
from workers_for_tests import CSV, put, set_phase, tags

from assay.model import Level
from assay.model.review import Phase
from assay.protect.policyfile import policy_of
from assay.protect.protection import ORDER
from assay.protect.workflow import FAMILIES, classification_workflow, family_of, protection_workflow
from assay.store import plans
from assay.store.engine import Catalog, open_catalog

pytestmark = pytest.mark.usefixtures("called")


@pytest.fixture
def catalog(aws: Aws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Catalog]:
    url = str(tmp_path / "catalog.db")
    monkeypatch.setenv("ASSAY_CATALOG", url)
    monkeypatch.chdir(tmp_path)
    aws.strict.answer("cloudtrail.LookupEvents", {"Events": []})
    with open_catalog(url, create=True) as made:
        yield made


class TestProtection:
    @pytest.fixture
    def guard(self, aws: Aws, catalog: Catalog, monkeypatch: pytest.MonkeyPatch) -> Guard:
        monkeypatch.setenv("ASSAY_PROTECT", "apply")
        monkeypatch.setenv("ASSAY_CLASSIFY", "off")
        set_phase(catalog, "*", Phase.AUTOMATED)
        return Guard(aws=aws, catalog=catalog)

    def test_every_level_has_its_branches_and_what_waits_is_told(self, guard: Guard) -> None:
        for name, level in (("lake", Level.RESTRICTED), ("c-lake", Level.CONFIDENTIAL), ("u-lake", None)):
            guard.make(name, level=level)
        make_key(guard.aws)
        machine = Machine(guard.aws, protection_workflow(policy_of()))
        status, told, states = machine.run({"resource": URI})
        assert (status, states[:3], states[-1]) == (
            "SUCCEEDED",
            ["Classify", "ChooseByLevel", "ProtectRestricted"],
            "WaitsForAPerson",
        )
        assert {f"{name}Restricted" for name in ("Encrypt", "BackUp", "Monitor", "RestrictAccess")} <= set(states)
        assert told["judged"]["level"] == "restricted"
        assert {each["family"]: each["applied"] for each in told["branches"]} == {
            "encrypt": 1, "back_up": 1, "monitor": 5, "restrict": 2,
        }  # fmt: skip
        # Switching lists off, rules that delete, and what is made for backups and trails wait for a person.
        assert (told["report"]["applied"], told["report"]["waiting"], told["report"]["differs"]) == (9, 8, 0)
        assert all(guard.observe(URI).get("public_access_block").value.values())
        for plan in told["report"]["plans"]:
            with guard.catalog.transaction() as connection:
                plans.approve(connection, plan, by="grace", at=datetime.now(UTC), reason="")
                left = plans.load(connection, plan)
            list(guard.maker.apply(plan, left.actions))
        # Nothing waits now.
        status, told, states = machine.run({"resource": URI})
        assert (status, states[-1], told["report"]["applied"]) == ("SUCCEEDED", "Protected", 0)
        for name, state in (("c-lake", "ProtectConfidential"), ("u-lake", "ProtectInternal")):
            status, told, states = machine.run({"resource": f"s3://{name}"})
            assert (status, states[2]) == ("SUCCEEDED", state)
        # Of which nothing is known, nothing is done without a person.
        assert (told["judged"]["level"], told["report"]["applied"]) == ("unknown", 0)

    def test_a_branch_that_fails_leaves_the_others_to_their_end(self, guard: Guard, tmp_path: Path) -> None:
        guard.make(level=Level.INTERNAL)
        machine = Machine(guard.aws, protection_workflow(policy_of()))
        guard.aws.strict.deny("s3.PutBucketLogging")
        status, told, states = machine.run({"resource": URI})
        assert (status, told["error"], states[-1]) == ("FAILED", "DoesNotHold", "DoesNotHold")
        assert {"Validate", "ReportWhatWasDone"} <= set(states)
        assert all(guard.observe(URI).get("public_access_block").value.values())
        # A step that cannot be made at all ends it.
        status, told, states = machine.run({"resource": "s3://not-there"})
        assert (status, told["error"], states) == ("FAILED", "StepFailed", ["Classify", "Failed"])

    def test_what_passes_is_tried_again(self, guard: Guard, called: list[tuple[Any, Any]]) -> None:
        guard.make(level=Level.INTERNAL)
        definition = protection_workflow(policy_of())
        retry = definition["States"]["Classify"]["Retry"][0]
        assert "RetryError" in retry["ErrorEquals"]
        definition["States"]["Classify"]["Retry"] = [{**retry, "IntervalSeconds": 1, "JitterStrategy": "NONE"}]
        guard.aws.strict.fail("s3.GetBucketLocation", "SlowDown", status=503, times=5)
        machine = Machine(guard.aws, definition)
        status, _, _ = machine.run({"resource": URI})
        assert status == "SUCCEEDED"
        assert called[0][1]["errorType"] == "RetryError"

    def test_only_planned_where_nothing_else_is_asked_for(self, guard: Guard, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("ASSAY_PROTECT", "plan")
        guard.make(level=Level.INTERNAL)
        status, told, states = Machine(guard.aws, protection_workflow(policy_of())).run({"resource": URI})
        assert (status, states[-1], told["report"]["applied"]) == ("SUCCEEDED", "WaitsForAPerson", 0)
        assert guard.statements() == []


class TestClassification:
    def test_each_gate_has_its_branch(self, aws: Aws, catalog: Catalog) -> None:
        aws.client("s3").create_bucket(Bucket="intake", CreateBucketConfiguration={"LocationConstraint": REGION})
        machine = Machine(aws, classification_workflow())

        def run(name: str, body: bytes) -> tuple[str, str, dict[str, Any]]:
            status, told, states = machine.run({"event": put(aws, name, body)})
            return status, states[-1], told

        set_phase(catalog, "*", Phase.AUTOMATED)
        status, end, told = run("b.csv", CSV)
        assert (status, end) == ("SUCCEEDED", "Applied"), told
        assert tags(aws, "b.csv")["DataClassification"] == "restricted"
        # Of what is not quite sure the gate is that of what is known: the same event again is not read again.
        event = put(aws, "c.csv")
        machine.run({"event": event})
        classify(catalog, {"s3://intake/c.csv": known(Level.CONFIDENTIAL, confidence=0.75)})
        status, told, states = machine.run({"event": event})
        assert (status, states[-1], told["classified"]["gate"]) == ("SUCCEEDED", "Watched", "apply_and_watch"), told
        # What is gone by now, and what cannot be understood.
        event = put(aws, "d.csv")
        aws.client("s3").delete_object(Bucket="intake", Key="d.csv")
        status, _, states = machine.run({"event": event})
        assert (status, states[-1]) == ("SUCCEEDED", "NothingToDo")
        status, told, states = machine.run({"event": {"detail-type": "nobody knows"}})
        assert (status, told["error"], states[-1]) == ("FAILED", "StepFailed", "Failed")


class TestDefinitions:
    def test_branches_follow_the_policies(self) -> None:
        states = protection_workflow(policy_of())["States"]
        found = {
            name: [branch["StartAt"] for branch in state["Branches"]]
            for name, state in states.items()
            if state["Type"] == "Parallel"
        }
        assert found["ProtectRestricted"] == [
            "EncryptRestricted", "BackUpRestricted", "MonitorRestricted", "RestrictAccessRestricted",
        ]  # fmt: skip
        # Of public data nothing is backed up by more than what everything is.
        comments = {name: json.dumps(state) for name, state in states.items()}
        assert "public_access_block" in comments["ProtectInternal"]
        assert "public_access_block" not in comments["ProtectPublic"]
        assert "object_lock" in comments["ProtectRestricted"]
        assert "object_lock" not in comments["ProtectConfidential"]

    def test_everything_that_is_made_is_made_by_one_branch(self) -> None:
        assert {family_of(name) for name in ORDER} == set(FAMILIES)

    def test_every_task_is_caught_and_tried_again(self) -> None:
        def tasks(states: dict[str, Any]) -> Iterator[dict[str, Any]]:
            for state in states.values():
                if state["Type"] == "Task":
                    yield state
                for branch in state.get("Branches", []):
                    yield from tasks(branch["States"])

        for definition in (protection_workflow(policy_of()), classification_workflow()):
            found = list(tasks(definition["States"]))
            assert found
            for task in found:
                assert task["Retry"]
                assert task["Catch"][-1]["ErrorEquals"] == ["States.ALL"]
                assert task["Resource"] == "${Function}" or task["Parameters"]["FunctionName"] == "${Function}"
