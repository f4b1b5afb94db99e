"""Options of services that look at texts and pictures besides, and what is said before they are asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from assay.app.config.settings import Settings
    from assay.model.options import ScanOptions

F = TypeVar("F", bound=Callable[..., Any])
# Prices of 2025 in us-east-1: https://aws.amazon.com/comprehend/pricing/, https://aws.amazon.com/textract/pricing/
_UNIT_USD, _UNIT = 0.0001, 100
_PAGE_USD = 0.0015


def recogniser_options(function: F) -> F:
    """--comprehend and --textract."""
    textract = click.option(
        "--textract",
        is_flag=True,
        help="Send pictures and scans of one page to Amazon Textract for their text; it costs by the page.",
    )
    comprehend = click.option(
        "--comprehend",
        is_flag=True,
        help="Send texts (not tables) to Amazon Comprehend besides, which finds persons' data; it costs by the character.",
    )
    return comprehend(textract(function))


def notes(options: ScanOptions, settings: Settings) -> Iterator[str]:
    """What leaves this machine, and what that costs."""
    if options.comprehend or settings.comprehend:
        most = settings.comprehend_bytes / _UNIT * _UNIT_USD
        yield (
            f"texts go to Amazon Comprehend in clear: {_UNIT_USD} USD for {_UNIT} characters, at most about {most:.2f} USD for a "
            "resource (setting comprehend_bytes)"
        )
    if options.textract or settings.textract:
        yield f"pictures and scans of one page go to Amazon Textract: {_PAGE_USD} USD for each"
