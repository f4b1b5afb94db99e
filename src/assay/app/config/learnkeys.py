"""The settings of models that workers train by themselves."""

from __future__ import annotations

from assay.app.config.keys import Key, Whole, boolean, flag

_DECISIONS, _DAYS = Whole(most=1_000_000), Whole(most=3_650)

LEARN_KEYS = (
    Key(
        name="learn_after",
        kind="number of decisions",
        help="Has workers train a model anew once so many decisions of people are new since it was trained; 0 never.",
        default="0",
        parse=_DECISIONS.parse,
        from_text=_DECISIONS.from_text,
    ),
    Key(
        name="learn_every",
        kind="number of days",
        help="Has workers train a model anew after so many days, where a decision is new; 0 never.",
        default="0",
        parse=_DAYS.parse,
        from_text=_DAYS.from_text,
    ),
    Key(
        name="learn_days",
        kind="number of days",
        help="Of how many days decisions and documents are learned from; 0 of all, since few labels are worth more than new ones.",
        default="0",
        parse=_DAYS.parse,
        from_text=_DAYS.from_text,
    ),
    Key(
        name="learn_promote",
        kind="true or false",
        help="Has what workers trained used at once where it is better than what is in use beyond noise; else it is proposed "
        "('assay learn models').",
        default="false",
        parse=flag,
        from_text=boolean,
    ),
)
