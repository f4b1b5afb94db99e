"""Quasi-identifiers of a table, and what follows from how many of its rows are alike in them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from assay.detect.abbreviations import expand, plain
from assay.detect.names import tokens
from assay.model import (
    AnonymityPolicy,
    Category,
    ClassSizes,
    ColumnRecord,
    ColumnSketch,
    Governance,
    KAnonymity,
    Measure,
    TableRecord,
)
from assay.tables.bundles import NAME_MARK
from assay.tables.governed import frameworks, policies

LEAST_KINDS = 2
"""Of how many rows of QUASI_IDENTIFIERS a table has to have columns: by one alone nobody is singled out."""

_BELOW = 5
_RAISED = "; raised from "


@dataclass(slots=True, kw_only=True)
class QuasiIdentifiers:
    """Which columns of a table are quasi-identifiers by a configuration."""

    governance: Governance
    _types: dict[str, str] = field(init=False)
    _words: dict[tuple[str, ...], str] = field(init=False)

    def __post_init__(self) -> None:
        self._types = {}
        self._words = {}
        for kind in self.governance.quasi_identifiers:
            for member in kind.members:
                if member.startswith(NAME_MARK):
                    words = tokens(plain(member.removeprefix(NAME_MARK)))
                    self._words[words] = self._words["".join(words),] = kind.id
                else:
                    self._types[member] = kind.id

    def places(self, columns: Sequence[ColumnRecord]) -> tuple[int, ...]:
        """The places of a table's quasi-identifiers among its columns; none where they are of one kind only."""
        # An opinion raises no level, so it makes no rows be counted either.
        kinds = [self._of(record.column, None if record.is_opinion else record.detected_type) for record in columns]
        if len({kind for kind in kinds if kind is not None}) < LEAST_KINDS:
            return ()
        return tuple(place for place, kind in enumerate(kinds) if kind is not None)

    def may_be_in(self, sketches: Iterable[ColumnSketch]) -> bool:
        """Whether columns that are not judged yet may turn out to be quasi-identifiers of two kinds."""
        kinds: set[str] = set()
        for sketch in sketches:
            # A column without values is judged by its name, and may be anything.
            found = {*sketch.hits, *sketch.features.hits} if sketch.filled else self._types
            kinds.update(kind for name, kind in self._types.items() if name in found)
            named = self._named(sketch.name)
            if named is not None:
                kinds.add(named)
        return len(kinds) >= LEAST_KINDS

    @property
    def below(self) -> int:
        """Classes of fewer rows than this are small: the highest bar of a policy."""
        return max((policy.k for policy in self.governance.anonymity), default=_BELOW)

    def _of(self, column: str, detected: str | None) -> str | None:
        found = self._types.get(detected) if detected is not None else None
        return found or self._named(column)

    def _named(self, column: str) -> str | None:
        """The kind whose words a name ends with: `patient_age` is an age, `age_group` and `page` are none."""
        own = tokens(plain(column))
        for words in (own, tuple(expand(own))):
            for start in range(len(words)):
                if (kind := self._words.get(words[start:])) is not None:
                    return kind
        return None


def counted(columns: Sequence[str], sizes: ClassSizes, measure: Measure, hint: str = "") -> KAnonymity:
    """What was counted of a table, or of a sample of it. `hint` says how more is known."""
    exact = measure is Measure.EXACT
    return KAnonymity(
        columns=tuple(columns),
        measure=measure,
        k=sizes.k if exact else None,
        classes=sizes.classes,
        rows=sizes.rows,
        unique_rows=sizes.unique,
        rows_below=sizes.rows_below,
        below=sizes.below,
        smallest_classes=sizes.smallest,
        because=_exactly(columns, sizes) if exact else _of_sample(columns, sizes, hint),
    )


def not_counted(columns: Sequence[str], below: int, why: str) -> KAnonymity:
    """Why nothing was counted."""
    because = f"rows alike in {_listed(columns)} were not counted: {why}"
    return KAnonymity(columns=tuple(columns), measure=Measure.NONE, below=below, because=because)


def raised(table: TableRecord, found: KAnonymity, governance: Governance) -> TableRecord:
    """The table with what was counted of it, at the level that the policies ask for. Samples raise nothing."""
    policy = _policy(found, governance)
    if policy is None or policy.level.rank <= table.level.rank:
        return replace(table, k_anonymity=found)
    because = f"{found.because}{_RAISED}{table.level} to {policy.level} by policy {policy.id} (k below {policy.k})"
    found = replace(found, raised_from=table.level, because=because)
    categories = table.table_categories or (str(Category.PII),)
    return replace(
        table,
        level=policy.level,
        k_anonymity=found,
        table_categories=categories,
        dominant_table_category=table.dominant_table_category or categories[0],
        compliance_frameworks=table.compliance_frameworks or frameworks((), categories, governance),
        recommended_policies=table.recommended_policies or policies(categories, governance),
    )


def holds_for(before: KAnonymity, columns: Sequence[str], below: int) -> bool:
    """Whether what was counted before is what would be counted by these columns."""
    return before.columns == tuple(columns) and before.below == below


def again(table: TableRecord, before: KAnonymity, governance: Governance) -> TableRecord:
    """The same of what was counted once, under another configuration."""
    told = before.because.partition(_RAISED)[0]
    return raised(table, replace(before, raised_from=None, because=told), governance)


def _policy(found: KAnonymity, governance: Governance) -> AnonymityPolicy | None:
    """The one that asks most of a table with this k; an empty table asks for nothing."""
    if not found.k:
        return None
    small = [policy for policy in governance.anonymity if found.k < policy.k]
    return max(small, key=lambda policy: (policy.level.rank, -policy.k), default=None)


def _exactly(columns: Sequence[str], sizes: ClassSizes) -> str:
    by = _listed(columns)
    if not sizes.rows:
        return f"there are no rows to be alike in {by}"
    alone = f"{sizes.unique:,} of {sizes.rows:,} rows {'is' if sizes.unique == 1 else 'are'} alone"
    return f"k-anonymity is {sizes.k:,} by {by}: {alone}, {sizes.rows_below:,} in classes of fewer than {sizes.below}"


def _of_sample(columns: Sequence[str], sizes: ClassSizes, hint: str) -> str:
    share = f" ({sizes.unique / sizes.rows:.1%})" if sizes.rows else ""
    more = f"; {hint}" if hint else ""
    return (
        f"sample uniqueness by {_listed(columns)}: {sizes.unique:,} of {sizes.rows:,} rows drawn at random are alone among "
        f"these{share}, which says less of the whole table and raises no level{more}"
    )


def _listed(columns: Sequence[str]) -> str:
    *most, last = columns
    return f"{', '.join(most)} and {last}" if most else last
