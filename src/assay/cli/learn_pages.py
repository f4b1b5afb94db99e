"""What `assay learn` prints."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import orjson

from assay.cli import when
from assay.cli.grid import terminal_columns
from assay.report.printable import counted, pad, printable, width, wrapped
from assay.report.spelling import Named, spelled

if TYPE_CHECKING:
    from assay.app.learning.asking import Asked
    from assay.app.learning.labelling import Explained
    from assay.app.learning.training import Measured
    from assay.app.learning.tuning import Tuned
    from assay.app.learning.versions import Versions
    from assay.learn.drift import Drift
    from assay.learn.propose import Proposal
    from assay.store.learnruns import Trained


def as_object(found: Measured, drift: Drift | None = None) -> dict[str, Any]:
    """What was measured, as JSON."""
    from assay.app.learning.drifting import DAYS

    evaluation = asdict(found.evaluation)
    del evaluation["told"]
    return {
        "kind": found.kind,
        "version": found.version,
        "advice": found.advice,
        "against": found.against,
        "difference": found.compared.difference,
        "difference_interval": found.compared.interval,
        "better": found.compared.better,
        "evaluation": evaluation,
        "cross_validated": None if found.crossed is None else asdict(found.crossed),
        "top": {label: [asdict(item) for item in items] for label, items in found.top.items()},
        "samples": len(found.data.kept) + len(found.data.held),
        "contradicted": found.data.contradicted,
        "drift": None if drift is None else {**asdict(drift), "said": drift.said, "days": DAYS},
        "provenance": dict(found.data.provenance),
    }


def tell(found: Measured, output_format: str, html: Path | None, drift: Drift | None = None) -> None:
    """Prints what was measured, and writes it as a page."""
    told = as_object(found, drift)
    if html is not None:
        from assay.errors import OutputError, unwritable
        from assay.report.modelpage import page

        try:
            html.write_text(page(told), encoding="utf-8")
        except OSError as error:
            raise OutputError(unwritable(html, error)) from None
    if output_format == "json":
        _json(told)
        return
    evaluation = found.evaluation
    click.echo(f"{found.kind} {found.version}: {found.advice}")
    click.echo(
        f"macro-F1 {evaluation.macro_f1:.3f} ({evaluation.interval[0]:.3f} to {evaluation.interval[1]:.3f}), "
        f"accuracy {evaluation.accuracy:.3f}, ECE {evaluation.ece:.3f}, on {evaluation.samples} held out of "
        f"{told['samples']} samples ({', '.join(f'{number} {name}' for name, number in sorted(found.data.provenance.items()))})"
    )
    if found.crossed is not None:
        low, high = found.crossed.interval
        click.echo(
            f"cross-validated macro-F1 {found.crossed.macro_f1:.3f} ({low:.3f} to {high:.3f}) on {found.crossed.samples} samples"
        )
    if found.data.contradicted:
        click.echo(f"{found.data.contradicted} contents were labelled in two ways alike, and left out")
    _table(
        ("class", "precision", "recall", "F1", "samples"),
        [
            (name, f"{one.precision:.3f}", f"{one.recall:.3f}", f"{one.f1:.3f}", str(one.samples))
            for name, one in evaluation.classes.items()
        ],
    )


def tell_models(versions: Versions, drift: Drift | None, output_format: str, runs: Sequence[Trained] = ()) -> None:
    """Prints the versions, of one that is not to be used why, and where a catalog tells them drift and what workers trained."""
    from assay.learn.kinds import KINDS, UNTOLD
    from assay.learn.modelfile import ModelError, digest
    from assay.learn.shipped import shipped_file

    used = {kind: versions.pointer(kind) for kind in KINDS}
    told: list[dict[str, Any]] = []
    for version, card in versions.all():
        if isinstance(card, ModelError):
            told.append({"version": version, "error": str(card)})
            continue
        pointer = used[card.kind]
        state = "in use" if pointer.current == version else "canary" if pointer.canary == version else ""
        told.append({"version": version, "state": state, **asdict(card)})
    if output_format == "json":
        shown = None if drift is None else {**asdict(drift), "said": drift.said}
        _json(
            {
                "in_use": {kind: asdict(pointer) for kind, pointer in used.items()},
                "versions": told,
                "drift": shown,
                "runs": [run._asdict() for run in runs],
            }
        )
        return
    for kind, pointer in used.items():
        tried = f", {pointer.canary} tried on {pointer.share:.0%}" if pointer.canary is not None else ""
        click.echo(f"{kind}: {pointer.current}{tried}")
    click.echo(f"columns that nothing else tells of: shipped ({digest(shipped_file(UNTOLD))})")
    if drift is not None:
        click.echo(f"documents of the last days against those before: {drift.said}")
    _table(
        ("version", "kind", "made (UTC)", "samples", "macro-F1", "gain", "state"),
        [
            (one["version"], "", "", "", "", one["error"], "refused")
            if "error" in one
            else (
                one["version"],
                one["kind"],
                when.shown(one["made_at"])[:16],
                str(one["samples"]),
                f"{one['metrics'].get('macro_f1', 0):.3f}",
                f"{one['metrics'].get('difference', 0):+.3f}",
                one["state"],
            )
            for one in told
        ],
    )
    _tell_runs(runs)


def _tell_runs(runs: Sequence[Trained]) -> None:
    if runs:
        click.echo("trained by workers:")
    for run in runs:
        outcome = (run.outcome or "goes on").replace("_", " ")
        click.echo(f"{run.began_at[:16]}  {run.kind}  {outcome}{f': {printable(run.told)}' if run.told else ''}")


def tell_proposals(found: Sequence[Proposal], output_format: str) -> None:
    """Prints what to label next."""
    if output_format == "json":
        _json([item._asdict() for item in found])
        return
    if not found:
        click.echo("nothing to label: no features of documents are kept; scan with a catalog first")
        return
    _table(
        ("unsure", "may be", "or", "document"),
        [(f"{item.uncertainty:z.2f}", item.first, item.second, printable(item.resource)) for item in found],
    )


def drift_numbers(found: Drift) -> str:
    """How far documents are from those before, in numbers; nothing where there are too few."""
    parts = (("types", found.outcome), ("levels", found.levels), ("features", found.features))
    return "PSI " + ", ".join(f"of {name} {value:.3f}" for name, value in parts if value is not None)


def tell_drift(found: Drift, output_format: str) -> None:
    """Prints drift."""
    if output_format == "json":
        _json({**asdict(found), "said": found.said})
        return
    click.echo(found.said)
    if found.outcome is not None:
        click.echo(f"{drift_numbers(found)} ({found.before} documents before, {found.now} now)")
        _table(
            ("feature", "before", "now"),
            [(name, f"{before:.0%}", f"{now:.0%}") for name, before, now in found.moved],
        )


def tell_asked(found: Sequence[Asked], output_format: str, noun: str) -> None:
    """Prints what is asked about."""
    told = [(*each.place, each.why) for each in found]
    if output_format == "json":
        _json([dict(zip(("resource", "table", "column", "why"), row, strict=True)) for row in told])
        return
    if not told:
        click.echo(f"nothing to ask: no {noun} are in the catalog that were not asked about yet")
        return
    _with_sentences(
        (noun.removesuffix("s"), "why it is asked"),
        [
            (spelled(Named(resource, table or None, column or None)), printable(why))
            for resource, table, column, why in told
        ],
    )
    click.echo(
        f"{counted(len(told), noun.removesuffix('s'))} {'is' if len(told) == 1 else 'are'} in the queue: assay review list"
    )


def tell_tuned(found: Tuned, output_format: str, output: Path | None) -> None:
    """Prints what is proposed for the configuration."""
    if output_format == "json":
        _json(asdict(found) | {"rows": found.rows})
        return
    click.echo(f"{found.wrong} of {found.reviewed} reviewed columns are told otherwise than reviewers said")
    if not found.steps:
        click.echo("no change of the configuration mends that beyond noise")
        return
    _with_sentences(
        ("mends", "breaks", "change", "why"),
        [
            (
                str(step.mends),
                str(step.breaks),
                f"{step.table} " + " ".join(f"{name}={value}" for name, value in step.row.items()),
                printable(step.why),
            )
            for step in found.steps
        ],
    )
    click.echo(f"with all of them {found.left} would be; nothing is changed yet")
    if output is not None:
        click.echo(f"see what they would do: assay governance try --file {output}")
        click.echo(f"have them:              assay governance import {output} --reason 'from reviews'")


def tell_why(found: Explained, output_format: str) -> None:
    """Prints what weighs most."""
    if output_format == "json":
        _json(asdict(found))
        return
    click.echo(found.sentence)
    _table(("feature", "weight"), [(item.feature, f"{item.weight:+.3f}") for item in found.attributions])


def _json(told: Any) -> None:
    click.echo(orjson.dumps(told, option=orjson.OPT_INDENT_2).decode())


def _with_sentences(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """A table whose last cells are sentences: below their rows, and broken, where the terminal has no room for them beside."""
    columns = terminal_columns()
    widths = [max(width(row[at]) for row in (head, *rows)) for at in range(len(head))]
    if sum(widths) + len("  ") * (len(widths) - 1) <= columns:
        _table(head, rows)
        return
    for *cells, sentence in (head, *rows):
        click.echo("  ".join(pad(cell, wide) for cell, wide in zip(cells, widths, strict=False)).rstrip())
        for line in wrapped(sentence, columns, first="    ", indent="    "):
            click.echo(line)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    if not rows:
        return
    widths = [max(width(row[at]) for row in (head, *rows)) for at in range(len(head))]
    for row in (head, *rows):
        click.echo("  ".join(pad(cell, wide) for cell, wide in zip(row, widths, strict=True)).rstrip())
