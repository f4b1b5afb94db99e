"""The image, the compose file and the manifests: linted, and what they start is started as they start it, as far as that goes without
containers."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import threading
import tomllib
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


def extras() -> dict[str, list[str]]:
    """What the image has of the extras of assay, by the names that are needed for each."""
    named = re.search(r"the extras\n#\s+(.+), in the versions", (DEPLOY / "requirements.lock").read_text())
    assert named
    declared = tomllib.loads((DEPLOY.parent / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    return {each: declared[each] for each in re.split(r", | and ", named[1])}


def test_the_image_has_what_its_commands_need() -> None:
    """The desk is served from it as well."""
    image = set(re.findall(r"^([a-z0-9_.-]+)==", (DEPLOY / "requirements.lock").read_text(), flags=re.MULTILINE))
    assert {"aws", "sql", "server", "review"} <= set(extras())
    for extra, needed in extras().items():
        for each in needed:
            name = re.split(r"[^A-Za-z0-9_-]", each)[0]
            assert name.lower() in image, (extra, each)


UNITS = sorted((DEPLOY / "systemd").glob("*.service"))


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed")
@pytest.mark.parametrize("unit", UNITS, ids=lambda file: file.name)
def test_a_unit_is_as_systemd_has_it(unit: Path, tmp_path: Path) -> None:
    """Without a word of warning, with a program that is there, and sandboxed as far as systemd counts it."""
    here = tmp_path / unit.name
    here.write_text(unit.read_text().replace("/opt/assay/bin/assay", sys.executable))
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", here], capture_output=True, text=True, check=False, timeout=60
    )
    said = [line for line in done.stderr.splitlines() if unit.stem in line]
    assert (done.returncode, said) == (0, [])
    done = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--threshold=20", here],
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("unit", UNITS, ids=lambda file: file.name)
def test_a_unit_writes_nowhere_but_to_its_folders(unit: Path) -> None:
    told = dict(
        line.split("=", 1) for line in unit.read_text().splitlines() if "=" in line and not line.startswith("#")
    )
    assert (told["User"], told["ProtectSystem"], told["StateDirectory"], told["CacheDirectory"]) == (
        "assay", "strict", "assay", "assay",
    )  # fmt: skip
    assert "ASSAY_CACHE_DIR=/var/cache/assay" in told["Environment"]
    assert "XDG_CONFIG_HOME=/var/lib/assay" in told["Environment"]


def test_the_desk_tells_whether_it_answers() -> None:
    service = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]["desk"]
    (*_, asking) = service["healthcheck"]["test"]
    assert ("/ready" in asking, " " in asking) == (True, False)
    compile(asking, "healthcheck", "eval")
    assert all(each.startswith("127.0.0.1:") for each in service["ports"])
    (desk,) = [container for name, _, container in containers() if name == "desk.yaml"]
    assert {desk[probe]["httpGet"]["path"] for probe in ("livenessProbe", "startupProbe")} == {"/health"}
    assert desk["readinessProbe"]["httpGet"] == {"path": "/ready", "port": "http"}
    policy = yaml.safe_load((DEPLOY / "kubernetes" / "desk-network.yaml").read_text())["spec"]
    offered = yaml.safe_load((DEPLOY / "kubernetes" / "desk-service.yaml").read_text())["spec"]
    assert policy["podSelector"]["matchLabels"] == offered["selector"]
    assert policy["ingress"][0]["ports"][0]["port"] == desk["ports"][0]["containerPort"]


def test_a_team_without_aws_starts_without_it() -> None:
    services = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]
    assert {name for name, each in services.items() if "profiles" not in each} == {
        "catalog", "prepare", "desk", "scans",
    }  # fmt: skip
    # What is needed of everybody are the two keys: whatever else has to be given has a profile, and is looked at for all of them.
    demanded = re.findall(r"\$\{(\w+):\?", (DEPLOY / "compose.yaml").read_text())
    assert set(demanded) == {"ASSAY_FINGERPRINT_KEY", "ASSAY_AUDIT_KEY"}


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
    assert {name for name, _, _ in found} == {
        "prepare.yaml", "worker.yaml", "watch.yaml", "scan.yaml", "scans.yaml", "desk.yaml",
    }  # fmt: skip
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
    for name in ("prepare", "worker", "watch", "desk", "scans"):
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
    for unit in UNITS:
        (line,) = re.findall(r"^ExecStart=/opt/assay/bin/assay (.+)$", unit.read_text(), flags=re.MULTILINE)
        told.append(shlex.split(line))
    return told + [container["args"] for _, _, container in containers()]


GIVEN = {
    "$(QUEUE_URL)": ["https://sqs.example/1/q"],
    "$(DESK_URL)": ["https://desk.example.org"],
    "$ASSAY_DESK_OPTIONS": ["--public-url", "https://desk.example.org"],
    "$ASSAY_WORKER_OPTIONS": ["--queue", "https://sqs.example/1/q", "--rescans"],
}


@pytest.mark.parametrize("command", commands(), ids=" ".join)
def test_what_is_started_is_a_command(command: list[str]) -> None:
    """Every option is known, and its value is one."""
    found: Any = assay
    rest = [part for each in command for part in GIVEN.get(each, [each])]
    while isinstance(found, click.Group):
        found = found.get_command(click.Context(found), rest.pop(0))
    found.make_context("assay", rest)


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
