"""Expressions of Go, Rust and Python in the form that ours have: for Python's parser, RE2 and Hyperscan alike."""

from __future__ import annotations

import re
import warnings

from assay.detect import automaton
from assay.detect.automaton import sre, sre_parse
from assay.detect.plan import has_literal
from assay.errors import RuleError

_CLASSES = {
    "alnum": "A-Za-z0-9",
    "alpha": "A-Za-z",
    "digit": "0-9",
    "lower": "a-z",
    "upper": "A-Z",
    "xdigit": "0-9A-Fa-f",
    "word": r"\w",
    "space": r"\s",
    "blank": r" \t",
    "punct": r"!-/:-@\[-`{-~",
}
_POSIX = re.compile(r"\[:(\^?)([a-z]+):\]")
_FLAGS = re.compile(r"\(\?([a-zA-Z]*)(-[a-zA-Z]+)?\)")
_LEADING = re.compile(r"^(?:\(\?i\))?\[\\w\.-\]\{0,\d+\}\??")
_NAMED = re.compile(r"\(\?P?<([A-Za-z_]\w*)>")
_LEAST_LITERAL = 3
_REPEAT = re.compile(r"\{(\d+),(\d+)\}")
_MOST_REPEATS = 1_000


def translated(expression: str, *, group: str | int | None) -> tuple[str, bool]:
    """The expression with its value as the group `value`, and whether all of it ignores case. Raises `RuleError`."""
    text = _plain(expression.strip())
    caseless = text.startswith("(?i)")
    text = _scoped(_LEADING.sub("", text) if _LEADING.match(text) else text.removeprefix("(?i)"))
    text = _grouped(text, group)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            parsed = re.compile(text)
    except (re.error, Warning, OverflowError, RecursionError) as error:
        raise RuleError(f"its expression cannot be read: {error}") from None
    if parsed.fullmatch("") or parsed.match("") is not None:
        raise RuleError("its expression matches where nothing stands")
    return text, caseless


def beginning(expression: str) -> str | None:
    """How every match begins, of fixed width and with letters in it, for the automaton; `None` where it has no such beginning."""
    atoms = _atoms(expression)
    for count in range(len(atoms), 0, -1):
        text = "".join(atoms[:count])
        try:
            width = automaton.fixed_width(text)
        except (re.error, RecursionError):
            continue
        if width and width >= _LEAST_LITERAL and has_literal(text) and "(?P<" not in text:
            return text
    return None


def _plain(text: str) -> str:
    """Without comments and white space of an expanded expression, with classes spelled out and one spelling of ends."""
    flags = _FLAGS.match(text)
    if flags and "x" in flags[1]:
        text = f"(?{flags[1].replace('x', '')})" * bool(flags[1].replace("x", "")) + _shrunk(text[flags.end() :])
    text = _POSIX.sub(lambda match: _class(match[1], match[2]), text)
    # RE2 repeats no more often.
    text = _REPEAT.sub(lambda match: f"{{{match[1]},{min(int(match[2]), _MOST_REPEATS)}}}", text)
    return _NAMED.sub(r"(?P<\1>", text.replace(r"\z", "$").replace(r"\A", "^").replace(r"\h", r"[ \t]"))


def _class(negated: str, name: str) -> str:
    if negated or name not in _CLASSES:
        raise RuleError(f"its expression has a class [:{negated}{name}:] that is not known here")
    return _CLASSES[name]


def _shrunk(text: str) -> str:
    """An expanded expression without its white space and comments; those in sets and behind strokes stay."""
    found: list[str] = []
    at, in_set = 0, False
    while at < len(text):
        char = text[at]
        if char == "\\":
            found.append(text[at : at + 2])
            at += 2
            continue
        if char == "[":
            in_set = True
        elif char == "]":
            in_set = False
        if not in_set and char.isspace():
            at += 1
            continue
        if not in_set and text.startswith("(?#", at):
            # Ends at the first parenthesis, whatever else it holds.
            at = (text + ")").index(")", at) + 1
            continue
        if not in_set and char == "#":
            at = (text + "\n").index("\n", at)
            continue
        found.append(char)
        at += 1
    return "".join(found)


