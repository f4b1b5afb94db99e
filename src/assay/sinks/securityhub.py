"""Security Hub: findings are brought to what holds now. What is there is read first, so that nothing is sent twice."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from assay.aws.paging import items
from assay.report.asff import GENERATOR, Hub

CALLS = frozenset({"securityhub.GetFindings", "securityhub.BatchImportFindings"})

_BATCH = 100
_AT_ONCE = 100


class Refused(NamedTuple):
    """A finding that Security Hub did not take, and its code for why."""

    id: str
    code: str


class SecurityHub:
    """The findings of one account in one region that are ours."""

    def __init__(self, client: Any, hub: Hub) -> None:
        self._client = client
        self._hub = hub

    def present(self) -> dict[str, dict[str, Any]]:
        """Every finding of ours that is there, by its id. Raises what botocore raises."""
        ours = {
            "GeneratorId": [{"Value": GENERATOR, "Comparison": "EQUALS"}],
            "ProductArn": [{"Value": self._hub.product, "Comparison": "EQUALS"}],
        }
        found = items(self._client, "get_findings", "Findings", Filters=ours, PaginationConfig={"PageSize": _AT_ONCE})
        # The filter is checked again: what another product sent must not be archived by us.
        return {item["Id"]: item for item in found if item.get("GeneratorId") == GENERATOR}

    def send(self, findings: Iterable[dict[str, Any]]) -> Iterator[Refused | str]:
        """Sends findings; gives the id of each that was taken, and each that was not."""
        batch: list[dict[str, Any]] = []
        for finding in findings:
            batch.append(finding)
            if len(batch) == _BATCH:
                yield from self._import(batch)
                batch = []
        if batch:
            yield from self._import(batch)

    def _import(self, batch: Sequence[dict[str, Any]]) -> Iterator[Refused | str]:
        answer = self._client.batch_import_findings(Findings=list(batch))
        refused = {item["Id"]: str(item.get("ErrorCode", "")) for item in answer.get("FailedFindings") or ()}
        for finding in batch:
            given = finding["Id"]
            yield Refused(given, refused[given]) if given in refused else given
