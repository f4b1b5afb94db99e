"""`assay verify`: asks providers whether credentials that are found still work. Preview."""

from __future__ import annotations

from pathlib import Path

import click

from assay.cli.options import config_option
from assay.errors import UsageError

_NAMES = (
    "anthropic", "digitalocean", "github", "gitlab", "huggingface", "openai", "postman", "sendgrid", "slack", "stripe",
)  # fmt: skip
_MOST = 100


@click.command(short_help="Ask providers whether found credentials still work (preview).")
@click.argument(
    "targets",
    metavar="PATH...",
    nargs=-1,
    required=True,
)
@click.option(
    "--provider",
    "providers",
    type=click.Choice(_NAMES),
    multiple=True,
    required=True,
    metavar="NAME",
    help="Whose credentials are sent to them; may be given more than once. Nobody else's are sent anywhere.",
)
@click.option("--most", type=click.IntRange(1, 10_000), default=_MOST, show_default=True, help="Ask about no more.")
@config_option
def verify(targets: tuple[str, ...], providers: tuple[str, ...], most: int, config_file: Path | None) -> int:
    """Find the credentials of each --provider in files at PATH, and ask that provider whether they still work.

    Providers are anthropic, digitalocean, github, gitlab, huggingface, openai, postman, sendgrid, slack and stripe.

    Each is sent in clear to its own provider over HTTPS, to nobody else, through no proxy, once a second at most.
    A credential is live, revoked or unknown: unknown is everything but a clear answer. Preview: what the providers
    answer is taken from their documentation, and none of them was ever asked. Exit code 1 when one is live, 3 when
    none is and some are unknown, or not everything could be read.
    """
    from assay.app.scan.sources import is_git, is_remote  # each verb loads what it needs
    from assay.app.scan.verification import PROVIDERS, Outcome, Verifier
    from assay.app.scan.verifying import found_in
    from assay.model import Gap
    from assay.report.printable import counted, printable
    from assay.report.spelling import Named, spelled
    from assay.sources.file import file_uri

    by_identifier = {PROVIDERS[name].identifier: PROVIDERS[name] for name in providers}
    for target in targets:
        if is_remote(target) or is_git(target):
            raise UsageError(f"{target}: is on no disk of this machine; verify reads files and folders only")
        if not Path(target).exists():
            raise UsageError(f"{target}: no such file or folder; check the path and its spelling")
    verifier = Verifier()
    counts = dict.fromkeys(Outcome, 0)
    gaps = 0
    for credential in found_in(tuple(map(Path, targets)), tuple(by_identifier), config_file):
        if isinstance(credential, Gap):
            gaps += 1
            why = f"{credential.reason}: {credential.detail}" if credential.detail else credential.reason
            click.echo(printable(f"not read  {spelled(Named(credential.resource))}  ({why})"))
            continue
        if sum(counts.values()) >= most:
            click.echo(f"stopped after {most}; --most allows more", err=True)
            counts[Outcome.UNKNOWN] += 1
            break
        answer = credential.ask(verifier, by_identifier[credential.identifier])
        counts[answer.outcome] += 1
        place = printable(f"{spelled(Named(file_uri(str(credential.path))))}:{credential.line}")
        click.echo(f"{answer.outcome:<8} {credential.identifier}  {credential.redacted}  {place}  ({answer.reason})")
    told = [f"{count} {outcome}" for outcome, count in counts.items()]
    told += [f"{counted(gaps, 'gap')}: not everything could be read"] if gaps else []
    click.echo(", ".join(told))
    if counts[Outcome.LIVE]:
        return 1
    return 3 if counts[Outcome.UNKNOWN] or gaps else 0