def _scoped(text: str) -> str:
    """`a(?i)b` as `a(?i:b)`: flags in the middle hold until their group ends."""
    while (flags := _FLAGS.search(text)) is not None:
        on = "".join(flag for flag in flags[1] if flag in "ims")
        off = "".join(flag for flag in (flags[2] or "")[1:] if flag in "ims")
        end = _group_end(text, flags.end())
        if not on and not off:
            text = text[: flags.start()] + text[flags.end() :]
            continue
        mark = on + (f"-{off}" if off else "")
        text = f"{text[: flags.start()]}(?{mark}:{text[flags.end() : end]}){text[end:]}"
    return text


def _group_end(text: str, start: int) -> int:
    depth, at, in_set = 0, start, False
    while at < len(text):
        char = text[at]
        if char == "\\":
            at += 2
            continue
        if in_set:
            in_set = char != "]"
        elif char == "[":
            in_set = True
            at += text[at + 1 : at + 2] in ("]", "^")
        elif char == "(":
            depth += 1
        elif char == ")":
            if not depth:
                return at
            depth -= 1
        at += 1
    return at


def _grouped(text: str, group: str | int | None) -> str:
    """The value's group is called `value`; all others capture nothing."""
    opened: list[tuple[int, str]] = []
    at, in_set = 0, False
    while at < len(text):
        char = text[at]
        if char == "\\":
            at += 2
            continue
        if in_set:
            in_set = char != "]"
        elif char == "[":
            in_set = True
            at += text[at + 1 : at + 2] in ("]", "^")
        elif char == "(":
            named = _NAMED.match(text, at)
            if named:
                opened.append((at, named[1]))
            elif text[at + 1 : at + 2] != "?":
                opened.append((at, ""))
        at += 1
    wanted = _wanted([name for _, name in opened], group)
    for number in range(len(opened) - 1, -1, -1):
        place, name = opened[number]
        length = len(f"(?P<{name}>") if name else 1
        text = text[:place] + ("(?P<value>" if number == wanted else "(?:") + text[place + length :]
    return text


def _wanted(names: list[str], group: str | int | None) -> int | None:
    if isinstance(group, int):
        return group - 1 if 0 < group <= len(names) else None
    for name in (group, "TOKEN", "token", "secret"):
        if name and name in names:
            return names.index(name)
    return 0 if names else None


def _atoms(text: str) -> list[str]:
    """The parts of an expression in a row, each with its repeat."""
    found: list[str] = []
    at = 0
    while at < len(text):
        start = at
        if text[at] == "\\":
            at += 4 if text[at : at + 2] == "\\x" else 2
        elif text[at] == "[":
            end = at + 1 + (text[at + 1 : at + 2] == "^")
            end += text[end : end + 1] == "]"
            while end < len(text) and text[end] != "]":
                end += 2 if text[end] == "\\" else 1
            at = end + 1
        elif text[at] == "(":
            at = _group_end(text, at + 1) + 1
        elif text[at] in "|)":
            return []
        else:
            at += 1
        repeat = re.compile(r"(?:[*+?]|\{\d+(?:,\d*)?\})[?+]?").match(text, at)
        at = repeat.end() if repeat else at
        found.append(text[start:at])
    return found


def has_lookaround(expression: str) -> bool:
    """Whether an expression looks around, or back at a group: what runs in linear time cannot."""
    return _looks(sre_parse.parse(expression))


def _looks(parsed: object) -> bool:
    if isinstance(parsed, sre_parse.SubPattern):
        return any(
            operator in (sre.ASSERT, sre.ASSERT_NOT, sre.GROUPREF, sre.GROUPREF_EXISTS) or _looks(argument)
            for operator, argument in parsed
        )
    if isinstance(parsed, (list, tuple)):
        return any(_looks(item) for item in parsed)
    return False
