"""A plan of protection as a page for a browser."""

from __future__ import annotations

from assay.aws.permissions import grant_of
from assay.cli.version import version
from assay.model.action import Plan
from assay.report.planpage.document import PlanPage
from assay.sinks.output import open_output


def write_page(plan: Plan, plan_id: str, path: str | None) -> None:
    """Writes the page to a file, which appears when it is whole, or to standard output. Raises `OutputError`."""
    calls = {call for planned in plan.actions for call in planned.action.calls}
    rights = sorted({action for call in calls for action in grant_of(call).actions})
    page = PlanPage(plan=plan, plan_id=plan_id, version=version(), rights=rights)
    output = open_output(path)
    try:
        for piece in page.document():
            output.write(piece.encode())
        output.commit()
    except BaseException:
        output.abandon()
        raise
