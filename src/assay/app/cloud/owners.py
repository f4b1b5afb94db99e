"""Whose resources are, as the tags of an account have it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from assay.app.cloud.covering import Ages
from assay.app.cloud.discovering import Wanted
from assay.app.cloud.estate import Asked, discover
from assay.app.reviews.glossary import owners_of_tags
from assay.aws.access import Access
from assay.model import EstateAsset, EstateSummary

if TYPE_CHECKING:
    from assay.app.reviews.desk import Desk


class Kept(NamedTuple):
    """How many scopes have another owner now, how many tags were not taken, and of how many resources; and what could not be listed."""

    changed: int
    refused: int
    resources: int
    gaps: int


def told_by(found: EstateAsset) -> dict[str, str]:
    """The owner of a resource by its URIs: the first of the tags that say whose something is, or nobody. Where its tags could not be read
    nothing is known, and nothing is told."""
    if found.asset is None or found.owners is None:
        return {}
    owner = next((each for each in found.owners.values() if each.strip()), "")
    return dict.fromkeys(found.asset.uris, owner)


def keep_owners(desk: Desk, *, regions: Sequence[str], by: str, access: Access | None = None) -> Kept:
    """Lists the account whose rights this process has, and writes whose its resources are. Nothing of it is changed. Raises `AwsError`."""
    wanted = Wanted(regions=tuple(dict.fromkeys(regions)))
    settings = desk.settings
    asked = Asked(
        access=access or Access(),
        wanted=wanted,
        owner_tags=settings.owner_tags,
        classification_tags=settings.classification_tags,
    )
    owners: dict[str, str] = {}
    resources = gaps = 0
    for found in discover(asked, catalog=None, ages=Ages()):
        if isinstance(found, EstateAsset):
            owners |= told_by(found)
            resources += 1
        elif isinstance(found, EstateSummary):
            gaps = found.gaps
    changed, refused = owners_of_tags(desk.catalog, owners, by=by, redact=desk.redact)
    return Kept(changed, refused, resources, gaps)
