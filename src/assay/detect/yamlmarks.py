"""YAML with line numbers, so that an error in an identifier's file can say where."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

Marks = dict[tuple[str | int, ...], int]

_DEEPEST = 32
_TOO_DEEP = f"nested more than {_DEEPEST} levels deep"
# libyaml has a limit of its own, which it may meet while it looks ahead, before it tells of any level.
_TOO_DEEP_FOR_LIBYAML = "exceeded maximum nesting depth"
_TEXT = "tag:yaml.org,2002:str"
_MERGE = "tag:yaml.org,2002:merge"


class YamlError(ValueError):
    """The text is not YAML; `line` is 1-based."""

    def __init__(self, problem: str, line: int) -> None:
        super().__init__(problem)
        self.line = line


def load_with_marks(text: str) -> tuple[object, Marks]:
    """The document and the 1-based line of every key path in it.

    Duplicate keys are an error, and so are merge keys, with which a few lines can stand for gigabytes. Raises `YamlError`.
    """
    try:
        _measure(text)
        return _loaded(text)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        problem = str(error.problem or error.context or "not valid YAML")
        if problem == _TOO_DEEP_FOR_LIBYAML:
            problem = _TOO_DEEP
        raise YamlError(problem, mark.line + 1 if mark else 1) from None
    except yaml.YAMLError as error:
        raise YamlError(str(error).splitlines()[0], 1) from None


def load_shipped(file: Path) -> Any:
    """The document of a file that ships with assay: tests hold such files to what `load_with_marks` checks of others."""
    return yaml.load(file.read_text(encoding="utf-8"), Loader=_LOADER)  # noqa: S506  # a safe loader


def _measure(text: str) -> None:
    """Event by event, since the parser that makes nodes of them recurses without a limit."""
    depth = 0
    events: Iterator[Any] = yaml.parse(text, Loader=_LOADER)
    for event in events:
        line = event.start_mark.line + 1
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > _DEEPEST:
                raise YamlError(_TOO_DEEP, line)
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


def _loaded(text: str) -> tuple[object, Marks]:
    loader = _LOADER(text)
    try:
        node = loader.get_single_node()
        marks: Marks = {}
        if node is None:
            return None, marks
        _Walk(marks, loader).over(node, ())
        return loader.construct_document(node), marks
    finally:
        loader.dispose()


class _Walk:
    """Notes the lines of a document, and refuses what cannot be read. What several aliases name is walked once."""

    def __init__(self, marks: Marks, loader: Any) -> None:
        self._marks = marks
        self._loader = loader
        self._begun: set[int] = set()
        self._ended: set[int] = set()

    def over(self, node: Any, path: tuple[str | int, ...]) -> None:
        line = node.start_mark.line + 1
        self._marks[path] = line
        if id(node) in self._ended:
            return
        if id(node) in self._begun:
            raise YamlError("an alias stands within what it names", line)
        self._begun.add(id(node))
        if isinstance(node, yaml.MappingNode):
            self._over_mapping(node, path)
        elif isinstance(node, yaml.SequenceNode):
            for index, item in enumerate(node.value):
                self.over(item, (*path, index))
        else:
            self._check(node)
        self._ended.add(id(node))

    def _over_mapping(self, node: Any, path: tuple[str | int, ...]) -> None:
        seen: set[str] = set()
        for key, value in node.value:
            line = key.start_mark.line + 1
            if not isinstance(key, yaml.ScalarNode):
                raise YamlError("a key must be text", line)
            if key.tag == _MERGE:
                raise YamlError("merge keys (<<) are not read; write out what they stand for", line)
            self._check(key)
            name = str(key.value)
            if name in seen:
                raise YamlError(f"key '{name}' is given twice", line)
            seen.add(name)
            self.over(value, (*path, name))
            self._marks[(*path, name)] = line

    def _check(self, node: Any) -> None:
        """Raises `YamlError` for what looks like a date or a number and is none, such as 2027-02-30."""
        if node.tag == _TEXT:
            return
        try:
            self._loader.construct_object(node)
        except (ValueError, KeyError, AttributeError):
            kind = node.tag.rpartition(":")[2]
            raise YamlError(
                f"what stands here is no valid {kind}; put it in quotes if it is text", node.start_mark.line + 1
            ) from None
