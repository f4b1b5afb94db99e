"""Every control of a standard is an action, a runbook, or neither for a reason; and what plans name is told there."""

from __future__ import annotations

from assay.protect.controls import CONTROLS
from assay.protect.standards import NOT_NAMED, STANDARDS, How

# Of the services that are protected: what the vendor's list has that is looked at here.
IDS = [
    "S3.1",
    "S3.2",
    "S3.3",
    "S3.5",
    "S3.7",
    "S3.8",
    "S3.9",
    "S3.10",
    "S3.11",
    "S3.12",
    "S3.13",
    "S3.14",
    "S3.15",
    "S3.17",
    "S3.20",
    "RDS.1",
    "RDS.2",
    "RDS.3",
    "RDS.4",
    "RDS.5",
    "RDS.6",
    "RDS.7",
    "RDS.8",
    "RDS.9",
    "RDS.10",
    "RDS.11",
    "RDS.12",
    "RDS.13",
    "RDS.15",
    "RDS.16",
    "RDS.17",
    "RDS.26",
    "RDS.27",
    "RDS.34",
    "RDS.35",
    "RDS.36",
    "RDS.37",
    "RDS.38",
    "RDS.39",
    "EC2.1",
    "EC2.3",
    "EC2.7",
    "EC2.28",
    "DynamoDB.2",
    "DynamoDB.4",
    "DynamoDB.6",
    "KMS.3",
    "KMS.4",
    "KMS.5",
]
CIS = ("CIS 2.1.1", "CIS 2.1.2", "CIS 2.1.4", "CIS 3.8", "CIS 3.9")


def named() -> dict[str, set[str]]:
    """By id, the controls of policies that say they satisfy it."""
    found: dict[str, set[str]] = {}
    for control in CONTROLS.values():
        for name in (*control.ids, *(each for ids in control.ids_of.values() for each in ids)):
            found.setdefault(name, set()).add(control.name)
    return found


def test_every_one_is_answered() -> None:
    assert set(IDS) | set(CIS) <= set(STANDARDS)


def test_what_plans_name_is_what_is_told() -> None:
    told = {name: standing.by for name, (_, standing) in STANDARDS.items() if standing.how is not How.OUT_OF_SCOPE}
    found = named()
    assert set(found) == set(told) - NOT_NAMED
    for name, controls in found.items():
        assert told[name] in controls, name


def test_what_is_made_has_something_that_makes_it_and_what_is_not_a_reason() -> None:
    for name, (_, standing) in STANDARDS.items():
        if standing.how is How.OUT_OF_SCOPE:
            assert (standing.by, bool(standing.note)) == ("", True), name
            continue
        control = CONTROLS[standing.by]
        if standing.how is How.ACTION:
            assert control.made_by, name
