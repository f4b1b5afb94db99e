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


class Told:
    """Whose what has an address is, as one resource after the other tells it.

    The first of the tags that say whose something is counts. Several resources may lead to one: the first that has an owner counts, and
    where the tags of one of them could not be read, that nobody has it is not known.
    """

    def __init__(self) -> None:
        self._owners: dict[str, str] = {}
        self._unread: set[str] = set()

    def take(self, found: EstateAsset) -> None:
        """What the tags of a resource say of all that it leads to."""
        if found.asset is None:
            return
        owner = next((each for each in (found.owners or {}).values() if each.strip()), "")
        for uri in found.asset.uris:
            self._owners[uri] = self._owners.get(uri) or owner
        if found.owners is None:
            self._unread.update(found.asset.uris)

    @property
    def owners(self) -> dict[str, str]:
        """The owner of each by its URI, empty for nobody; what is not known is not there."""
        return {uri: owner for uri, owner in self._owners.items() if owner or uri not in self._unread}


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
    told = Told()
    resources = gaps = 0
    for found in discover(asked, catalog=None, ages=Ages()):
        if isinstance(found, EstateAsset):
            told.take(found)
            resources += 1
        elif isinstance(found, EstateSummary):
            gaps = found.gaps
    changed, refused = owners_of_tags(desk.catalog, told.owners, by=by, redact=desk.redact)
    return Kept(changed, refused, resources, gaps)
