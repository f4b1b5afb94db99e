"""Options that several verbs share, and the `ScanOptions` made of them and the settings."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from assay.model import Level, category_of

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from assay.aws.access import Access

F = TypeVar("F", bound=Callable[..., Any])

MACHINE_FORMATS = ("jsonl", "json", "csv", "parquet", "sarif", "junit", "ocsf")


class FormatType(click.ParamType[str]):
    """A name among `names`, which are `noun`s; the error about another says which there are."""

    name = "format"

    def __init__(self, *names: str, noun: str = "format") -> None:
        self.names = names
        self.noun = noun

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str:  # noqa: ARG002  # click's signature
        return "[" + "|".join(self.names) + "]"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        text = str(value).lower()
        if text in self.names:
            return text
        import difflib  # only errors need it

        close = difflib.get_close_matches(text, self.names, n=1, cutoff=0.5)
        hint = f"did you mean '{close[0]}'?" if close else f"available: {', '.join(self.names)}"
        return self.fail(f"there is no {self.noun} '{value}'; {hint}", param, ctx)

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:  # noqa: ARG002  # click's signature
        from click.shell_completion import CompletionItem  # only when a shell asks

        return [CompletionItem(name) for name in self.names if name.startswith(incomplete.lower())]


def complete_files(_ctx: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Lets the shell complete a path."""
    from click.shell_completion import CompletionItem  # only when a shell asks

    return [CompletionItem(incomplete, type="file")]


class ShareType(click.FloatRange):
    """A number within a range; `nan`, which is in every range and in none, is refused."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        number = super().convert(value, param, ctx)
        if math.isnan(number):
            self.fail("nan is not a number", param, ctx)
        return number


def config_option(function: F) -> F:
    """--config FILE."""
    return click.option(
        "--config",
        "config_file",
        metavar="FILE",
        type=click.Path(path_type=Path),
        help="Settings file; default: assay.toml here or in a parent, up to the repository's root.",
    )(function)


def catalog_option(function: F) -> F:
    """--catalog URL."""
    return click.option(
        "--catalog",
        "catalog_url",
        metavar="URL",
        help="The catalog: a path, sqlite:///path or postgresql://user@host/database.  [default: the setting 'catalog']",
    )(function)


def number_option(
    *names: str, least: int, most: int | None = None, default: int, metavar: str = "N", says: str
) -> Callable[[F], F]:
    """An option that takes a whole number in bounds, and shows what it is where nobody says."""
    return click.option(
        *names, metavar=metavar, type=click.IntRange(least, most), default=default, show_default=True, help=says
    )


def selection_options(function: F) -> F:
    """Which identifiers take part, and which of their findings are shown."""
    options = (
        click.option(
            "-i",
            "--identifier",
            "identifier_names",
            metavar="NAME",
            multiple=True,
            help="Only this identifier, e.g. SSN; may be given again. See 'assay identifiers list'.",
        ),
        click.option(
            "--category",
            "categories",
            metavar="CATEGORY",
            multiple=True,
            help="Only identifiers of this category: PII, PHI, PCI, SECRETS, CUSTOM or one of your own; may be given again.",
        ),
        click.option("--preview", is_flag=True, help="Use identifiers in preview, too."),
        click.option(
            "--prose/--no-prose",
            default=None,
            help="Have a language model read running text for names and addresses; needs assay[nlp], slow on long prose.",
        ),
        click.option(
            "--min-confidence",
            metavar="0-1",
            type=ShareType(0, 1),
            help="Leave out findings below this confidence.  [default: 0.5]",
        ),
        click.option(
            "--include-test-values",
            is_flag=True,
            default=None,
            help="Show documentation and test values, such as example.com, too.",
        ),
    )
    for option in reversed(options):
        function = option(function)
    return function


def fail_on_option(function: F) -> F:
    """--fail-on LEVEL."""
    return click.option(
        "--fail-on",
        metavar="LEVEL",
        type=click.Choice([str(level) for level in Level], case_sensitive=False),
        help="Exit with 1 if anything is at this level or above: restricted, confidential, internal, unclassified, "
        "public.",
    )(function)


def allow_option(function: F) -> F:
    """--allow FILE."""
    return click.option(
        "--allow",
        metavar="FILE",
        type=click.Path(path_type=Path, readable=False),
        help="Allow list of accepted values, fingerprints, paths and identifiers.",
    )(function)


def chosen_categories(names: tuple[str, ...]) -> tuple[str, ...]:
    """The categories of a command line, each once."""
    return tuple(dict.fromkeys(category_of(name.upper()) for name in names))


def reaches(level: Level, threshold: Level) -> bool:
    """Whether `level` is at `threshold` or above it."""
    return level.rank >= threshold.rank


def aws_options(function: F) -> F:
    """How AWS is reached: --profile, --role-arn, --region, --endpoint-url."""
    region = click.option("--region", metavar="NAME", help="AWS region.  [default: AWS_REGION or the profile's]")
    return _with_aws_options(function, region)


def aws_options_of_regions(function: F, usual: str = "all that are enabled") -> F:
    """The same for what looks at many regions: --region may be given again. `usual` says which are looked at without it."""
    regions = click.option(
        "--region",
        "regions",
        metavar="NAME",
        multiple=True,
        help=f"Only this region; may be given again.  [default: {usual}]",
    )
    return _with_aws_options(function, regions)


def _with_aws_options(function: F, region: Callable[[F], F]) -> F:
    options = (
        click.option(
            "--profile", metavar="NAME", help="Named profile of the AWS configuration.  [default: AWS_PROFILE]"
        ),
        click.option("--role-arn", metavar="ARN", help="Role to assume with these credentials."),
        click.option("--external-id", metavar="TEXT", help="External id that the role asks for."),
        region,
        click.option(
            "--endpoint-url", metavar="URL", help="Another endpoint than AWS's own.  [default: AWS_ENDPOINT_URL]"
        ),
    )
    for option in reversed(options):
        function = option(function)
    return function


def access_of(given: dict[str, Any]) -> Access:
    """What `aws_options` were given. Raises `UsageError` for an endpoint that is no URL and a role that is no ARN."""
    from assay.aws.access import Access  # only where AWS is asked for
    from assay.aws.arn import parse
    from assay.errors import UsageError

    endpoint = given["endpoint_url"]
    if endpoint is not None and not endpoint.startswith(("http://", "https://")):
        raise UsageError(f"--endpoint-url {endpoint}: must begin with https:// or http://")
    role = given["role_arn"]
    if role is not None:
        try:
            parse(role)
        except ValueError as error:
            raise UsageError(f"--role-arn {error}") from None
    return Access(
        profile=given["profile"],
        role_arn=role,
        external_id=given["external_id"],
        region=given["region"],
        endpoint_url=endpoint,
    )
