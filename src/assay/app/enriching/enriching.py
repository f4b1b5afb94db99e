"""Describes resources: what is known of each is gathered, a model is asked or rules are, and what they say is kept."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from assay.app.enriching.asking import OVER, Asker, Outcome
from assay.app.enriching.gathering import Gathering
from assay.app.threads import Threads, in_order
from assay.enrich import answers, prompts, rules
from assay.model.enrichment import Enrichment, Facts, Used, asking_key
from assay.store import enrichments
from assay.store.engine import Catalog

_AT_ONCE = 4
_SCHEMA = "1"
"""Grows when the form of answers changes."""


@dataclass(slots=True, kw_only=True)
class _Turn:
    """One resource on its way."""

    facts: Facts
    resource: str
    key: str
    told: Enrichment | None = None


@dataclass(kw_only=True)
class Enriching:
    """Describes resources of a catalog, for `actor`. Without an `asker` rules do. `mask` clears a text of values, of one thread
    at a time; `titles` are what identifiers are called; `reserved` names of tags that say what a level is."""

    catalog: Catalog
    gathering: Gathering
    asker: Asker | None
    mask: Callable[[str], str]
    titles: Mapping[str, str]
    reserved: tuple[str, ...]
    actor: str
    ask_people: Callable[[str], None] = field(default=lambda _resource: None)

    def describe(self, resources: Iterable[str], *, again: bool = False) -> Iterator[Enrichment]:
        """Each resource's description, in order, kept in the catalog. One that was described by the same facts is not asked
        about once more, unless `again` says so. Raises `UsageError` for what the catalog does not know."""
        turns = (self._turn(resource, again=again) for resource in resources)
        threads = Threads(_AT_ONCE, "assay-enrich")
        try:
            for turn in in_order(threads, turns, self._ask, _AT_ONCE):
                yield self._kept(turn)
        finally:
            threads.stop()

    def request(self, resource: str) -> prompts.Asking:
        """What would be sent about a resource."""
        return prompts.asking(self.gathering.of(resource))

    def _turn(self, resource: str, *, again: bool) -> _Turn:
        facts = self.gathering.of(resource)
        whom = ("rules", "") if self.asker is None else (self.asker.enricher.name, self.asker.enricher.model)
        key = asking_key(*whom, prompts.prompt().version, _SCHEMA, facts.document())
        turn = _Turn(facts=facts, resource=resource, key=key)
        if not again:
            with self.catalog.reading() as connection:
                known = enrichments.of(connection, resource)
            # Rules that stood in for a model that failed are no answer of it.
            if known is not None and known.key == key and (self.asker is None or known.source == "model"):
                turn.told = replace(known, source="cache" if known.source == "model" else known.source)
        return turn

    def _ask(self, turn: _Turn) -> None:
        """Fills in what is said of it; in a thread, so that only the model is waited for here."""
        if turn.told is not None:
            return
        outcome = Outcome(None, Used(), ()) if self.asker is None else self.asker.ask(turn.facts, self._hear)
        said, source = outcome.description, "model"
        by_rules = rules.describe(turn.facts, self.titles)
        if said is None:
            said, source = by_rules, "rules"
        elif not said.summary:
            said = replace(said, summary=by_rules.summary)
        enricher = None if self.asker is None else self.asker.enricher
        is_asked = source == "model" or outcome.used.requests > 0 or OVER in outcome.problems
        turn.told = Enrichment(
            resource=turn.resource,
            key=turn.key,
            source=source,
            description=said,
            provider="" if enricher is None or not is_asked else enricher.name,
            model="" if enricher is None or not is_asked else enricher.model,
            prompt=prompts.prompt().version if source == "model" else "",
            used=outcome.used,
            problems=outcome.problems,
        )

    def _hear(self, answer: str | Mapping[str, Any], facts: Facts) -> answers.Heard:
        return answers.heard(answer, facts, mask=self.mask, reserved=self.reserved)

    def _kept(self, turn: _Turn) -> Enrichment:
        told = turn.told
        assert told is not None, "each was asked about"
        if told.source != "cache" and not told.at:
            with self.catalog.transaction() as connection:
                enrichments.keep(connection, told, actor=self.actor)
            self.ask_people(turn.resource)
        return told


def asking_people(desk_begin: Callable[[], Any], catalog: Catalog) -> Callable[[str], None]:
    """What puts what a description names as missed into the queue, and takes back what it no longer names."""
    return partial(_asked, desk_begin, catalog)


def _asked(begin: Callable[[], Any], catalog: Catalog, resource: str) -> None:
    from assay.store import lookups

    with catalog.reading() as connection:
        known = lookups.classification_now(connection, resource)
    if known is not None:
        filling = begin()
        filling.ask_about(known)
        filling.flush()
