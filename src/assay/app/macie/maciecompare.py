"""Macie against us, by what was imported and what the catalog knows of the same buckets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from assay.errors import UsageError
from assay.macie.agreement import Agreement, Seen, compare
from assay.macie.evidence import evidence_of, standing
from assay.macie.mapping import TypeMapping, is_covered
from assay.model import Identifier
from assay.store import macie
from assay.store.engine import Catalog


def compared(
    catalog: Catalog, mapping: TypeMapping, identifiers: Mapping[str, Identifier], buckets: Sequence[str]
) -> Agreement:
    """The comparison for these buckets, or all that Macie told of. Raises `UsageError` where it told of none of them."""
    with catalog.reading() as connection:
        told = macie.buckets(connection)
    chosen = [bucket for bucket in told if not buckets or bucket in buckets]
    if not chosen:
        what = f" of {', '.join(buckets)}" if buckets else ""
        raise UsageError(f"the catalog has no findings of Macie{what}; 'assay aws macie import' brings them")
    has_type = {name: is_covered(name) for name in identifiers}
    # What was made there of ours counts where Macie has used it.
    seen = list(_seen(catalog, mapping, chosen))
    for each in seen:
        has_type |= dict.fromkeys(each.macie, True)
    return compare(seen, has_type=has_type)


def _seen(catalog: Catalog, mapping: TypeMapping, buckets: Sequence[str]) -> Iterator[Seen]:
    for bucket in buckets:
        with catalog.reading() as connection:
            ours = {each.resource: each for each in macie.own(connection, bucket)}
            theirs = {resource: found for resource, _, found in macie.by_resource(connection, [bucket])}
        for resource in sorted({*ours, *theirs}):
            own = ours.get(resource)
            found = standing(theirs.get(resource, ()), None if own is None else own.etag)
            counts = evidence_of(resource, found, mapping)[1] if found else {}
            if counts or own is not None:
                yield Seen(resource, bucket, counts, None if own is None else own.counts)
