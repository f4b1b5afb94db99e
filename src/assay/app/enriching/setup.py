"""Puts together what describes resources, by the settings."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from assay.app.enriching.asking import Asker, Budget, Prices
from assay.app.enriching.enriching import Enriching, asking_people
from assay.app.enriching.excerpts import Excerpts
from assay.app.enriching.gathering import Gathering, read_glossary
from assay.app.reviews import queueing
from assay.app.reviews.desk import Desk
from assay.app.threads import Threads
from assay.errors import ConfigError, UsageError
from assay.ports import Enricher

if TYPE_CHECKING:
    from assay.app.config.settings import Settings
    from assay.aws.access import Access

KEY_VARIABLE = "ASSAY_ENRICH_KEY"
_WAITING = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a command line says besides the settings."""

    provider: str | None = None
    rules_only: bool = False
    access: Access | None = None


def enricher_of(settings: Settings, asked: Asked) -> Enricher | None:
    """The model that is to be asked; `None` for rules. Raises `UsageError` and `ConfigError`."""
    name = asked.provider or settings.enrich_provider
    if asked.rules_only or name == "none":
        return None
    if not settings.enrich_model:
        what = "the name of the endpoint" if name == "sagemaker" else "which model is asked"
        raise ConfigError(f"enrich_model is not set: it is {what}")
    if name == "openai":
        from assay.enrichers.openai_compatible import OpenAiCompatible

        if not settings.enrich_url:
            raise ConfigError(
                "enrich_url is not set: it is the address of the endpoint, e.g. http://localhost:11434/v1"
            )
        return OpenAiCompatible(settings.enrich_url, settings.enrich_model, os.environ.get(KEY_VARIABLE))
    from assay.aws.access import Access as Default

    access = asked.access or Default()
    if name == "bedrock":
        from assay.enrichers.bedrock import Bedrock

        return Bedrock(access, settings.enrich_model)
    if name == "sagemaker":
        from assay.enrichers.sagemaker import SageMaker

        return SageMaker(access, settings.enrich_model)
    raise UsageError(f"there is no provider '{name}'")


def enriching_of(desk: Desk, asked: Asked, *, actor: str) -> Enriching:
    """What describes resources of a desk's catalog. Raises `UsageError` and `ConfigError`."""
    settings = desk.settings
    enricher = enricher_of(settings, asked)
    if enricher is not None:
        _check_extra()
    clear = settings.enrich_input == "clear"
    excerpts = Excerpts(settings, clear=clear)
    governance = desk.governance
    glossary = read_glossary(settings.enrich_glossary)
    if not clear:
        glossary = {excerpts.safe(term): excerpts.safe(meaning) for term, meaning in glossary.items()}
    asker = None
    if enricher is not None:
        prices = Prices(settings.enrich_price_in, settings.enrich_price_out)
        asker = Asker(
            enricher=enricher,
            budget=Budget(tokens=settings.enrich_tokens, cost=settings.enrich_budget, prices=prices),
            seconds=settings.enrich_seconds,
            threads=Threads(_WAITING, "assay-model"),
        )
    begin = partial(
        queueing.begin,
        desk.catalog,
        identifiers=desk.identifiers,
        governance=governance,
        second_from=settings.second_approval,
    )
    return Enriching(
        catalog=desk.catalog,
        gathering=Gathering(
            catalog=desk.catalog,
            excerpt=excerpts.of,
            glossary=glossary,
            standards={each.standard: each.policy for each in governance.compliance if each.policy},
            clear=clear,
        ),
        asker=asker,
        mask=_one_at_a_time(desk.redact),
        titles={each.name: each.title for each in desk.identifiers},
        reserved=(*settings.classification_tags, *settings.tag_names),
        actor=actor,
        ask_people=asking_people(begin, desk.catalog),
    )


def _check_extra() -> None:
    try:
        import jsonschema  # noqa: F401  # whether it is there
    except ModuleNotFoundError:
        told = "answers of a model are checked with jsonschema, which is not installed: pip install 'assay[enrich]'"
        raise UsageError(told) from None


def _one_at_a_time(mask: Callable[[str], str]) -> Callable[[str], str]:
    turn = threading.Lock()

    def masked(text: str) -> str:
        with turn:
            return mask(text)

    return masked
