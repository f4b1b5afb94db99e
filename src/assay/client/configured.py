"""What people say of their data: the configuration of detection, the glossary, and whose resources are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import cast

from assay.client.calls import Calls, part
from assay.client.told import Document, Governance, Owner, Term


class Configured(Calls):
    """The configuration of detection, the glossary and owners."""

    def governance(self) -> Governance:
        """The tables of the configuration; its `etag` is what a change is based on."""
        return cast("Governance", self._one("/governance"))

    def governance_rows(self, table: str) -> Iterator[Document]:
        """All rows of a table, each as `row` with its `origin`: shipped, changed or own."""
        yield from self._get(f"/governance/tables/{part(table)}")["items"]

    def governance_history(self, *, table: str = "", row: str = "") -> Iterator[Document]:
        """Changes of the configuration, the newest first."""
        return self._pages("/governance/history", {"table": table, "row": row})

    def try_governance(
        self,
        rows: Mapping[str, Sequence[Mapping[str, object]]] | None = None,
        *,
        reset: Sequence[tuple[str, str]] = (),
        back_to: int | None = None,
    ) -> Document:
        """What a change would do: rows by table, stored rows (`table`, id) that are taken away, or the version to go back to."""
        return cast("Document", self._post("/governance/try", _change(rows, reset, back_to)))

    def change_governance(
        self,
        looked: Governance,
        reason: str,
        rows: Mapping[str, Sequence[Mapping[str, object]]] | None = None,
        *,
        reset: Sequence[tuple[str, str]] = (),
        back_to: int | None = None,
    ) -> Document:
        """Keeps a change of the configuration that was looked at. Raises `ApiError` 412 where somebody was quicker."""
        body = _change(rows, reset, back_to) | {"reason": reason}
        return cast("Document", self._changed("POST", "/governance/changes", body, looked["etag"]))

    def test_pattern(self, regex: str, text: str) -> list[Document]:
        """Where an expression matches in a text, of which nothing is kept."""
        return cast(
            "list[Document]", self._post("/governance/patterns/test", {"regex": regex, "text": text})["matches"]
        )

    def terms(self, *, search: str = "") -> Iterator[Term]:
        """The terms of the glossary, by name."""
        return cast("Iterator[Term]", self._pages("/glossary", {"search": search}))

    def term(self, term_id: str) -> Term:
        """A term; its `etag` is what a change is based on."""
        return cast("Term", self._one(f"/glossary/{part(term_id)}"))

    def add_term(self, term: str, definition: str, *, owner: str = "", links: Sequence[str] = ()) -> Term:
        """Adds a term. Links are names of identifiers, and columns such as `s3://lake/hr/*#salary`."""
        body = {"term": term, "definition": definition, "owner": owner, "links": list(links)}
        return cast("Term", self._changed("POST", "/glossary", body))

    def change_term(
        self, looked: Term, term: str, definition: str, *, owner: str = "", links: Sequence[str] = ()
    ) -> Term:
        """Changes a term that was looked at: all of it is as it is said here. Raises `ApiError` 412 where somebody was quicker."""
        body = {"term": term, "definition": definition, "owner": owner, "links": list(links)}
        return cast("Term", self._changed("PUT", f"/glossary/{part(looked['id'])}", body, looked["etag"]))

    def remove_term(self, looked: Term) -> None:
        """Takes a term out that was looked at. Raises `ApiError` 412 where somebody was quicker."""
        self._changed("DELETE", f"/glossary/{part(looked['id'])}", None, looked["etag"])

    def owners(self) -> Iterator[Owner]:
        """Whose resources are, by scope; the narrowest counts."""
        return cast("Iterator[Owner]", self._pages("/owners"))

    def set_owner(self, resource: str, owner: str) -> bool:
        """Says whose the resources of a scope are; an empty owner is nobody. Whether that changed something."""
        return bool(self._changed("PUT", "/owners", {"resource": resource, "owner": owner})["changed"])

    def take_owners_of_tags(self, regions: Sequence[str] = ()) -> Document:
        """Takes owners from tags of the AWS account that the server has rights in: how many `changed`, and what could not be read (`gaps`)."""
        return cast("Document", self._changed("POST", "/owners/tags", {"regions": list(regions)}))


def _change(
    rows: Mapping[str, Sequence[Mapping[str, object]]] | None, reset: Sequence[tuple[str, str]], back_to: int | None
) -> Document:
    body: Document = {}
    if rows is not None:
        body["rows"] = {table: [dict(row) for row in each] for table, each in rows.items()}
    if reset:
        body["reset"] = [{"table": table, "id": row} for table, row in reset]
    if back_to is not None:
        body["back_to"] = back_to
    return body
