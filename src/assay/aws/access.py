"""How AWS is reached."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """Which credentials, region and endpoint are used; what is `None` comes from the standard environment and profiles.

    It is picklable and holds no secret: each process that uses it goes through the credential chain itself. `role_arn` is
    assumed with those credentials, and each role of `then`, with its external id, with those of the one before.
    """

    profile: str | None = None
    role_arn: str | None = None
    external_id: str | None = None
    region: str | None = None
    endpoint_url: str | None = None
    then: tuple[tuple[str, str | None], ...] = ()

    @property
    def roles(self) -> tuple[tuple[str, str | None], ...]:
        """The roles that are assumed, one after the other, each with its external id."""
        return self.then if self.role_arn is None else ((self.role_arn, self.external_id), *self.then)

    def assuming(self, role_arn: str, external_id: str | None) -> Access:
        """The same, and a role that is assumed last."""
        return replace(self, then=(*self.then, (role_arn, external_id)))
