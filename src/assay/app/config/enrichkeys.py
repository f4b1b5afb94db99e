"""The settings of describing resources: which model is asked, with what, and how much it may take."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from assay.app.config.keys import Key, WrongError, as_it_is, boolean, flag

PROVIDERS = ("none", "openai", "bedrock", "sagemaker")
_INPUTS = ("redacted", "clear")


def _one_of(names: tuple[str, ...]) -> Callable[[Any, Path], str]:
    def parse(value: Any, _base: Path) -> str:
        if value not in names:
            raise WrongError(f"must be one of {', '.join(names)}")
        return str(value)

    return parse


def _text(value: Any, _base: Path) -> str:
    if not isinstance(value, str) or not value.isprintable():
        raise WrongError("must be a text")
    return value


def _number(least: float, most: float, what: str) -> Callable[[Any, Path], float]:
    def parse(value: Any, _base: Path) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
            raise WrongError(f"must be {what} from {least:g} to {most:g}")
        return float(value)

    return parse


def _from_text(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise WrongError("must be a number") from None


def _path(value: Any, base: Path) -> Path:
    if not isinstance(value, str) or not value:
        raise WrongError("must be a path")
    return base / value


ENRICH_KEYS = (
    Key(
        name="enrich_provider",
        kind="none, openai, bedrock or sagemaker",
        help="Which protocol a language model that describes resources is asked by; with none, rules describe them.",
        default="none",
        parse=_one_of(PROVIDERS),
        from_text=as_it_is,
    ),
    Key(
        name="enrich_model",
        kind="text",
        help="Which model: its name, Bedrock's model or inference profile id, or the name of SageMaker's endpoint.",
        default="",
        parse=_text,
        from_text=as_it_is,
    ),
    Key(
        name="enrich_url",
        kind="address",
        help="Of an endpoint with OpenAI's protocol, e.g. http://localhost:11434/v1; its key is ASSAY_ENRICH_KEY.",
        default="",
        parse=_text,
        from_text=as_it_is,
    ),
    Key(
        name="enrich_input",
        kind="redacted or clear",
        help="What a model is told: plain words with everything else hidden, or texts and names as they are.",
        default="redacted",
        parse=_one_of(_INPUTS),
        from_text=as_it_is,
    ),
    Key(
        name="enrich_glossary",
        kind="path",
        help="Terms of your business: a CSV with the columns term and meaning, or a YAML mapping.",
        default="not set",
        parse=_path,
        from_text=as_it_is,
    ),
    Key(
        name="enrich_tokens",
        kind="number of tokens",
        help="How many tokens one run may take, in and out together; what is left then is described by rules.",
        default="500000",
        parse=_number(0, 1e12, "a number of tokens"),
        from_text=_from_text,
    ),
    Key(
        name="enrich_price_in",
        kind="price",
        help="Of a million tokens that go in, in any currency: costs are told by it.",
        default="0",
        parse=_number(0, 1e6, "a price"),
        from_text=_from_text,
    ),
    Key(
        name="enrich_price_out",
        kind="price",
        help="Of a million tokens that come out.",
        default="0",
        parse=_number(0, 1e6, "a price"),
        from_text=_from_text,
    ),
    Key(
        name="enrich_budget",
        kind="amount",
        help="What one run may cost by these prices; 0 sets no bound but that of tokens.",
        default="0",
        parse=_number(0, 1e9, "an amount"),
        from_text=_from_text,
    ),
    Key(
        name="enrich_seconds",
        kind="seconds",
        help="How long an answer is waited for.",
        default="60",
        parse=_number(1, 600, "seconds"),
        from_text=_from_text,
    ),
    Key(
        name="enrich_events",
        kind="true or false",
        help="Has 'assay worker' describe what an event's scan classified, one after the other and after the event is done.",
        default="false",
        parse=flag,
        from_text=boolean,
    ),
)
