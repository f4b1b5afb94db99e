"""The business glossary, and whose resources are: changed one by one or from CSV, all of a file or nothing of it. Values are refused."""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from fnmatch import fnmatchcase

from assay.app.reviews.reviewing import Redactor, glob_of
from assay.errors import ConflictError, ReviewError
from assay.report.cells import guarded, unguarded
from assay.review.scopes import matches, narrowness
from assay.store import audit
from assay.store import glossary as store
from assay.store.engine import Catalog
from assay.store.glossary import Owner, Term

TERM_COLUMNS = ("term", "definition", "owner", "links")
OWNER_COLUMNS = ("resource", "owner")
_LONGEST = {"term": 120, "definition": 4_000, "owner": 200}
_MOST_LINKS = 200
_MOST_ROWS = 5_000


def put_term(
    catalog: Catalog,
    given: Mapping[str, str],
    *,
    identifiers: Collection[str],
    by: str,
    redact: Redactor,
    term_id: str | None = None,
    version: int = 0,
) -> str:
    """Adds a term, or changes that of an id if it is still of that version. Raises `ReviewError`, `ConflictError`."""
    values = _checked(given, identifiers, redact)
    with catalog.transaction() as connection:
        was = None if term_id is None else store.term(connection, term_id)
        if term_id is not None and (was is None or was.version != version):
            raise ConflictError("the term was changed or taken out by somebody else meanwhile; look again")
        kept = store.put(connection, values, was, by=by, at=datetime.now(UTC))
        audit.append(
            connection,
            actor=by,
            action="TERM_CHANGED",
            resource=f"glossary:{values['name']}",
            details={"term": kept},
            before=None if was is None else _told(was),
            after={**values},
        )
    return kept


def remove_term(catalog: Catalog, term_id: str, *, version: int, by: str) -> None:
    """Takes a term out. Raises `ConflictError`."""
    with catalog.transaction() as connection:
        was = store.term(connection, term_id)
        if was is None or was.version != version:
            raise ConflictError("the term was changed or taken out by somebody else meanwhile; look again")
        store.remove(connection, was)
        details = {"term": was.id}
        audit.append(
            connection,
            actor=by,
            action="TERM_REMOVED",
            resource=f"glossary:{was.name}",
            details=details,
            before=_told(was),
        )


def import_terms(catalog: Catalog, text: str, *, identifiers: Collection[str], by: str, redact: Redactor) -> int:
    """Adds and changes terms as CSV has them, by their names. Returns how many differ now. Raises `ReviewError` that names the first bad
    line, and keeps nothing then."""
    rows = [(line, _checked(row, identifiers, redact, line)) for line, row in _rows(text, TERM_COLUMNS)]
    at, changed = datetime.now(UTC), 0
    with catalog.transaction() as connection:
        known = {store.called(each.name): each for each in store.terms(connection)}
        seen: set[str] = set()
        for line, values in rows:
            name = store.called(str(values["name"]))
            if name in seen:
                raise ReviewError(f"line {line}: the term '{values['name']}' stands in an earlier line, too")
            seen.add(name)
            was = known.get(name)
            if was is not None and _told(was) == values:
                continue
            kept = store.put(connection, values, was, by=by, at=at)
            before = None if was is None else _told(was)
            details = {"term": kept, "from": "csv"}
            audit.append(
                connection, actor=by, action="TERM_CHANGED", resource=f"glossary:{values['name']}", details=details, before=before,
                after={**values},
            )  # fmt: skip
            changed += 1
    return changed


def export_terms(terms: Iterable[Term]) -> str:
    """Terms as CSV that `import_terms` reads back."""
    return _csv(TERM_COLUMNS, ((each.name, each.definition, each.owner, " ".join(each.links)) for each in terms))


def import_owners(catalog: Catalog, text: str, *, by: str, redact: Redactor) -> int:
    """Writes whose resources are, as CSV has it; an empty owner is nobody. Returns how many differ now. Raises `ReviewError`."""
    wanted: dict[str, str] = {}
    for line, row in _rows(text, OWNER_COLUMNS):
        try:
            scope = glob_of(row["resource"], redact)
        except ReviewError as error:
            raise ReviewError(f"line {line}: {error}") from None
        if scope in wanted:
            raise ReviewError(f"line {line}: {scope} stands in an earlier line, too")
        wanted[scope] = _owner(row["owner"], redact, f"line {line}: ")
    return _keep_owners(catalog, wanted, source="file", by=by)


def set_owner(catalog: Catalog, scope: str, owner: str, *, by: str, redact: Redactor) -> bool:
    """Says whose a scope is; an empty owner is nobody. Returns whether that changed something. Raises `ReviewError`."""
    return _keep_owners(catalog, {glob_of(scope, redact): _owner(owner, redact, "")}, source="person", by=by) > 0


def owners_of_tags(catalog: Catalog, tagged: Mapping[str, str], *, by: str, redact: Redactor) -> tuple[int, int]:
    """Writes owners as tags of resources have them, where nobody has said otherwise; an empty owner takes back what a tag said before. Returns how
    many differ now, and how many tags could not be taken: they are too long, or hold what looks like a value."""
    wanted: dict[str, str] = {}
    refused = 0
    for scope, owner in tagged.items():
        if any(sign in scope for sign in "*?["):
            continue
        try:
            wanted[scope] = _owner(owner, redact, "")
        except ReviewError:
            refused += 1
    return _keep_owners(catalog, wanted, source="tag", by=by), refused


