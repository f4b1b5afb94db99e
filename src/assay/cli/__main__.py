"""`assay`: the entry of the command line."""

from __future__ import annotations

import errno
import gc
import os
import re
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import click

from assay.cli.lazy import LazyGroup, ReaderGoneError, Verb
from assay.errors import AssayError

EXIT_USAGE = 2
# What is no address to anybody, such as one with a sign too few, may have a password all the same. Hints say `password` for it.
_LOGIN = re.compile(
    r"(/[^/:?#@\s]*:)(?!password@)[^/?#@\s]+(?=@)|([?&;](?:password|passwd|pwd)=)[^&;\s'\"]+", re.IGNORECASE
)
# What a shell reports of a program that SIGPIPE ended.
EXIT_CLOSED = 141
EXIT_INTERRUPTED = 130
_COLLECT_AFTER = (200_000, 20, 100)
_LONGEST = 2_000
_TOGETHER = 2

VERBS = {
    "scan": Verb("assay.cli.scan", "scan", "Find sensitive data in files and folders."),
    "text": Verb("assay.cli.text", "text", "Find sensitive data in a text, and say why."),
    "identifiers": Verb("assay.cli.identifiers", "identifiers", "List, show, test and write identifiers."),
    "verify": Verb("assay.cli.verify", "verify", "Ask providers whether found credentials still work (preview)."),
    "governance": Verb("assay.cli.governance", "governance", "List, change and try the configuration of detection."),
    "baseline": Verb("assay.cli.baseline", "baseline", "Keep what is known, so that only what is new is told."),
    "review": Verb("assay.cli.review", "review", "See what a person should look at, and decide it."),
    "phase": Verb("assay.cli.phase", "phase", "Show and set rollout phases."),
    "learn": Verb("assay.cli.learn", "learn", "Train, measure and promote models that learn from reviews."),
    "explain": Verb("assay.cli.explain", "explain", "Say why something was flagged, and why not."),
    "enrich": Verb("assay.cli.enrich", "enrich", "Describe what the catalog knows, by a language model or by rules."),
    "catalog": Verb("assay.cli.catalog", "catalog", "Make, see, export and tidy the catalog of results."),
    "audit": Verb("assay.cli.audit", "audit", "Show, prove and export the audit log."),
    "aws": Verb("assay.cli.aws", "aws", "Find, tag and watch what an AWS account holds."),
    "macie": Verb("assay.cli.macie", "macie", "Work with Amazon Macie: identifiers, jobs, findings, suppression."),
    "protect": Verb(
        "assay.cli.protect", "protect", "Plan, approve, apply and take back the protection of what is known."
    ),
    "report": Verb("assay.cli.report", "report", "Report what is held where, for auditors, owners and management."),
    "serve": Verb("assay.cli.serve", "serve", "Serve the desk where stewards decide in a browser."),
    "worker": Verb("assay.cli.worker", "worker", "Classify what changes in AWS while it changes."),
    "watch": Verb("assay.cli.watch", "watch", "Classify files of folders as they arrive and change."),
    "demo": Verb("assay.cli.demo", "demo", "See it work on an AWS account that is made up for it."),
    "config": Verb("assay.cli.config", "config", "Show and check the settings."),
    "doctor": Verb("assay.cli.doctor", "doctor", "Check this installation and say what is missing."),
    "completion": Verb("assay.cli.completion", "completion", "Print the shell's completion script."),
}


def _print_version(ctx: click.Context, _parameter: click.Parameter, value: bool) -> None:
    if value and not ctx.resilient_parsing:
        from assay.cli.version import version  # reading package metadata costs start-up time

        click.echo(f"assay {version()}")
        ctx.exit()


@click.group(
    cls=LazyGroup,
    verbs=VERBS,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    no_args_is_help=True,
    epilog="Exit codes: 0 done; 1 something at or above --fail-on, or a failed test or lint; "
    "2 wrong usage or configuration; 3 done with gaps; 130 interrupted (143 and 129 if asked to end by SIGTERM and SIGHUP).",
)
@click.option(
    "--version",
    is_flag=True,
    expose_value=False,
    is_eager=True,
    callback=_print_version,
    help="Show the version and exit.",
)
def assay() -> None:
    """Find sensitive data, see how sensitive each place is, and why.

    Start with 'assay scan FOLDER'.
    """


