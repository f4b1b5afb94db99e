"""An answer, held against its schema and cleaned: what is left is a description, or a list of what is wrong with it.

Nothing that is said here quotes the answer: it may hold what a document made the model say.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from assay.enrich.schema import schema
from assay.model.enrichment import (
    Advice,
    DataSubject,
    Described,
    Description,
    DocumentType,
    Facts,
    Refined,
    Suspected,
)

MOST_BYTES = 65_536
_MOST_PROBLEMS = 8
_HIDDEN = {"Cc", "Cf", "Zl", "Zp", "Cs", "Co", "Cn"}
_FENCED = re.compile(r"\A\s*```(?:json)?\s*\n(.*)\n\s*```\s*\Z", re.DOTALL)
# What could lead a reader away, or be run where a text is shown.
_MARKUP = re.compile(
    r"[<>`]|\]\(|\b[a-z][a-z0-9+.-]{1,20}:/{1,2}|\bwww\.|\b(?:javascript|data|vbscript):", re.IGNORECASE
)
# How sensitive something is, is not a model's to say: least of all that it is not.
_JUDGES = re.compile(
    r"\b(?:not?|non|nothing|isn'?t|aren'?t|hardly|never)[\s-]+(?:\w+[\s-]+){0,4}"
    r"(?:sensitive|personal|confidential|restricted|secret|protected|classified|private|regulated|pii|phi)\b"
    r"|\b(?:harmless|declassif\w*|downgrad\w*|unrestricted|unclassified|non-?sensitive|insensitive|publicly|public\s+(?:data|domain|information|record))\b"
    r"|\b(?:safe|ok(?:ay)?|fine|free|cleared|approved|suitable)\s+(?:to|for)\s+(?:be\s+)?"
    r"(?:shar|publish|publication|releas|disclos|delet|copy|export|public|everyone|anyone)\w*"
    r"|\b(?:level|classification|sensitivity)\s*(?:[:=]|is|should|must|has been|was)\b"
    r"|\bno\s+(?:review|approval|protection|encryption|restrictions?|controls?)\b"
    r"|\b(?:ignore|disregard|override|bypass)\b",
    re.IGNORECASE,
)
_RESERVED = (
    "classification",
    "sensitivity",
    "level",
    "confidential",
    "assay",
    "pii",
    "phi",
    "pci",
    "compliance",
)

Mask = Callable[[str], str]
"""Takes the values out of a text."""


class Heard(NamedTuple):
    """A description, or `None` with what is `wrong`; `left_out` says what of an answer was not kept."""

    description: Description | None
    wrong: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()


def _no_constant(name: str) -> Any:
    # NaN is in no bounds and beyond none.
    raise ValueError(name)


def heard(answer: str | Mapping[str, Any], facts: Facts, *, mask: Mask, reserved: Sequence[str] = ()) -> Heard:
    """What an answer says of these facts. `mask` clears its texts of values; `reserved` are names of tags that are not its to set."""
    given: Any = answer
    if isinstance(answer, str):
        if len(answer) > MOST_BYTES:
            return Heard(None, ("it is too long",))
        fenced = _FENCED.match(answer)
        try:
            given = json.loads(fenced[1] if fenced else answer, parse_constant=_no_constant)
        except (ValueError, RecursionError):
            return Heard(None, ("it is no JSON",))
    if not isinstance(given, Mapping):
        return Heard(None, ("it is no JSON object",))
    wrong = _wrong(dict(given), schema(facts))
    if wrong:
        return Heard(None, wrong)
    return _cleaned(given, facts, mask, reserved)


def _wrong(given: dict[str, Any], wanted: dict[str, Any]) -> tuple[str, ...]:
    import jsonschema  # an extra, and heavy: only where a model is asked

    found = []

    def whole(_validator: Any, pattern: str, text: Any, _schema: Any) -> Iterator[Any]:
        # To the library, a dollar sign also stands before a line break at the end.
        if isinstance(text, str) and re.fullmatch(pattern, text) is None:
            yield jsonschema.ValidationError("")

    checked = jsonschema.validators.extend(jsonschema.Draft202012Validator, {"pattern": whole})
    for error in checked(wanted).iter_errors(given):
        where = "/".join("#" if isinstance(part, int) else str(part) for part in error.absolute_schema_path)
        # The path in the schema has our words alone; the one in the answer may have anything.
        found.append(f"it breaks {where.replace('/properties/', '/')}")
        if len(found) == _MOST_PROBLEMS:
            break
    return tuple(dict.fromkeys(found))


def _cleaned(given: Mapping[str, Any], facts: Facts, mask: Mask, reserved: Sequence[str]) -> Heard:
    left_out: list[str] = []

    def text(raw: str, what: str) -> str:
        plain = " ".join("".join(_shown(char) for char in raw).split())
        if _MARKUP.search(plain):
            left_out.append(f"{what}: a link, markup or code")
            return ""
        if _JUDGES.search(unicodedata.normalize("NFKC", plain)):
            left_out.append(f"{what}: it judges how sensitive the data is, or gives orders")
            return ""
        return mask(plain)

    tables = {(each.table, each.column) for each in facts.columns} | {(each.table, "") for each in facts.columns}
    described = []
    for each in given["described"]:
        if (each["table"], each["column"]) not in tables:
            left_out.append("described: a column that is not there")
        elif said := text(each["text"], "described"):
            described.append(Described(table=each["table"], column=each["column"], text=said))
    refined = [
        Refined(identifier=each["identifier"], title=said)
        for each in given["refined"]
        if (said := text(each["title"], "refined"))
    ]
    suspected = [
        Suspected(identifier=each["identifier"], where=text(each["where"], "suspected"), why=said)
        for each in given["suspected"]
        if (said := text(each["why"], "suspected"))
    ]
    taken = {name.casefold() for name in reserved}
    tags = {}
    for name, value in given["tags"].items():
        plain = name.casefold()
        is_taken = plain in taken or plain.startswith("aws") or any(word in plain for word in _RESERVED)
        if is_taken or mask(value) != value or _JUDGES.search(value):
            left_out.append("tags: one that is not a model's to set")
        else:
            tags[name] = value
    terms = [said for each in given["business_terms"] if (said := text(each, "business_terms"))]
    description = Description(
        document_type=DocumentType(given["document_type"]),
        summary=text(given["summary"], "summary"),
        business_context=text(given["business_context"], "business_context"),
        business_terms=tuple(dict.fromkeys(terms)),
        data_subjects=tuple(dict.fromkeys(DataSubject(each) for each in given["data_subjects"])),
        retention_years=given["retention_years"],
        retention_because=text(given["retention_because"], "retention_because"),
        jurisdictions=tuple(dict.fromkeys(given["jurisdictions"])),
        residency=text(given["residency"], "residency"),
        refined=tuple(refined),
        described=tuple(described),
        tags=tags,
        advice=tuple(dict.fromkeys(Advice(each) for each in given["advice"])),
        suspected=tuple(suspected),
        confidence=float(given["confidence"]),
    )
    return Heard(description, (), tuple(dict.fromkeys(left_out)))


def _shown(character: str) -> str:
    return " " if unicodedata.category(character) in _HIDDEN else character
