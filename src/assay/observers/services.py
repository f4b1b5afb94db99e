"""The services whose resources are discovered, in the order in which they are told."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from assay.model import Asset, Gap
from assay.observers.look import Look


class Service(NamedTuple):
    """A service: its module here, what AWS's library calls it, whether an account has it once and not in each region."""

    module: str
    client: str
    is_global: bool = False


SERVICES: Mapping[str, Service] = {
    "s3": Service("assay.observers.s3", "s3", is_global=True),
    "rds": Service("assay.observers.rds", "rds"),
    "redshift": Service("assay.observers.redshift", "redshift"),
    "redshift-serverless": Service("assay.observers.redshift_serverless", "redshift-serverless"),
    "docdb-elastic": Service("assay.observers.docdb_elastic", "docdb-elastic"),
    "dynamodb": Service("assay.observers.dynamodb", "dynamodb"),
    "glue": Service("assay.observers.glue", "glue"),
    "kinesis": Service("assay.observers.kinesis", "kinesis"),
    "opensearch": Service("assay.observers.opensearch", "opensearch"),
    "ebs": Service("assay.observers.ebs", "ec2"),
}

Observe = Callable[[Look], Iterator[Asset | Gap]]


def observer(service: str) -> Observe:
    """What lists the resources of a service. It raises what the AWS library raises where the list itself is refused."""
    observe: Observe = importlib.import_module(SERVICES[service].module).observe
    return observe


def types(service: str) -> tuple[str, ...]:
    """The types of resources that a service has."""
    found: tuple[str, ...] = importlib.import_module(SERVICES[service].module).TYPES
    return found
