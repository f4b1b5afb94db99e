"""Why a column is, or is not, held to be sensitive: a sentence."""

from __future__ import annotations

from collections.abc import Sequence

from assay.model import ColumnSketch
from assay.tables.composite import Judged


def reason(sketch: ColumnSketch, best: Judged, held: Sequence[Judged]) -> str:
    """Why it is: what its values say, what its name says, what else it holds."""
    parts = []
    vote = best.vote
    if not sketch.filled:
        parts.append("it holds no values yet")
    elif vote is not None and vote.because == "lists":
        parts.append(
            f"{vote.hits:,} of {sketch.features.cells:,} values looked at are like {best.name} in lists of names"
        )
    elif vote is not None and vote.because == "test values":
        parts.append(f"{vote.hits:,} of {sketch.filled:,} values are documented test values of {best.name}")
    elif vote is not None and vote.because == "letters":
        parts.append(f"{vote.hits:,} of {sketch.features.cells:,} values looked at are words, as {best.name} is")
    elif vote is not None and vote.because == "check digits":
        parts.append(f"all {sketch.features.cells:,} values looked at have the check digits of {best.name}")
    elif vote is not None:
        parts.append(f"{vote.hits:,} of {sketch.filled:,} values ({vote.hits / sketch.filled:.1%}) are {best.name}")
    if best.hint is not None:
        worked_out = "" if best.scores.get("rule", 0.0) >= 1.0 else ", written out or weighted down,"
        parts.append(f"the column's name{worked_out} says '{best.hint}'")
    if best.scores.get("semantic"):
        parts.append(f"its name means {best.category} data ({best.scores['semantic']:.0%})")
    if best.scores.get("ml"):
        parts.append(f"the learned model says so ({best.scores['ml']:.0%})")
    others = [item for item in held[1:] if item.vote is not None]
    if others:
        parts.append("also " + ", ".join(f"{item.vote.hits:,} {item.name}" for item in others[:3] if item.vote))
    return " and ".join(parts)


def harmless_reason(sketch: ColumnSketch, judged: Sequence[Judged]) -> str:
    """Why it is not."""
    if not sketch.filled:
        return "no values"
    if sketch.fields:
        return f"holds documents, whose {sketch.fields:,} fields are judged each"
    if sketch.test_values:
        return f"only test values ({sketch.test_values:,}) among {sketch.filled:,} values"
    chance = [item.name for item in judged if item.vote is not None and item.vote.because == "chance"]
    if chance:
        return f"values match {', '.join(chance[:3])} no more often than chance"
    hinted = [item.name for item in judged if item.hint is not None]
    if hinted:
        some = max((item.vote.hits for item in judged if item.vote is not None), default=0)
        count = f"only {some:,} values" if some else "no value"
        return f"the name suggests {', '.join(hinted[:3])}, but {count} of {sketch.filled:,} agree{'' if some else 's'}"
    if judged:
        best = judged[0]
        return f"the values are too little like {best.name} ({best.score:.0%})"
    return f"no identifier matches its name or enough of its {sketch.filled:,} values"
