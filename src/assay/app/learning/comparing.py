"""Whether a model of columns would make scans tell better what reviewed columns hold: judged with it, and as they are judged now."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from assay.app.learning.models import learner_of
from assay.app.learning.tuning import records_of, reviewed
from assay.app.reviews.desk import Desk
from assay.app.scan.comparing import Side
from assay.learn.columns import HARMLESS, features_of_columns, shares_of
from assay.learn.linear import LinearModel
from assay.learn.split import content
from assay.model.learning import Sample
from assay.tables.judge import named


class Judged(NamedTuple):
    """What reviewers said that columns hold, what scans would tell with a model, and what they tell with the one in use, or none."""

    said: list[str]
    told: list[str]
    now: list[str]


def judged(desk: Desk, held: Sequence[Sample], model: LinearModel, used: LinearModel | None) -> Judged:
    """Columns of which a model has not seen the content (`held`), each judged in its table."""
    unseen = {content(sample) for sample in held}
    # What ships tells what it does beside either.
    judge = Side.of(desk.governance, desk.identifiers, learner_of(desk.settings)).judge
    found = Judged([], [], [])
    for each in reviewed(desk.catalog):
        features = features_of_columns(each.sketches, each.stored.table)
        measured = [
            sketch.name
            for sketch, told in zip(each.sketches, features, strict=True)
            if sketch.name in each.said and content(Sample(features=told, label="")) in unseen
        ]
        if not measured:
            continue
        each.meanings = judge.meanings(named(each.sketches), each.stored.table)
        each.learned = [shares_of(model, told) for told in features]
        with_it = records_of(judge, each)
        each.learned = [{} if used is None else shares_of(used, told) for told in features]
        without = records_of(judge, each)
        for name in measured:
            found.said.append(each.said[name])
            found.told.append(with_it[name].detected_type or HARMLESS)
            found.now.append(without[name].detected_type or HARMLESS)
    return found
