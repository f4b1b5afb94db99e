"""How AWS is reached."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """Which credentials, region and endpoint are used; what is `None` comes from the standard environment and profiles.

    It is picklable and holds no secret: each process that uses it goes through the credential chain itself. `role_arn` is
    assumed with those credentials.
    """

    profile: str | None = None
    role_arn: str | None = None
    external_id: str | None = None
    region: str | None = None
    endpoint_url: str | None = None
