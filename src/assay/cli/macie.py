"""`assay macie`, `assay aws macie` as well: the verbs that work with Amazon Macie."""

from __future__ import annotations

import click

from assay.cli.lazy import LazyGroup, Verb

VERBS: dict[str, Verb] = {
    "setup": Verb("assay.cli.macie_begin", "setup", "Enable Macie and give it identifiers of ours, in one."),
    "status": Verb("assay.cli.macie_setup", "status", "Say whether Macie is enabled, and what it has of ours."),
    "enable": Verb("assay.cli.macie_setup", "enable", "Enable Macie for an account and a region."),
    "identifiers": Verb(
        "assay.cli.macie_identifiers", "identifiers", "Say which identifiers Macie can be given, and why not."
    ),
    "create-identifiers": Verb(
        "assay.cli.macie_identifiers", "create_identifiers", "Make identifiers of ours in Macie."
    ),
    "job": Verb("assay.cli.macie_jobs", "job", "Have Macie look into buckets: what it costs first, then the job."),
    "reclassify": Verb(
        "assay.cli.macie_reclassify",
        "reclassify",
        "Have Macie look into given objects, prefixes or buckets again, once.",
    ),
    "jobs": Verb("assay.cli.macie_jobs", "jobs", "List Macie's jobs."),
    "import": Verb("assay.cli.macie_findings", "import_findings", "Bring Macie's findings into the catalog."),
    "compare": Verb("assay.cli.macie_findings", "compare", "Compare what Macie found with what we found."),
    "export-results": Verb("assay.cli.macie_setup", "export_results", "Say where Macie keeps its detailed results."),
    "suppress": Verb("assay.cli.macie_setup", "suppress", "Have Macie archive what people have accepted."),
    "undo": Verb("assay.cli.macie_setup", "undo", "Take back what a plan changed in Macie."),
}


@click.group(
    cls=LazyGroup,
    verbs=VERBS,
    no_args_is_help=True,
    short_help="Work with Amazon Macie: identifiers, jobs, findings, suppression.",
)
def macie() -> None:
    """Work with Amazon Macie: one more detector beside ours, in one account and region at a time.

    What changes anything shows its plan first, and changes nothing without --yes.
    """
