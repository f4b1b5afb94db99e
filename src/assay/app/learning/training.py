"""Training, measuring and promoting models from what the catalog has."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta

from assay.app.learning.comparing import judged
from assay.app.learning.samples import samples_of
from assay.app.learning.versions import SHIPPED, Pointer, Versions
from assay.app.reviews.desk import Desk
from assay.errors import UsageError
from assay.learn.evaluate import Compared, CrossValidated, Evaluation, compare, cross_validation, evaluate
from assay.learn.kinds import COLUMN_TYPE, DOCUMENT_TYPE
from assay.learn.linear import LinearModel
from assay.learn.modelfile import ModelCard, read
from assay.learn.shipped import shipped
from assay.learn.split import fingerprint, hold_out
from assay.learn.train import check, cross_validated, train
from assay.model.learning import Attribution, Sample
from assay.model.review import JUDGED
from assay.store import audit, learning, reviews
from assay.store.engine import Catalog

TOP = 20
_SEED = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Data:
    """What was learned from, and what was measured with: `held` was not seen in training."""

    kept: list[Sample]
    held: list[Sample]
    contradicted: int
    provenance: Counter[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """A version, measured on samples that it had not seen, and against the one in use on the same samples.

    `against` is the version in use; where there is none, what is told most often is told of everything. Of columns it is what scans
    tell now, which other methods tell, too.
    """

    kind: str
    version: str
    evaluation: Evaluation
    against: str
    compared: Compared
    top: dict[str, list[Attribution]]
    data: Data
    crossed: CrossValidated | None = None
    is_used: bool = False

    @property
    def advice(self) -> str:
        """What to do, in words."""
        if self.is_used:
            return "in use; nothing was compared, as it is the one that others are measured against"
        change = f"{self.compared.difference:+.3f} in macro-F1 ({self.compared.interval[0]:+.3f} to {self.compared.interval[1]:+.3f})"
        if self.compared.better:
            return f"better than {self.against} beyond noise: {change}; promote it with 'assay learn promote {self.version}'"
        if self.compared.worse:
            return f"worse than {self.against}: {change}; do not promote it"
        return f"not better than {self.against} beyond noise: {change}; review more, and train again"


def data_of(desk: Desk, kind: str) -> Data:
    """What there is to learn from, of as many days as are set. Raises `UsageError` where it is too little."""
    days = desk.settings.learn_days
    since = datetime.now(UTC) - timedelta(days=days) if days else None
    samples, contradicted = samples_of(desk.catalog, kind, since)
    if not samples:
        raise UsageError(
            f"nothing to learn {kind} from{f' in {days} days' if days else ''}: decide questions with 'assay review', or say what documents are with 'assay learn label'"
        )
    check(samples)
    kept, held = hold_out(samples, seed=_SEED)
    check(kept)
    # Only what people or Macie said measures anything.
    judged = [sample for sample in held if sample.provenance != "automatic"]
    if not judged:
        raise UsageError("of what was held out nothing was decided by a person: decide more before training")
    return Data(
        kept=kept,
        held=judged,
        contradicted=contradicted,
        provenance=Counter(sample.provenance for sample in samples),
    )


def in_use(versions: Versions, kind: str) -> tuple[str, LinearModel | None]:
    """The version in use and its model; `None` where none was promoted and none ships."""
    pointer = versions.pointer(kind)
    if pointer.current != SHIPPED:
        return pointer.current, versions.load(kind, pointer.current)[0]
    data = shipped(kind)
    return SHIPPED, None if data is None else read(data)[0]


def trained(desk: Desk, versions: Versions, kind: str, *, note: str = "") -> Measured:
    """Trains a version, measures it on what was held out, and keeps it. It is not used before it is promoted."""
    catalog = desk.catalog
    data = data_of(desk, kind)
    parent, base = in_use(versions, kind)
    model = train(data.kept, base=base, seed=_SEED)
    found = evaluate(model, data.held)
    against, compared = _against(desk, kind, data, model, found, parent, base)
    crossed = cross_validation(*cross_validated(data.kept, base=base, seed=_SEED))
    card = ModelCard(
        kind=kind,
        fingerprint=fingerprint([*data.kept, *data.held]),
        samples=len(data.kept) + len(data.held),
        metrics={
            "macro_f1": found.macro_f1,
            "interval": found.interval,
            "ece": found.ece,
            "held_out": found.samples,
            "cross_validated": None if crossed is None else [crossed.macro_f1, *crossed.interval],
            "decisions": decisions(catalog, kind),
            "against": against,
            "difference": compared.difference,
            "difference_interval": compared.interval,
            "labels": dict(Counter(sample.label for sample in data.kept)),
            "provenance": dict(data.provenance),
        },
        parent=parent,
        made_at=datetime.now(UTC).isoformat(timespec="seconds"),
        note=note,
    )
    version = versions.add(model, card)
    return Measured(
        kind=kind,
        version=version,
        evaluation=found,
        against=against,
        compared=compared,
        top=_top(model),
        data=data,
        crossed=crossed,
    )


def decisions(catalog: Catalog, kind: str) -> int:
    """How many decisions of people there are for a kind of model."""
    with catalog.reading() as connection:
        if kind == DOCUMENT_TYPE:
            return learning.labelled(connection)
        kinds = ("column",) if kind == COLUMN_TYPE else ("resource", "finding")
        return reviews.number_of(connection, states=JUDGED, kinds=kinds)


def waiting(catalog: Catalog, versions: Versions, kind: str) -> int:
    """How many decisions of people there are that the newest version of a kind was not trained with."""
    newest = next((card for _, card in versions.all() if isinstance(card, ModelCard) and card.kind == kind), None)
    known = 0 if newest is None else int(newest.metrics.get("decisions", 0))
    return max(0, decisions(catalog, kind) - known)


def measured(desk: Desk, versions: Versions, kind: str, version: str) -> Measured:
    """A version as it does on what is held out now."""
    data = data_of(desk, kind)
    parent, base = in_use(versions, kind)
    if version == SHIPPED:
        shipped_model = shipped(kind)
        if shipped_model is None:
            raise UsageError(f"no model of {kind} ships; train one with 'assay learn train {kind}'")
        model = read(shipped_model)[0]
    else:
        model = versions.load(kind, version)[0]
    found = evaluate(model, data.held)
    against, compared = _against(desk, kind, data, model, found, parent, base)
    return Measured(
        kind=kind,
        version=version,
        evaluation=found,
        against=against,
        compared=compared,
        top=_top(model),
        data=data,
        is_used=version == parent,
    )


def promoted(
    desk: Desk, versions: Versions, kind: str, version: str, *, actor: str, force: bool, canary: float | None
) -> tuple[Pointer, Measured | None]:
    """Has a version used, if it is better beyond noise than the one in use on what is held out now, or if it is forced."""
    outcome = None
    before = versions.pointer(kind)
    if version == before.current:
        raise UsageError(f"{version} is in use already")
    if not force:
        outcome = measured(desk, versions, kind, version)
        if not outcome.compared.better:
            raise UsageError(f"{version} is {outcome.advice}; --force promotes it all the same, and is audited")
    after = (
        versions.promote(kind, version, seen=before)
        if canary is None
        else versions.try_out(kind, version, canary, seen=before)
    )
    _audit(desk.catalog, actor, before, after, {"forced": force})
    return after, outcome


def rolled_back(catalog: Catalog, versions: Versions, kind: str, *, actor: str) -> Pointer:
    """Has the version used that was in use before."""
    before = versions.pointer(kind)
    after = versions.roll_back(kind)
    _audit(catalog, actor, before, after, {"rollback": True})
    return after


def _audit(catalog: Catalog, actor: str, before: Pointer, after: Pointer, details: dict[str, object]) -> None:
    with catalog.transaction() as connection:
        audit.append(
            connection,
            actor=actor,
            action="CONFIG_CHANGE",
            details={"model": after.kind, **details},
            before=_told(before),
            after=_told(after),
        )


def _told(pointer: Pointer) -> dict[str, object]:
    return {name: value for name, value in asdict(pointer).items() if name != "before"}


def _against(
    desk: Desk,
    kind: str,
    data: Data,
    model: LinearModel,
    found: Evaluation,
    parent: str,
    base: LinearModel | None,
) -> tuple[str, Compared]:
    """What a model is measured against, and how far it is better than that."""
    labels = [sample.label for sample in data.held]
    if kind == COLUMN_TYPE:
        # It is one method beside others: what counts is what scans tell with it.
        scans = judged(desk, data.held, model, base)
        against = "what scans tell now" if base is None else f"what scans tell with {parent}"
        return against, compare(scans.said, scans.told, scans.now)
    if base is not None:
        return parent, compare(labels, found.told, evaluate(base, data.held).told)
    most = Counter(sample.label for sample in data.kept).most_common(1)[0][0]
    return "telling always the same", compare(labels, found.told, [most] * len(labels))


def _top(model: LinearModel) -> dict[str, list[Attribution]]:
    return {label: model.top(label, TOP) for label in model.labels}
