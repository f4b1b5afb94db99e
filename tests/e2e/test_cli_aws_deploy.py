"""`assay aws deploy`: templates that lint clean, with exactly the declared rights, deployed to the emulator, where an event comes to the handler."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from awsservers import ACCOUNT, REGION, Aws
from botocore.exceptions import ClientError
from calling import Assay
from functions_for_tests import CONTEXT
from protecting_for_tests import Guard
from workers_for_tests import CSV, levels, set_phase, tags

from assay.app.cloud import deploying
from assay.aws.permissions import grant_of
from assay.deploy.stacks import Run, Stack
from assay.entry import common, lambda_handler, secret
from assay.entry import guard as guarding
from assay.model.review import Phase
from assay.store.engine import Catalog, open_catalog

SECRET = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:assay-AbCdEf"


@pytest.fixture(scope="module")
def written() -> dict[tuple[Stack, Run], dict[str, Any]]:
    return {(stack, run): deploying.made(stack, run) for stack in Stack for run in Run}


def options(*more: str) -> list[str]:
    told = {
        "ImageUri": f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/assay@sha256:{'0' * 64}",
        "CatalogSecretArn": SECRET,
        "SubnetIds": "subnet-1,subnet-2",
        "SecurityGroupIds": "sg-1",
    } | dict(each.split("=", 1) for each in more)
    return [part for name, value in told.items() for part in ("--parameter", f"{name}={value}")]


class TestTemplates:
    @pytest.mark.parametrize("run", ["lambda", "fargate"])
    def test_they_are_clean(self, assay: Assay, tmp_path: Path, run: str) -> None:
        from cfnlint.api import ManualArgs, lint
        from cfnlint.core import get_rules

        assert assay("aws", "deploy", "--run", run, "--output", str(tmp_path)).code == 0
        files = sorted(tmp_path.glob("*.yaml"))
        assert [file.name for file in files] == [f"assay-{stack}.yaml" for stack in sorted(Stack)]
        rules = get_rules([], [], ["I", "W", "E"])
        for file in files:
            assert [str(match) for match in lint(file.read_text(), rules, config=ManualArgs(regions=[REGION]))] == [], (
                file
            )

    def test_a_role_has_exactly_the_rights_that_the_code_declares(self, written: Any) -> None:
        for (stack, run), template in written.items():
            (role,) = [
                each
                for name, each in template["Resources"].items()
                if each["Type"] == "AWS::IAM::Role" and name in ("WorkerRole", "ScanRole", "ProtectorRole")
            ]
            declared = next(each for each in role["Properties"]["Policies"] if each["PolicyName"] == "declared")
            told: set[str] = set()
            for statement in declared["PolicyDocument"]["Statement"]:
                if str(statement.get("Sid", "")).startswith("Assay"):
                    told |= set(statement["Action"])
            calls = deploying.calls_for(stack, run)
            wanted = {
                name for call in calls for grant in (grant_of(call), *grant_of(call).also) for name in grant.actions
            }
            assert told == wanted, stack
            if run is Run.LAMBDA:
                assert not any(name.startswith("sqs:") for name in told)

    def test_everything_is_encrypted_and_every_queue_has_dead_letters(self, written: Any) -> None:
        encrypted = {
            "AWS::SQS::Queue": "KmsMasterKeyId",
            "AWS::SNS::Topic": "KmsMasterKeyId",
            "AWS::Logs::LogGroup": "KmsKeyId",
            "AWS::DynamoDB::Table": "SSESpecification",
            "AWS::Lambda::Function": "KmsKeyArn",
        }
        for template in written.values():
            resources = template["Resources"]
            for name, each in resources.items():
                if each["Type"] in encrypted:
                    assert encrypted[each["Type"]] in each["Properties"], name
                if each["Type"] == "AWS::SQS::Queue" and not name.endswith("DeadLetters"):
                    assert "RedrivePolicy" in each["Properties"], name
                for target in each["Properties"].get("Targets", []):
                    assert "DeadLetterConfig" in target, name
                if each["Type"] == "AWS::IAM::Role":
                    for policy in each["Properties"]["Policies"]:
                        for statement in policy["PolicyDocument"]["Statement"]:
                            assert "*" not in statement.get("Action", []), name

    def test_what_a_rule_cannot_deliver_is_kept_let_in_and_told(self, written: Any) -> None:
        """Each target of each rule has a queue for dead letters, whose policy lets rules in, whose key they may use, and whose depth an alarm
        watches from the first message on."""
        for template in written.values():
            resources = template["Resources"]
            dead = {
                target["DeadLetterConfig"]["Arn"]["Fn::GetAtt"][0]
                for each in resources.values()
                if each["Type"] == "AWS::Events::Rule"
                for target in each["Properties"]["Targets"]
            }
            assert dead
            for name in dead:
                (policy,) = [
                    each["Properties"]["PolicyDocument"]["Statement"]
                    for each in resources.values()
                    if each["Type"] == "AWS::SQS::QueuePolicy" and {"Ref": name} in each["Properties"]["Queues"]
                ]
                (lets,) = [each for each in policy if each["Effect"] == "Allow"]
                assert lets["Principal"] == {"Service": "events.amazonaws.com"}
                assert {"Fn::GetAtt": [name, "Arn"]} in lets["Resource"]
                (alarm,) = [
                    each["Properties"]
                    for each in resources.values()
                    if each["Type"] == "AWS::CloudWatch::Alarm"
                    and each["Properties"]["Dimensions"][0]["Value"] == {"Fn::GetAtt": [name, "QueueName"]}
                    and each["Properties"]["MetricName"] == "ApproximateNumberOfMessagesVisible"
                ]
                assert (alarm["Threshold"], alarm["EvaluationPeriods"], alarm["Statistic"]) == (0, 1, "Maximum")
                assert alarm["AlarmActions"] == [{"Ref": "Alarms"}]
                assert resources[name]["Properties"]["KmsMasterKeyId"] == {"Ref": "Key"}
            users = json.dumps(resources["Key"]["Properties"]["KeyPolicy"])
            for service in ("events.amazonaws.com", "cloudwatch.amazonaws.com"):
                assert service in users

    def test_a_container_may_write_nowhere_and_is_nobody(self, written: Any) -> None:
        found = [
            container
            for template in written.values()
            for each in template["Resources"].values()
            if each["Type"] == "AWS::ECS::TaskDefinition"
            for container in each["Properties"]["ContainerDefinitions"]
        ]
        assert found
        for container in found:
            assert container["ReadonlyRootFilesystem"]
            assert container["User"] == "10001:10001"
            assert {each["Name"] for each in container["Secrets"]} >= {"ASSAY_CATALOG"}

    def test_rules_let_through_what_the_worker_understands(self, written: Any) -> None:
        """Every example of an event that asks for something and comes by EventBridge is let through by a rule."""
        from moto.events.models import EventPattern

        resources = written[Stack.REALTIME, Run.LAMBDA]["Resources"]
        patterns = [
            EventPattern.load(json.dumps(each["Properties"]["EventPattern"]))
            for each in resources.values()
            if each["Type"] == "AWS::Events::Rule" and "EventPattern" in each["Properties"]
        ]
        cases = Path(__file__).parents[1] / "cases" / "events"
        seen = 0
        for file in sorted(cases.glob("*.yaml")):
            for case in yaml.safe_load(file.read_text()):
                events = case["event"] if isinstance(case["event"], list) else [case["event"]]
                for event, gives in zip(events, case["gives"], strict=False):
                    if not isinstance(event, dict) or "detail-type" not in event or len(events) != len(case["gives"]):
                        continue
                    # Objects come natively: data events of a trail would tell of them once more.
                    is_trail = event["detail-type"] == "AWS API Call via CloudTrail"
                    is_native = gives.get("kind") == "object" and not is_trail
                    is_asked = is_native or gives.get("kind") == "rescan"
                    if is_asked and event.get("source", "").startswith("aws."):
                        seen += 1
                        assert any(pattern.matches_event(event) for pattern in patterns), (file.name, case["name"])
        assert seen > 10


class TestCommand:
    def test_what_is_wrong_is_told(self, assay: Assay, aws: Aws) -> None:
        done = assay("aws", "deploy")
        assert (done.code, "give --output DIR" in done.err) == (2, True)
        done = assay("aws", "deploy", "realtime", "--execute")
        assert done.code == 2
        assert "parameters are missing" in done.err
        assert "ImageUri (The container image in ECR" in done.err
        done = assay("aws", "deploy", "realtime", "--execute", *options("ImageUrl=x"))
        assert (done.code, "did you mean 'ImageUri'?" in done.err) == (2, True)
        done = assay("aws", "deploy", "realtime", "--execute", "--parameter", "ImageUri")
        assert (done.code, "must be NAME=VALUE" in done.err) == (2, True)
        assert assay("aws", "deploy", "realtme", "--output", "x").code == 2
        aws.strict.deny("cloudformation.CreateChangeSet")
        done = assay("aws", "deploy", "realtime", "--execute", *options())
        assert (done.code, "AccessDenied" in done.err) == (2, True), done


@pytest.fixture
def catalog(aws: Aws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Catalog]:
    """A catalog that nobody's variables name: its URL is in the secret."""
    monkeypatch.chdir(tmp_path)
    url = str(tmp_path / "catalog.db")
    made = aws.client("secretsmanager").create_secret(Name="assay", SecretString=json.dumps({"catalog": url}))
    monkeypatch.setenv(secret.VARIABLE, made["ARN"])
    monkeypatch.delenv("ASSAY_CATALOG", raising=False)
    with open_catalog(url, create=True) as opened:
        yield opened
    monkeypatch.delenv("ASSAY_CATALOG", raising=False)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for the emulator."""
    monkeypatch.setattr(deploying, "_PAUSE_SECONDS", 0.01)
    monkeypatch.setattr(deploying, "_LONGEST_SECONDS", 0.1)


def resources(aws: Aws, name: str) -> dict[str, str]:
    """What a stack's resources are called. The emulator's CloudFormation knows no policies of queues, which it is given here as the
    template has them."""
    client = aws.client("cloudformation")
    found = client.describe_stack_resources(StackName=name)["StackResources"]
    ids = {
        each["LogicalResourceId"]: each["PhysicalResourceId"]
        for each in found
        if each.keys() >= {"LogicalResourceId", "PhysicalResourceId"}
    }
    template = json.loads(json.dumps(client.get_template(StackName=name)["TemplateBody"]))
    for each in template["Resources"].values():
        if each["Type"] == "AWS::SQS::QueuePolicy":
            for queue in each["Properties"]["Queues"]:
                document = filled(each["Properties"]["PolicyDocument"])
                attributes = {"Policy": json.dumps(document)}
                aws.client("sqs").set_queue_attributes(QueueUrl=ids[queue["Ref"]], Attributes=attributes)
    return ids


def filled(value: Any) -> Any:
    """What CloudFormation makes of a policy, but for the queues that it is about, which are all."""
    if isinstance(value, list):
        return [filled(each) for each in value]
    if not isinstance(value, dict):
        return value
    if "Fn::Sub" in value:
        told = {"AWS::Partition": "aws", "AWS::Region": REGION, "AWS::AccountId": ACCOUNT}
        return re.sub(r"\$\{([^}]+)\}", lambda found: told[found[1]], value["Fn::Sub"])
    return "*" if "Fn::GetAtt" in value else {name: filled(each) for name, each in value.items()}


@pytest.mark.usefixtures("quick")
class TestDeployed:
    def test_an_object_that_is_written_is_classified(
        self, assay: Assay, aws: Aws, catalog: Catalog, called: list[tuple[Any, Any]]
    ) -> None:
        """From S3 through EventBridge and the queue of the stack to the function's handler, by nobody's hand."""
        done = assay("aws", "deploy", "realtime", "--execute", *options())
        assert done.code == 0, done.err
        assert "assay-dev-realtime: " in done.out
        found = resources(aws, "assay-dev-realtime")
        s3 = aws.client("s3")
        s3.create_bucket(Bucket="intake", CreateBucketConfiguration={"LocationConstraint": REGION})
        assert assay("aws", "setup-events", "intake", "--catalog", "catalog.db").code == 0
        s3.put_object(Bucket="intake", Key="people.csv", Body=CSV)
        ((event, answer),) = called
        assert event["Records"][0]["eventSourceARN"].rpartition(":")[2] == found["Events"].rpartition("/")[2]
        assert answer == {"batchItemFailures": []}
        assert levels(catalog) == {"s3://intake/people.csv": "restricted"}

    def test_what_cannot_be_delivered_is_a_dead_letter(
        self, assay: Assay, aws: Aws, catalog: Catalog, called: list[tuple[Any, Any]]
    ) -> None:
        """The queue of events lets nobody in any more: each rule's event is in the queue for dead letters, and nothing is lost."""
        assert assay("aws", "deploy", "realtime", "--execute", *options()).code == 0
        found = resources(aws, "assay-dev-realtime")
        events, sqs = aws.client("events"), aws.client("sqs")
        for rule in events.list_rules()["Rules"]:
            for target in events.list_targets_by_rule(Rule=rule["Name"])["Targets"]:
                assert (
                    target["DeadLetterConfig"]["Arn"].rpartition(":")[2]
                    == found["EventsDeadLetters"].rpartition("/")[2]
                ), rule["Name"]
        sqs.set_queue_attributes(QueueUrl=found["Events"], Attributes={"Policy": ""})
        aws.client("s3").create_bucket(Bucket="intake", CreateBucketConfiguration={"LocationConstraint": REGION})
        assert assay("aws", "setup-events", "intake", "--catalog", "catalog.db").code == 0
        aws.client("s3").put_object(Bucket="intake", Key="people.csv", Body=CSV)
        assert (called, levels(catalog)) == ([], {})
        (letter,) = sqs.receive_message(QueueUrl=found["EventsDeadLetters"])["Messages"]
        told = json.loads(letter["Body"])
        assert (told["detail-type"], told["detail"]["object"]["key"]) == ("Object Created", "people.csv")
        depth = sqs.get_queue_attributes(QueueUrl=found["EventsDeadLetters"], AttributeNames=["All"])["Attributes"]
        assert int(depth["ApproximateNumberOfMessages"]) + int(depth["ApproximateNumberOfMessagesNotVisible"]) == 1

    def test_a_new_bucket_is_protected_without_a_hand(
        self,
        assay: Assay,
        aws: Aws,
        catalog: Catalog,
        called: list[tuple[Any, Any]],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setenv("ASSAY_PROTECT", "apply")
        monkeypatch.setenv("ASSAY_CLASSIFY", "off")
        aws.strict.answer("cloudtrail.LookupEvents", {"Events": []})
        done = assay("aws", "deploy", "protection", "--execute", *options("Protect=apply"))
        assert done.code == 0, done.err
        found = resources(aws, "assay-dev-protection")
        variables = aws.client("lambda").get_function_configuration(FunctionName=found["Protector"])["Environment"]
        assert variables["Variables"]["ASSAY_PROTECT"] == "apply"
        set_phase(catalog, "*", Phase.AUTOMATED)
        guard = Guard(aws=aws, catalog=catalog)
        guard.make("fresh")
        # CloudTrail's events cannot be sent by others than CloudTrail at AWS; the emulator has none.
        aws.client("sqs").send_message(
            QueueUrl=found["NewResources"],
            MessageBody=json.dumps(
                {
                    "version": "0", "id": "1", "detail-type": "AWS API Call via CloudTrail", "source": "aws.s3",
                    "account": ACCOUNT, "time": "2026-03-02T08:15:00Z", "region": REGION,
                    "detail": {"eventName": "CreateBucket", "eventID": "e1", "requestParameters": {"bucketName": "fresh"}},
                }
            ),
        )  # fmt: skip
        assert called[-1][1] == {"batchItemFailures": []}
        assert lambda_handler.handler(common.TASKS, CONTEXT)["tasks"] == {"protect done": 1}
        assert all(guard.observe("s3://fresh").get("public_access_block").value.values())
        guard.s3.delete_public_access_block(Bucket="fresh")
        rules = aws.client("events").list_rules()["Rules"]
        (watch,) = [each for each in rules if each.get("ScheduleExpression") == "rate(5 minutes)"]
        (target,) = aws.client("events").list_targets_by_rule(Rule=watch["Name"])["Targets"]
        told = lambda_handler.handler(json.loads(target["Input"]), CONTEXT)["round"]
        assert (told["drifted"], told["healed"]) == (1, 1)
        assert all(guard.observe("s3://fresh").get("public_access_block").value.values())

    def test_three_stacks_classify_and_protect_a_new_bucket(
        self,
        assay: Assay,
        aws: Aws,
        catalog: Catalog,
        called: list[tuple[Any, Any]],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        """An object is put into a new bucket: it is classified, and the bucket is protected by its level. Each function has its own variables."""
        from moto.awslambda.models import LambdaBackend, LambdaFunction

        aws.strict.answer("cloudtrail.LookupEvents", {"Events": []})
        whole = LambdaFunction.invoke

        def invoke(self: Any, *given: Any) -> Any:
            with monkeypatch.context() as patch:
                for name, value in self.environment_vars.items():
                    if name.startswith("ASSAY_") and name != "ASSAY_CACHE_DIR":
                        patch.setenv(name, str(value))
                for made in (lambda_handler._parts, guarding.watching):
                    made.cache_clear()
                return whole(self, *given)

        def invoke_by_name(
            self: Any, function_name: str, qualifier: Any, body: Any, headers: Any, response_headers: Any
        ) -> Any:
            return invoke(self.get_function(function_name, qualifier), body, headers, response_headers)

        monkeypatch.setattr(LambdaFunction, "invoke", invoke)
        monkeypatch.setattr(LambdaBackend, "invoke", invoke_by_name)
        for stack in Stack:
            more = {
                Stack.PROTECTION: ("Protect=apply",),
                Stack.SCHEDULED: ("Targets=s3://intake",),
            }.get(stack, ())
            told = options(f"CatalogSecretArn={os.environ[secret.VARIABLE]}", *more)
            done = assay("aws", "deploy", str(stack), "--execute", *told)
            assert done.code == 0, done.err
            resources(aws, f"assay-dev-{stack}")
        set_phase(catalog, "*", Phase.AUTOMATED)
        guard = Guard(aws=aws, catalog=catalog)
        guard.make("intake", level=None)
        assert assay("aws", "setup-events", "intake", "--catalog", "catalog.db").code == 0
        guard.s3.put_object(Bucket="intake", Key="people.csv", Body=CSV)
        assert levels(catalog) == {"s3://intake/people.csv": "restricted"}
        assert tags(aws, "people.csv")["DataClassification"] == "restricted"
        assert guard.statements("intake") == []
        # The schedule of the stack for changed levels, which the emulator does not keep.
        events = aws.client("events")
        (every_minute,) = [
            each for each in events.list_rules()["Rules"] if each.get("ScheduleExpression") == "rate(1 minute)"
        ]
        (target,) = events.list_targets_by_rule(Rule=every_minute["Name"])["Targets"]
        aws.client("lambda").invoke(FunctionName=target["Arn"], Payload=target["Input"])
        assert called[-1][1]["tasks"] == {"protect done": 1}, called[-1]
        assert all(guard.observe("s3://intake").get("public_access_block").value.values())
        assert "AssayTlsOnly" in guard.statements("intake")
        # It holds: the emulator is asked without TLS.
        with pytest.raises(ClientError, match="403"):
            tags(aws, "people.csv")

    def test_scans_by_schedule(self, assay: Assay, aws: Aws) -> None:
        done = assay(
            "aws", "deploy", "scheduled", "--environment", "staging", "--preview", *options("Targets=s3://lake")
        )
        assert done.code == 0, done.err
        assert "nothing was changed" in done.out
        assert "add ScanSchedule (AWS::Events::Rule)" in done.out
        done = assay("aws", "deploy", "scheduled", "--environment", "prod", "--execute",
                     *options("Targets=s3://lake,s3://orders", "Schedule=rate(1 day)"))  # fmt: skip
        assert done.code == 0, done.err
        (task,) = aws.client("ecs").list_task_definitions()["taskDefinitionArns"]
        made = aws.client("ecs").describe_task_definition(taskDefinition=task)["taskDefinition"][
            "containerDefinitions"
        ][0]
        assert made["command"] == ["scan", "s3://lake", "s3://orders", "--resume", "--quiet", "--format", "jsonl"]


class TestSecret:
    def test_what_it_holds_is_never_told(self, aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
        from assay.aws.access import Access
        from assay.errors import AssayError

        made = aws.client("secretsmanager").create_secret(Name="other", SecretString='{"password": "hunter2"}')
        for arn, expected in (
            (made["ARN"], "must be an object with the key catalog"),
            (SECRET, "ASSAY_CATALOG_SECRET"),
            ("x", "ARN"),
        ):
            monkeypatch.setenv(secret.VARIABLE, arn)
            monkeypatch.delenv("ASSAY_CATALOG", raising=False)
            with pytest.raises(AssayError, match=expected) as caught:
                secret.take_secret(Access())
            assert "hunter2" not in str(caught.value)
