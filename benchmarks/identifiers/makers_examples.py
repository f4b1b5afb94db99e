"""Values of the examples: what other projects show of a kind themselves, in their own words where they wrote a text around it.

Texts of others are kept as they are (`Said`): one value is labelled in each, by the rule or the test that it belongs to.
Values without a text go into the templates for development, with the words that their maker uses.
"""

from __future__ import annotations

import ast
import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from random import Random
from types import SimpleNamespace
from typing import Any, NamedTuple

from benchmarks.identifiers.makers_dev import EACH, Made
from benchmarks.identifiers.regexes import parsed, written

HERE = Path(__file__).parent
_TRIES = 3_000
_WORDS = 4
_BRAZILIAN = re.compile(r"isValid\w+\(\"([^\"]+)\"\); // true")
_NAMED = re.compile(r"Validates if an? (?:Brazilian )?([A-Z][\w-]+)(?: \(([^)]+)\))?")


class Said(NamedTuple):
    """A text that others wrote, and where in it the value of that kind stands (in characters)."""

    kind: str
    text: str
    start: int
    end: int


def made(random: Random, cache: Path) -> Iterator[Made | Said]:
    """Everything, maker by maker."""
    yield from kingfisher_examples(cache / "kingfisher-1.112.json")
    yield from tested_elsewhere(HERE / "facts.toml")
    yield from presidio_values(cache / "presidio_analyzer", random)
    yield from brazilian_values(cache / "brazilian-utils")


def kingfisher_examples(rules: Path) -> Iterator[Said]:
    """The lines that the rules of kingfisher 1.112 give as their own examples; newer versions print none."""
    import regex

    listed = json.loads(rules.read_text(encoding="utf-8"))
    for rule in listed if isinstance(listed, list) else next(iter(listed.values())):
        expression = regex.compile(rule["pattern"].replace(r"\z", r"\Z"), regex.V0)
        for text in dict.fromkeys(rule["examples"]):
            match = expression.search(text)
            if match is None:
                continue
            groups = match.groupdict()
            named = "TOKEN" if groups.get("TOKEN") else None
            number = next((at for at in range(1, (match.lastindex or 0) + 1) if match.group(at)), 0)
            start, end = match.span(named or number)
            yield Said(f"kingfisher-1:{rule['id'].removeprefix('kingfisher.')} {rule['name']}", text, start, end)


def tested_elsewhere(facts: Path) -> Iterator[Said]:
    """Texts of other projects' tests, by repository and path, with the value that the test wants found."""
    for file in tomllib.loads(facts.read_text(encoding="utf-8"))["file"]:
        for text, value in file["texts"]:
            start = text.index(value)
            yield Said(f"{file['maker']}:{file['kind']}", text, start, start + len(value))


def presidio_values(package: Path, random: Random) -> Iterator[Made]:
    """Strings of each recognizer's own expressions that its check does not refuse, by its words of context."""
    for path in sorted(package.glob("predefined_recognizers/country_specific/*/*.py")):
        for recognizer in _recognizers(path):
            # Single words of what is one name (`united`, `states`, `passport`) are no label of their own.
            told = [word for word in recognizer.context if len(word) > 9 or " " in word]
            words = (recognizer.entity.lower().replace("_", " "), *told)[:_WORDS]
            country = (recognizer.country or path.parent.name).upper()
            if not recognizer.patterns:
                continue
            trees = [parsed(pattern) for pattern in recognizer.patterns]
            values: list[str] = []
            for _ in range(_TRIES):
                value = written(random.choice(trees), random, random.random() < 0.5)
                if len(values) < EACH and value not in values and recognizer.valid(value):
                    values.append(value)
            for value in values:
                yield Made(f"presidio-analyzer:{recognizer.entity}", value, words, country)


def _recognizers(path: Path) -> Iterator[SimpleNamespace]:
    """The classes of a module, run without the rest of the package: their patterns, words and checks."""

    class Stub:
        def __init__(self, **_: object) -> None:
            pass

        @staticmethod
        def sanitize_value(text: str, pairs: list[tuple[str, str]]) -> str:
            for old, new in pairs:
                text = text.replace(old, new)
            return text

    source = ast.parse(path.read_text(encoding="utf-8"))
    source.body = [node for node in source.body if not isinstance(node, (ast.Import, ast.ImportFrom)) or _own(node)]
    pattern = lambda *a, **k: a[1] if len(a) > 1 else k["regex"]  # noqa: E731 - stands for their class
    utils = SimpleNamespace(is_palindrome=lambda text, **_: text == text[::-1], sanitize_value=Stub.sanitize_value)
    known: dict[str, Any] = {"Pattern": pattern, "PatternRecognizer": Stub, "EntityRecognizer": utils, "__name__": "r"}
    try:
        exec(compile(source, str(path), "exec"), known)
    except Exception:  # noqa: BLE001 - other people's code; a module that needs the rest gives no values
        return
    for kind in list(known.values()):
        if not (isinstance(kind, type) and issubclass(kind, Stub) and kind is not Stub and hasattr(kind, "PATTERNS")):
            continue
        yield SimpleNamespace(
            entity=_entity(source, kind.__name__), country=getattr(kind, "COUNTRY_CODE", None),
            context=getattr(kind, "CONTEXT", []), patterns=kind.PATTERNS, valid=_judge(kind),
        )  # fmt: skip


def _own(node: ast.Import | ast.ImportFrom) -> bool:
    names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else [node.module or ""]
    return not any(name.startswith(("presidio", "phonenumbers", "stdnum")) for name in names)


def _entity(source: ast.Module, name: str) -> str:
    """The default of `supported_entity`: what findings of the class are called."""
    for node in source.body:
        if isinstance(node, ast.ClassDef) and node.name == name:
            for inner in ast.walk(node):
                if isinstance(inner, ast.FunctionDef) and inner.name == "__init__":
                    told = dict(zip([a.arg for a in inner.args.args][::-1], inner.args.defaults[::-1], strict=False))
                    default = told.get("supported_entity")
                    if isinstance(default, ast.Constant):
                        return str(default.value)
    return name


def _judge(kind: Any) -> Any:
    def valid(value: str) -> bool:
        try:
            one = kind()
            refused = hasattr(one, "invalidate_result") and one.invalidate_result(value)
            return not refused and (not hasattr(one, "validate_result") or one.validate_result(value) is not False)
        except Exception:  # noqa: BLE001 - other people's code; what it cannot judge is no value
            return False

    return valid


def brazilian_values(package: Path) -> Iterator[Made]:
    """The values that the documentation of brazilian-utils calls valid."""
    for path in sorted(package.glob("dist/is-valid-*.d.ts")):
        text = path.read_text(encoding="utf-8")
        named = _NAMED.search(text)
        words = tuple(word for word in (named.groups() if named else ()) if word)
        for value in dict.fromkeys(_BRAZILIAN.findall(text)):
            yield Made(f"brazilian-utils:{path.name[9:-5]}", value, words or (path.name[9:-5],), "BR")
