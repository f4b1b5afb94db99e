"""Why a prediction was made, in plain words, by templates."""

from __future__ import annotations

from collections.abc import Sequence

from assay.model.learning import Attribution, Prediction

_SURE, _RATHER = 0.9, 0.6
_MOST = 4


def sentence(told: Prediction, why: Sequence[Attribution]) -> str:
    """A sentence that says what, how sure, what speaks for it, and what against.

    >>> from assay.model.learning import Attribution, Prediction
    >>> sentence(
    ...     Prediction(label="invoice", confidence=0.97, shares={}),
    ...     [Attribution(feature="invoice number", value=1, weight=2), Attribution(feature="w:digits=4", value=1, weight=-1)],
    ... )
    "This is surely an invoice (97 %): for it speak the words 'invoice number'; against it the share of digits."
    """
    name = told.label.replace("_", " ")
    article = "an" if name[:1] in "aeiou" else "a"
    return _said(f"This is {_how(told.confidence)} {article} {name} ({told.confidence * 100:.0f} %)", why)


def level_sentence(told: Prediction, why: Sequence[Attribution]) -> str:
    """The same of a level, for somebody who reads what a scan has found.

    >>> from assay.model.learning import Attribution, Prediction
    >>> level_sentence(
    ...     Prediction(label="confidential", confidence=0.82, shares={}),
    ...     [
    ...         Attribution(feature="salary", value=1, weight=1.2),
    ...         Attribution(feature="id:EMAIL_ADDRESS", value=0.3, weight=-0.3),
    ...     ],
    ... )
    "the learned model takes it for confidential, probably (82 %): for it speaks the word 'salary'; against it that EMAIL_ADDRESS was found."
    """
    return _said(
        f"the learned model takes it for {told.label}, {_how(told.confidence)} ({told.confidence * 100:.0f} %)", why
    )


def _how(confidence: float) -> str:
    return "surely" if confidence >= _SURE else "probably" if confidence >= _RATHER else "perhaps"


def _said(said: str, why: Sequence[Attribution]) -> str:
    for_it = [part(item.feature) for item in why if item.weight > 0][:_MOST]
    against = [part(item.feature) for item in why if item.weight < 0][:_MOST]
    if for_it:
        said += f": for it speak{'' if len(for_it) > 1 or ' words ' in for_it[0] else 's'} {_listed(for_it)}"
    if against:
        said += f"{'; ' if for_it else ': '}against it {_listed(against)}"
    return said + "."


def part(feature: str) -> str:
    """A feature as it is said."""
    if feature.startswith("id:"):
        return f"that {feature[3:]} was found"
    if feature.startswith("w:"):
        return (
            f"the share of {feature[2:].partition('=')[0]}"
            if "length" not in feature
            else f"its {feature[2:].partition('=')[0]}"
        )
    return f"the words '{feature}'" if " " in feature else f"the word '{feature}'"


def _listed(parts: Sequence[str]) -> str:
    unique = list(dict.fromkeys(parts))
    return unique[0] if len(unique) == 1 else f"{', '.join(unique[:-1])} and {unique[-1]}"