def _keep_owners(catalog: Catalog, wanted: Mapping[str, str], *, source: str, by: str) -> int:
    at, changed = datetime.now(UTC), 0
    with catalog.transaction() as connection:
        known = {each.scope: each for each in store.owners(connection)}
        for scope, owner in wanted.items():
            was = known.get(scope)
            if (was.owner if was else "") == owner:
                continue
            if source == "tag" and was is not None and was.source != "tag":
                continue
            store.put_owner(connection, scope, owner or None, source=source, by=by, at=at)
            audit.append(
                connection, actor=by, action="OWNER_CHANGED", resource=scope, details={"from": source},
                before={"owner": was.owner if was else None}, after={"owner": owner or None},
            )  # fmt: skip
            changed += 1
    return changed


def export_owners(owners: Iterable[Owner]) -> str:
    """Owners as CSV that `import_owners` reads back."""
    return _csv(OWNER_COLUMNS, ((each.scope, each.owner) for each in owners))


def owner_of(resource: str, owners: Iterable[Owner]) -> Owner | None:
    """Whose a resource is: what the narrowest scope says that it lies in."""
    found = [each for each in owners if matches(each.scope, resource)]
    return max(found, key=lambda each: (narrowness(each.scope), each.scope), default=None)


def terms_of(terms: Iterable[Term], resource: str, column: str, identifier: str | None) -> list[Term]:
    """The terms that are linked to a column: to what it holds, or to itself."""
    return [each for each in terms if any(_linked(link, resource, column, identifier) for link in each.links)]


def _linked(link: str, resource: str, column: str, identifier: str | None) -> bool:
    scope, hash_, name = link.rpartition("#")
    if not hash_:
        return link == identifier
    return fnmatchcase(column.casefold(), name.casefold()) and matches(scope, resource)


def _checked(
    given: Mapping[str, str], identifiers: Collection[str], redact: Redactor, line: int = 0
) -> dict[str, object]:
    where = f"line {line}: " if line else ""
    texts = {name: " ".join(given.get(name, "").split()) for name in TERM_COLUMNS}
    if not texts["term"] or not texts["definition"]:
        raise ReviewError(f"{where}a term needs a name and a definition")
    for name, most in _LONGEST.items():
        if len(texts[name]) > most or not texts[name].isprintable():
            raise ReviewError(f"{where}{name} has at most {most:,} characters, all of them printable")
        if name != "owner" and redact(texts[name]) != texts[name]:
            raise ReviewError(
                f"{where}{name} holds what looks like a sensitive value; say what such values look like instead"
            )
    links = list(dict.fromkeys(texts["links"].split()))
    if len(links) > _MOST_LINKS:
        raise ReviewError(f"{where}a term has at most {_MOST_LINKS} links")
    for link in links:
        scope, hash_, column = link.rpartition("#")
        if hash_ and scope and column:
            try:
                glob_of(scope, redact)
            except ReviewError as error:
                raise ReviewError(f"{where}{error}") from None
        elif link not in identifiers:
            raise ReviewError(f"{where}'{link}' is no identifier; write its NAME, or a column as s3://lake/hr/*#salary")
    owner = _owner(texts["owner"], redact, where)
    return {"name": texts["term"], "definition": texts["definition"], "owner": owner, "links": links}


def _owner(text: str, redact: Redactor, where: str) -> str:
    name = " ".join(text.split())
    if len(name) > _LONGEST["owner"] or not name.isprintable():
        raise ReviewError(f"{where}an owner has at most {_LONGEST['owner']} characters, all of them printable")
    # An owner may be an address of mail, and nothing else that detection knows.
    user, at, host = name.partition("@")
    if redact(user) != user or (at and redact(host) != host):
        raise ReviewError(f"{where}the owner holds what looks like a sensitive value")
    return name


def _told(term: Term) -> dict[str, object]:
    return {"name": term.name, "definition": term.definition, "owner": term.owner, "links": list(term.links)}


def _rows(text: str, columns: Sequence[str]) -> list[tuple[int, dict[str, str]]]:
    reader = csv.reader(io.StringIO(text.lstrip("\ufeff"), newline=""), strict=True)
    found: list[tuple[int, dict[str, str]]] = []
    try:
        head = [name.strip().lower() for name in next(reader, [])]
        if sorted(head) != sorted(columns):
            raise ReviewError(f"line 1: has to name the columns {', '.join(columns)}")
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            if len(cells) != len(head):
                raise ReviewError(
                    f"line {reader.line_num}: has {len(cells)} cells where the first line has {len(head)}"
                )
            found.append((reader.line_num, dict(zip(head, map(unguarded, cells), strict=True))))
            if len(found) > _MOST_ROWS:
                raise ReviewError(f"at most {_MOST_ROWS:,} rows are taken at once")
    except csv.Error as error:
        raise ReviewError(f"line {reader.line_num}: not valid CSV: {error}") from None
    return found


def _csv(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(columns)
    writer.writerows(map(guarded, row) for row in rows)
    return out.getvalue()
