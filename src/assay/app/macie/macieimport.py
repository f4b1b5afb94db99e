"""Findings of Macie into the catalog: Macie is one more detector beside ours, so that levels, reviews and tags see what it found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from assay.app.macie.macieevidence import MacieEvidence
from assay.app.reviews import queueing
from assay.app.scan.recording import Recording, begin
from assay.aws.session import Calls, Session
from assay.macie.findings import finding_of
from assay.macie.mapping import TypeMapping
from assay.model import Classification, Coverage, Finding, Governance, Identifier, Level, Summary
from assay.model.macie import MacieFinding
from assay.review.triage import Surroundings
from assay.sources import macie as source
from assay.store import levels, macie
from assay.store.engine import Catalog

if TYPE_CHECKING:
    from sqlalchemy import Connection

COMMAND = "aws macie import"
CALLS: Calls = source.CALLS


@dataclass(slots=True, kw_only=True)
class Imported:
    """What an import did. `changed` counts findings that are new or another than before; `raised` objects of ours whose level
    or identifiers grew, `added` objects that we had never read; `outdated` findings were of another state of their object.
    `unknown` counts types that stand in no table, `missing` are ids that Macie listed and did not tell."""

    told: int = 0
    changed: int = 0
    archived: int = 0
    samples: int = 0
    others: int = 0
    objects: int = 0
    added: int = 0
    raised: int = 0
    outdated: int = 0
    questions: int = 0
    by_identifier: Counter[str] = field(default_factory=Counter)
    unknown: Counter[str] = field(default_factory=Counter)
    missing: list[str] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class Importing:
    """Imports into `catalog` under its configuration and its reviewers' decisions."""

    catalog: Catalog
    mapping: TypeMapping
    identifiers: Sequence[Identifier]
    governance: Governance
    second_from: Level | None
    actor: str

    def run(self, session: Session, *, since: datetime | None = None, buckets: Sequence[str] = ()) -> Imported:
        """Imports all that there is, or that was updated at `since` or later. Raises `AwsError`; what was told before is kept."""
        account = session.account()
        recording = begin(
            self.catalog,
            [f"{macie.TARGET}:{account}/{session.region or ''}"],
            ruleset=macie.TARGET,
            governance=self.governance.digest,
            actor=self.actor,
        )
        done = Imported()
        try:
            touched = self._kept(session, since, buckets, done)
            self._conclude(recording, touched, done)
        except BaseException:
            recording.abandon()
            raise
        recording.finish(_summary(recording, done), all_tables=False)
        return done

    def _kept(self, session: Session, since: datetime | None, buckets: Sequence[str], done: Imported) -> list[str]:
        """Keeps all findings as they are told. Returns the objects that they are about."""
        touched: dict[str, None] = {}
        for told in source.findings(session, since=since, buckets=buckets):
            found = [finding_of(each) for each in told.findings]
            known = [each for each in found if each is not None]
            with self.catalog.transaction() as connection:
                done.changed += len(macie.keep(connection, known))
            done.told += len(known)
            done.others += len(found) - len(known)
            done.missing += told.missing
            for each in known:
                done.archived += each.archived
                done.samples += each.sample
                self._count(each, done)
                if each.counts:
                    touched[each.resource] = None
        return list(touched)

    def _count(self, finding: MacieFinding, done: Imported) -> None:
        if not finding.counts:
            return
        for detection in finding.detections:
            meaning = self.mapping.meaning(detection)
            done.by_identifier[meaning.identifier.name] += 1
            if not meaning.known:
                done.unknown[detection.type] += 1

    def _conclude(self, recording: Recording, touched: Sequence[str], done: Imported) -> None:
        around = Surroundings(review_below=partial(_review_below, self.governance), imported=True)
        filling = queueing.begin(
            self.catalog,
            identifiers=self.identifiers,
            governance=self.governance,
            second_from=self.second_from,
            run=recording.run,
            around=lambda _resource: around,
        )
        evidence = MacieEvidence(
            catalog=self.catalog,
            mapping=self.mapping,
            identifiers={each.name: each for each in self.identifiers},
            decisions=filling.decisions,
        )
        for resource in touched:
            new, now = self._settled(evidence, recording, resource, done)
            if now is None:
                continue
            done.objects += 1
            for finding in new:
                filling.take(finding)
            # What else is asked about the object is not looked at here, and stays.
            filling.take(replace(now, coverage=replace(now.coverage, complete=False)))
        filling.flush()
        done.questions = filling.asked

    def _settled(
        self, evidence: MacieEvidence, recording: Recording, resource: str, done: Imported
    ) -> tuple[list[Finding], Classification | None]:
        """What Macie found that we did not, and what is concluded of the object now; nothing where Macie says nothing of it."""
        with self.catalog.transaction() as connection:
            known = levels.known_of(connection, resource)
            said = evidence.of(connection, resource, None if known is None else macie.etag_of(known.change))
            done.outdated += said.outdated
            if said.classification is None:
                return [], None
            if known is not None:
                return self._raised(connection, known, said.findings, said.classification, recording, done)
        for finding in said.findings:
            recording.take(finding)
        recording.take(said.classification)
        done.added += 1
        return said.findings, said.classification

    def _raised(
        self,
        connection: Connection,
        known: levels.Concluded,
        findings: Sequence[Finding],
        said: Classification,
        recording: Recording,
        done: Imported,
    ) -> tuple[list[Finding], Classification]:
        new = [each for each in findings if each.identifier not in known.classification.identifiers]
        both = levels.raised(known.classification, said)
        if both is None:
            return new, known.classification
        now = replace(both, coverage=known.classification.coverage)
        levels.keep(connection, known, now, run=recording.run)
        macie.add(connection, known.reading, new)
        done.raised += 1
        return new, now


def _review_below(governance: Governance, category: str) -> float:
    return governance.threshold(category, "REVIEW")


def _summary(recording: Recording, done: Imported) -> Summary:
    return Summary(
        target=recording.asked.targets[0],
        level=Level.UNCLASSIFIED,
        resources=done.objects,
        findings=done.told,
        gaps=len(done.missing),
        skips=0,
        seconds=0.0,
        bytes_read=0,
        by_level={},
        by_identifier=dict(done.by_identifier),
        test_values_ignored=done.samples,
        suppressed=done.archived,
        coverage=Coverage(complete=False),
        because="what Macie found",
    )
