"""Files of other tools' rules, read into what `writing` makes identifiers of."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from assay.detect.packs.foreign import Foreign, Untranslated
from assay.detect.packs.plugins import PLUGINS
from assay.detect.written import WrittenError, read_written
from assay.detect.yamlmarks import Marks, YamlError, load_with_marks
from assay.errors import RuleError
from assay.model import Category, Sensitivity

Read = Iterator[Foreign | Untranslated]

_SCORES = {"low": 0.6, "medium": 0.75, "high": 0.88}
_SEVERITIES = {"LOW": Sensitivity.LOW, "MEDIUM": Sensitivity.MEDIUM, "HIGH": Sensitivity.HIGH}
# Its rules have the same form; their ids tell them.
_NOSEYPARKER = "noseyparker"
_MOST_WORDS = 100
_EDGE = r"\b"
# With a word of its context near, Presidio adds this much.
_CONTEXT = 0.35
_SURE = 0.6


def read(file: Path, tool: str | None = None) -> Read:
    """The rules in `file`, of the tool named or of that which its content tells. Raises `RuleError` for a file of none."""
    try:
        text = read_written(file)
    except FileNotFoundError:
        raise RuleError(f"{file}: no such file; name a file of rules") from None
    except WrittenError as error:
        raise RuleError(f"{file}: {error}") from None
    document, marks = _parsed(file, text)
    name = tool or _told(document)
    if name is None:
        raise RuleError(f"{file}: holds no rules of {', '.join(READERS)}; say with --from which tool's they are")
    yield from READERS[name](file, text, document, marks)


def _parsed(file: Path, text: str) -> tuple[Any, Marks]:
    try:
        if file.suffix == ".toml":
            return tomllib.loads(text), {}
        if file.suffix in (".yaml", ".yml"):
            return load_with_marks(text)
        return json.loads(text), {}
    except YamlError as error:
        raise RuleError(f"{file}:{error.line}: {error}") from None
    except tomllib.TOMLDecodeError as error:
        raise RuleError(f"{file}: is no TOML: {error}") from None
    except (json.JSONDecodeError, RecursionError) as error:
        raise RuleError(f"{file}: is no JSON: {error}") from None


def _told(document: Any) -> str | None:
    """The tool whose rules a document has the form of."""
    if isinstance(document, list):
        return "macie" if document and all("regex" in _mapping(each) for each in document) else None
    keys = _mapping(document)
    if "recognizers" in keys:
        return "presidio"
    if "plugins_used" in keys:
        return "detect-secrets"
    if "items" in keys or "customDataIdentifiers" in keys or {"regex", "maximumMatchDistance"} & keys.keys():
        return "macie"
    rules = keys.get("rules")
    if isinstance(rules, list):
        return "kingfisher" if any("pattern" in _mapping(rule) for rule in rules) else "gitleaks"
    return None


def _gitleaks(file: Path, text: str, document: Any, _: Marks) -> Read:
    lines = _lines_of(text, "[[rules]]")
    shared = _mapping(_mapping(document).get("extend"))
    if shared:
        yield Untranslated(
            file=file,
            line=_line(text, "[extend]"),
            id="extend",
            because="rules of other files are not read; import them, too",
        )
    rules = _mapping(document).get("rules")
    for number, rule in enumerate(rules if isinstance(rules, list) else []):
        line = lines[number] if number < len(lines) else 1
        entry = _mapping(rule)
        name = _text(entry.get("id")) or f"rule {number + 1}"
        expression = _text(entry.get("regex"))
        if not expression:
            why = "it looks at the names of files only" if entry.get("path") else "it has no expression"
            yield Untranslated(file=file, line=line, id=name, because=why)
            continue
        ignored, words, notes = _allowed(entry)
        if entry.get("path"):
            notes.append("it counts only in files whose path matches; here it counts in all")
        entropy = entry.get("entropy")
        if isinstance(entropy, int | float):
            notes.append(f"entropy {entropy} is replaced by the check random_token")
        group = entry.get("secretGroup")
        yield Foreign(
            tool="gitleaks", file=file, line=line, id=name, title=_text(entry.get("description")) or name,
            expressions=((expression, 0.8),), group=group if isinstance(group, int) and group else None,
            random=isinstance(entropy, int | float), ignore_regexes=tuple(ignored), ignore_words=tuple(words), notes=tuple(notes),
        )  # fmt: skip


def _allowed(entry: Mapping[str, Any]) -> tuple[list[str], list[str], list[str]]:
    """Expressions of values and words that are left out, and what of a rule's lists cannot be said."""
    ignored: list[str] = []
    words: list[str] = []
    notes: list[str] = []
    lists = entry.get("allowlists", [entry["allowlist"]] if "allowlist" in entry else [])
    for allowed in map(_mapping, lists if isinstance(lists, list) else []):
        if _text(allowed.get("regexTarget")) in ("line", "match"):
            notes.append("its list of lines that are allowed is left out")
        else:
            ignored += _texts(allowed.get("regexes"))
        words += _texts(allowed.get("stopwords"))
        notes += [f"its list of {key} is left out" for key in ("paths", "commits") if allowed.get(key)]
    if len(words) > _MOST_WORDS:
        notes.append(f"its {len(words)} stop words are left out")
        words = []
    return ignored, words, notes


