"""What Macie told of an object, beside what we found in it: its findings count under the same decisions, and only ever raise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

from sqlalchemy import Connection

from assay.app.reviews.decisions import Decisions
from assay.macie.evidence import concluded, evidence_of, identifiers_in, standing
from assay.macie.mapping import TypeMapping
from assay.model import Classification, Finding, Identifier
from assay.store import macie
from assay.store.engine import Catalog
from assay.store.levels import raised


class Said(NamedTuple):
    """What Macie's findings say of an object as it is: a finding for each identifier, and what follows. `outdated` were of
    another state of the object than the one that we know."""

    findings: list[Finding]
    classification: Classification | None
    outdated: int


@dataclass(frozen=True, kw_only=True)
class MacieEvidence:
    """Macie's findings in a catalog, ready for a run under `decisions`."""

    catalog: Catalog
    mapping: TypeMapping
    identifiers: Mapping[str, Identifier]
    decisions: Decisions

    def of(self, connection: Connection, resource: str, etag: str | None) -> Said:
        """What is said of an object whose ETag is `etag`, if that is known."""
        told = macie.of_resource(connection, resource)
        found = standing(told, etag)
        outdated = sum(each.counts for each in told) - len(found)
        if not found:
            return Said([], None, outdated)
        evidence, counts = evidence_of(resource, found, self.mapping)
        settled = self.decisions.on_findings(evidence)
        if not settled:
            return Said([], None, outdated)
        known = identifiers_in(found, self.mapping, self.identifiers)
        # A reviewer may have given it another name.
        counted = {each.identifier: counts.get(each.identifier, 1) for each in settled}
        said = self.decisions.on_classification(concluded(resource, settled, counted, known))
        return Said(settled, said, outdated)

    def beside(self, own: Classification, change: str | None) -> tuple[list[Finding], Classification]:
        """Our own conclusion with what Macie found besides, and its findings of what we did not find."""
        with self.catalog.reading() as connection:
            said = self.of(connection, own.resource, macie.etag_of(change))
        if said.classification is None:
            return [], own
        both = raised(own, said.classification)
        if both is None:
            return [], own
        new = [each for each in said.findings if each.identifier not in own.identifiers]
        return new, replace(both, coverage=own.coverage)
