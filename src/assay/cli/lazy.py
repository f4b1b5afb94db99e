"""A group of commands whose modules are loaded only when they are called."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Any, NamedTuple

import click


class Verb(NamedTuple):
    """Where a command lives and the line that the group's help shows for it."""

    module: str
    attribute: str
    summary: str


class ReaderGoneError(Exception):
    """Nobody reads standard output on. click itself ends a program then with 1, as if something had been found."""


class LazyGroup(click.Group):
    """Shows its verbs' summaries without importing them."""

    def __init__(self, *args: Any, verbs: Mapping[str, Verb], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.verbs = verbs

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        try:
            return super().make_context(info_name, args, parent, **extra)
        except BrokenPipeError as error:
            raise ReaderGoneError from error

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except BrokenPipeError as error:
            raise ReaderGoneError from error

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # click's signature
        return list(self.verbs)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002  # click's signature
        verb = self.verbs.get(cmd_name)
        if verb is None:
            return None
        command: click.Command = getattr(importlib.import_module(verb.module), verb.attribute)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0]
        if name not in self.verbs and not name.startswith("-"):
            ctx.fail(f"no command named '{name}'; {self._meant(ctx, name)}")
        return super().resolve_command(ctx, args)

    def _meant(self, ctx: click.Context, name: str) -> str:
        import difflib  # only errors need it
        import os
        import shlex

        options = {option for each in self.get_params(ctx) for option in each.opts}
        if f"--{name}" in options | {"--help"}:  # other programs have commands of these names
            return f"did you mean '{ctx.command_path} --{name}'?"
        close = difflib.get_close_matches(name, list(self.verbs), n=1)
        if not close and "scan" in self.verbs and (os.path.lexists(name) or "://" in name):
            return f"did you mean '{ctx.command_path} scan {shlex.quote(name)}'?"
        return f"did you mean '{close[0]}'?" if close else f"there are {', '.join(self.verbs)}"

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002  # click's signature
        with formatter.section("Commands"):
            formatter.write_dl([(name, verb.summary) for name, verb in self.verbs.items()])