def _kingfisher(file: Path, _: str, document: Any, marks: Marks) -> Read:
    rules = _mapping(document).get("rules")
    for number, rule in enumerate(rules if isinstance(rules, list) else []):
        entry = _mapping(rule)
        line = marks.get(("rules", number), 1)
        name = _text(entry.get("id")) or _text(entry.get("name")) or f"rule {number + 1}"
        expression = _text(entry.get("pattern"))
        if not expression:
            yield Untranslated(file=file, line=line, id=name, because="it has no pattern")
            continue
        if entry.get("visible") is False:
            yield Untranslated(file=file, line=line, id=name, because="it only serves another rule, and is no finding")
            continue
        needs = _mapping(entry.get("pattern_requirements"))
        notes = [
            f"its requirement {key} is left out"
            for key in needs
            if key not in ("min_digits", "min_uppercase", "min_lowercase")
        ]
        if needs.keys() & {"min_digits", "min_uppercase", "min_lowercase"}:
            notes.append("what characters it needs is replaced by the check random_token")
        if entry.get("validation"):
            notes.append("how it is checked with its provider is left out")
        yield Foreign(
            tool=_NOSEYPARKER if name.startswith("np.") else "kingfisher", file=file, line=line, id=name, title=_text(entry.get("name")) or name,
            expressions=((expression, _SCORES.get(_text(entry.get("confidence")), 0.75)),),
            random=bool(needs), finds=tuple(_texts(entry.get("examples"))),
            ignores=tuple(_texts(entry.get("negative_examples")) + _texts(entry.get("non_examples"))),
            source=tuple(_texts(entry.get("references"))), notes=tuple(notes),
        )  # fmt: skip


def _presidio(file: Path, _: str, document: Any, marks: Marks) -> Read:
    recognizers = _mapping(document).get("recognizers")
    for number, each in enumerate(recognizers if isinstance(recognizers, list) else []):
        entry = _mapping(each) or {"name": _text(each)}
        line = marks.get(("recognizers", number), 1)
        name = _text(entry.get("name")) or f"recognizer {number + 1}"
        entity = _text(entry.get("supported_entity")) or name
        patterns = [_mapping(pattern) for pattern in entry.get("patterns") or [] if isinstance(pattern, dict)]
        expressions = [(_text(pattern.get("regex")), _score(pattern.get("score"))) for pattern in patterns]
        denied = _texts(entry.get("deny_list"))
        if denied:
            words = (rf"{re.escape(word)}{_EDGE if word[-1].isalnum() else ''}" for word in denied)
            expressions.append((rf"\b(?:{'|'.join(words)})", _score(entry.get("deny_list_score", 0.8))))
        expressions = [(expression, score) for expression, score in expressions if expression]
        if not expressions:
            why = (
                "it is code of Presidio's, no pattern"
                if entry.get("type", "predefined") == "predefined"
                else "it has no pattern"
            )
            yield Untranslated(file=file, line=line, id=name, because=why)
            continue
        context = _texts(entry.get("context"))
        for language in entry.get("supported_languages") or []:
            context += _texts(_mapping(language).get("context"))
        weak = bool(context) and all(score < 0.5 for _, score in expressions)
        if weak:
            expressions = [(expression, max(_SURE, score + _CONTEXT)) for expression, score in expressions]
        yield Foreign(
            tool="presidio", file=file, line=line, id=entity, title=name, expressions=tuple(expressions), category=Category.CUSTOM,
            sensitivity=Sensitivity.MEDIUM, caseless=True, keywords=tuple(dict.fromkeys(context)), group=0,
            needs_context=weak,
        )  # fmt: skip


