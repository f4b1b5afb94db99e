"""Where in a TOML file something stands, which its parser does not tell."""

from __future__ import annotations

import re
from pathlib import Path


def syntax(file: Path, text: str, message: str) -> str:
    """What a parser says of the text, with the file and the line in front."""
    found = re.search(r" \(at (?:line (\d+), column \d+|end of document)\)$", message)
    if found is None:
        return f"{file}: not valid TOML: {message}"
    line = found.group(1) or str(text.count("\n") + 1)
    return f"{file}:{line}: not valid TOML: {message[: found.start()]}"


def line_of(text: str, name: str) -> int:
    """The 1-based line where the top-level key `name` begins.

    The parser gives no positions, so where the key's name stands at the start of more or less than one line,
    it is the first statement with which the text so far has the key.
    """
    import tomllib  # only errors need it

    lines = text.split("\n")
    written = re.compile(rf"\s*(?:\[+\s*)?([\"']?){re.escape(name)}\1\s*[=.\]]")
    found = [number for number, line in enumerate(lines, 1) if written.match(line)]
    if len(found) == 1:
        return found[0]
    start = 1
    for count in range(1, len(lines) + 1):
        try:
            document = tomllib.loads("\n".join(lines[:count]))
        except tomllib.TOMLDecodeError:
            continue
        if name in document:
            while not lines[start - 1].strip() or lines[start - 1].lstrip().startswith("#"):
                start += 1
            return start
        start = count + 1
    return 1
