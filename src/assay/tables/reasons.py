"""Why a column is, or is not, held to be sensitive: a sentence."""

from __future__ import annotations

from collections.abc import Sequence

from assay.model import ColumnSketch
from assay.tables.composite import Judged

_NAMES = 3


def reason(sketch: ColumnSketch, best: Judged, held: Sequence[Judged], alike: Sequence[Judged] = ()) -> str:
    """Why it is: what its values say, what its name says, what else it holds; `alike` is what it may be as well."""
    parts = []
    vote = best.vote
    if sketch.is_empty:
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
    others = [item for item in held[1:] if item.vote is not None and item.vote.hits]
    if alike:
        parts.append(f"says as much of {_listed(alike)}")
    if others:
        parts.append("also " + ", ".join(f"{item.vote.hits:,} {item.name}" for item in others[:3] if item.vote))
    return " and ".join(parts)


def harmless_reason(sketch: ColumnSketch, judged: Sequence[Judged]) -> str:
    """Why it is not."""
    if sketch.fields:
        return f"holds documents, whose {sketch.fields:,} fields are judged each"
    if not sketch.filled:
        return _of_nothing(judged)
    if sketch.test_values:
        return f"only test values ({sketch.test_values:,}) among {sketch.filled:,} values"
    chance = [item.name for item in judged if item.vote is not None and item.vote.because == "chance"]
    if chance:
        return f"values match {', '.join(chance[:3])} no more often than chance"
    if any(item.vote is not None and item.vote.because == "firms" for item in judged):
        return "values are names of firms, some of which are called after persons"
    hinted = [item.name for item in judged if item.hint is not None]
    if hinted:
        some = max((item.vote.hits for item in judged if item.vote is not None), default=0)
        count = f"only {some:,} values" if some else "no value"
        return f"the name suggests {', '.join(hinted[:3])}, but {count} of {sketch.filled:,} agree{'' if some else 's'}"
    if judged:
        best = judged[0]
        return f"the values are too little like {best.name} ({best.score:.0%})"
    return f"no identifier matches its name or enough of its {sketch.filled:,} values"


def _of_nothing(judged: Sequence[Judged]) -> str:
    unsure = [item for item in judged if item.unsure]
    if not unsure:
        return "no values"
    word = f"'{unsure[0].hint}'"
    return f"no values yet, and {word} in its name may be short for {_listed(unsure)} or something else; look when it is filled"


def _listed(items: Sequence[Judged]) -> str:
    names = [item.name for item in items]
    return ", ".join(names[:_NAMES]) + (f" and {len(names) - _NAMES} others" if len(names) > _NAMES else "")
