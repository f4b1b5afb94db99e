"""Policy documents of AWS: their statements in one form, and what of them is protection's own.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
"""

from __future__ import annotations

from typing import Any

OWN = "Assay"
"""How the Sid of a statement begins that protection added to what others wrote."""


def statements_of(policy: Any) -> list[dict[str, Any]]:
    """The statements of a policy, of which one alone may stand without a list.

    >>> statements_of({"Statement": {"Effect": "Deny"}})
    [{'Effect': 'Deny'}]
    """
    found = policy.get("Statement", []) if isinstance(policy, dict) else []
    return [each for each in (found if isinstance(found, list) else [found]) if isinstance(each, dict)]


def is_own(statement: dict[str, Any]) -> bool:
    """Whether protection added a statement."""
    return str(statement.get("Sid", "")).startswith(OWN)


def without_own(policy: Any) -> Any:
    """A policy as others wrote it; `None` where they wrote nothing."""
    if not isinstance(policy, dict):
        return policy
    statements = [each for each in statements_of(policy) if not is_own(each)]
    return {**policy, "Statement": statements} if statements else None


def plain(statement: Any) -> Any:
    """A statement in one form: lists of one are what they hold, and others are in order.

    >>> plain({"Action": ["s3:*"], "Resource": ["b", "a"]})
    {'Action': 's3:*', 'Resource': ['a', 'b']}
    """
    if isinstance(statement, dict):
        return {key: plain(value) for key, value in statement.items()}
    if isinstance(statement, list):
        inner = [plain(each) for each in statement]
        return inner[0] if len(inner) == 1 else sorted(inner, key=str)
    return statement


def texts_of(value: Any) -> list[str]:
    """What may be a text or a list of texts, as a list."""
    if value is None:
        return []
    return [str(each) for each in value] if isinstance(value, list) else [str(value)]
