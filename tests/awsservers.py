"""An AWS of one's own for tests: moto on loopback, behind the layer that refuses what AWS refuses."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from quickmoto import quicker

from assay.aws.session import without_account_label

REGION = "eu-west-1"
ACCOUNT = "123456789012"
TESTS = "prepared-by-tests"
"""What stands in the user agent of what tests send themselves."""


@dataclass(frozen=True, kw_only=True)
class Aws:
    """An emulator that runs. `strict` is the layer in front of it: `tests/strict/layer.py`."""

    url: str
    strict: Any = field(repr=False)

    def client(self, service: str, region: str = REGION) -> Any:
        """A client for what a test prepares and looks at."""
        import boto3
        from botocore.config import Config

        config = Config(s3={"addressing_style": "path"}, retries={"total_max_attempts": 1}, user_agent_extra=TESTS)
        client = boto3.client(
            service,
            region_name=region,
            endpoint_url=self.url,
            aws_access_key_id="AKIAIOSFODNN7EXAMPLE",
            aws_secret_access_key="wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
            config=config,
        )
        client.meta.events.register("before-sign.s3-control", without_account_label)
        return client


@pytest.fixture(scope="session")
def aws_server() -> Iterator[Aws]:
    """One emulator for a process of a run."""
    from moto.moto_server.werkzeug_app import MotoRequestHandler
    from moto.server import DomainDispatcherApplication, create_backend_app
    from strict.layer import StrictLayer
    from werkzeug.serving import make_server

    strict = StrictLayer(DomainDispatcherApplication(create_backend_app))

    class Quiet(MotoRequestHandler):
        """Keeps names of metadata as they are sent, and tells no request."""

        def log_request(self, *_: object) -> None: ...

    server = make_server("127.0.0.1", 0, strict, threaded=True, request_handler=Quiet)
    thread = threading.Thread(target=server.serve_forever, name="aws", daemon=True)
    with quicker():
        thread.start()
        yield Aws(url=f"http://127.0.0.1:{server.server_port}", strict=strict)
        server.shutdown()
        thread.join()


@pytest.fixture
def aws(aws_server: Aws, monkeypatch: pytest.MonkeyPatch) -> Aws:
    """The emulator, empty, and an environment in which every AWS library comes to it."""
    for name, value in {
        "AWS_ENDPOINT_URL": aws_server.url,
        "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
        "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        "AWS_REGION": REGION,
        "AWS_EC2_METADATA_DISABLED": "true",
        "MOTO_EC2_LOAD_DEFAULT_AMIS": "false",
        "AWS_CONFIG_FILE": "/dev/null",
        "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
    }.items():
        monkeypatch.setenv(name, value)
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_DEFAULT_REGION", "AWS_DEFAULT_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    aws_server.strict.reset()
    return aws_server