def _macie(file: Path, text: str, document: Any, _: Marks) -> Read:
    entries = document if isinstance(document, list) else _entries(_mapping(document))
    for number, each in enumerate(entries if isinstance(entries, list) else []):
        entry = _mapping(each)
        name = _text(entry.get("name")) or f"identifier {number + 1}"
        line = _line(text, json.dumps(name))
        expression = _text(entry.get("regex"))
        if not expression:
            yield Untranslated(
                file=file,
                line=line,
                id=name,
                because="it has no regex: a list of identifiers does not show them, get-custom-data-identifier does",
            )
            continue
        levels = entry.get("severityLevels")
        worst = [_text(_mapping(level).get("severity")) for level in levels] if isinstance(levels, list) else []
        keywords = tuple(_texts(entry.get("keywords")))
        distance = entry.get("maximumMatchDistance", 50)
        yield Foreign(
            tool="macie", file=file, line=line, id=name, title=_text(entry.get("description")) or name, group=0,
            expressions=((expression, 0.8),), category=Category.CUSTOM, keywords=keywords, needs_context=bool(keywords),
            sensitivity=max((_SEVERITIES.get(each, Sensitivity.MEDIUM) for each in worst), default=Sensitivity.MEDIUM, key=list(_SEVERITIES.values()).index),
            distance=distance if isinstance(distance, int) and 1 <= distance <= 1_000 else 50,
            ignore_words=tuple(_texts(entry.get("ignoreWords"))),
        )  # fmt: skip


def _detect_secrets(file: Path, text: str, document: Any, _: Marks) -> Read:
    """A baseline holds no expressions: which of its plugins ours stand for, and which values it knows."""
    for plugin in map(_mapping, _mapping(document).get("plugins_used") or []):
        name = _text(plugin.get("name"))
        ours = PLUGINS.get(name)
        why = (
            f"{', '.join(ours)} {'stands' if len(ours) == 1 else 'stand'} for it"
            if ours
            else "nothing here stands for it"
        )
        if plugin.get("path"):
            why = f"it is code of its own ({_text(plugin['path'])})"
        yield Untranslated(file=file, line=_line(text, json.dumps(name)), id=name, because=why, whole=not ours)
    for place, entries in _mapping(_mapping(document).get("results")).items():
        count = len(entries) if isinstance(entries, list) else 0
        yield Untranslated(
            file=file, line=_line(text, f"{json.dumps(place)}: ["), id=place,
            because=f"{count} known value{'' if count == 1 else 's'}: only SHA-1 digests are kept; 'assay baseline create' makes a baseline of what is there",
        )  # fmt: skip


def _entries(document: Mapping[str, Any]) -> Any:
    return document.get("items", document.get("customDataIdentifiers", [document]))


READERS: dict[str, Callable[[Path, str, Any, Marks], Read]] = {
    "gitleaks": _gitleaks,
    "kingfisher": _kingfisher,
    "presidio": _presidio,
    "macie": _macie,
    "detect-secrets": _detect_secrets,
}


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _texts(value: Any) -> list[str]:
    return [each for each in value if isinstance(each, str) and each] if isinstance(value, list) else []


def _score(value: Any) -> float:
    return min(0.95, max(0.05, float(value))) if isinstance(value, int | float) else 0.6


def _lines_of(text: str, mark: str) -> list[int]:
    return [number for number, line in enumerate(text.splitlines(), 1) if line.strip() == mark]


def _line(text: str, what: str) -> int:
    at = text.find(what)
    return text.count("\n", 0, at) + 1 if at >= 0 else 1
