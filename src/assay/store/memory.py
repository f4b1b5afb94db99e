"""What the catalog knows already, looked up ahead: one query for a whole source, then many readings at a time."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection

from assay.store.engine import Catalog
from assay.store.stored import Kept, Known, Place, kept, known_of, still_holds
from assay.store.texts import clean
from assay.store.units import source_id

_SOURCES = 64
_MOST_AHEAD = 256


class Memory:
    """State of resources and tables as it was when their source was first asked about.

    Readings are fetched ahead in the order of resources and tables, twice as many each time while they are asked for in
    that order, so that memory is bounded and an unchanged database costs few queries. With `only` nothing is looked up
    but what is about those resources.
    """

    def __init__(self, catalog: Catalog, only: Collection[str] | None = None) -> None:
        self._catalog = catalog
        self._only: dict[str, list[str]] | None = None
        if only is not None:
            self._only = {}
            for resource in only:
                self._only.setdefault(source_id(resource), []).append(clean(resource))
        self._sources: OrderedDict[str, dict[Place, Known]] = OrderedDict()
        self._order: dict[str, tuple[list[Place], dict[Place, int]]] = {}
        self._kept: dict[str, Kept] = {}
        self._next: Place | None = None
        self._ahead = 1

    def known(self, resource: str, table: str | None) -> Known | None:
        """What is known of a place."""
        return self._of_source(source_id(resource)).get(_place(resource, table))

    def kept(self, resource: str, table: str | None) -> Kept | None:
        """What the reading that is known of the place gave; `None` where another has taken its place meanwhile."""
        place = _place(resource, table)
        source = source_id(resource)
        known = self._of_source(source)
        reading = known[place].reading
        if reading not in self._kept:
            self._ahead = min(_MOST_AHEAD, self._ahead * 2) if place == self._next else 1
            places, numbers = self._order[source]
            at = numbers[place]
            ahead = places[at : at + self._ahead]
            with self._catalog.reading() as connection:
                self._kept = kept(connection, [known[item].reading for item in ahead])
            self._next = places[at + len(ahead)] if at + len(ahead) < len(places) else None
        found = self._kept.pop(reading)
        return found if still_holds(found, table) else None

    def _of_source(self, source: str) -> dict[Place, Known]:
        found = self._sources.get(source)
        if found is None:
            with self._catalog.reading() as connection:
                only = None if self._only is None else self._only.get(source, ())
                found = known_of(connection, source, only)
            self._sources[source] = found
            places = list(found)
            self._order[source] = places, {place: number for number, place in enumerate(places)}
            if len(self._sources) > _SOURCES:
                old, _ = self._sources.popitem(last=False)
                del self._order[old]
        return found


def _place(resource: str, table: str | None) -> Place:
    return clean(resource), None if table is None else clean(table)
