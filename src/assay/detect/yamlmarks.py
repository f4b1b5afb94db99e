"""YAML with line numbers, so that an error in an identifier's file can say where."""

from __future__ import annotations

from typing import Any

import yaml

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

Marks = dict[tuple[str | int, ...], int]


class YamlError(ValueError):
    """The text is not YAML; `line` is 1-based."""

    def __init__(self, problem: str, line: int) -> None:
        super().__init__(problem)
        self.line = line


def load_with_marks(text: str) -> tuple[object, Marks]:
    """The document and the 1-based line of every key path in it. Duplicate keys are an error."""
    loader = _LOADER(text)
    try:
        node = loader.get_single_node()
        marks: Marks = {}
        if node is None:
            return None, marks
        _walk(node, (), marks)
        return loader.construct_document(node), marks
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise YamlError(str(error.problem or error.context or "not valid YAML"), mark.line + 1 if mark else 1) from None
    except yaml.YAMLError as error:
        raise YamlError(str(error).splitlines()[0], 1) from None
    finally:
        loader.dispose()


def _walk(node: Any, path: tuple[str | int, ...], marks: Marks) -> None:
    marks[path] = node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            name = str(key.value)
            if name in seen:
                raise YamlError(f"key '{name}' is given twice", key.start_mark.line + 1)
            seen.add(name)
            _walk(value, (*path, name), marks)
            marks[(*path, name)] = key.start_mark.line + 1
    elif isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            _walk(item, (*path, index), marks)
