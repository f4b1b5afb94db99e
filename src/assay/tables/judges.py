"""The judge of a process, made when its first table is met: most files are none, and know nothing of how they are judged."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from assay.detect.ruleset import RuleSet
from assay.ports import Learned

if TYPE_CHECKING:
    from assay.model import Governance
    from assay.tables.judge import TableJudge


@dataclass(slots=True, kw_only=True)
class Judges:
    """Makes the judge of a process. `governance` is `None` for that of the rule set, or the shipped defaults."""

    governance: Governance | None = None
    learned: Learned | None = None
    _made: tuple[RuleSet, TableJudge] | None = field(default=None, repr=False)

    def governance_of(self, rules: RuleSet) -> Governance:
        """The configuration that the judge of `rules` follows."""
        from assay.tables.defaults import defaults  # only where there is a table

        return self.governance or rules.governance or defaults(rules.identifiers, rules.cache)

    def of(self, rules: RuleSet) -> TableJudge:
        """The judge by the words and identifiers of `rules`."""
        if self._made is None or self._made[0] is not rules:
            from assay.detect.abbreviations import read_ahead
            from assay.tables.judge import TableJudge  # only where there is a table
            from assay.tables.methods import semantic_of

            read_ahead(rules.cache)
            governance = self.governance_of(rules)
            judge = TableJudge(
                identifiers=rules.identifiers,
                names=rules.names,
                governance=governance,
                semantic=semantic_of(governance, rules.cache),
                learned=self.learned,
            )
            self._made = rules, judge
        return self._made[1]

    def __reduce__(self) -> tuple[type[Judges], tuple[()], dict[str, object]]:
        # What is made holds a rule set, which every process makes for itself.
        return Judges, (), {"governance": self.governance, "learned": self.learned}

    def __setstate__(self, state: dict[str, object]) -> None:
        for name, value in state.items():
            setattr(self, name, value)
        self._made = None
