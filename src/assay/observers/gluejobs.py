"""Where a job of Glue has written: what its nodes say, else what its runs were told, else the tables that changed meanwhile.

Source: https://docs.aws.amazon.com/glue/latest/dg/aws-glue-api-jobs-job.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from assay.aws import uris
from assay.aws.failures import NOT_FOUND, failure_of, refusals
from assay.aws.paging import items
from assay.aws.session import Calls

CALLS: Calls = frozenset({"glue.GetJob", "glue.GetJobRuns", "glue.GetDatabases", "glue.GetTables", "glue.GetTable"})
# Arguments that tell Glue itself where it has its own things, not where the job has its data; and where its code lies.
# https://docs.aws.amazon.com/glue/latest/dg/aws-glue-programming-etl-glue-arguments.html
_NO_DATA = frozenset(
    {"--tempdir", "--scriptlocation", "--spark-event-logs-path", "--extra-py-files", "--extra-jars", "--extra-files",
     "--additional-python-modules", "--job-bookmark-from", "--job-bookmark-to", "--redshift_tmp_dir"}
)  # fmt: skip
_SUCCEEDED = "SUCCEEDED"
_RUNS = 20
"""Those of late: what older ones have written was looked at when they ended."""


def locations_of_job(client: Any, name: str) -> Iterator[str]:
    """Targets of a scan. Raises what boto3 raises."""
    job = client.get_job(JobName=name)["Job"]
    nodes = [told for kind, told in _nodes(job) if kind.endswith("Target")]
    found = [uri for told in nodes for uri in _of_node(client, told)]
    if not found:
        runs = _runs(client, name)
        found = list(_of_arguments(job, runs)) or list(_of_changed_tables(client, runs))
    yield from found


def _nodes(job: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for node in (job.get("CodeGenConfigurationNodes") or {}).values():
        yield from node.items()


def _of_node(client: Any, told: Mapping[str, Any]) -> Iterator[str]:
    if "Path" in told:
        yield from located(str(told["Path"]))
    elif "Database" in told and "Table" in told:
        try:
            table = client.get_table(DatabaseName=told["Database"], Name=told["Table"])["Table"]
        except refusals() as error:
            # A target may be a table of a database that Glue only connects to.
            if failure_of(error).reason != NOT_FOUND:
                raise
            return
        yield from of_table(table)


def _runs(client: Any, name: str) -> list[Mapping[str, Any]]:
    runs = client.get_job_runs(JobName=name, MaxResults=_RUNS).get("JobRuns") or ()
    return [run for run in runs if run.get("JobRunState") == _SUCCEEDED]


def _of_arguments(job: Mapping[str, Any], runs: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """What a job reads may be among them: of what has not changed nothing is read again."""
    for run in runs:
        # What a run was told stands before what the job is told by itself.
        told = {**(job.get("DefaultArguments") or {}), **(run.get("Arguments") or {})}
        for name, value in told.items():
            if name.lower() not in _NO_DATA:
                for each in str(value).split(","):
                    yield from located(each.strip())


def _of_changed_tables(client: Any, runs: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    spans = [(run["StartedOn"], run.get("LastModifiedOn") or run.get("CompletedOn")) for run in runs]
    if not spans:
        return
    for database in items(client, "get_databases", "DatabaseList"):
        for table in items(client, "get_tables", "TableList", DatabaseName=database["Name"]):
            changed = table.get("UpdateTime")
            if isinstance(changed, datetime) and any(_within(changed, *span) for span in spans):
                yield from of_table(table)


def _within(moment: datetime, begin: datetime, end: datetime | None) -> bool:
    # Glue tells the time of a table in whole seconds.
    return begin.replace(microsecond=0) <= moment and (end is None or moment <= end)


def of_table(table: Mapping[str, Any]) -> Iterator[str]:
    """The target that reads a table's files, none where they are not in S3."""
    yield from located((table.get("StorageDescriptor") or {}).get("Location") or "")


def located(path: str) -> Iterator[str]:
    """The target of a place, none where that is not in S3."""
    uri = uris.location(path)
    if uri is not None:
        yield uri
