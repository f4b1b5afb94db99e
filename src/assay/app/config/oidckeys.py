"""The settings of signing in by an identity provider."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from assay.app.config.keys import Key, WrongError, as_it_is, texts


def _issuer(value: Any, base: Path) -> str:
    from assay.app.identity.oidc import check_issuer  # only where one is written

    text = _text(value, base)
    _checked(text, check_issuer)
    return text


def _text(value: Any, _base: Path) -> str:
    if not isinstance(value, str) or not value.strip():
        raise WrongError("must be a text in quotes")
    return value


def _roles(value: Any, base: Path) -> tuple[str, ...]:
    from assay.app.identity.oidc import roles_of  # only where some are written

    found = texts(value, base)
    _checked(found, roles_of)
    return found


def _checked(value: Any, check: Callable[[Any], object]) -> None:
    from assay.errors import ReviewError, UsageError

    try:
        check(value)
    except (UsageError, ReviewError) as error:
        raise WrongError(str(error) if isinstance(value, str) else f"holds what is none: {error}") from None


def _apart(text: str) -> list[str]:
    """The items of a list in a variable: scopes have colons in them."""
    return [part for part in map(str.strip, text.split(";")) if part]


OIDC_KEYS = (
    Key(
        name="oidc_issuer",
        kind="URL",
        help="An identity provider (OpenID Connect) by which people sign in at the desk.",
        default="not set",
        parse=_issuer,
        from_text=as_it_is,
    ),
    Key(
        name="oidc_client_id",
        kind="text",
        help="What the provider calls the desk.",
        default="assay",
        parse=_text,
        from_text=as_it_is,
    ),
    Key(
        name="oidc_claim",
        kind="text",
        help="The claim that says to which groups somebody belongs.",
        default="groups",
        parse=_text,
        from_text=as_it_is,
    ),
    Key(
        name="oidc_name_claim",
        kind="text",
        help="The claim that is somebody's name here.",
        default="email",
        parse=_text,
        from_text=as_it_is,
    ),
    Key(
        name="oidc_roles",
        kind="list of VALUE=ROLE@SCOPE",
        help="What groups may do, e.g. data-team=steward@s3://lake/* or admins=admin; who is in none of them is not let in. "
        "In a variable several are separated by semicolons.",
        default="[]",
        parse=_roles,
        from_text=_apart,
    ),
)
