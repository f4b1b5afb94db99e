"""A demonstration: an emulator of AWS on this machine, an account in it, and commands run against it as a user would."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from assay.app.cloud import demodata
from assay.app.cloud.demodata import Account, Clients
from assay.errors import AssayError, UsageError

Say = Callable[[str], None]

# Credentials that the emulator takes, and AWS would not.
_KEYS = {"AWS_ACCESS_KEY_ID": "demo", "AWS_SECRET_ACCESS_KEY": "demo"}
_OURS = ("AWS_", "ASSAY_")


@contextmanager
def emulator() -> Iterator[str]:
    """An empty emulator on loopback; gives its URL. Raises `UsageError` that says how to get it."""
    try:
        import flask  # noqa: F401  # what the emulator's server needs, and does not always come with it
        from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
        from werkzeug.serving import make_server
    except ModuleNotFoundError:
        raise UsageError("the demonstration needs an emulator of AWS: pip install 'assay[demo]'") from None

    class Quiet(MotoRequestHandler):
        """Tells no request."""

        def log_request(self, *_: object) -> None: ...

    application = DomainDispatcherApplication(create_backend_app)
    server = make_server("127.0.0.1", 0, application, threaded=True, request_handler=Quiet)
    thread = threading.Thread(target=server.serve_forever, name="emulator", daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@dataclass(frozen=True, kw_only=True)
class Stage:
    """What the acts have: a folder of their own, the emulator, and somebody to tell."""

    folder: Path
    url: str
    say: Say
    clients: Clients = field(repr=False)
    account: Account

    def assay(self, *arguments: str, codes: Sequence[int] = (0,)) -> None:
        """Runs `assay ARGUMENT…` as it would be typed, and shows it. Raises `AssayError` where it ends otherwise."""
        self.say(f"$ assay {' '.join(_quoted(argument) for argument in arguments)}")
        done = subprocess.run(  # noqa: S603  # this program itself, with arguments of this module
            [sys.executable, "-m", "assay", *arguments],
            cwd=self.folder,
            env=self._environment(),
            capture_output=True,
            text=True,
            check=False,
        )
        for line in (done.stdout + done.stderr).splitlines():
            self.say(f"  {line}")
        self.say("")
        if done.returncode not in codes:
            raise AssayError(
                f"the demonstration stopped: assay {arguments[0]} ended with {done.returncode}; please report this"
            )

    def _environment(self) -> dict[str, str]:
        """Nothing of the user's own account can be reached: its variables are left out, and its files are not read."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(_OURS)}
        cache = {name: value for name, value in os.environ.items() if name == "ASSAY_CACHE_DIR"}
        return kept | cache | _KEYS | {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_REGION": demodata.REGION,
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
            "ASSAY_CATALOG": "catalog.db",
            "XDG_CONFIG_HOME": str(self.folder / "config"),
            "COLUMNS": "100",
        }  # fmt: skip


def _quoted(argument: str) -> str:
    return f"'{argument}'" if any(character in argument for character in " *?&") else argument


def demonstrate(folder: Path, say: Say) -> None:
    """All acts. Raises `UsageError` without an emulator, `AssayError` where a command ends otherwise than it should."""
    with emulator() as url:
        import boto3

        clients = Clients(boto3.session.Session("demo", "demo", region_name=demodata.REGION), url)
        stage = Stage(folder=folder, url=url, say=say, clients=clients, account=demodata.make_account(clients))
        say(f"An emulator of AWS listens at {url}. In it: two buckets, a table, a queue, a topic, Security Hub.\n")
        for act in ACTS:
            act(stage)


def _prepare(stage: Stage) -> None:
    stage.assay("catalog", "init")
    stage.say(
        "# A new catalog is in the pilot phase, in which a person approves everything. Here what is sure enough is applied\n"
        "# without one; --force leaves out the weeks of review that lead there."
    )
    for phase in ("supervised", "automated"):
        stage.assay("phase", "set", "s3://demo-*", phase, "--force", "--reason", "a demonstration")
    stage.say("# Buckets tell a queue of every object that is written.")
    for bucket in demodata.BUCKETS:
        stage.assay("aws", "setup-events", bucket, "--queue", stage.account.queue_arn)


def _arrive(stage: Stage) -> None:
    s3 = stage.clients.of("s3")
    stage.say("# Objects arrive:")
    for bucket, key, content in demodata.objects():
        s3.put_object(Bucket=bucket, Key=key, Body=content)
        stage.say(f"  s3://{bucket}/{key} ({len(content):,} bytes)")
    stage.say(
        "\n# The worker classifies what they tell of, and tags it, the buckets as well."
        "\n# It ignores S3's own test message, which each bucket has sent when it was set up."
    )
    stage.assay("worker", "--queue", stage.account.queue_url, "--until-empty")
    stage.say("# Tags that are there now:")
    for bucket, key, _ in demodata.objects():
        tags = {tag["Key"]: tag["Value"] for tag in s3.get_object_tagging(Bucket=bucket, Key=key)["TagSet"]}
        shown = ", ".join(
            f"{name}={tags[name]}" for name in ("DataClassification", "SensitiveDataTypes") if name in tags
        )
        stage.say(f"  s3://{bucket}/{key}: {shown or 'none'}")
    stage.say("# A bucket is as sensitive as the most sensitive object in it:")
    for bucket in demodata.BUCKETS:
        level = _bucket_level(s3, bucket)
        stage.say(f"  s3://{bucket}: {f'DataClassification={level}' if level else 'none'}")
    stage.say("")


def _bucket_level(s3: Any, bucket: str) -> str | None:
    from botocore.exceptions import ClientError

    try:
        tags = s3.get_bucket_tagging(Bucket=bucket)["TagSet"]
    except ClientError:
        return None  # it has none
    return next((tag["Value"] for tag in tags if tag["Key"] == "DataClassification"), None)


def _overview(stage: Stage) -> None:
    stage.say("# What the account holds, and what nobody has looked at yet.")
    stage.assay("aws", "discover", "--region", demodata.REGION, "--service", "s3", "--service", "dynamodb")
    stage.say("# So the table is scanned, and tagged: what nobody has approved yet is approved with --yes.")
    stage.assay("scan", f"dynamodb://{demodata.TABLE}")
    stage.assay("aws", "tag", f"dynamodb://{demodata.TABLE}", "--yes")


def _tell(stage: Stage) -> None:
    stage.say("# Security Hub and the stewards are told.")
    stage.assay("aws", "publish", "--security-hub", "--topic", stage.account.topic_arn)
    stage.say("# Findings in Security Hub:")
    for finding in stage.clients.of("securityhub").get_findings()["Findings"]:
        stage.say(f"  {finding['Severity']['Label']:6} {finding['Title']}: {finding['Resources'][0]['Id']}")
    stage.say("\n# Notifications that arrived:")
    for subject in _mail(stage):
        stage.say(f"  {subject}")
    stage.say("\n# Events of the last 24 hours.")
    stage.assay("worker", "--statistics")
    stage.say("# Everything that was done is in a log that proves itself.")
    stage.assay("audit", "verify")


def _mail(stage: Stage) -> Iterator[str]:
    sqs = stage.clients.of("sqs")
    url = stage.account.mail_url
    while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        for message in messages:
            yield _first_line(message["Body"])
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])


def _first_line(body: str) -> str:
    try:
        told: Any = json.loads(body)
    except ValueError:
        told = body
    text = told.get("Message", "") if isinstance(told, dict) else body
    return str(text).partition("\n")[0]


ACTS = (_prepare, _arrive, _overview, _tell)
"""In this order."""
