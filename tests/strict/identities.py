"""Policies of AWS's own, which the emulator has and does not load, since that takes long: each is there once it is attached."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from moto.iam.aws_managed_policies import aws_managed_policies_data
from moto.iam.models import AWSManagedPolicy, iam_backends

from strict.recognised import Request
from strict.state import State


@cache
def _known() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(aws_managed_policies_data)
    return found


def _attached(request: Request, _: State) -> None:
    arn = request.parameters["PolicyArn"]
    held, name = iam_backends[request.account]["aws"], arn.rpartition("/")[2]
    # The whole ARN counts: those for S3 stand at another path than the others.
    if arn in held.managed_policies or name not in _known():
        return
    if arn == f"arn:aws:iam::aws:policy{_known()[name]['Path']}{name}":
        held.managed_policies[arn] = AWSManagedPolicy.from_data(name, request.account, request.region, _known()[name])


CHECKS = {"iam.AttachRolePolicy": _attached}
