"""Why a column is, or is not, held to be sensitive: a sentence that somebody who knows the data, and not this program, reads."""

from __future__ import annotations

from collections.abc import Sequence

from assay.model import ColumnSketch
from assay.tables.composite import Judged

_ANY_NAME = "name:"
_RARE = 0.15
_NAMES = 3
_BY_LISTS = {
    "PERSON_NAME": "are on lists of names of persons",
    "DOB": "are dates on which adults were born, in a table of persons' data",
    "ADDRESS": "are written as streets and house numbers are",
    "DIAGNOSIS": "have words of diagnoses",
    "MEDICATION": "have names of medicines",
    "MEDICAL_PROCEDURE": "have words of medical procedures",
    "ICD_CODE": "are codes of the ICD",
    "VEHICLE_ID": "are written as vehicle identification numbers are",
    "USERNAME": "are written as log-in names are",
}


def reason(
    sketch: ColumnSketch,
    best: Judged,
    held: Sequence[Judged],
    alike: Sequence[Judged] = (),
    rival: Judged | None = None,
) -> str:
    """Why it is: what its values say, what its name says, what else it holds.

    `alike` is what the name of an empty column may say as well; `rival` is as likely, and of another category.
    """
    parts = [_of_values(sketch, best)]
    if best.hint is not None:
        in_part = "" if best.scores.get("rule", 0.0) >= 1.0 else ", written out or with its table's,"
        parts.append(f"the column's name{in_part} says '{_word(best.hint)}'")
    if best.scores.get("semantic"):
        parts.append(f"the meaning of its name is near to that of {best.name} ({best.scores['semantic']:.0%})")
    if best.scores.get("ml"):
        parts.append(f"the learned model says so ({best.scores['ml']:.0%})")
    others = [item for item in held[1:] if item.vote is not None and item.vote.hits]
    if alike:
        parts.append(f"says as much of {_listed(alike)}")
    if others:
        parts.append("also " + ", ".join(f"{item.vote.hits:,} {item.name}" for item in others[:3] if item.vote))
    told = " and ".join(part for part in parts if part)
    return told if rival is None else f"{told}; {rival.name} is nearly as likely"


def _of_values(sketch: ColumnSketch, best: Judged) -> str:
    vote, cells = best.vote, sketch.features.cells
    if sketch.is_empty:
        return "it holds no values yet"
    if vote is None:
        return ""
    some = f"{vote.hits:,} of {cells:,} values looked at"
    if vote.because == "lists":
        return f"{some} {_BY_LISTS.get(best.name, f'are like {best.name} in lists')}"
    if vote.because == "letters":
        return f"{some} are words and no numbers or codes"
    if vote.because == "check digits":
        return f"all {cells:,} values looked at have the check digits of {best.name}"
    of = f"{vote.hits:,} of {sketch.filled:,} values"
    if vote.because == "test values":
        return f"{of} are documented test values of {best.name}"
    # One that is sure is enough, however rare it is.
    surely = ", each of them surely" if vote.sure and vote.share < _RARE else ""
    return f"{of} ({_percent(vote.hits, sketch.filled)}) are {best.name}{surely}"


def harmless_reason(sketch: ColumnSketch, judged: Sequence[Judged]) -> str:
    """Why it is not."""
    if sketch.fields:
        fields = "one field is judged by itself" if sketch.fields == 1 else f"{sketch.fields:,} fields are judged each"
        return f"holds documents, whose {fields}"
    if not sketch.filled:
        return _of_nothing(judged)
    if sketch.test_values:
        return f"only test values ({sketch.test_values:,}) among {sketch.filled:,} values"
    if not judged:
        return f"no identifier matches its name or enough of its {sketch.filled:,} values"
    if any(item.vote is not None and item.vote.because == "firms" for item in judged):
        return "values are names of firms, some of which are called after persons"
    hinted = [item for item in judged if item.hint is not None]
    if hinted:
        names = ", ".join(item.name for item in hinted[:3])
        vote = hinted[0].vote
        if vote is not None and vote.score is not None and vote.score >= 1:
            return f"name and values speak for {hinted[0].name}, but not as surely as the threshold of detection asks"
        return f"the name suggests {names}, but {_agreeing(sketch, hinted)}"
    chance = [item.name for item in judged if item.vote is not None and item.vote.because == "chance"]
    if chance:
        return f"values match {', '.join(chance[:3])} no more often than chance"
    best = judged[0]
    vote = best.vote
    if vote is not None and vote.hits and not vote.because:
        return f"only {vote.hits:,} of {sketch.filled:,} values ({_percent(vote.hits, sketch.filled)}) are like {best.name}"
    return f"the values are too little like {best.name}"


def _of_nothing(judged: Sequence[Judged]) -> str:
    unsure = [item for item in judged if item.unsure and item.hint is not None]
    if unsure:
        word = f"'{_word(unsure[0].hint or '')}'"
        return f"no values yet, and {word} in its name may stand for {_listed(unsure)} or something else; look when it is filled"
    return f"no values, and its name alone says too little of {judged[0].name}" if judged else "no values"


def _listed(items: Sequence[Judged]) -> str:
    names = [item.name for item in items]
    return ", ".join(names[:_NAMES]) + (f" and {len(names) - _NAMES} others" if len(names) > _NAMES else "")


def _agreeing(sketch: ColumnSketch, hinted: Sequence[Judged]) -> str:
    """How many values agree with what a name suggests."""
    votes = [item.vote for item in hinted if item.vote is not None]
    some = max((vote.hits for vote in votes if vote.because != "chance"), default=0)
    if not some:
        by_chance = any(vote.because == "chance" for vote in votes)
        return "its values match no more often than chance" if by_chance else f"no value of {sketch.filled:,} agrees"
    return (
        f"only {some:,} {'value' if some == 1 else 'values'} of {sketch.filled:,} {'agrees' if some == 1 else 'agree'}"
    )


def _percent(some: int, of: int) -> str:
    return f"{some / of:.1%}" if some * 1_000 >= of else "under 0.1%"


def _word(hint: str) -> str:
    return "name" if hint == _ANY_NAME else hint.removesuffix(":")
