"""The rule set: identifiers compiled into one automaton, with what is needed to confirm its candidates."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import hyperscan

from assay.detect import automaton
from assay.detect.cache import Broken, read_all
from assay.detect.compiled import CompiledRule
from assay.detect.files import state_of_code
from assay.detect.names import NameIndex, index_of
from assay.detect.numbering import keep_below
from assay.detect.numeric import Least
from assay.detect.plan import Target, besides, plan
from assay.detect.ready import Ready
from assay.errors import RuleError, UsageError
from assay.model import Category, Identifier, Stage

if TYPE_CHECKING:
    from assay.model import Governance


class RuleSet:
    """A compiled set of identifiers, for all detectors of a process; what it compiles later never changes what it finds.

    `untrusted` are the ids of users' own identifiers (`path`), and of their own patterns of others (`path#pattern`).
    """

    def __init__(
        self,
        identifiers: Sequence[Identifier],
        *,
        untrusted: frozenset[str] = frozenset(),
        cache: Path | None = None,
        candidates: bool = False,
        known: frozenset[str] = frozenset(),
        governance: Governance | None = None,
        broken: tuple[Broken, ...] = (),
    ) -> None:
        self.broken = broken
        """What is wrong with files of users' folders that take no part: these identifiers are not looked for."""
        self.known = known or frozenset(identifier.name for identifier in identifiers)
        """Names of all identifiers that there are, of which these may be a choice."""
        self.governance = governance
        """The configuration that the identifiers are under; `None` where nothing is configured."""
        self.identifiers = tuple(identifiers)
        self.by_identifier = {identifier.name: identifier for identifier in self.identifiers}
        self.digest = digest_of(self.identifiers)
        self.rules = [
            CompiledRule(index, item, untrusted=item.path in untrusted, added=untrusted)
            for index, item in enumerate(self.identifiers)
        ]
        self.plan = plan(self.rules, self.digest, cache, candidates=candidates)
        if broken:
            # Results with what could not be looked for left out are not those of the rest alone.
            said = "\n".join(problem for _, problem in broken)
            self.digest = hashlib.sha256(f"{self.digest} {said}".encode()).hexdigest()[:16]
        file = cache and cache / f"expressions-{self.digest}-{state_of_code()}.bin"
        ready = Ready(file)
        for rule in self.rules:
            rule.ready = ready
        self.targets = self.plan.targets
        self.cache = cache
        """Folder where what is made of identifiers is kept from run to run; `None` where nothing is."""
        keep_below(cache)
        self.database: hyperscan.Database | None = None
        if self.targets:
            try:
                self.database = automaton.load(self.plan.expressions, self.plan.key, cache)
            except hyperscan.error as error:
                for rule in self.rules:
                    if any(pattern.untrusted for pattern in rule.patterns):
                        check_patterns(rule.identifier)
                raise RuleError(f"the identifiers' expressions do not compile together: {error}") from None

    @cached_property
    def names(self) -> NameIndex:
        """Which identifiers a field's name speaks of, and which it speaks against."""
        file = self.cache and self.cache / f"names-{digest_of(self.identifiers)}-{state_of_code()}.json"
        return index_of(self.identifiers, file)

    def numbers(self, name: str) -> Least:
        """Of how many digits numbers have to be for anything to be found in a column of that name."""
        found = self.plan.numbers
        for index in self.names.match(name):
            for item in self.rules[index].in_column:
                found = found.either(item.numbers)
        return found

    @cached_property
    def besides(self) -> tuple[list[Target], hyperscan.Database] | None:
        """What is looked for besides where candidates are kept, and its automaton; `None` where there is nothing."""
        found = besides(self.rules)
        return None if found is None else (found.targets, automaton.load(found.expressions, found.key, self.cache))

    def by_name(self, name: str) -> Identifier:
        """The identifier called `name`. Raises `UsageError` with the nearest name."""
        for identifier in self.identifiers:
            if name in (identifier.name, identifier.path):
                return identifier
        raise unknown_identifier(name, self.identifiers)


def check_patterns(identifier: Identifier) -> None:
    """Raises `RuleError` for the first of its patterns that cannot be looked for in linear time."""
    for pattern in identifier.patterns:
        if pattern.anchor == "value":
            where = f"{identifier.path}: pattern '{pattern.id}'"
            key = "regex" if pattern.find is None else "find"
            automaton.check(pattern.find or pattern.regex, where=where, key=key, caseless=pattern.caseless)


def unknown_identifier(name: str, identifiers: Iterable[Identifier]) -> UsageError:
    """The error for an identifier that is not there."""
    known = [identifier.name for identifier in identifiers]
    import difflib  # only errors need it

    close = difflib.get_close_matches(name.upper(), known, n=1, cutoff=0.5)
    hint = f"did you mean {close[0]}?" if close else "see 'assay identifiers list'"
    return UsageError(f"no identifier named '{name}'; {hint}")


