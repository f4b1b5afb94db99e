"""Workflows of Step Functions in the emulator's interpreter."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from typing import Any

import pytest
from awsservers import ACCOUNT, REGION, Aws

from assay.protect.workflow import WAITING, waiting

FINAL = ("SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED")


class Machine:
    """A workflow in the emulator, and what becomes of its executions."""

    def __init__(self, aws: Aws, definition: dict[str, Any]) -> None:
        import requests

        requests.post(f"{aws.url}/moto-api/config", json={"stepfunctions": {"execute_state_machine": True}}, timeout=60)
        self.client, self.runs, self.pause = aws.client("stepfunctions"), 0, threading.Event()
        role = f"arn:aws:iam::{ACCOUNT}:role/assay"
        function = aws.client("lambda").create_function(
            FunctionName="assay", PackageType="Image", Role=self._role(aws), Code={"ImageUri": f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/assay:1"}
        )["FunctionArn"]  # fmt: skip
        text = json.dumps(definition).replace("${Function}", function).replace(WAITING, waiting("aws"))
        self.arn = self.client.create_state_machine(name="assay", definition=text, roleArn=role)["stateMachineArn"]

    def _role(self, aws: Aws) -> str:
        who = {"Service": ["lambda.amazonaws.com", "states.amazonaws.com"]}
        trust = {
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Principal": who, "Action": "sts:AssumeRole"}],
        }
        document = json.dumps(trust)
        return str(aws.client("iam").create_role(RoleName="assay", AssumeRolePolicyDocument=document)["Role"]["Arn"])

    def run(self, given: dict[str, Any]) -> tuple[str, dict[str, Any], list[str]]:
        """How it ended, what it gave or failed with, and the states that it went through."""
        return self.ended(self.start(given))

    def start(self, given: dict[str, Any]) -> str:
        """An execution, by its ARN."""
        self.runs += 1
        started = self.client.start_execution(
            stateMachineArn=self.arn, input=json.dumps(given), name=f"run-{self.runs}"
        )
        return str(started["executionArn"])

    def until(self, execution: str, holds: Callable[[], bool]) -> None:
        """Waits for something that an execution does; one that has ended does nothing more."""
        for _ in range(10_000):
            if holds():
                return
            if self.client.describe_execution(executionArn=execution)["status"] in FINAL and not holds():
                pytest.fail(str(self.client.get_execution_history(executionArn=execution)["events"][-4:]))
            self.pause.wait(0.05)
        pytest.fail("it never happens")

    def ended(self, execution: str) -> tuple[str, dict[str, Any], list[str]]:
        """The same of one that was started."""
        for _ in range(10_000):
            found = self.client.describe_execution(executionArn=execution)
            if found["status"] in FINAL:
                break
            # It runs in this process: who asks all the time holds it up.
            self.pause.wait(0.05)
        history = self.client.get_execution_history(executionArn=execution)["events"]
        states = [each["stateEnteredEventDetails"]["name"] for each in history if "stateEnteredEventDetails" in each]
        told = json.loads(found["output"]) if "output" in found else {"error": found.get("error")}
        return found["status"], told, states