def run(arguments: Sequence[str] | None = None) -> int:
    """Runs one command line and returns its exit code. Foreseeable errors become one line on standard error."""
    try:
        result: Any = assay.main(
            args=None if arguments is None else list(arguments), prog_name="assay", standalone_mode=False
        )
        if sys.stdout is not None:
            sys.stdout.flush()
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
        return EXIT_USAGE
    except click.UsageError as error:
        return _fail(_usage(error, sys.argv[1:] if arguments is None else arguments))
    except click.ClickException as error:
        return _fail(error.format_message())
    except AssayError as error:
        return _fail(str(error))
    except ModuleNotFoundError as error:
        if error.name is None or error.name.split(".")[0] == "assay":
            raise
        return _fail(f"the Python module '{error.name}' is not installed; run 'assay doctor' to see how to get it")
    except (KeyboardInterrupt, click.Abort) as error:
        with suppress(OSError):
            click.echo("assay: interrupted", err=True)
        return getattr(error, "code", EXIT_INTERRUPTED)
    except (BrokenPipeError, ReaderGoneError):
        # As `| head` means it: nobody reads on, so there is nobody to tell.
        from assay.sinks.output import discard_stdout

        discard_stdout()
        return EXIT_CLOSED
    except OSError as error:
        return _lost_output(f"{error.filename or 'standard output'}: {_lost_because(error)}")
    return result if isinstance(result, int) else 0


def main() -> None:
    """Entry point of the installed command."""
    # Work is shared out among processes: threads of linear algebra would get in their way, and keep them from forking.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    # What a scan makes is freed as it goes; looking for cycles among it finds none and costs a fiftieth of the time.
    gc.set_threshold(*_COLLECT_AFTER)
    _leave_no_core()
    code = run()
    # Nothing is left to be collected: all memory goes with the process, and a last look through it takes 15 ms.
    gc.freeze()
    sys.exit(code)


def _leave_no_core() -> None:
    """An image of memory that a crash leaves would hold what was read in clear, keys, and passwords; workers have the limit from here."""
    import resource

    _, most = resource.getrlimit(resource.RLIMIT_CORE)
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, most))


def _fail(message: str) -> int:
    from assay.report.printable import printable  # only errors need it

    message = _LOGIN.sub(lambda found: f"{found[1] or found[2]}***", message)
    # A path, or what a file says, can be as long as it likes, and what to do stands at the end.
    if len(message) > _LONGEST:
        message = f"{message[: _LONGEST // 2]} … {message[-_LONGEST // 2 :]}"
    lines = [printable(line) for line in message.splitlines() if line.strip()]
    # Of a whole file each row has a line of its own.
    between = "\n  " if len(lines) > _TOGETHER else "; "
    # Standard error may be gone as well; then the exit code has to do.
    try:
        click.echo("assay: error: " + between.join(lines), err=True)
    except OSError:
        return EXIT_USAGE
    return EXIT_USAGE


def _lost_output(message: str) -> int:
    from assay.sinks.output import discard_stdout  # only errors need it

    discard_stdout()
    return _fail(message)


def _lost_because(error: OSError) -> str:
    if error.errno == errno.ENOSPC:
        return "cannot be written: the disk is full; free some space, or write to another disk"
    if error.errno == errno.EDQUOT:
        return "cannot be written: the disk quota is used up; write to another disk"
    return error.strerror or type(error).__name__


def _named(words: Sequence[str]) -> str:
    """The command that words begin with, as it is called."""
    command: click.Command = assay
    context = click.Context(assay, info_name="assay")
    for word in words:
        found = command.get_command(context, word) if isinstance(command, click.Group) else None
        if found is None:
            break
        command, context = found, click.Context(found, info_name=word, parent=context)
    return context.command_path


def _usage(error: click.UsageError, words: Sequence[str]) -> str:
    message = error.format_message().rstrip(".").strip()
    message = message[:1].lower() + message[1:]
    message = message.replace("No such file or directory", "there is no such file; check the path")
    if ". Choose from:" in message:
        # Its choices are a line each, behind tabs.
        message, _, choices = message.partition(". Choose from:")
        message = f"{message}; choose from {' '.join(choices.split())}"
    message = re.sub(r"^(invalid value for) '\[(.+?)\](?:\.\.\.)?':", r"\1 '\2':", message)
    message = message.replace("is not a valid float range", "is no number")
    message = message.replace("is not a valid integer range", "is no whole number")
    # An option without its value does not know whose it is.
    command = error.ctx.command_path if error.ctx is not None else _named(words)
    if isinstance(error, click.NoSuchOption) and command.endswith(" text"):
        # What looks like an option may be the text to scan, and an error must not show it.
        return f"unknown option; put -- before a text that begins with a hyphen, and see '{command} --help'"
    return f"{message}; see '{command} --help'"


if __name__ == "__main__":
    main()