def check_categories(categories: Iterable[str], identifiers: Iterable[Identifier]) -> None:
    """Raises `UsageError` for a category that is none of ours, and that no identifier is of."""
    known = list(dict.fromkeys([*map(str, Category), *(str(identifier.category) for identifier in identifiers)]))
    for name in categories:
        if name in known:
            continue
        import difflib  # only errors need it

        close = difflib.get_close_matches(name.upper(), known, n=1, cutoff=0.5)
        hint = f"did you mean {close[0]}?" if close else f"there are {', '.join(known)}"
        raise UsageError(f"no identifier is of the category '{name}'; {hint}")


def load(
    paths: Sequence[Path] = (),
    *,
    names: Sequence[str] = (),
    categories: Sequence[str] = (),
    preview: bool = False,
    cache: Path | None = None,
    builtin: bool = True,
    candidates: bool = False,
    governance: Governance | None = None,
) -> RuleSet:
    """The built-in identifiers and those at `paths` as `governance` has them, or of them only `names` and `categories`.

    With `candidates`, values that need context and have none are found too (scored 0.35). Preview identifiers take part when asked for by name or with `preview`. Raises `RuleError` for a bad file and
    `UsageError` for an unknown name.
    """
    found = select(
        paths, names=names, categories=categories, preview=preview, cache=cache, builtin=builtin, governance=governance
    )
    digest = digest_of(found.identifiers)
    key = _Made(digest, found.untrusted, found.known, candidates, cache, _digest(governance), found.broken)
    made = _made.pop(key, None)
    if made is None:

        def of(identifiers: Sequence[Identifier], kept: Path | None, broken: tuple[Broken, ...] = ()) -> RuleSet:
            return RuleSet(
                identifiers,
                untrusted=found.untrusted,
                cache=kept,
                candidates=candidates,
                known=found.known,
                governance=governance,
                broken=broken,
            )

        try:
            made = of(found.identifiers, cache, found.broken)
        except RuleError as error:
            from assay.detect.setaside import set_aside  # only where something does not run

            # Tries are not kept: nobody looks for these sets again.
            left = set_aside(found.identifiers, found.untrusted, paths, lambda tried: of(tried, None), error)
            made = of(left.identifiers, cache, found.broken + left.broken)
    _made[key] = made
    for oldest in list(_made)[:-_SETS]:
        _made.pop(oldest, None)
    return made


class _Made(NamedTuple):
    """All that a rule set depends on."""

    digest: str
    untrusted: frozenset[str]
    known: frozenset[str]
    candidates: bool
    cache: Path | None
    governance: str | None
    broken: tuple[Broken, ...]


# A process that scans again (by the Python API, say) neither reads nor compiles the same again.
_made: dict[_Made, RuleSet] = {}
_SETS = 4


def _digest(governance: Governance | None) -> str | None:
    return None if governance is None else governance.digest


class Selected(NamedTuple):
    """Identifiers as a rule set is made of, the names of all that there are, the ids of what is users' own, and what is wrong with files that
    are left out."""

    identifiers: list[Identifier]
    known: frozenset[str]
    untrusted: frozenset[str]
    broken: tuple[Broken, ...]


def select(
    paths: Sequence[Path] = (),
    *,
    names: Sequence[str] = (),
    categories: Sequence[str] = (),
    preview: bool = False,
    cache: Path | None = None,
    builtin: bool = True,
    governance: Governance | None = None,
) -> Selected:
    """What `load` makes a rule set of. Raises as that does."""
    broken: list[Broken] = []
    everything, untrusted = read_all(paths, cache=cache, builtin=builtin, examples=False, broken=broken)
    if governance is not None:
        from assay.detect.governed import governed  # only where something is configured

        everything, added = governed(everything, governance)
        untrusted |= added
    chosen = _choose(everything, names, categories, preview)
    known = frozenset(identifier.name for identifier in everything)
    return Selected(chosen, known, untrusted, tuple(broken))


def digest_of(identifiers: Iterable[Identifier]) -> str:
    """The digest of a rule set of these identifiers."""
    state = hashlib.sha256()
    for identifier in identifiers:
        state.update(f"{identifier.path} {identifier.digest}\n".encode())
    return state.hexdigest()[:16]


def _choose(
    everything: Sequence[Identifier], names: Sequence[str], categories: Sequence[str], preview: bool
) -> list[Identifier]:
    wanted = set(names)
    known = {identifier.name for identifier in everything} | {identifier.path for identifier in everything}
    for name in names:
        if name not in known:
            raise unknown_identifier(name, everything)
    check_categories(categories, everything)
    chosen = []
    for identifier in everything:
        by_name = identifier.name in wanted or identifier.path in wanted
        if wanted and not by_name:
            continue
        if categories and identifier.category not in categories:
            continue
        if identifier.stage is Stage.PREVIEW and not (preview or by_name):
            continue
        chosen.append(identifier)
    if not chosen:
        raise UsageError("no identifier is left by these options; see 'assay identifiers list'")
    return chosen
