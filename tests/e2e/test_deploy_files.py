"""The image, the compose file and the manifests: linted, and what they start is started as they start it, as far as that goes without
containers."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import click
import jsonschema
import pytest
import yaml
from awsservers import Aws
from workers_for_tests import levels, put

from assay.cli.__main__ import assay
from assay.store.engine import open_catalog

DEPLOY = Path(__file__).parents[2] / "deploy"
MANIFESTS = sorted((DEPLOY / "kubernetes").glob("*.yaml"))


def test_the_image_is_linted() -> None:
    done = subprocess.run(
        [Path(sys.executable).with_name("hadolint"), DEPLOY / "Dockerfile"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, "")


def test_the_compose_file_is_as_the_specification_has_it() -> None:
    schema = json.loads((DEPLOY.parent / "tests" / "data" / "compose-spec.json").read_text())
    document = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
    del document["name"]  # the project's name came into the specification after this schema
    assert [error.message for error in jsonschema.Draft7Validator(schema).iter_errors(document)] == []
    # Whatever has no meaning there is an error.
    document["services"]["worker"]["comand"] = []
    assert [error.json_path for error in jsonschema.Draft7Validator(schema).iter_errors(document)] == [
        "$.services.worker"
    ]


def test_the_image_runs_as_nobody_and_names_what_is_there() -> None:
    text = (DEPLOY / "Dockerfile").read_text()
    stages = re.split(r"^FROM ", text, flags=re.MULTILINE)
    runtime = next(stage for stage in stages if " AS runtime" in stage.split("\n")[0])
    assert "USER 10001:10001" in runtime
    assert stages[-1].split("\n")[0] == "runtime"
    for name in re.findall(r"^COPY (?!--)(.+) \S+$", text, flags=re.MULTILINE):
        for each in name.split():
            assert (DEPLOY.parent / each).exists(), each
    kept = (DEPLOY / "Dockerfile.dockerignore").read_text().splitlines()
    for name in re.findall(r"^COPY (?!--)(.+) \S+$", text, flags=re.MULTILINE):
        assert {f"!{each.removeprefix('./')}" for each in name.split()} <= set(kept)


def test_what_the_image_installs_is_what_is_tested() -> None:
    def pinned(file: Path) -> dict[str, str]:
        return dict(re.findall(r"^([a-z0-9_.-]+)==(\S+)", file.read_text(), flags=re.MULTILINE))

    image, whole = pinned(DEPLOY / "requirements.lock"), pinned(DEPLOY.parent / "requirements.lock")
    assert {name: version for name, version in image.items() if whole.get(name) != version} == {}
    assert {"boto3", "psycopg-binary", "hyperscan"} <= set(image)


@pytest.mark.parametrize(
    "file", [file for file in MANIFESTS if file.name != "kustomization.yaml"], ids=lambda file: file.name
)
def test_a_manifest_is_as_kubernetes_has_it(file: Path) -> None:
    import kubernetes_validate

    kubernetes_validate.validate(yaml.safe_load(file.read_text()), "1.31", strict=True)


def test_all_manifests_are_in_the_list() -> None:
    listed = yaml.safe_load((DEPLOY / "kubernetes" / "kustomization.yaml").read_text())["resources"]
    assert sorted(listed) == [file.name for file in MANIFESTS if file.name != "kustomization.yaml"]


def containers() -> Iterator[tuple[str, dict[str, Any], dict[str, Any]]]:
    for file in MANIFESTS:
        document = yaml.safe_load(file.read_text())
        spec = document.get("spec", {})
        pod = spec.get("jobTemplate", {}).get("spec", spec).get("template", {}).get("spec")
        if pod is not None:
            for container in pod["containers"]:
                yield file.name, pod, container


def test_pods_may_write_nowhere_and_are_nobody() -> None:
    found = list(containers())
    assert {name for name, _, _ in found} == {"prepare.yaml", "worker.yaml", "watch.yaml", "scan.yaml"}
    for name, pod, container in found:
        assert pod["securityContext"]["runAsNonRoot"], name
        assert container["securityContext"]["readOnlyRootFilesystem"], name
        assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}, name
        assert {mount["mountPath"] for mount in container["volumeMounts"]} == {"/tmp"}, name


def test_containers_are_given_the_keys_that_they_would_forget() -> None:
    """All that a container writes is gone with it: a catalog whose key one made could be opened by no other."""
    keys = {"ASSAY_CATALOG", "ASSAY_FINGERPRINT_KEY", "ASSAY_AUDIT_KEY"}
    for name, _, container in containers():
        assert keys <= {variable["name"] for variable in container["env"]}, name
    compose = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]
    for name in ("prepare", "worker", "watch"):
        environment = compose[name]["environment"]
        assert keys <= set(environment), name
        # One that is empty is taken for a name: a profile or an access key that nobody has.
        for variable, value in environment.items():
            assert ":-}" not in (value or ""), variable


def test_a_scan_with_gaps_is_not_run_again() -> None:
    job = yaml.safe_load((DEPLOY / "kubernetes" / "scan.yaml").read_text())["spec"]["jobTemplate"]["spec"]
    pod = job["template"]["spec"]
    rule = {"containerName": pod["containers"][0]["name"], "operator": "In", "values": [3]}
    assert {"action": "FailJob", "onExitCodes": rule} in job["podFailurePolicy"]["rules"]
    assert pod["restartPolicy"] == "Never"  # Kubernetes refuses the rule with any other


def commands() -> list[list[str]]:
    compose = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]
    told = [service["command"] for service in compose.values() if "command" in service]
    return told + [container["args"] for _, _, container in containers()]


@pytest.mark.parametrize("command", commands(), ids=" ".join)
def test_what_is_started_is_a_command(command: list[str]) -> None:
    """Every option is known, and its value is one."""
    found: Any = assay
    rest = list(command)
    while isinstance(found, click.Group):
        found = found.get_command(click.Context(found), rest.pop(0))
    found.make_context("assay", [each.replace("$(QUEUE_URL)", "https://sqs.example/1/q") for each in rest])


class Runtime(BaseHTTPRequestHandler):
    """The interface that Lambda has for what runs in an image: gives one event, and takes the answer."""

    def do_GET(self) -> None:
        server: Any = self.server
        if server.given:
            server.ended.wait(500)
            self.send_response(500)
            self.end_headers()
            return
        server.given = True
        body = json.dumps(server.event).encode()
        self.send_response(200)
        for name, value in {
            "Lambda-Runtime-Aws-Request-Id": "7f3c",
            "Lambda-Runtime-Deadline-Ms": "4102444800000",
            "Lambda-Runtime-Invoked-Function-Arn": "arn:aws:lambda:eu-west-1:123456789012:function:assay",
            "Content-Type": "application/json",
            "Content-Length": str(len(body)),
        }.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self) -> None:
        server: Any = self.server
        told = self.rfile.read(int(self.headers["Content-Length"] or 0))
        server.answers.append((self.path, json.loads(told)))
        self.send_response(202)
        self.end_headers()
        server.answered.set()

    def log_message(self, *_: object) -> None: ...


def test_the_function_answers_as_lambda_runs_it(aws: Aws, tmp_path: Path) -> None:
    """The entry point of the image, with Lambda's own client of its interface: an object is read, and its level is kept."""
    pytest.importorskip("awslambdaric")
    url = str(tmp_path / "catalog.db")
    aws.client("s3").create_bucket(Bucket="intake", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    event = put(aws, "people.csv")
    server: Any = HTTPServer(("127.0.0.1", 0), Runtime)
    server.event, server.given, server.answers = event, False, []
    server.answered, server.ended = threading.Event(), threading.Event()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    with open_catalog(url, create=True) as catalog:
        lines = (DEPLOY / "Dockerfile").read_text().splitlines()
        at = next(
            number for number, line in enumerate(lines) if line.startswith("ENTRYPOINT") and "awslambdaric" in line
        )
        entry, handler = (json.loads(line.split(" ", 1)[1]) for line in lines[at : at + 2])
        environment = {**os.environ, "ASSAY_CATALOG": url, "ASSAY_TAGS": "off", "HOME": str(tmp_path)}
        environment["AWS_LAMBDA_RUNTIME_API"] = f"127.0.0.1:{server.server_port}"
        process = subprocess.Popen([sys.executable, *entry[1:], *handler], env=environment, stderr=subprocess.PIPE)
        try:
            assert server.answered.wait(400), process.stderr
        finally:
            process.kill()
            server.ended.set()
            process.communicate()
            server.shutdown()
            thread.join()
        assert server.answers == [("/2018-06-01/runtime/invocation/7f3c/response", {"batchItemFailures": []})]
        assert levels(catalog) == {"s3://intake/people.csv": "restricted"}
