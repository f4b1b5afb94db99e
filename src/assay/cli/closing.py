"""What is said at the end of a scan."""

from __future__ import annotations

from assay.model import Summary


def closing(summary: Summary | None, output_name: str | None) -> list[str]:
    """What is said on standard error when the results themselves are elsewhere."""
    from assay.report.again import told_again
    from assay.report.printable import counted, printable

    if summary is None:
        return []
    where = f" → {printable(output_name)}" if output_name else ""
    found = f"{counted(summary.findings, 'finding')} in {counted(summary.resources, 'resource')}"
    lines = [f"{found}, {summary.level}{where}"]
    lines += told_again(summary)
    if summary.gaps:
        lines.append(f"{counted(summary.gaps, 'gap')}: not everything could be read; the results say what and why")
    if summary.sampling:
        lines.append(f"sampled: {summary.sampling}")
    if summary.test_values_ignored:
        lines.append(f"{counted(summary.test_values_ignored, 'test value')} ignored; --include-test-values shows them")
    return lines
