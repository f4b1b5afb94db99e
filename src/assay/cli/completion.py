"""`assay completion`: the shell's completion script."""

from __future__ import annotations

import click

SHELLS = ("bash", "zsh", "fish")


@click.command(short_help="Print the shell's completion script.")
@click.argument("shell", type=click.Choice(SHELLS))
def completion(shell: str) -> None:
    """Print the script that completes assay's commands and options in SHELL.

    \b
    assay completion bash > ~/.local/share/bash-completion/completions/assay
    assay completion zsh > ~/.zfunc/_assay     (any folder in $fpath)
    assay completion fish > ~/.config/fish/completions/assay.fish
    """
    from click.shell_completion import get_completion_class  # no other verb needs it

    from assay.cli.__main__ import assay  # the group loads this module

    kind = get_completion_class(shell)
    assert kind is not None  # click ships all of SHELLS
    click.echo(kind(assay, {}, "assay", "_ASSAY_COMPLETE").source())
